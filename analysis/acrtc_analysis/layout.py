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
        if "state" not in self.file:
            return "unknown"
        dataset = self.file["state"]
        return str(dataset.attrs["names"][int(dataset[0])])

    def refresh(self):
        """Looks for rows that a running writer has added."""
        if self.file.swmr_mode:
            self.file.visititems(lambda _, item: item.refresh() if hasattr(item, "refresh") else None)

    def columns(self, table):
        """Names of a table's columns, the scales of its cells aside."""
        return [name for name, item in self._group(table).items() if isinstance(item, h5py.Dataset)
                and (name == table.dimensions[0] or not h5py.h5ds.is_scale(item.id))
                and name not in table.dimensions[1:]]

    def missing_groups(self):
        """A sentence for each group that the log lacks."""
        tables = (STEPS, NODES, LAYERS, EPOCHS, CONTROLLER, NETWORK)
        return [f"The log has no group /{table.group}." for table in tables if table.group not in self.file]

    def rows(self, table):
        group = self._group(table)
        return min((group[name].shape[0] for name in self.columns(table)), default=0)

    def scale(self, table, dimension):
        """The values along one dimension of the cells: node numbers, names of GEMMs."""
        return _values(self._dataset(table, dimension), slice(None))

    def has(self, table, column):
        return table.group in self.file and column in self.file[table.group]

    def read(self, table, column, rows=slice(None)):
        """One column as it lies in the file, [rows] or [rows, cells...]; codes as numbers."""
        start, stop, _ = rows.indices(self.rows(table))
        return _values(self._dataset(table, column), slice(start, stop))

    def slices(self, table, *columns):
        """All rows, a few at a time: pairs (slice, {column: values})."""
        datasets = [self._dataset(table, column) for column in columns]
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
        if table.group not in self.file:
            raise LogError(f"'{self.path}' has no group /{table.group}", "another program may have made or cut it",
                           "make the log anew, or do without what rests on that group")
        return self.file[table.group]

    def _dataset(self, table, column):
        group = self._group(table)
        if column not in group:
            raise LogError(f"'{self.path}' has no column /{table.group}/{column}", "an older program may have made it",
                           "make the log anew, or do without what rests on that column")
        return group[column]

    def _described(self, table, attribute):
        group = self._group(table)
        return {name: str(group[name].attrs.get(attribute, "")) for name in self.columns(table)}

    def _index(self, table, available, rows):
        first = table.dimensions[0]
        scale = self.read(table, first, rows) if first in available else np.arange(self.rows(table))[rows]
        if len(table.dimensions) == 1:
            return pd.Index(scale, name=first)
        scales = [scale] + [self.scale(table, name) for name in table.dimensions[1:]]
        return pd.MultiIndex.from_product(scales, names=table.dimensions)

    def _cells(self, table, column, rows, index):
        values = self.read(table, column, rows)
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
