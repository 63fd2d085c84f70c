"""Runs whose files or processes others meddle with: they end clearly or go on, and lose nothing."""
import os
import signal
import subprocess
import time
import unittest

import h5py

import acrtc

RUN = ["--set", "train.nodes=2", "--threads", "1", "--set", "record.flush_seconds=0"]
LONG = [*RUN, "--epochs", "40"]


class Disturbed(acrtc.Sample):
    def setUp(self):
        super().setUp()
        self.log = self.folder / "run.h5"
        self.checkpoints = self.folder / "run.checkpoints"

    def start(self, *arguments):
        command = [acrtc.PROGRAM, "train", *acrtc.SMALL, *map(str, arguments), "--out", self.log]
        return subprocess.Popen(command, cwd=acrtc.SOURCE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait_for_steps(self, run, count):
        while acrtc.logged_steps(self.log) < count:
            self.assertIsNone(run.poll(), "it has ended")
            time.sleep(0.02)

    def end(self, run):
        errors = run.communicate(timeout=acrtc.SECONDS)[1]
        return run.returncode, errors

    def resume(self, *arguments):
        return acrtc.run("train", *acrtc.SMALL, *arguments, "--out", self.log, "--resume")

    def test_a_second_job_is_refused_and_the_first_one_goes_on(self):
        run = self.start(*RUN, "--epochs", 10000)
        self.wait_for_steps(run, 2)
        for how in ("--resume", "--overwrite"):
            message = self.refuses("train", *acrtc.SMALL, *RUN, "--epochs", 10000, "--out", self.log, how)
            self.assertIn(f"cannot write '{self.log}' (process {run.pid} on ", message)
        self.wait_for_steps(run, acrtc.logged_steps(self.log) + 2)
        run.send_signal(signal.SIGUSR1)
        self.assertEqual(self.end(run)[0], 85)
        self.assertFalse(self.folder.joinpath("run.h5.lock").exists())

    def test_checkpoints_of_a_run_that_goes_on_are_not_another_runs(self):
        shared = [*RUN, "--epochs", 10000, "--set", f"checkpoint.directory={self.folder / 'shared'}"]
        run = self.start(*shared)
        self.wait_for_steps(run, 2)
        self.folder.joinpath("link").symlink_to("shared")
        other = [*shared[:-1], f"checkpoint.directory={self.folder / 'link'}", "--out", self.folder / "other.h5"]
        for how in ("--resume", "--overwrite"):
            message = self.refuses("train", *acrtc.SMALL, *other, how, ranks=2)
            self.assertIn(f"cannot write to '{self.folder / 'link'}' (process {run.pid} on ", message)
            self.assertIn("keeps its checkpoints there); give each run a checkpoint.directory of its own", message)
        self.assertFalse(self.folder.joinpath("other.h5").exists())
        run.kill()
        self.end(run)
        self.assertTrue(self.folder.joinpath("shared/lock").exists())
        self.assertEqual(self.resume(*shared, "--max-minutes", 1e-6).returncode, 85)
        self.assertFalse(self.folder.joinpath("shared/lock").exists())

    def test_a_job_waits_for_one_that_is_on_its_way_out(self):
        run = self.start(*LONG, "--max-minutes", 0.02)
        self.wait_for_steps(run, 1)
        self.assertEqual(self.resume(*LONG).returncode, 0)
        self.assertEqual(self.end(run)[0], 85)

    def test_what_a_killed_job_left_is_taken_over_or_removed(self):
        run = self.start(*LONG)
        self.wait_for_steps(run, 2)
        run.kill()
        self.end(run)
        self.assertTrue(self.folder.joinpath("run.h5.lock").exists())
        for name in ("run.h5.part1234", "run.weights.h5.part7", "run.h5.parts"):
            self.folder.joinpath(name).write_text("cut")
        self.assertEqual(self.resume(*LONG).returncode, 0)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         ["run.checkpoints", "run.h5", "run.h5.parts", "run.weights.h5"])

    def test_a_log_that_is_removed_is_there_again(self):
        whole, run = self.train("whole", *LONG), self.start(*LONG)
        self.wait_for_steps(run, 3)
        self.log.unlink()
        status, errors = self.end(run)
        self.assertEqual(status, 2, errors)
        self.assertIn(f"cannot write '{self.log}' (others have removed or replaced it); its rows are now in", errors)
        self.assertGreaterEqual(acrtc.logged_steps(self.log), 3)
        self.assertEqual(self.resume(*LONG).returncode, 0)
        self.succeeds("diff", whole, self.log)

    def test_a_log_that_is_cut_ends_the_run_at_once(self):
        whole, run = self.train("whole", *LONG), self.start(*LONG)
        self.wait_for_steps(run, 3)
        os.truncate(self.log, 3000)
        status, errors = self.end(run)
        self.assertEqual(status, 2, errors)
        # A cut right before a write grows back with zeros, and is found out where the finished log is read again.
        self.assertRegex(errors, r"cannot write '.*run\.h5' \(others have cut (it from \d+ to \d+ bytes|or altered it: )")
        self.assertEqual(self.resume(*LONG).returncode, 0)
        self.succeeds("diff", whole, self.log)

    def test_checkpoints_that_are_removed_are_written_anew(self):
        run = self.start(*LONG)
        self.wait_for_steps(run, 9)  # an epoch has eight
        subprocess.run(["rm", "-rf", self.checkpoints], check=True)
        self.assertEqual(self.end(run)[0], 0)
        self.assertTrue(list(self.checkpoints.glob("step-*")))

    def test_a_folder_that_cannot_be_written_is_named(self):
        mount = ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(self.folder)]
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
            self.skipTest("mounting a disk takes root")
        try:
            message = self.refuses("train", *acrtc.SMALL, *RUN, "--out", self.log)
            self.assertIn(f"cannot write '{self.log}' (folder '{self.folder}': Read-only file system)", message)
        finally:
            subprocess.run(["umount", self.folder], check=True)


