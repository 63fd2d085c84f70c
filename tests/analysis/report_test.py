"""Pages: made of whatever a log holds, complete in themselves, and legible."""
import contextlib
import io
import itertools
import re
import shutil
import subprocess
import unittest
import warnings

import support
from support import AnalysisTest, FOLDER, changed, dense_run, reuse_run

FIGURES = ("accuracy-time", "accuracy-energy", "control", "reuse-map", "energy", "zeros", "nodes")


def clear(*names):
    """Takes all rows of these groups away."""
    def change(file):
        for name in names:
            for column in file[name].values():
                if column.maxshape[0] is None:
                    column.resize(0, axis=0)
    return change


class Report(AnalysisTest):
    def report(self, *paths):
        """The page's text; a warning on the way is a failure."""
        from acrtc_analysis import cli
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("error")
            self.assertEqual(cli.main(["report", *map(str, paths), "-o", str(self.folder)]), 0)
        return (self.folder / "report.html").read_text()

    def test_has_every_figure_as_svg_png_and_pdf(self):
        page = self.report(dense_run(), reuse_run())
        for figure in FIGURES:
            name = figure if figure.startswith("accuracy") else f"acrtc-1-{figure}"
            self.assertIn(f'href="figures/{name}.png"', page)
            self.assertTrue((self.folder / f"figures/{name}.png").read_bytes().startswith(b"\x89PNG"), name)
            self.assertTrue((self.folder / f"figures/{name}.pdf").read_bytes().startswith(b"%PDF"), name)
        self.assertNotIn("Not drawn", page)

    def test_begins_with_what_matters(self):
        from acrtc_analysis import measures, open_run
        from acrtc_analysis.page import percent
        dense, reuse = (measures.summary(open_run(path)) for path in (dense_run(), reuse_run()))
        tiles = re.search(r'<dl class="tiles">.*?</dl>', self.report(dense_run(), reuse_run()), re.DOTALL)[0]
        for value in (reuse.test_accuracy, reuse.mults_avoided, reuse.accelerator_time.saved):
            self.assertIn(percent(value, 2 if value == reuse.test_accuracy else 1), tiles)
        self.assertIn(f"{100 * (reuse.test_accuracy - dense.test_accuracy):.2f} points".replace("-", "−"), tiles)
        self.assertIn("no dense run of its seed beside it", self.report(reuse_run()))

    def test_tells_configuration_and_provenance(self):
        from acrtc_analysis import open_run
        page = self.report(dense_run(), reuse_run())
        provenance = open_run(reuse_run()).provenance
        for word in (provenance["commit"], provenance["started"], provenance["cpu_isa"], "[reuse]"):
            self.assertIn(word, page)
        many = self.report(*(support.train(f"acrtc-{seed}", "--epochs", "3", "--seed", str(seed)) for seed in (1, 2)),
                           *(changed(f"copy{i}", lambda file: None) for i in (1, 2)))
        self.assertRegex(many, "the same in all: dataset synthetic, network lenet")

    def test_mixed_hardware_is_named(self):
        other = changed("hardware", lambda file: file.attrs.__setitem__(
            "configuration", file.attrs["configuration"].replace('accelerator = "', 'accelerator = "other-')))
        self.assertIn("The runs differ in hardware.accelerator", self.report(dense_run(), other))
        self.assertNotIn("The runs differ", self.report(dense_run(), reuse_run()))

    def test_a_dense_run_shows_nothing_of_reuse(self):
        page = self.report(dense_run())
        for word in ("Zeros and similarity", "change by reuse", 'class="tiles"'):
            self.assertNotIn(word, page)

    def test_loads_nothing(self):
        page = self.report(reuse_run())
        loads = re.findall(r"""(?:src|href)=["']?((?!#|figures/|data:)[^"' >]+)|@import|url\((?!#|["']?data:)""", page)
        self.assertEqual(loads, [])
        self.assertNotIn("<script", page)

    def test_identities_are_unique(self):
        page = self.report(dense_run(), reuse_run())
        identities = re.findall(r'\bid="([^"]+)"', page)
        self.assertEqual(len(identities), len(set(identities)))
        self.assertLessEqual(set(re.findall(r'(?:href="|url\()#([^")]+)', page)), set(identities))

    def test_colours_follow_the_theme(self):
        from acrtc_analysis import style
        css = (support.SOURCE / "analysis/acrtc_analysis/templates/style.css").read_text()
        for name, colour in style.COLOURS.items():
            values = re.findall(rf"--{name}: (#\w+)", css)
            self.assertEqual(len(values), 2, name)
            self.assertEqual(values[0], colour, name)

    def test_agrees_with_the_program(self):
        from acrtc_analysis import measures, open_run
        from acrtc_analysis.page import percent
        text = subprocess.run([support.PROGRAM, "report", reuse_run()], capture_output=True, text=True,
                              check=True).stdout
        it = measures.summary(open_run(reuse_run()))
        self.assertIn(percent(it.mults_avoided), text)
        self.assertIn(percent(it.test_accuracy, 2), text)
        self.assertIn(f"speed-up {it.job_time.speed_up:.3f}", text)

    def test_parts_of_energy_add_up_to_the_job(self):
        from acrtc_analysis import measures, open_run
        run = open_run(reuse_run())
        job = measures.job_gain(run, "energy")
        parts = measures.energy_parts(run).values()
        self.assertAlmostEqual(sum(part.reuse for part in parts) / job.reuse, 1, 6)
        self.assertAlmostEqual(sum(part.dense for part in parts) / job.dense, 1, 6)

    def test_missing_groups(self):
        for group in ("steps", "nodes", "layers", "epochs", "controller"):
            with self.subTest(group):
                page = self.report(changed(f"no-{group}", lambda file, group=group: file.__delitem__(group)))
                self.assertTrue(f"has no group /{group}" in page and "<svg" in page)

    def test_no_rows_at_all(self):
        page = self.report(changed("rows", clear("steps", "nodes", "layers", "epochs", "controller")))
        self.assertEqual(page.count("Not drawn"), 7)

    def test_columns_of_nan(self):
        def change(file):
            for name in ("epochs/test_accuracy", "epochs/test_loss", "controller/z", "steps/loss"):
                file[name][...] = float("nan")
        page = self.report(changed("nan", change))
        self.assertIn("Accuracy against emulated time", page)

    def test_a_bad_file_among_good_ones(self):
        done = support.run_command("report", reuse_run(), support.SOURCE / "README.md", "-o", self.folder)
        self.assertEqual(done.returncode, 0)
        self.assertIn("README.md' is not an HDF5 file", done.stderr)
        self.assertIn("README.md", (self.folder / "report.html").read_text())

    def test_the_folder_is_a_program_too(self):
        program = support.SOURCE / "analysis/acrtc_analysis"
        done = subprocess.run([support.sys.executable, program, "watch", "--once", reuse_run()], cwd="/", check=True,
                              capture_output=True, text=True)
        self.assertIn("finished", done.stdout)


