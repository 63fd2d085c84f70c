"""Mistakes of the user: one message in the form PROBLEM (WHY); SUGGESTION?, status 2, no rank left behind."""
import contextlib
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import unittest
import unittest.mock

import h5py

import acrtc

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
NAMES = {"train_images": "train-images-idx3-ubyte", "train_labels": "train-labels-idx1-ubyte",
         "test_images": "t10k-images-idx3-ubyte", "test_labels": "t10k-labels-idx1-ubyte"}


class Data(acrtc.Sample):
    def message(self, *settings):
        assignments = [part for setting in settings for part in ("--set", f"dataset.{setting}")]
        return self.refuses("train", "--nodes", 2, "--out", self.folder / "run.h5", *assignments, ranks=2)

    def test_missing_files(self):
        self.assertRegex(self.message(f"directory={self.folder}"), r"train-images-idx3-ubyte.*\(.*\); install")

    def test_truncated_images(self):
        for name in NAMES.values():
            shutil.copy(DATA / f"{name}.gz", self.folder)
        packed = self.folder / "t10k-images-idx3-ubyte.gz"
        self.folder.joinpath(NAMES["test_images"]).write_bytes(gzip.decompress(packed.read_bytes())[:5000])
        self.assertRegex(self.message(f"directory={self.folder}"), r"t10k-images.*\(.*byte.*\)")

    def test_swapped_images_and_labels(self):
        message = self.message(f"train_images={NAMES['train_labels']}", f"train_labels={NAMES['train_images']}")
        self.assertRegex(message, r"\(.*0x801.*\); did you swap")

    def test_labels_of_the_other_split(self):
        self.assertRegex(self.message(f"train_labels={NAMES['test_labels']}"), r"60000 images, 10000 labels")

    def test_data_that_one_rank_alone_lacks(self):
        train = ["train", "--nodes", 2, "--threads", 1, "--out", self.folder / "run.h5"]
        lacking = [*train, "--set", f"dataset.directory={self.folder}"]
        for ranks, culprit in (([train, lacking], 1), ([lacking, train], 0)):
            message = self.refusal(acrtc.run_apart(*ranks))
            self.assertRegex(message, rf"\[rank {culprit}\] .*train-images-idx3-ubyte.*\(.*\); install")


