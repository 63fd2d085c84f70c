"""Logs as DataFrames: what stands in the file, whatever state its writer left it in."""
import re
import signal
import subprocess
import time
import unittest

import support
from support import AnalysisTest, FOLDER, SOURCE, needs, reuse_run

GROUPS = ("steps", "nodes", "layers", "epochs", "controller", "network")


def open_run(path):
    import acrtc_analysis
    return acrtc_analysis.open_run(path)


class Tables(AnalysisTest):
    def test_hold_what_the_file_holds(self):
        import h5py
        run = open_run(reuse_run())
        with h5py.File(reuse_run()) as file:
            self.assertEqual(run.steps["loss"].tolist(), file["steps/loss"][:].tolist())
            self.assertEqual(run.nodes.loc[(3, 2), "time"], file["nodes/time"][3, 2])
            gemm = file["layers/gemm"].asstr()[4]
            self.assertEqual(run.layers.loc[(1, 2, gemm), "mults"], file["layers/mults"][1, 2, 4])
            self.assertEqual(run.layers.loc[(1, 2, gemm), "step_end"], file["layers/step_end"][1])

    def test_carry_units_and_meanings_of_the_file(self):
        run = open_run(reuse_run())
        for name in GROUPS:
            frame = getattr(run, name)
            own = {"layer", "role"} if name == "layers" else set()
            self.assertLessEqual(set(frame.columns) - own, set(frame.attrs["units"]), name)
        self.assertEqual(run.steps.attrs["units"]["energy"], "J")
        self.assertIn("slowest node", run.steps.attrs["long_name"]["time"])

    def test_name_codes(self):
        run = open_run(reuse_run())
        self.assertEqual(run.steps["phase"].iloc[0], "warm_up")
        self.assertEqual(run.controller["reason"].iloc[0], "start")
        self.assertEqual(set(run.layers["role"]), {"forward", "grad_input", "grad_weight"})

    def test_intervals_add_up_to_the_nodes(self):
        run = open_run(reuse_run())
        intervals = run.layers[run.layers["exact"] == "no"]
        for count in ("mults_dense", "mults", "reused"):
            self.assertEqual(intervals[count].sum(), run.nodes[count].sum())

    def test_three_lines_of_the_readme(self):
        code = re.search(r"```python\n(.*?)```", (SOURCE / "analysis/README.md").read_text(), re.DOTALL)[1]
        self.assertLessEqual(len(code.splitlines()), 3)
        exec(code.replace("run.h5", str(reuse_run())), {})  # pylint: disable=exec-used

    @needs("xarray", "h5netcdf")
    def test_xarray_by_h5netcdf(self):
        self.check_xarray("h5netcdf")

    @needs("xarray", "netCDF4")
    def test_xarray_by_netcdf4(self):
        self.check_xarray("netcdf4")

    def check_xarray(self, engine):
        import h5py
        import xarray
        with h5py.File(reuse_run()) as file:
            named = len(file["network/input_shape"].dims[1]) > 0
        if not named and engine == "netcdf4":
            self.skipTest("netCDF4 wants a scale on each dimension, also on the second of /network/input_shape")
        for group in (*GROUPS, "network/gemms") if named else GROUPS[:-1]:
            with xarray.open_dataset(reuse_run(), group=group, engine=engine) as data:
                self.assertTrue(data.sizes, group)
                self.assertFalse([name for name in data.dims if name.startswith("phony")], group)
        with xarray.open_dataset(reuse_run(), group="nodes", engine=engine) as data:
            self.assertEqual(data["time"].dims, ("step", "node"))
            self.assertEqual(data["time"].attrs["units"], "s")


class LiveTables(AnalysisTest):
    def start(self, name):
        path = FOLDER / f"{name}.h5"
        command = support.train_command(path, "--epochs", "400", "--set", "record.flush_seconds=0")
        process = subprocess.Popen(command, cwd=SOURCE, env=support.ENVIRONMENT, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.wait_for_rows(path, 3)
        return path, process

    def wait_for_rows(self, path, rows):
        import acrtc_analysis
        from acrtc_analysis import layout
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if open_run(path).log.rows(layout.STEPS) >= rows:
                    return
            except acrtc_analysis.LogError:
                pass  # not there yet, or its layout is not complete
            time.sleep(0.1)
        self.fail("the run did not get going")

    def test_grow_while_the_run_goes_on(self):
        path, _ = self.start("running")
        run = open_run(path)
        before = len(run.steps)
        self.wait_for_rows(path, before + 2)
        run.refresh()
        self.assertGreater(len(run.steps), before)
        self.assertEqual(run.state, "running")
        self.assertIn("step", support.run_command("watch", path, "--once").stdout)

    def test_survive_a_kill(self):
        path, process = self.start("killed")
        process.send_signal(signal.SIGKILL)
        process.wait()
        run = open_run(path)
        self.assertGreaterEqual(len(run.steps), 3)
        self.assertTrue(run.steps["loss"].notna().all())
        done = support.run_command("report", path, "-o", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("was killed", (self.folder / "report.html").read_text())


if __name__ == "__main__":
    unittest.main()
