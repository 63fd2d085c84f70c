"""Many runs: groups, intervals, the paper's numbers, scaling studies; a run that goes on."""
import math
import subprocess
import unittest

import support  # first: it leaves where a package is missing
from support import AnalysisTest, changed, command, dense_run, reuse_run
import study_file


def with_setting(name, key, value):
    """A run whose configuration says otherwise."""
    def change(file):
        lines = file.attrs["configuration"].splitlines()
        file.attrs["configuration"] = "\n".join(f"{key} = {value}" if line.startswith(f"{key} =") else line
                                                for line in lines)
    return changed(name, change)


class Statistics(AnalysisTest):
    def test_student_t(self):
        from acrtc_analysis.measures import student_t
        for freedom, value in ((1, 12.706), (2, 4.303), (4, 2.776), (10, 2.228), (30, 2.042)):
            self.assertAlmostEqual(student_t(freedom), value, 3)

    def test_mean_interval(self):
        from acrtc_analysis.measures import mean_interval
        mean, half_width = mean_interval([1.0, 2.0, 3.0, math.nan])
        self.assertEqual(mean, 2.0)
        self.assertAlmostEqual(half_width, 4.3027 / math.sqrt(3), 3)
        self.assertTrue(math.isnan(mean_interval([1.0])[1]))

    def test_geometric_mean(self):
        from acrtc_analysis.measures import geometric_mean
        self.assertAlmostEqual(geometric_mean([1, 4]), 2)


class Compare(AnalysisTest):
    def groups(self, *paths):
        from acrtc_analysis.groups import grouped
        from acrtc_analysis.run import run_logs
        return grouped(run_logs(paths)[0])

    def test_runs_that_differ_in_their_seed_are_a_group(self):
        dense, reuse = self.groups(dense_run(1), dense_run(2), reuse_run(1), reuse_run(2))
        self.assertEqual([len(dense.runs), len(reuse.runs)], [2, 2])
        self.assertEqual([dense.label, reuse.label], ["dense", "acrtc"])
        own, base = ([each.test_accuracy for each in group.summaries] for group in (reuse, dense))
        self.assertEqual(reuse.differences, [own[0] - base[0], own[1] - base[1]])

    def test_labels_leave_out_what_follows_from_others(self):
        def change(file):
            file.attrs["configuration"] = (file.attrs["configuration"].replace('name = "lenet"', 'name = "mlp"')
                                           .replace("epochs = 3", "epochs = 5"))
        other = changed("other", change)
        self.assertEqual([group.label for group in self.groups(reuse_run(), other)], ["lenet", "mlp"])

    def test_accuracy_is_compared_with_dense_runs_of_the_same_training_alone(self):
        other = changed("other-net", lambda file: file.attrs.__setitem__(
            "configuration", file.attrs["configuration"].replace('name = "lenet"', 'name = "mlp"')))
        for group in self.groups(dense_run(), other):
            self.assertEqual(group.differences, [0.0] if group.is_dense else [])

    def test_labels_say_what_differs(self):
        wide = with_setting("wide", "window", 8)
        self.assertEqual([group.label for group in self.groups(dense_run(), reuse_run(), wide)],
                         ["dense", "window 4", "window 8"])

    def test_the_page(self):
        status, _, _ = command("compare", dense_run(1), dense_run(2), reuse_run(1), reuse_run(2), "-o", self.folder)
        self.assertEqual(status, 0)
        page = (self.folder / "report.html").read_text()
        self.assertNotIn("Not drawn", page)
        for figure in ("front-energy", "front-time", "front-mults", "epochs"):
            self.assertTrue((self.folder / f"figures/{figure}.pdf").exists(), figure)

    def test_mixed_hardware_is_named(self):
        other = with_setting("hardware", "accelerator", '"v100-sxm"')
        status, _, errors = command("compare", reuse_run(), other, "-o", self.folder)
        self.assertEqual(status, 0)
        self.assertIn(f"differ in hardware.accelerator (v100 in '{reuse_run()}'; v100-sxm in '{other}'); ", errors)
        self.assertIn("hardware.accelerator", (self.folder / "report.html").read_text())

    def test_runs_without_accuracy_stay_with_their_savings(self):
        def change(file):
            file["epochs/test_accuracy"][...] = float("nan")
        status, _, errors = command("compare", dense_run(), changed("untested", change), "-o", self.folder)
        self.assertEqual(status, 0)
        self.assertRegex(errors, "untested.h5' has no test accuracy")

    def test_a_folder_stands_for_its_logs(self):
        from acrtc_analysis.run import run_logs
        for run in (dense_run(), reuse_run()):
            (self.folder / run.name).symlink_to(run)
        (self.folder / "acrtc-1.weights.h5").write_text("")
        self.assertEqual([run.name for run in run_logs([self.folder])[0]], ["acrtc-1", "dense-1"])


