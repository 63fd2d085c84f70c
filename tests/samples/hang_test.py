"""Jobs that would hang, or of which one rank alone fails, end and say why."""
import os
import pathlib
import signal
import subprocess
import time
import unittest

import acrtc

LONG = [*acrtc.SMALL, "--nodes", "4", "--epochs", "10000", "--threads", "1"]


def children(pid):
    """Process ids of a launcher's ranks, in no order."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except OSError:
            pass
    return found


def is_root(pid):
    return b"OMPI_COMM_WORLD_RANK=0\0" in pathlib.Path(f"/proc/{pid}/environ").read_bytes()


class Hanging(acrtc.Sample):
    def start(self, *arguments):
        command = [acrtc.MPIEXEC, "--oversubscribe", "-n", "2", acrtc.PROGRAM, "train", *LONG, "--out",
                   str(self.folder / "run.h5"), *arguments]
        return subprocess.Popen(command, cwd=acrtc.SOURCE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def end(self, job):
        _, errors = job.communicate(timeout=acrtc.SECONDS)
        return job.returncode, errors

    def test_a_stopped_rank_is_named_with_its_step(self):
        job = self.start("--set", "watchdog.seconds=2")
        while not self.folder.joinpath("run.h5").exists():
            time.sleep(0.05)
        time.sleep(1)
        ranks = children(job.pid)
        self.assertEqual(len(ranks), 2)
        os.kill(ranks[0], signal.SIGSTOP)
        status, errors = self.end(job)
        self.assertEqual(status, 4, errors)
        self.assertRegex(errors, r"acrtc: error: the job hangs: rank [01] has not been heard of for \d+ s "
                                 r"\(it was in step \d+, in \w+")
        self.assertEqual(children(job.pid), [])

    def test_a_rank_that_stops_right_at_the_beginning_is_named(self):
        job = self.start("--set", "watchdog.seconds=5")
        while not self.folder.joinpath("run.h5").exists():
            time.sleep(0.01)
        os.kill(next(filter(is_root, children(job.pid))), signal.SIGSTOP)
        status, errors = self.end(job)
        self.assertEqual(status, 4, errors)
        self.assertIn("rank 0 has not been heard of", errors)

    def test_a_rank_that_cannot_get_at_its_data_is_named(self):
        for kind in ("images-idx3", "labels-idx1"):
            for split in ("train", "t10k"):  # whoever opens it waits for somebody who writes
                os.mkfifo(self.folder / f"{split}-{kind}-ubyte")
        done = acrtc.run("train", "--set", "watchdog.standstill_seconds=2", "--set", "dataset.name=mnist", "--set",
                         f"dataset.directory={self.folder}", "--nodes", 2, "--out", self.folder / "run.h5", ranks=2)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertRegex(done.stderr, r"no rank has got on for \d+ s \(rank [01] is the last, in step 0, in the prep")

    def test_a_rank_that_stops_on_the_way_out_is_named(self):
        stopper = ["-x", f"LD_PRELOAD={os.environ['STOPPER']}", "-x", "ASAN_OPTIONS=verify_asan_link_order=0"]
        command = [acrtc.MPIEXEC, "--oversubscribe", "-n", "2", *stopper, acrtc.PROGRAM, "train", *acrtc.SMALL,
                   "--nodes", "2", "--set", "watchdog.seconds=2", "--out", str(self.folder / "run.h5")]
        done = subprocess.run(command, cwd=acrtc.SOURCE, timeout=acrtc.SECONDS, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertRegex(done.stderr, r"rank 1 has not been heard of for \d+ s \(it was in step \d+, in ")

    def test_a_job_that_does_not_start_ends(self):
        command = [acrtc.MPIEXEC, "--oversubscribe", "-n", "1", "sleep", "1000", ":", "-n", "1", acrtc.PROGRAM, "list"]
        done = subprocess.run(command, env={**os.environ, "ACRTC_START_SECONDS": "1"}, timeout=acrtc.SECONDS,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("acrtc: error: the job hangs: MPI has not started", done.stderr)

    def test_a_job_that_stands_still_ends(self):
        status, errors = self.end(self.start("--set", "watchdog.standstill_seconds=0.001"))
        self.assertEqual(status, 4, errors)
        self.assertRegex(errors, r"no rank has got on for \d+ s \(rank [01] is the last, in step \d+, in ")


if __name__ == "__main__":
    unittest.main()