class Figures(AnalysisTest):
    """Nothing is cut off, no tick labels run into each other: for few epochs and for many, few layers and many."""

    def check(self, drawing):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.text import Text
        FigureCanvasAgg(drawing.figure).draw()
        all_axes = [axis for axes in drawing.figure.axes for axis in (axes.xaxis, axes.yaxis)]
        hidden = {id(tick.label1) for axis in all_axes for tick in axis.get_major_ticks() + axis.get_minor_ticks()}
        level = []
        for axis in all_axes:
            labels = [label for label in self.shown_ticks(axis) if label.get_text()]
            hidden -= set(map(id, labels))
            level += [label for label in labels if not label.get_rotation()]
        self.check_apart(drawing.name, level)
        page = drawing.figure.bbox.padded(1)
        for text in drawing.figure.findobj(Text):
            if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
                box = text.get_window_extent()
                inside = page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
                self.assertTrue(inside, f"{drawing.name}: '{text.get_text()}' is cut off")

    @staticmethod
    def shown_ticks(axis):
        """Ticks beyond the limits exist, but are not drawn."""
        low, high = sorted(axis.get_view_interval())
        return [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]

    def check_apart(self, name, labels):
        boxes = [label.get_window_extent() for label in labels]
        for one, other in itertools.combinations(boxes, 2):
            width = min(one.x1, other.x1) - max(one.x0, other.x0)
            height = min(one.y1, other.y1) - max(one.y0, other.y0)
            self.assertFalse(width > 1 and height > 2, f"{name}: tick labels overlap")

    def check_run(self, path):
        from acrtc_analysis import open_run
        from acrtc_analysis.figures import cost, reuse, training
        run = open_run(path)
        for resource in ("time", "energy"):
            self.check(training.accuracy([run], resource))
        for draw in (training.control, reuse.reuse_map, reuse.zeros, cost.energy, cost.nodes):
            self.check(draw(run))

    def test_one_epoch(self):
        self.check_run(support.train("one-epoch", "--epochs", "1"))

    def test_three_hundred_epochs_on_many_nodes(self):
        import big_log
        path = FOLDER / "epochs.h5"
        big_log.make(reuse_run(), path, 6000, 48, 300)
        self.check_run(path)

    def test_a_hundred_thousand_steps(self):
        import big_log
        path = FOLDER / "steps.h5"
        big_log.make(reuse_run(), path, 100_000, 2, 3)
        self.check_run(path)

    def test_many_configurations(self):
        """Legends and rows of names, numbers beside points, bars of few seeds."""
        from acrtc_analysis.commands.paper import network_results
        from acrtc_analysis.figures import front, paper
        from acrtc_analysis.groups import grouped
        from acrtc_analysis.run import run_logs

        def variant(window):
            def change(file):
                file.attrs["configuration"] = file.attrs["configuration"].replace(
                    "window = 4", f"window = {window}\nextraordinarily_long_setting = {window}")
            return change
        runs, _ = run_logs([dense_run(1), dense_run(2)] + [changed(f"window-{window}", variant(window))
                                                          for window in range(2, 14)])
        groups = grouped(runs)
        self.assertGreater(len(groups), front.FEW)
        for resource in front.SAVINGS:
            self.check(front.front(groups, resource))
        for against in ("time", "energy", "epoch"):
            self.check(front.accuracy(groups, against))
        self.check(paper.headline(network_results(runs)))

    def test_forty_layers_with_long_names(self):
        def change(file):
            group = file["layers"]
            count = 120
            for name in list(group):
                column = group[name]
                if name == "gemm" or column.ndim < 3:
                    continue
                values = column[:][:, :, [i % column.shape[2] for i in range(count)]]
                del group[name]
                group[name] = values
            del group["gemm"]
            roles = ("forward", "grad_input", "grad_weight")
            group["gemm"] = [f"stage{i // 12}/block{i // 3 % 4}/convolution{i // 3}/{roles[i % 3]}"
                             for i in range(count)]
        from acrtc_analysis import open_run
        from acrtc_analysis.figures import reuse
        run = open_run(changed("layers", change))
        for draw in (reuse.reuse_map, reuse.zeros):
            self.check(draw(run))

    def test_names_of_layers_stay_apart(self):
        from acrtc_analysis.style import shortened
        names = [f"inception{block}_{kind}_reduce" for block in ("3a", "3b", "4e") for kind in ("3x3", "5x5")]
        self.assertEqual([shortened(name, 24) for name in names], names)
        self.assertEqual(shortened("stage1/block12/convolution34", 24), "stage1/block…volution34"[:12] + "…nvolution34")
        self.assertEqual(len(shortened("x" * 99, 24)), 24)

    @unittest.skipIf(shutil.which("chromium") is None, "chromium is not installed")
    def test_page_is_no_wider_than_a_phone(self):
        support.run_command("report", dense_run(), reuse_run(), "-o", self.folder)
        page = (self.folder / "report.html").read_text()
        probe = ("<script>addEventListener('load', () => parent.postMessage(String("
                 "document.documentElement.scrollWidth - document.documentElement.clientWidth), '*'))</script></body>")
        (self.folder / "probe.html").write_text(page.replace("</body>", probe))
        (self.folder / "frame.html").write_text(
            "<script>addEventListener('message', event => document.title = event.data)</script>"
            "<iframe src='probe.html' style='border: 0; width: 390px; height: 800px'></iframe>")
        dump = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
             f"--user-data-dir={self.folder}/chromium", "--virtual-time-budget=5000", "--dump-dom",
             (self.folder / "frame.html").as_uri()], capture_output=True, text=True, timeout=120, check=True).stdout
        self.assertIn("<title>0</title>", dump)


if __name__ == "__main__":
    unittest.main()