class Configuration(acrtc.Sample):
    def message(self, text):
        file = self.folder / "f.toml"
        file.write_text(text)
        return self.refuses("train", "--config", file, "--out", self.folder / "run.h5", ranks=2)

    def test_typos_name_key_file_line_and_the_nearest_key(self):
        message = self.message("[train]\nbatch = 8\nepochz = 2\n")
        self.assertRegex(message, r"train\.epochz.*f\.toml:3.*did you mean 'epochs'\?")
        self.assertRegex(self.message("[trian]\n"), r"\[trian\].*f\.toml:1.*did you mean 'train'\?")
        self.assertRegex(self.message('[reuse]\nscheme = "acrct"\n'), r"f\.toml:2.*did you mean 'acrtc'\?")
        self.assertRegex(self.message("sede = 1\n"), r"sede.*f\.toml:1.*did you mean 'seed'\?")

    def test_types_ranges_and_syntax(self):
        self.assertRegex(self.message('[train]\nbatch = "many"\n'), r"train\.batch.*f\.toml:2.*an integer")
        self.assertRegex(self.message("[train]\nbatch = 0\n"), r"train\.batch.*f\.toml:2.*1\.\.65536")
        self.assertRegex(self.message("[train\nbatch = 1\n"), r"f\.toml:1:\d+")
        self.assertRegex(self.message("train = 3\n"), r"'train'.*f\.toml:1")

    def test_assignments_and_flags_are_named(self):
        message = self.refuses("train", "--set", "train.epochz=1", "--out", self.folder / "run.h5")
        self.assertRegex(message, r"--set train\.epochz.*did you mean 'epochs'\?")
        self.assertIn("train.nodes in --nodes is out of range (0 ", self.refuses("show-config", "--nodes", 0))
        self.assertIn("'--set seed' (99999999999999999999 is an integer of more than 64 bits)",
                      self.refuses("show-config", "--set", "seed=99999999999999999999"))

    def test_names_that_do_not_exist_are_named_with_key_line_and_neighbour(self):
        small = '[dataset]\nname = "synthetic"\ntrain_samples = 64\ntest_samples = 16\n'
        for text, key, neighbour in (
                ('[[network.layer]]\nkind = "convolutoin"\n', "network.layer.kind", "convolution"),
                ('[hardware]\naccelerator = "v101"\n', "hardware.accelerator", "v100"),
                ('[hardware]\ninterconnect = "nvlink3"\n', "hardware.interconnect", "nvlink2"),
                ('[[reuse.rule]]\nlayer = "conv9"\noff = true\n', "reuse.rule.layer", "conv1"),
                ('[[reuse.rule]]\nroles = ["forwrd"]\noff = true\n', "reuse.rule.roles", "forward")):
            message = self.message(text + small)
            self.assertRegex(message, rf"{re.escape(key)}.*f\.toml:[12].*did you mean '{neighbour}'\?")
        self.assertNotIn("did you mean", self.message('[reuse]\ngranularity = "foo"\n' + small))

    def test_strengths_that_the_format_does_not_have(self):
        message = self.message("[train]\nbatch = 8\n[[reuse.rule]]\nstrength = 20\n")
        self.assertRegex(message, r"reuse\.rule\.strength = 20.*f\.toml:4.*largest level in this format is 7")
        self.assertIn("control.strength", self.message('[control]\npolicy = "fixed"\nstrength = 20\n'))

    def test_hardware_out_of_range_is_named_with_file_and_line(self):
        text = (acrtc.SOURCE / "configs/hardware/v100.toml").read_text()
        hardware = self.folder / "fast.toml"
        hardware.write_text(re.sub(r"(utilization *= *{ *value *= *)[0-9.]+", r"\g<1>1.27", text))
        message = self.message(f'[hardware]\naccelerator = "{hardware}"\n')
        self.assertRegex(message, r"compute\.utilization in .*fast\.toml:\d+.*share")

    def test_configurations_are_found_by_name(self):
        self.assertIn("micro_batches = 1", self.succeeds("show-config", "--config", "fashion-mnist-lenet"))
        message = self.refuses("show-config", "--config", "fashion-mnist-lenett")
        self.assertRegex(message, r"known: .*mnist-mlp.*did you mean 'fashion-mnist-lenet'\?")

    def test_an_environment_that_is_no_number_is_named_by_one_rank(self):
        for wrong in ("soon", "", "10s", "-1", "1e3", "4294967297"):
            with unittest.mock.patch.dict(os.environ, ACRTC_START_SECONDS=wrong):
                for ranks in (None, 2):
                    self.assertIn(f"cannot use ACRTC_START_SECONDS ('{wrong}' is no whole number in 0..1000000); ",
                                  self.refuses("list", ranks=ranks))
        for right in ("0", "1000000"):
            with unittest.mock.patch.dict(os.environ, ACRTC_START_SECONDS=right):
                self.succeeds("list")

    def test_unknown_flags_and_hardware(self):
        self.refuses("train", "--nodez", 4, ranks=2)
        self.assertIn("'--bogus'", self.refuses("--bogus"))
        message = self.refuses("train", *acrtc.SMALL, "--set", "hardware.accelerator=v10", "--out",
                               self.folder / "run.h5", ranks=2)
        self.assertRegex(message, r"v10.*known: .*v100.*did you mean 'v100'\?")

    def test_a_network_that_does_not_fit(self):
        message = self.refuses("train", *acrtc.SMALL, "--set", "dataset.height=3", "--set", "dataset.width=3", "--out",
                               self.folder / "run.h5", ranks=2)
        self.assertRegex(message, r"conv1.*3x3")

    def test_nodes_that_ranks_do_not_divide(self):
        message = self.refuses("train", *acrtc.SMALL, "--nodes", 3, "--out", self.folder / "run.h5", ranks=2)
        self.assertRegex(message, r"3.*2")


