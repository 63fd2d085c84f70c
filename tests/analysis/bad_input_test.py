"""Whatever a file holds: a sentence that names it and says what to do, no traceback, and a page of what is there."""
import contextlib
import io
import os
import shutil
import subprocess
import sys
import unittest
import warnings

import support  # first: it leaves where a package is missing
from support import AnalysisTest, changed, dense_run, reuse_run


def open_run(path):
    import acrtc_analysis
    return acrtc_analysis.open_run(path)


def instead(name, values, text=False):
    """Another dataset of this name."""
    def change(file):
        import h5py
        del file[name]
        file.create_dataset(name, data=values, dtype=h5py.string_dtype() if text else None)
    return change


def fill(value, *names):
    def change(file):
        for name in names:
            file[name][...] = value
    return change


# Logs that open, but hold what no program of ours writes.
ODDITIES = {
    "text-for-numbers": instead("steps/loss", ["a"] * 48, text=True),
    "a-table-for-a-column": instead("steps/loss", [[1.0, 2.0]] * 48),
    "a-number-for-a-column": instead("steps/loss", 1.0),
    "a-column-for-a-group": instead("epochs", [1, 2]),
    "unknown-state": fill(99, "state"),
    "empty-state": instead("state", []),
    "unknown-phases": fill(77, "steps/phase", "controller/phase"),
    "unknown-roles": fill(77, "controller/role"),
    "infinities": fill(float("inf"), "steps/energy", "nodes/time", "steps/loss"),
    "negative-times": fill(-1.0, "steps/time", "nodes/time"),
    "nothing-spent": fill(0.0, "steps/time", "steps/time_dense", "nodes/time", "nodes/time_dense", "nodes/wait_time"),
    "unreadable-configuration": lambda file: file.attrs.__setitem__("configuration", "x = [["),
    "another-configuration": lambda file: file.attrs.__setitem__("configuration", "train = 3\nnetwork = 4\n"),
    "no-configuration": lambda file: file.attrs.__delitem__("configuration"),
    "no-names-of-gemms": lambda file: file["layers"].__delitem__("gemm"),
    "no-groups": lambda file: [file.__delitem__(name) for name in list(file)],
}


class Oddities(AnalysisTest):
    def command(self, *arguments):
        """Exit status and what stderr says."""
        from acrtc_analysis import cli
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()) as errors:
            warnings.simplefilter("error")
            status = cli.main([*map(str, arguments)])
        return status, errors.getvalue()

    def test_a_page_is_made_of_what_is_there(self):
        for name, change in ODDITIES.items():
            path = changed(name, change)
            with self.subTest(name):
                status, errors = self.command("report", path, "-o", self.folder)
                self.assertEqual(status, 0, errors)
                self.assertIn("Overview", (self.folder / "report.html").read_text())

    def test_comparisons_go_on_beside_it(self):
        status, errors = self.command("compare", dense_run(), *(changed(name, change) for name, change in
                                      ODDITIES.items()), "-o", self.folder)
        self.assertEqual(status, 0, errors)
        self.assertIn("<svg", (self.folder / "report.html").read_text())

    def test_other_commands_say_one_sentence_at_most(self):
        for name, change in ODDITIES.items():
            path = changed(name, change)
            for arguments in (("watch", path, "--once"), ("export", path, "-o", self.folder), ("paper", path, "-o",
                              self.folder), ("export", path, "--format", "accelergy", "-o", self.folder)):
                with self.subTest(f"{arguments[0]} {name}"):
                    status, errors = self.command(*arguments)
                    self.assertIn(status, (0, 2), errors)
                    self.assertLessEqual(errors.count("\n"), 1, errors)
                    self.assertTrue(status == 0 or path.name in errors, errors)

    def test_a_mistake_of_the_package_is_one_sentence_too(self):
        from unittest import mock
        with mock.patch("acrtc_analysis.commands.watch.status", side_effect=KeyError("why")):
            status, errors = self.command("watch", reuse_run(), "--once")
        self.assertEqual(status, 3)
        self.assertRegex(errors, r"^cannot make sense of '.*acrtc-1.h5' \(KeyError: 'why', in .* line \d+\); .+\n$")


