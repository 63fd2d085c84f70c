"""Tables in the formats of other tools."""
import contextlib
import csv
import importlib.machinery
import pathlib
import types
import unittest
from unittest import mock

from support import AnalysisTest, changed, command, needs, reuse_run


@contextlib.contextmanager
def stand_ins(modules):
    """{"package.module": {"Name": value}} as if installed."""
    made = {}
    for name, members in modules.items():
        parts = name.split(".")
        for prefix in (".".join(parts[:i + 1]) for i in range(len(parts))):
            made.setdefault(prefix, types.ModuleType(prefix)).__spec__ = importlib.machinery.ModuleSpec(prefix, None)
        vars(made[name]).update(members)
    for name, module in made.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(made[parent], child, module)
    with mock.patch.dict("sys.modules", made):
        yield


class Export(AnalysisTest):
    def export(self, kind):
        status, out, errors = command("export", reuse_run(), "-o", self.folder, "--format", kind)
        self.assertEqual(status, 0, errors)
        return out

    def test_csv(self):
        from acrtc_analysis import open_run
        self.export("csv")
        run = open_run(reuse_run())
        for name in ("steps", "nodes", "layers", "epochs", "controller", "network", "gemms"):
            with (self.folder / f"{name}.csv").open(newline="") as file:
                self.assertEqual(len(list(csv.DictReader(file))), len(getattr(run, name)), name)
        self.assertIn('"steps","energy","J"', (self.folder / "units.csv").read_text())

    def test_accelergy(self):
        from acrtc_analysis import open_run
        self.export("accelergy")
        text = (self.folder / "action_counts.yaml").read_text()
        lines = [line.split(": ")[1] for line in text.splitlines() if "counts: " in line]
        names = [line.split(": ")[1] for line in text.splitlines() if "name: acrtc" in line]
        counted = sum(int(count) for name, count in zip(names, lines) if name.endswith("multiplier"))
        self.assertEqual(counted, open_run(reuse_run()).nodes["mults"].sum())

    def test_nothing_to_count_yet(self):
        def change(file):
            for column in file["layers"].values():
                if column.maxshape[0] is None:
                    column.resize(0, axis=0)
        path = changed("no-intervals", change)
        status, _, errors = command("export", path, "-o", self.folder, "--format", "accelergy")
        self.assertEqual(status, 2)
        self.assertRegex(errors, "no-intervals.h5' .no interval of the layers is complete yet")

    def test_tensorboard_gets_finite_scalars_at_the_time_of_the_run(self):
        """With stand-ins for its classes, as Debian does not ship it."""
        from acrtc_analysis import open_run
        events = []

        class Writer:
            def __init__(self, folder):
                (pathlib.Path(folder) / "events.out.stand-in").touch()

            def add_event(self, event):
                events.append(event)

            def close(self):
                pass
        record = types.SimpleNamespace
        summary = type("Summary", (record,), {"Value": record})
        with stand_ins({"tensorboard": {}, "tensorboard.compat.proto.event_pb2": {"Event": record},
                        "tensorboard.compat.proto.summary_pb2": {"Summary": summary},
                        "tensorboard.summary.writer.event_file_writer": {"EventFileWriter": Writer}}):
            self.assertIn("events", self.export("tensorboard"))
        run = open_run(reuse_run())
        self.assertEqual(len(events), len(run.steps) + len(run.epochs))
        tags = {value.tag: value.simple_value for value in events[0].summary.value}
        self.assertEqual(tags["steps/loss"], run.steps["loss"].iloc[0])
        self.assertNotIn("steps/probe_error", tags)
        self.assertGreater(events[0].wall_time, 1.7e9)

    def test_parquet_gets_every_row_and_unit(self):
        """With stand-ins for its classes, as Debian does not ship it."""
        from acrtc_analysis import open_run
        written = {}

        class Table:
            def __init__(self, frame, metadata):
                self.frame, self.schema = frame, types.SimpleNamespace(metadata=metadata)

            @classmethod
            def from_pandas(cls, frame, preserve_index):
                return cls(frame, {})

            def replace_schema_metadata(self, metadata):
                return Table(self.frame, metadata)

        class Writer:
            def __init__(self, path, schema):
                self.rows = written.setdefault(path.name, [schema.metadata])

            def write_table(self, table):
                self.rows.append(table.frame)

            def close(self):
                pass
        with stand_ins({"pyarrow": {"Table": Table}, "pyarrow.parquet": {"ParquetWriter": Writer}}):
            self.export("parquet")
        run = open_run(reuse_run())
        metadata, *frames = written["nodes.parquet"]
        self.assertEqual(metadata["units.energy"], "J")
        self.assertEqual(sum(map(len, frames)), len(run.nodes))
        self.assertLessEqual({"step", "node", "energy"}, set(frames[0]))

    @needs("pyarrow")
    def test_parquet(self):
        import pandas
        self.export("parquet")
        self.assertIn("loss", pandas.read_parquet(self.folder / "steps.parquet"))

    @needs("tensorboard")
    def test_tensorboard(self):
        self.assertIn("events", self.export("tensorboard"))

    def test_a_missing_package_is_named(self):
        import importlib.util
        if importlib.util.find_spec("pyarrow"):
            self.skipTest("pyarrow is installed")
        status, _, errors = command("export", reuse_run(), "-o", self.folder, "--format", "parquet")
        self.assertEqual(status, 2)
        self.assertIn("pyarrow is not installed", errors)


if __name__ == "__main__":
    unittest.main()