class Output(acrtc.Sample):
    def test_an_existing_log_is_kept_unless_told(self):
        log = self.train("run")
        before = log.read_bytes()
        message = self.refuses("train", *acrtc.SMALL, "--nodes", 2, "--out", log, ranks=2)
        self.assertRegex(message, r"exists\); .*--overwrite")
        self.assertEqual(log.read_bytes(), before)
        self.train("run", "--overwrite")

    def test_a_place_that_cannot_be_written(self):
        self.folder.joinpath("file").write_text("")
        message = self.refuses("train", *acrtc.SMALL, "--nodes", 2, "--out", self.folder / "file" / "run.h5", ranks=2)
        self.assertRegex(message, r"run\.h5.*\(.*\)")

    def test_files_of_one_run_that_are_one_file(self):
        log = self.folder / "run.h5"
        for weights in (log, self.folder / "." / "run.h5", self.folder / "run.capture.h5"):
            for options in ([], ["--overwrite"], ["--resume"], ["--dry-run"]):
                message = self.refuses("train", *acrtc.SMALL, "--capture", 1, "--out", log, "--weights", weights, *options)
                self.assertRegex(message, r"cannot write '.*\.h5' \('.*' of the same run is that file, too\); ")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_dry_run_looks_at_its_outputs_and_makes_nothing(self):
        log = self.train("run")
        dry = ["train", *acrtc.SMALL, "--dry-run", "--out"]
        self.assertIn("exists", self.refuses(*dry, log))
        self.assertIn("is no folder", self.refuses(*dry, log / "run.h5"))
        self.assertIn("File name too long", self.refuses(*dry, self.folder / ("x" * 300 + ".h5")))
        self.assertIn("Nothing was written", self.succeeds(*dry, self.folder / "new" / "run.h5"))
        self.assertFalse((self.folder / "new").exists())

    def test_a_full_disk_behind_standard_output(self):
        log = self.train("run")
        for command in (["report", log], ["list"], ["show-config"], ["--help"], ["compare", log, self.train("other")]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([acrtc.PROGRAM, *map(str, command)], stdout=full, stderr=subprocess.PIPE, text=True,
                                      cwd=acrtc.SOURCE, check=False)
            self.assertEqual((done.returncode, done.stderr),
                             (2, "acrtc: error: cannot write to standard output (No space left on device)\n"))

    def test_a_run_whose_weights_cannot_be_saved_has_not_finished(self):
        with self.small_disk() as disk:
            log = self.folder / "run.h5"
            message = self.refuses("train", *acrtc.SMALL, "--out", log, "--weights", disk / "weights.h5")
            self.assertRegex(message, r"weights\.h5.*\(.*[Nn]o space.*\)")
            with h5py.File(log) as file:
                self.assertEqual(list(file["state"]), [3], "failed")

    def flushed_steps(self, log):
        with h5py.File(log, "r", swmr=True, libver="latest") as file:
            return len(file["steps/loss"])

    def test_a_full_disk_ends_all_ranks_and_keeps_flushed_rows(self):
        with self.small_disk() as disk:
            log = disk / "run.h5"
            message = self.refuses("train", *acrtc.SMALL, "--nodes", 2, "--set", "record.flush_seconds=0", "--epochs",
                                   200, "--out", log, ranks=2)
            self.assertRegex(message, r"run\.h5.*\(.*[Nn]o space.*\)")
            self.assertGreater(self.flushed_steps(log), 0)

    @contextlib.contextmanager
    def small_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
            self.skipTest("mounting a small disk takes root")
        try:
            yield disk
        finally:
            subprocess.run(["umount", str(disk)], check=True)

    def test_files_that_are_no_logs(self):
        text = self.folder / "text.h5"
        text.write_text("not HDF5")
        for command in (["report", text], ["compare", text, text], ["diff", text, text], ["report", "missing.h5"]):
            self.assertRegex(self.refuses(*command), r"\.h5.*\(.*\)")

    def test_a_log_that_is_compared_with_itself(self):
        log = self.train("run")
        (self.folder / "link.h5").symlink_to(log)
        for other in (log, self.folder / "link.h5"):
            self.assertIn("given twice", self.refuses("compare", log, other))

    def test_weights_of_another_network(self):
        self.train("run", "--set", "network.name=mlp")
        message = self.refuses("evaluate", "--config", "synthetic-lenet", "--weights", self.folder / "run.weights.h5")
        self.assertRegex(message, r"run\.weights\.h5' \(it is of network 'mlp', the options ask for 'lenet'\)")

    def test_a_bad_gemm_leaves_what_was_there(self):
        good, bad, out = (self.folder / name for name in ("run.capture.h5", "bad.h5", "out.h5"))
        self.train("run", "--capture", 2)
        self.succeeds("gemm", "--in", good, "--out", out)
        before = out.read_bytes()
        shutil.copy(good, bad)
        with h5py.File(bad, "r+") as file:
            *_, last = file.values()
            last.attrs["strength"] = 24
        message = self.refuses("gemm", "--in", bad, "--out", out, "--overwrite")
        self.assertRegex(message, r"bad\.h5.*its strength is 24, the largest level in bf16 is 7")
        self.assertEqual(out.read_bytes(), before)
        self.refuses("gemm", "--in", bad, "--out", self.folder / "new.h5")
        self.assertFalse((self.folder / "new.h5").exists())


if __name__ == "__main__":
    unittest.main()