class BadInput(AnalysisTest):
    def refused(self, path):
        """The one sentence; it names the file and is no traceback."""
        done = support.run_command("report", path, "-o", self.folder)
        self.assertEqual(done.returncode, 2)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertIn(str(path), lines[0])
        self.assertRegex(lines[0], r"\(.+\); .+")
        return lines[0]

    def test_no_file(self):
        self.assertIn("No such file", self.refused(self.folder / "nowhere.h5"))

    def test_no_hdf5(self):
        path = self.folder / "text.h5"
        path.write_text("step,loss\n")
        self.assertIn("is not an HDF5 file", self.refused(path))
        path.write_bytes(b"")
        self.assertIn("it is empty", self.refused(path))

    def test_a_cut_file(self):
        path = self.folder / "cut.h5"
        whole = reuse_run().read_bytes()
        for length in (len(whole) - 1, 5000, 600):
            path.write_bytes(whole[:length])
            self.assertIn(f"is cut off (only its first {length} bytes are there); copy it anew", self.refused(path))
        path.write_bytes(whole[:10])
        self.refused(path)

    def test_a_folder_without_logs(self):
        self.assertIn("holds no log (no file in it ends in .h5)", self.refused(self.folder))

    def test_checkpoints_beside_logs_are_passed_over(self):
        from acrtc_analysis.run import run_logs
        (self.folder / "run.checkpoints").mkdir()
        runs, sentences = run_logs([reuse_run(), self.folder / "run.checkpoints"])
        self.assertEqual((len(runs), sentences), (1, []))

    @unittest.skipIf(shutil.which("setpriv") is None and os.getuid() == 0, "setpriv is not installed")
    def test_a_file_that_may_not_be_read(self):
        path = changed("secret", lambda file: None)
        path.chmod(0)
        prefix = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.getuid() == 0 else []
        command = [*prefix, sys.executable, "-m", "acrtc_analysis", "watch", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, env=support.ENVIRONMENT, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"^cannot read '.*secret.h5' \(Permission denied\); ask its owner")

    def test_another_format(self):
        self.assertIn("'weights'", self.refused(
            changed("format", lambda file: file.attrs.__setitem__("format", "weights"))))

    def test_a_newer_major_version(self):
        self.assertIn("version 2.0", self.refused(
            changed("version", lambda file: file.attrs.__setitem__("format_version", "2.0"))))

    def test_a_newer_minor_version_is_read(self):
        path = changed("minor", lambda file: file.attrs.__setitem__("format_version", "1.7"))
        self.assertGreater(len(open_run(path).steps), 0)

    def test_a_missing_column_is_named(self):
        import acrtc_analysis
        run = open_run(changed("column", lambda file: file["steps"].__delitem__("loss")))
        with self.assertRaisesRegex(acrtc_analysis.LogError, "column.h5' has no column /steps/loss"):
            from acrtc_analysis import layout
            run.log.read(layout.STEPS, "loss")

    def test_damage_in_the_middle_spoils_one_figure_alone(self):
        import h5py
        path = changed("damaged", lambda file: None)
        with h5py.File(path) as file:
            chunk = file["layers/mults"].id.get_chunk_info(0)
        with path.open("r+b") as file:
            file.seek(chunk.byte_offset)
            file.write(b"\xff" * chunk.size)
        done = support.run_command("report", path, "-o", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        page = (self.folder / "report.html").read_text()
        self.assertTrue("is damaged in /layers/mults" in page and "<svg" in page)

    def test_a_folder_that_cannot_be_made(self):
        (self.folder / "file").write_text("")
        done = support.run_command("report", reuse_run(), "-o", self.folder / "file")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"cannot write '.*file.*' \(.+\); ")
        self.assertEqual(len(done.stderr.strip().splitlines()), 1)

    def test_a_full_disk(self):
        from unittest import mock
        from acrtc_analysis import cli
        full = OSError(28, "No space left on device")  # as written files raise it: without a name
        for arguments in (("report", reuse_run()), ("export", reuse_run())):
            with mock.patch("pathlib.Path.write_bytes", side_effect=full), \
                    mock.patch("pandas.DataFrame.to_csv", side_effect=full), \
                    contextlib.redirect_stderr(io.StringIO()) as errors:
                self.assertEqual(cli.main([*map(str, arguments), "-o", str(self.folder)]), 2)
            self.assertIn(f"cannot write '{self.folder}' (No space left on device)", errors.getvalue())

    def test_columns_of_unequal_length_end_with_the_shortest(self):
        path = changed("torn", lambda file: file["steps/loss"].resize(5, axis=0))
        self.assertEqual(len(open_run(path).steps), 5)


if __name__ == "__main__":
    unittest.main()
