"""The run log's layout; no other module knows where in the file something stands.

A table is a group of columns. The first dimension of a column counts rows, further ones the cells of a row. Names,
units and meanings come from the file's own attributes.
"""
import dataclasses

import h5py
import numpy as np
import pandas as pd

from .errors import LogError
from .hdf5 import open_file

FORMAT = "acrtc-run"
MAJOR = 1
# Elements of one column that are in memory at a time.
SLICE_ELEMENTS = 1 << 21


@dataclasses.dataclass(frozen=True)
class Table:
    """Where a table stands and what its dimensions are called; each has a dataset of that name as its scale."""
    group: str
    dimensions: tuple


STEPS = Table("steps", ("step",))
NODES = Table("nodes", ("step", "node"))
LAYERS = Table("layers", ("interval", "node", "gemm"))
EPOCHS = Table("epochs", ("epoch",))
CONTROLLER = Table("controller", ("decision",))
NETWORK = Table("network", ("layer",))
GEMMS = Table("network/gemms", ("gemm",))


class Log:
    """A run log, open for reading. Rows are those that every column of their table has."""

    def __init__(self, path):
        self.path = str(path)
        self.file = open_file(path)
        self._check_format()
        self.refresh()  # HDF5 may share what it knows with an older opening of the file in this process

    def close(self):
        self.file.close()

    def attributes(self):
        """The root's attributes: where the run came from."""
        return {name: value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
                for name, value in self.file.attrs.items()}

    def state(self):
        """`running`, `finished`, `interrupted` or `failed`; a killed run's log goes on saying `running`."""
        dataset = self.file.get("state")
        names = [] if dataset is None else dataset.attrs.get("names", [])
        code = int(dataset[0]) if len(names) and dataset.shape == (1,) else -1
        return str(names[code]) if 0 <= code < len(names) else "unknown"

    def refresh(self):
        """Looks for rows that a running writer has added."""
        if self.file.swmr_mode:
            self.file.visititems(lambda _, item: item.refresh() if hasattr(item, "refresh") else None)

    def columns(self, table):
        """Names of a table's columns, the scales of its cells aside."""
        return [name for name, item in self._group(table).items() if isinstance(item, h5py.Dataset) and item.shape
                and (name == table.dimensions[0] or not h5py.h5ds.is_scale(item.id))
                and name not in table.dimensions[1:]]

    def missing_groups(self):
        """A sentence for each group that the log lacks."""
        tables = (STEPS, NODES, LAYERS, EPOCHS, CONTROLLER, NETWORK)
        return [f"The log has no group /{table.group}." for table in tables if not self.has_group(table)]

    def has_group(self, table):
        return isinstance(self.file.get(table.group), h5py.Group)

    def rows(self, table):
        group = self._group(table)
        return min((group[name].shape[0] for name in self.columns(table)), default=0)

    def scale(self, table, dimension):
        """The values along one dimension of the cells: node numbers, names of GEMMs."""
        return _values(self._dataset(table, dimension), slice(None))

    def has(self, table, column):
        return self.has_group(table) and column in self.file[table.group]

    def read(self, table, column, rows=slice(None)):
        """One column of numbers as it lies in the file, [rows] or [rows, cells...]; codes as numbers."""
        return self._rows_of(table, self._numbers(table, column), rows)

    def slices(self, table, *columns):
        """All rows, a few at a time: pairs (slice, {column: values})."""
        datasets = [self._numbers(table, column) for column in columns]
        cells = max(int(np.prod(dataset.shape[1:])) for dataset in datasets)
        at_once = max(1, SLICE_ELEMENTS // max(1, cells))
        count = self.rows(table)
        for start in range(0, count, at_once):
            rows = slice(start, min(count, start + at_once))
            yield rows, {column: _values(dataset, rows) for column, dataset in zip(columns, datasets)}

    def units(self, table):
        """{column: UDUNITS unit}"""
        return self._described(table, "units")

    def long_names(self, table):
        return self._described(table, "long_name")

    def code_names(self, table, column):
        """Names of a column's codes; None where it holds plain numbers."""
        names = self._dataset(table, column).attrs.get("names")
        return None if names is None else [str(name) for name in names]

    def frame(self, table, columns=None, rows=slice(None)):
        """A DataFrame with one row for each cell, indexed by the table's dimensions; codes become categories.

        `.attrs` holds `units` and `long_name` by column, and the file's `path`.
        """
        available = self.columns(table)
        wanted = [name for name in (columns or available) if name not in table.dimensions]
        index = self._index(table, available, rows)
        data = {name: self._cells(table, name, rows, index) for name in wanted}
        frame = pd.DataFrame(data, index=index, copy=False)
        frame.attrs = {"units": self.units(table), "long_name": self.long_names(table), "path": self.path}
        return frame

    def _check_format(self):
        found = self.file.attrs.get("format")
        if found != FORMAT:
            why = f"its format is '{found}'" if found else "it does not say its format"
            raise LogError(f"'{self.path}' is not a run log", why, "give a log that `acrtc train --out` wrote")
        version = str(self.file.attrs.get("format_version", "0"))
        if version.split(".")[0] != str(MAJOR):
            raise LogError(f"'{self.path}' has format version {version}", f"this package reads version {MAJOR}",
                           "take the analysis/ folder that came with the program that wrote it")

    def _group(self, table):
        if not self.has_group(table):
            raise LogError(f"'{self.path}' has no group /{table.group}", "another program may have made or cut it",
                           "make the log anew, or do without what rests on that group")
        return self.file[table.group]

    def _dataset(self, table, column):
        group = self._group(table)
        if column not in group:
            raise LogError(f"'{self.path}' has no column /{table.group}/{column}", "an older program may have made it",
                           "make the log anew, or do without what rests on that column")
        return group[column]

    def _numbers(self, table, column):
        """The dataset of a column that is reckoned with."""
        dataset = self._dataset(table, column)
        if dataset.dtype.kind not in "iufb" or not 1 <= len(dataset.shape) <= len(table.dimensions):
            raise LogError(f"'{self.path}' has no numbers by {' and '.join(table.dimensions)} in {dataset.name}",
                           f"its type is {dataset.dtype} and its shape {dataset.shape}",
                           "make the log anew, or do without what rests on that column")
        return dataset

    def _rows_of(self, table, dataset, rows):
        start, stop, _ = rows.indices(self.rows(table))
        return _values(dataset, slice(start, stop))

    def _described(self, table, attribute):
        group = self._group(table)
        return {name: str(group[name].attrs.get(attribute, "")) for name in self.columns(table)}

    def _index(self, table, available, rows):
        first = table.dimensions[0]
        if first in available:
            scale = self._rows_of(table, self._dataset(table, first), rows)
        else:
            scale = np.arange(self.rows(table))[rows]
        if len(table.dimensions) == 1:
            return pd.Index(scale, name=first)
        scales = [scale] + [self.scale(table, name) for name in table.dimensions[1:]]
        return pd.MultiIndex.from_product(scales, names=table.dimensions)

    def _cells(self, table, column, rows, index):
        values = self._rows_of(table, self._dataset(table, column), rows)
        cells = len(index) // max(1, len(values))
        if values.ndim == len(table.dimensions):
            values = values.reshape(-1)
        elif values.ndim > len(table.dimensions):
            values = [tuple(row) for row in values.tolist()]
        else:
            values = np.repeat(values, cells)
        names = self.code_names(table, column)
        return values if names is None else _categories(values, names)


def _categories(codes, names):
    known = np.where(codes < len(names), codes, -1).astype(np.int8)
    return pd.Categorical.from_codes(known, categories=names)


def _values(dataset, rows):
    try:
        return dataset.asstr()[rows] if dataset.dtype.kind == "O" else dataset[rows]
    except OSError as error:
        raise LogError(f"'{dataset.file.filename}' is damaged in {dataset.name}", str(error).splitlines()[0],
                       "copy it anew, or try `acrtc repair`") from None
