"""The commands end to end, on little data."""
import json
import re
import signal
import subprocess
import time
import unittest

import h5py

import acrtc


class Training(acrtc.Sample):
    def test_any_number_of_ranks_and_threads_gives_the_same_log(self):
        one = self.train("one", "--nodes", 4, "--threads", 1)
        two = self.train("two", "--nodes", 4, "--threads", 2)
        self.succeeds("diff", one, two)
        for ranks in (2, 4):
            log = self.train(f"ranks{ranks}", "--nodes", 4, ranks=ranks)
            self.assertIn("identical", self.succeeds("diff", one, log))

    def test_the_log_is_whole_and_carries_its_configuration(self):
        log = self.train("run", "--nodes", 2, "--seed", 7)
        with h5py.File(log) as file:
            self.assertEqual(len(file["steps/loss"]), 256 // 32)
            self.assertEqual(file.attrs["seed"], 7)
            self.assertEqual(list(file["state"]), [1])
            self.assertTrue((file["nodes/mults"][:] < file["nodes/mults_dense"][:]).all())
            self.folder.joinpath("again.toml").write_text(file.attrs["configuration"])
        again = self.folder / "again.h5"
        self.succeeds("train", "--config", self.folder / "again.toml", "--out", again, "--progress", "off")
        self.succeeds("diff", log, again)

    def test_diff_finds_another_seed(self):
        one, other = self.train("one"), self.train("other", "--seed", 2)
        done = acrtc.run("diff", one, other)
        self.assertEqual(done.returncode, 1)
        self.assertIn("differ", done.stdout)

    def test_a_dry_run_writes_nothing(self):
        out = self.folder / "none.h5"
        text = self.succeeds("train", *acrtc.SMALL, "--nodes", 2, "--out", out, "--dry-run", ranks=2)
        for word in ("memory a rank", "431,080 parameters", "multiply-accumulates"):
            self.assertIn(word, text)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_dry_run_of_long_steps_tries_parts_of_them_and_dies_of_signals(self):
        dry = ["train", *acrtc.SMALL, "--dry-run", "--out", self.folder / "none.h5", "--set",
               "dataset.train_samples=40000"]
        text = self.succeeds(*dry, "--nodes", 256, "--set", "train.batch=128", "--set", "train.micro_batches=8")
        self.assertIn("parts of steps", text)
        self.assertIn("for 32 of its 128 samples a step", text)
        long = subprocess.Popen([acrtc.PROGRAM, *map(str, dry), "--set", "train.batch=8192", "--nodes", "4"],
                                cwd=acrtc.SOURCE, stdout=subprocess.DEVNULL)
        time.sleep(1)
        long.terminate()
        self.assertEqual(long.wait(timeout=20), -signal.SIGTERM)

    def test_a_dry_run_foresees_the_disk_that_is_needed(self):
        run = [*acrtc.SMALL, "--nodes", 2, "--capture", 4, "--out", self.folder / "run.h5"]
        text = self.succeeds("train", *run, "--dry-run")
        units = {"KiB": 1 << 10, "MiB": 1 << 20}
        said = {what: float(size) * units[unit]
                for what, size, unit in re.findall(r"(log|weights|checkpoints) ([\d.]+) (\wiB)", text)}
        self.assertEqual(acrtc.run("train", *run, "--max-minutes", 1e-6).returncode, 85)
        found = {"log": (self.folder / "run.h5").stat().st_size}
        self.succeeds("train", *run, "--resume")
        found["weights"] = (self.folder / "run.weights.h5").stat().st_size
        checkpoints = [file.stat().st_size for file in (self.folder / "run.checkpoints").iterdir()]
        self.assertEqual(len(checkpoints), 3)
        found["checkpoints"] = sum(checkpoints) * 4 / 3  # with one that is being written
        for what, size in found.items():
            self.assertAlmostEqual(said[what] / size, 1, delta=0.2, msg=what)

    def test_saved_weights_give_the_accuracy_of_the_last_epoch(self):
        log = self.train("run", "--nodes", 2)
        text = self.succeeds("evaluate", *acrtc.SMALL[:-2], "--weights", self.folder / "run.weights.h5", ranks=2)
        with h5py.File(log) as file:
            accuracy = file["epochs/test_accuracy"][-1]
        self.assertIn(f"{100 * accuracy:.2f} %", text)

    def test_dense_needs_no_change_of_the_controllers_settings(self):
        file = self.folder / "f.toml"
        file.write_text('[control]\npolicy = "fixed"\nstrength = 4\n[[reuse.rule]]\nlayer = "conv1"\nstrength = 3\n')
        with h5py.File(self.train("run", "--config", file, "--set", "reuse.scheme=dense")) as log:
            self.assertTrue((log["nodes/mults"][:] == log["nodes/mults_dense"][:]).all())

    def test_captured_operands_run_again(self):
        self.train("run", "--capture", 3)
        result = self.folder / "result.h5"
        self.succeeds("gemm", "--in", self.folder / "run.capture.h5", "--out", result)
        with h5py.File(result) as file:
            self.assertEqual(len(file), 3)
            for group in file.values():
                self.assertLessEqual(group.attrs["mults"], group.attrs["mults_dense"])
                self.assertEqual(group["C"].shape[0], group["A_reused"].shape[0])

    def test_rules_win_over_the_controller_and_later_ones_over_earlier(self):
        rules = self.folder / "rules.toml"
        rules.write_text('[[reuse.rule]]\nroles = ["grad_weight"]\noff = true\n'
                         '[[reuse.rule]]\nlayer = "conv1"\nstrength = 1\n')
        with h5py.File(self.train("run", "--config", rules)) as file:
            strengths = dict(zip(file["layers/gemm"].asstr()[:], file["layers/strength"][0, 0]))
        of_controller = strengths["ip2/forward"]
        for name, strength in strengths.items():
            layer, role = name.split("/")
            self.assertEqual(strength, 1 if layer == "conv1" else -1 if role == "grad_weight" else of_controller, name)

    def test_hardware_can_be_overridden_value_by_value(self):
        slow = self.folder / "slow.toml"
        slow.write_text('[hardware.override.accelerator.compute]\nclock = { value = 1, unit = "MHz" }\n')
        times = []
        for arguments in ([], ["--config", slow]):
            with h5py.File(self.train(f"run{len(times)}", *arguments)) as file:
                times.append(file["steps/time_dense"][0])
        self.assertGreater(times[1], 10 * times[0])
        slow.write_text("[hardware.override.acelerator.compute]\n")
        message = self.refuses("train", *acrtc.SMALL, "--config", slow, "--out", self.folder / "none.h5")
        self.assertIn("did you mean 'accelerator'", message)

    def test_a_killed_runs_log_is_repaired_beside_it(self):
        log, repaired = self.folder / "run.h5", self.folder / "repaired.h5"
        killed = subprocess.Popen([acrtc.PROGRAM, "train", *acrtc.SMALL, "--set", "dataset.train_samples=65536",
                                   "--set", "record.flush_seconds=0", "--out", log], cwd=acrtc.SOURCE)
        while acrtc.logged_steps(log) < 3:
            self.assertIsNone(killed.poll())
            time.sleep(0.05)
        killed.kill()
        killed.wait()
        self.assertIn("complete steps", self.succeeds("repair", log, "--out", repaired))
        with h5py.File(repaired) as file:
            self.assertGreaterEqual(len(file["steps/loss"]), 3)
        self.assertIn("repaired.h5", self.refuses("repair", log, "--out", repaired))


class Reporting(acrtc.Sample):
    def test_report_speaks_text_json_and_csv(self):
        log = self.train("run", "--nodes", 2)
        text = self.succeeds("report", log)
        for word in ("speed-up", "energy", "conv2", "grad_weight", "node"):
            self.assertIn(word, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)
        json.loads(self.succeeds("report", log, "--format", "json"))
        self.assertIn(",", self.succeeds("report", log, "--format", "csv"))

    def test_compare_pairs_runs_by_seed(self):
        logs = []
        for seed in (1, 2):
            logs.append(self.train(f"dense{seed}", "--seed", seed, "--set", "reuse.scheme=dense"))
            logs.append(self.train(f"acrtc{seed}", "--seed", seed))
        self.assertIn("95 %", self.succeeds("compare", *logs))
        json.loads(self.succeeds("compare", *logs, "--format", "json"))
        table = self.succeeds("compare", *logs, "--format", "csv").splitlines()
        self.assertEqual([line.split(",")[1] for line in table], ["seed", "1", "1", "2", "2"])


class Settings(acrtc.Sample):
    def test_show_config_reads_back_as_itself(self):
        for config in sorted(acrtc.SOURCE.glob("configs/*.toml")):
            first = self.succeeds("show-config", "--config", config)
            copy = self.folder / config.name
            copy.write_text(first)
            self.assertEqual(self.succeeds("show-config", "--config", copy), first, config.name)

    def test_control_characters_read_back(self):
        text = self.succeeds("show-config", "--set", 'dataset.directory="a\\rb\\u007f"')
        copy = self.folder / "f.toml"
        copy.write_text(text)
        self.assertEqual(self.succeeds("show-config", "--config", copy), text)

    def test_flags_win_over_set_and_set_over_the_file(self):
        file = self.folder / "f.toml"
        file.write_text("seed = 3\n[train]\nnodes = 2\nepochs = 3\nbatch = 8\n")
        text = self.succeeds("show-config", "--config", file, "--set", "train.epochs=4", "--set", "train.nodes=4",
                             "--nodes", 8)
        for line in ("seed = 3", "batch = 8", "epochs = 4", "nodes = 8"):
            self.assertIn(f"\n{line}\n", text)

    def test_a_scheme_chosen_by_set_leaves_the_settings_of_the_other_behind(self):
        file = self.folder / "f.toml"
        file.write_text('[reuse]\nscheme = "acrtc"\nwindow = 8\n')
        self.assertNotIn("\nwindow =", self.succeeds("show-config", "--config", file, "--set", "reuse.scheme=dense"))

    def test_list_names_every_kind(self):
        text = self.succeeds("list")
        for word in ("fashion-mnist", "lenet", "acrtc", "phase", "sgd", "ring", "v100", "window = 4"):
            self.assertIn(word, text)
        self.assertNotIn("lenet", self.succeeds("list", "hardware"))


if __name__ == "__main__":
    unittest.main()
