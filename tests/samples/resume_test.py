"""Runs that are left and gone on with give the log and the weights of a run that nothing disturbed."""
import pathlib
import re
import signal
import subprocess
import time
import unittest

import h5py
import numpy

import acrtc

RUN = ["--set", "train.nodes=4", "--set", "train.epochs=3", "--set", "checkpoint.every_steps=2"]
SHORT = [*RUN, "--epochs", 1]


def contents(path):
    """Every dataset and attribute of a file, by bytes; nothing where there is no file."""
    found = {}
    if path.exists():
        with h5py.File(path) as file:
            file.visititems(lambda name, item: found.update(
                {name: (item[()].tobytes() if isinstance(item, h5py.Dataset) else None, dict(item.attrs))}))
    return found


class Resuming(acrtc.Sample):
    def leave(self, name, *arguments, ranks=None):
        """Trains one step and leaves; returns the log's path."""
        log = self.folder / f"{name}.h5"
        done = acrtc.run("train", *acrtc.SMALL, *RUN, "--out", log, "--max-minutes", 1e-6, *arguments, ranks=ranks)
        self.assertEqual(done.returncode, 85, done.stderr)
        return log

    def resume(self, log, *arguments, **options):
        return self.succeeds("train", *acrtc.SMALL, *RUN, "--out", log, "--resume", *arguments, **options)

    def expect_same(self, one, other):
        self.succeeds("diff", one, other)
        for kind in (".weights.h5", ".capture.h5"):
            self.assertEqual(contents(one.with_suffix(kind)), contents(other.with_suffix(kind)))
        self.assertFalse(other.with_suffix(".capture.parts").exists())

    def test_on_other_ranks_and_threads_step_by_step(self):
        nodes = ["--set", "train.nodes=24", "--set", "train.batch=4", "--capture", 20]
        whole = self.train("whole", *RUN, *nodes)
        log = self.leave("part", *nodes, ranks=2)
        for ranks in (None, 3, 8, 4):
            done = acrtc.run("train", *acrtc.SMALL, *RUN, *nodes, "--out", log, "--threads", 1, "--max-minutes", 1e-6,
                             "--resume", ranks=ranks)
            self.assertEqual(done.returncode, 85, done.stderr)
        with h5py.File(log) as file:
            self.assertEqual(len(file["steps/step"]), 5)
            self.assertEqual(list(file["state"]), [2])
        self.resume(log, *nodes, "--threads", 4)
        self.expect_same(whole, log)
        self.assertEqual(sum(name.endswith("/A") for name in contents(log.with_suffix(".capture.h5"))), 20)

    def test_after_kills_at_any_moment(self):
        whole, log = self.train("whole", *RUN, "--capture", 20), self.folder / "killed.h5"
        for delay in (0.2, 0.4, 0.6, 0.8, 1.0):
            run = subprocess.Popen([acrtc.PROGRAM, "train", *acrtc.SMALL, *map(str, RUN), "--capture", "20", "--out",
                                    log, "--resume"],
                                   cwd=acrtc.SOURCE, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            time.sleep(delay)
            run.kill()
            run.wait()
        self.resume(log, "--capture", 20)
        self.expect_same(whole, log)
        parts = log.with_suffix(".capture.parts")  # as of a run that was killed while it removed them
        parts.mkdir()
        (parts / "step000000_gemm000.h5").touch()
        self.resume(log, "--capture", 20)
        self.expect_same(whole, log)

    def test_a_capture_that_lacks_earlier_steps_is_refused(self):
        log = self.leave("part")
        resume = ["train", *acrtc.SMALL, *RUN, "--out", log, "--resume"]
        message = self.refuses(*resume, "--capture", 60)
        self.assertIn("cannot go on capturing after step 1 (there is no '", message)
        self.assertIn("part.capture.parts/step000000_gemm", message)
        self.succeeds(*resume, "--capture", 0)

    def test_altered_rows_before_the_checkpoint_are_refused_by_column(self):
        log = self.train("part", *SHORT)
        whole = log.read_bytes()
        for column in ("steps/loss", "steps/wall_seconds", "nodes/wait_time", "layers/mults", "epochs/epoch",
                       "controller/strength"):
            with h5py.File(log, "r+") as file:
                cells = file[column][0]
                file[column][0] = cells + 1
            group, name = column.split("/")
            message = self.refuses("train", *acrtc.SMALL, *RUN, "--out", log, "--resume")
            self.assertIn(f"column '{name}' of '/{group}' of '{log}' is damaged (", message)
            log.write_bytes(whole)
        self.resume(log)

    def test_altered_rows_behind_the_checkpoint_are_refused_as_they_come_again(self):
        log = self.train("part", *SHORT)
        older = min(log.with_suffix(".checkpoints").glob("step-*"))
        with h5py.File(log, "r+") as file:
            file["steps/loss"][3] += 1
        message = self.refuses("train", *acrtc.SMALL, *RUN, "--out", log, "--resume", older)
        self.assertIn(f"row 3 of column 'loss' of '/steps' of '{log}'", message)

    def test_a_log_of_an_earlier_format_gains_the_columns_it_lacks(self):
        whole, log = self.train("whole", *RUN), self.train("short", *SHORT)
        with h5py.File(log, "r+") as file:
            del file["epochs/replaced_samples"]
            file.attrs["format_version"] = "1.0"
        self.succeeds("report", log)
        self.resume(log)
        self.expect_same(whole, log)

    def test_a_finished_run_takes_more_epochs(self):
        whole, log = self.train("whole", *RUN), self.train("short", *SHORT)
        self.resume(log)
        self.expect_same(whole, log)

    def test_damaged_checkpoints_are_passed_over(self):
        whole, log = self.train("whole", *RUN), self.train("part", *SHORT)
        folder = log.with_suffix(".checkpoints")
        newest, older = sorted(folder.glob("step-*"), reverse=True)
        newest.write_bytes(newest.read_bytes()[:-1])
        done = acrtc.run("train", *acrtc.SMALL, *RUN, "--out", log, "--resume")
        self.assertIn(f"'{newest}' is damaged", done.stderr)
        self.assertIn("going on after step 2", done.stderr)
        self.expect_same(whole, log)
        older.write_bytes(b"something else")
        message = self.refuses("train", *acrtc.SMALL, *RUN, "--out", log, "--resume", older)
        self.assertIn("is no checkpoint", message)

    def test_a_log_that_is_gone_or_damaged_begins_anew(self):
        whole, log = self.train("whole", *RUN), self.leave("part")
        log.write_bytes(log.read_bytes()[:1000])
        self.resume(log)
        self.expect_same(whole, log)
        self.assertTrue(self.folder.joinpath("part.h5.damaged").exists())
        log.unlink()
        self.resume(log)
        self.expect_same(whole, log)

    def test_another_configuration_is_refused_by_key(self):
        log = self.leave("part")
        for setting, key in (("train.batch=8", "train.batch"), ("record.sample_every=5", "record.sample_every"),
                             ("schedule.learning_rate=0.5", "schedule.learning_rate"), ("seed=9", "seed")):
            message = self.refuses("train", *acrtc.SMALL, *RUN, "--out", log, "--resume", "--set", setting)
            self.assertIn(f"({key} was ", message)
        self.resume(log, "--set", "checkpoint.keep=5", "--set", "record.flush_seconds=0")

    def test_checkpoints_of_another_run_are_not_overwritten(self):
        log = self.leave("part")
        log.unlink()
        self.assertIn("--resume", self.refuses("train", *acrtc.SMALL, *RUN, "--out", log))
        self.train("part", *RUN, "--overwrite")


class Diverging(acrtc.Sample):
    STEEP = [*RUN, "--set", "schedule.learning_rate=1000", "--set", "schedule.warm_up_epochs=1",
             "--set", "schedule.warm_up_factor=0", "--set", "checkpoint.every_steps=1", "--set", "checkpoint.keep=8"]

    def test_a_run_that_diverges_stops_by_step_and_keeps_its_checkpoints(self):
        log = self.folder / "run.h5"
        message = self.refuses("train", *acrtc.SMALL, *self.STEEP, "--out", log, ranks=2)
        step = re.search(r"diverged in step (\d+) \(not all (weights|outputs|gradients) of layer '\w+' are finite\)",
                         message)
        self.assertTrue(step, message)
        with h5py.File(log) as file:
            steps = list(file["steps/step"])
            self.assertEqual(steps, list(range(len(steps))))
            self.assertIn(len(steps) - int(step[1]), (0, 1), "1 where what the step made of the weights is at fault")
            self.assertEqual(list(file["state"]), [3], "failed")
        self.assertTrue(list(log.with_suffix(".checkpoints").glob("step-*")))

    def test_a_run_that_rolls_back_goes_on_with_a_whole_log(self):
        log = self.folder / "run.h5"
        done = acrtc.run("train", *acrtc.SMALL, *self.STEEP, "--out", log, "--set", "train.on_divergence=rollback",
                         ranks=2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("rolling back", done.stderr)
        with h5py.File(log) as file:
            steps = list(file["steps/step"])
            self.assertEqual(steps, list(range(12)))
            self.assertTrue(numpy.isfinite(file["steps/loss"]).all())
            self.assertLess(file["steps/learning_rate"][-1], 1000)


    def test_the_best_checkpoint_of_a_discarded_course_goes_with_it(self):
        gentle, log = self.train("gentle", *RUN), self.folder / "run.h5"
        self.refuses("train", *acrtc.SMALL, *self.STEEP, "--out", log)
        best, later = log.with_suffix(".checkpoints") / "best.checkpoint", gentle.with_suffix(".checkpoints")
        best.write_bytes(max(later.glob("step-*")).read_bytes())
        done = acrtc.run("train", *acrtc.SMALL, *self.STEEP, "--out", log, "--resume", "--set",
                         "train.on_divergence=rollback")
        self.assertIn("rolling back", done.stderr)
        self.assertFalse(best.read_bytes() == max(later.glob("step-*")).read_bytes(), "it is still there")


class Leaving(acrtc.Sample):
    def signalled(self, number, times=1):
        """A run of two ranks whose launcher gets the signal once it runs."""
        log = self.folder / "run.h5"
        command = [acrtc.MPIEXEC, "--oversubscribe", "-n", "2", acrtc.PROGRAM, "train", *acrtc.SMALL, "--nodes", "2",
                   "--epochs", "10000", "--threads", "1", "--out", log]
        run = subprocess.Popen(command, cwd=acrtc.SOURCE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while not log.exists():
            time.sleep(0.05)
        time.sleep(0.5)
        for _ in range(times):
            run.send_signal(number)
        run.communicate(timeout=acrtc.SECONDS)
        with h5py.File(log) as file:
            self.assertEqual(list(file["state"]), [2], "interrupted")
        return run.returncode, log.with_suffix(".checkpoints")

    def test_usr1_leaves_with_a_checkpoint(self):
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            status, folder = self.signalled(number)
            self.assertEqual(status, 85)
            self.assertTrue(list(folder.glob("step-*")))
            self.folder.joinpath("run.h5").unlink()
            for file in folder.iterdir():
                file.unlink()

    def test_usr2_before_there_is_a_run_leaves_after_its_first_step(self):
        log = self.folder / "run.h5"
        run = subprocess.Popen([acrtc.PROGRAM, "train", *acrtc.SMALL, "--epochs", "10000", "--out", log],
                               cwd=acrtc.SOURCE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        status = pathlib.Path(f"/proc/{run.pid}/status")
        bit = 1 << signal.SIGUSR2 - 1
        while not int(re.search(r"SigCgt:\s*(\w+)", status.read_text())[1], 16) & bit:
            self.assertIsNone(run.poll())
        run.send_signal(signal.SIGUSR2)
        self.assertIn("interrupted", run.communicate(timeout=acrtc.SECONDS)[1])
        self.assertEqual(run.returncode, 85)
        with h5py.File(log) as file:
            self.assertEqual(len(file["steps/step"]), 1)

    def test_term_stops(self):
        status, _ = self.signalled(signal.SIGTERM)
        self.assertNotEqual(status, 0)


if __name__ == "__main__":
    unittest.main()
