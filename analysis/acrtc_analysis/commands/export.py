"""The tables in the formats of other tools."""
import datetime
import importlib.util
import pathlib
import re
import sys

import numpy as np

from .. import layout
from ..errors import LogError
from ..measures import gemm_totals
from ..run import Run

HELP = "tables as CSV, Parquet, TensorBoard events or Accelergy action counts"
TABLES = {"steps": layout.STEPS, "nodes": layout.NODES, "layers": layout.LAYERS, "epochs": layout.EPOCHS,
          "controller": layout.CONTROLLER, "network": layout.NETWORK, "gemms": layout.GEMMS}
ROWS_AT_ONCE = 1 << 18
# What Accelergy calls a component and its action, and the column that counts it, dense and with reuse.
ACTIONS = (("multiplier", "multiply", "mults_dense", "mults"), ("adder", "add", "mults_dense", "adds"),
           ("comparator", "compare", None, "comparisons"), ("dot_product_unit", "beat", "beats_dense", "beats"))


def add_options(parser):
    parser.add_argument("run", metavar="RUN", help="a log")
    parser.add_argument("-o", "--out", required=True, metavar="DIR", help="folder for the files")
    parser.add_argument("--format", default="csv", choices=sorted(WRITERS), help="csv where left out")


def execute(options):
    run, folder = Run(options.run), pathlib.Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    for path in WRITERS[options.format](run, folder):
        print(path)
    return 0


def write_csv(run, folder):
    """TABLE.csv each, and units.csv; written by slices, as /nodes can be large."""
    for name, table, parts in _parts(run):
        path = folder / f"{name}.csv"
        for i, part in enumerate(parts):
            part.to_csv(path, mode="a" if i else "w", header=i == 0)
        yield path
    units = [(name, *row) for name, table, _ in _parts(run)
             for row in zip(run.log.columns(table), run.log.units(table).values(), run.log.long_names(table).values())]
    path = folder / "units.csv"
    path.write_text("table,column,units,long_name\n" + "".join(
        ",".join(f'"{cell}"' for cell in row) + "\n" for row in units), encoding="utf-8")
    yield path


def write_parquet(run, folder):
    """TABLE.parquet each; units go into the schema's metadata."""
    _require("pyarrow", run, "write CSV (--format csv)")
    import pyarrow
    import pyarrow.parquet
    for name, table, parts in _parts(run):
        path, writer = folder / f"{name}.parquet", None
        for part in parts:
            rows = pyarrow.Table.from_pandas(part.reset_index(), preserve_index=False)
            units = {f"units.{column}": unit for column, unit in run.log.units(table).items()}
            rows = rows.replace_schema_metadata({**(rows.schema.metadata or {}), **units})
            writer = writer or pyarrow.parquet.ParquetWriter(path, rows.schema)
            writer.write_table(rows)
        if writer:
            writer.close()
            yield path


def _parts(run):
    """(name, table, frames) of the tables that the log has; frames of at most ROWS_AT_ONCE rows."""
    for name, table in TABLES.items():
        if run.log.has_group(table):
            yield name, table, _frames(run, table)


def _frames(run, table):
    count = run.log.rows(table)
    cells = int(np.prod([len(run.log.scale(table, name)) for name in table.dimensions[1:]], dtype=int))
    at_once = max(1, ROWS_AT_ONCE // max(1, cells))
    for start in range(0, max(1, count), at_once):
        yield run.log.frame(table, rows=slice(start, min(count, start + at_once)))


def write_tensorboard(run, folder):
    """One event file with the scalars of steps and epochs, at the times when they were computed."""
    _require("tensorboard", run, "write CSV (--format csv)")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    writer = EventFileWriter(str(folder))
    steps, epochs = run.steps, run.epochs
    begin = _started(run)
    clocks = {"steps": begin + steps["wall_seconds"], "epochs": begin + epochs["wall_seconds"].cumsum()}
    for name, frame in (("steps", steps), ("epochs", epochs)):
        numbers = frame.select_dtypes("number")
        for step, row, clock in zip(numbers.index, numbers.to_dict("records"), clocks[name]):
            values = [Summary.Value(tag=f"{name}/{column}", simple_value=value) for column, value in row.items()
                      if np.isfinite(value)]
            writer.add_event(Event(step=int(step), wall_time=clock, summary=Summary(value=values)))
    writer.close()
    yield from sorted(folder.glob("events.*"))


def _started(run):
    """Seconds since 1970; 0 where the log does not tell."""
    try:
        return datetime.datetime.fromisoformat(run.provenance["started"]).timestamp()
    except (KeyError, ValueError):
        return 0.0


def write_accelergy(run, folder):
    """action_counts_dense.yaml and action_counts.yaml: a component each GEMM, counts of all nodes over the run."""
    columns = sorted({column for *_, dense, reuse in ACTIONS for column in (dense, reuse) if column})
    totals = gemm_totals(run, *columns)
    for path, which in ((folder / "action_counts_dense.yaml", 2), (folder / "action_counts.yaml", 3)):
        lines = ["action_counts:", "  version: 0.3", "  local:"]
        for gemm, row in totals.iterrows():
            for action in ACTIONS:
                count = int(row[action[which]]) if action[which] else 0
                lines += [f"  - name: acrtc.{re.sub(r'[^A-Za-z0-9_]', '_', gemm)}.{action[0]}", "    action_counts:",
                          f"    - name: {action[1]}", f"      counts: {count}"]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield path


WRITERS = {"csv": write_csv, "parquet": write_parquet, "tensorboard": write_tensorboard, "accelergy": write_accelergy}


def _require(module, run, otherwise):
    if importlib.util.find_spec(module) is None:
        raise LogError(f"cannot export '{run.path}' in this format", f"the Python package {module} is not installed",
                       f"install it for {sys.executable}, or {otherwise}")
