"""A run that gets no more memory ends on all ranks, says so, and keeps what it has logged."""
import resource
import subprocess
import time
import unittest

import acrtc

MESSAGE = "the system gives no more memory"
RUN = ["train", *acrtc.SMALL, "--nodes", "2", "--threads", "1"]
LARGE = [*RUN, "--set", "dataset.train_samples=8192", "--set", "train.batch=512"]


def limited(megabytes, *arguments):
    """Runs two ranks with so much address space each."""
    return subprocess.run([acrtc.MPIEXEC, "--oversubscribe", "-n", "2", "prlimit", f"--as={megabytes * 10**6}",
                           acrtc.PROGRAM, *map(str, arguments)], cwd=acrtc.SOURCE, timeout=acrtc.SECONDS,
                          capture_output=True, text=True, check=False)


@unittest.skipIf(limited(2000, "--version").returncode != 0, "a sanitizer takes more address space than the limit")
class OutOfMemory(acrtc.Sample):
    def test_at_the_start_or_in_a_step(self):
        for megabytes in (350, 400, 450, 500):
            done = limited(megabytes, *LARGE, "--out", self.folder / "run.h5", "--overwrite")
            self.assertEqual(done.returncode, 2, f"{megabytes} MB: {done.stderr}")
            self.assertIn(MESSAGE, done.stderr)

    def test_after_steps_that_are_logged(self):
        log = self.folder / "run.h5"
        run = subprocess.Popen([acrtc.PROGRAM, *RUN, "--set", "dataset.train_samples=65536", "--out", log,
                                "--set", "record.flush_seconds=0", "--set", "network.name=mlp"], cwd=acrtc.SOURCE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        while (logged := acrtc.logged_steps(log)) < 3:
            self.assertIsNone(run.poll())
            time.sleep(0.05)
        resource.prlimit(run.pid, resource.RLIMIT_AS, (10**6, 10**6))
        errors = run.communicate(timeout=acrtc.SECONDS)[1]
        self.assertEqual(run.returncode, 2, errors)
        self.assertIn(MESSAGE, errors)
        self.assertGreaterEqual(acrtc.logged_steps(log), logged)


if __name__ == "__main__":
    unittest.main()