class Paper(AnalysisTest):
    def test_from_logs(self):
        from acrtc_analysis import measures, open_run
        status, _, _ = command("paper", dense_run(), reuse_run(), "-o", self.folder)
        self.assertEqual(status, 0)
        page = (self.folder / "report.html").read_text()
        speed_up = measures.accelerator_gain(open_run(reuse_run()), "time").speed_up
        self.assertTrue(f"{speed_up:.3f}" in page and "paper's abstract" in page.replace("&#39;", "'"))
        self.assertTrue((self.folder / "figures/paper.png").exists())

    def test_dense_runs_alone(self):
        status, _, errors = command("paper", dense_run(), "-o", self.folder)
        self.assertEqual(status, 2)
        self.assertIn("none of the 1 logs is of a run with reuse", errors)

    def test_the_script_trains_what_is_missing(self):
        environment = {**support.ENVIRONMENT, "CONFIGS": "configs/synthetic-lenet.toml", "SEEDS": "1",
                       "PYTHON": support.sys.executable}
        arguments = [support.SOURCE / "analysis/paper.sh", self.folder, "--epochs", "1", "--set",
                     "dataset.train_samples=256"]
        for again in (False, True):
            done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.count("finished before"), 2 if again else 0)
        self.assertTrue((self.folder / "paper/figures/paper.pdf").exists())


class Scaling(AnalysisTest):
    def scaling(self, change=lambda group: None):
        status, _, errors = command("scaling", study_file.make(self.folder / "study.h5", change), "-o", self.folder)
        page = self.folder / "report.html"
        return status, errors, page.read_text() if page.exists() else ""

    def test_all_figures(self):
        status, _, page = self.scaling()
        self.assertEqual(status, 0)
        self.assertNotIn("Not drawn", page)

    def test_kinds_stay_apart_and_efficiency_follows_from_throughput(self):
        from acrtc_analysis.study import read_study
        study = read_study(study_file.make(self.folder / "study.h5"))
        self.assertEqual(set(study["kind"]), {"measured", "predicted", "published"})
        nvlink = study[(study["series"] == "NVLink, weak") & (study["kind"] == "measured")]
        self.assertAlmostEqual(nvlink["efficiency"].iloc[-1], 9.6 / 11.1)

    def test_columns_that_are_missing(self):
        def change(group):
            for name in ("kind", "series", "energy_to_accuracy", "samples_per_second", "time_wait"):
                del group[name]
        status, _, page = self.scaling(change)
        self.assertEqual(status, 0)
        self.assertIn("the study has no values of energy to accuracy", page)

    def test_bad_files(self):
        self.assertIn("has format version 2.0",
                      self.scaling(lambda group: group.file.attrs.__setitem__("format_version", "2.0"))[1])
        self.assertIn("has no points", self.scaling(lambda group: group.__delitem__("nodes"))[1])
        self.assertIn("is not a scaling study", command("scaling", reuse_run(), "-o", self.folder)[2])


class Watch(AnalysisTest):
    def test_leaves_when_the_run_has_ended(self):
        status, out, _ = command("watch", reuse_run())
        self.assertEqual(status, 0)
        for word in ("finished", "loss", "test accuracy", "time saved", "strength"):
            self.assertIn(word, out)

    def test_no_line_is_wider_than_the_terminal(self):
        from acrtc_analysis import open_run
        from acrtc_analysis.commands import watch
        for width in (40, 80, 200):
            self.assertLessEqual(max(map(len, watch.status(open_run(reuse_run()), width))), width)

    def test_no_more_lines_than_the_terminal_has(self):
        from acrtc_analysis.commands.watch import fitting
        lines = ["a", "", "b", "", "c"]
        self.assertEqual([fitting(lines, height) for height in (5, 3, 2)], [lines, ["a", "b", "c"], ["a", "b"]])

    def test_a_pipe_gets_a_line_for_each_news(self):
        from unittest import mock
        from acrtc_analysis.commands import watch
        path = changed("running", lambda file: file["state"].__setitem__(0, 0))

        def ends(run):
            """The third look finds it finished."""
            import h5py
            looked.append(run)
            if len(looked) < 3:
                return run
            run.log.close()
            with h5py.File(path, "r+") as file:
                file["state"][0] = 1
            return type(run)(path)
        looked = []
        with mock.patch.object(watch, "_again", ends):
            status, out, _ = command("watch", path, "--interval", "0.05")
        self.assertEqual(status, 0)
        news = [line for line in out.splitlines() if "running; step" in line]
        self.assertEqual(len(news), 1, out)
        self.assertRegex(news[0], "loss .*; accuracy .*; test accuracy ")
        self.assertNotIn("\x1b", out)
        self.assertIn("finished; step", out)

    def test_a_silent_run_may_have_died(self):
        from acrtc_analysis import open_run
        from acrtc_analysis.commands import watch
        path = changed("silent", lambda file: file["state"].__setitem__(0, 0))
        later = path.stat().st_mtime + 3600
        self.assertIn("nothing new for 1:00:00", "\n".join(watch.status(open_run(path), 200, later)))


if __name__ == "__main__":
    unittest.main()