class Keeping(acrtc.Sample):
    def test_checkpoints_come_by_time_too(self):
        log = self.folder / "run.h5"
        done = acrtc.run("train", *acrtc.SMALL, *RUN, "--set", "checkpoint.every_minutes=1e-6", "--set",
                         "checkpoint.keep=100", "--out", log)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(list(log.with_suffix(".checkpoints").glob("step-*"))), 8, "one after every step")

    def test_a_run_without_checkpoints_says_that_it_will_begin_anew(self):
        log = self.folder / "run.h5"
        done = acrtc.run("train", *acrtc.SMALL, *RUN, "--set", "checkpoint.keep=0", "--max-minutes", 1e-6, "--out",
                         log)
        self.assertEqual(done.returncode, 85)
        self.assertIn("with --resume begins anew, as there is no checkpoint", done.stderr)

    def test_another_instruction_set_is_told_and_logged(self):
        log = self.folder / "run.h5"
        self.assertEqual(acrtc.run("train", *acrtc.SMALL, *RUN, "--max-minutes", 1e-6, "--out", log).returncode, 85)
        with h5py.File(log) as file:
            before = file.attrs["cpu_isa"]
        command = [acrtc.PROGRAM, "train", *acrtc.SMALL, *RUN, "--max-minutes", "1e-6", "--out", log, "--resume"]
        done = subprocess.run(command, cwd=acrtc.SOURCE, env={**os.environ, "DNNL_MAX_CPU_ISA": "SSE41"},
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 85, done.stderr)
        both = f"{before}, then SSE4.1"
        self.assertIn(f"warning: no other run has the bits of this one, computed on {both}", done.stderr)
        with h5py.File(log) as file:
            self.assertEqual(file.attrs["cpu_isa"], both)

    def test_a_second_signal_leaves_without_a_checkpoint(self):
        log = self.folder / "run.h5"
        slow = [*acrtc.SMALL, *RUN, "--set", "train.batch=1024", "--set", "dataset.train_samples=65536"]
        run = subprocess.Popen([acrtc.PROGRAM, "train", *slow, "--out", log], cwd=acrtc.SOURCE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while acrtc.logged_steps(log) < 1:
            time.sleep(0.02)
        # Both while it stands, so that no step ends between them; two of one kind that are pending would count as one.
        run.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, run.pid, os.WSTOPPED)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT):
            run.send_signal(number)
        self.assertIn("begins anew", run.communicate(timeout=acrtc.SECONDS)[1])
        self.assertEqual(run.returncode, 85)
        self.assertFalse(list(log.with_suffix(".checkpoints").glob("step-*")))


if __name__ == "__main__":
    unittest.main()
