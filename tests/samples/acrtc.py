"""Runs the program under test. CTest names it in ACRTC, its launcher in MPIEXEC, the project in ACRTC_SOURCE."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import h5py

PROGRAM = os.environ["ACRTC"]
MPIEXEC = os.environ.get("MPIEXEC", "mpirun")
SOURCE = pathlib.Path(os.environ["ACRTC_SOURCE"])
SECONDS = 120  # no sample takes a tenth of it; a hang does

SMALL = ["--set", "dataset.name=synthetic", "--set", "dataset.train_samples=256", "--set", "dataset.test_samples=64",
         "--set", "train.batch=16", "--set", "record.sample_every=2", "--progress", "off"]


def run(*arguments, ranks=None, cwd=None):
    """Runs `acrtc ARGUMENTS...`, under mpirun where `ranks` is given, and returns the finished process."""
    launcher = [MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks else []
    return subprocess.run([*launcher, PROGRAM, *map(str, arguments)], cwd=cwd or SOURCE, timeout=SECONDS,
                          capture_output=True, text=True, check=False)


def logged_steps(log):
    """How many a run that goes on has logged."""
    try:
        with h5py.File(log, "r", swmr=True, libver="latest") as file:
            return len(file["steps/loss"])
    except OSError:
        return 0


class Sample(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def succeeds(self, *arguments, **options):
        """Standard output of a run that must end well."""
        done = run(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def train(self, name, *arguments, **options):
        """Trains on little made-up data; returns the log's path."""
        log = self.folder / f"{name}.h5"
        self.succeeds("train", *SMALL, "--out", log, *arguments, **options)
        return log

    def refuses(self, *arguments, status=2, **options):
        """The one line that says what is wrong, of a run that must fail."""
        done = run(*arguments, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        messages = [line for line in done.stderr.splitlines() if line.startswith("acrtc: error: ")]
        self.assertEqual(len(messages), 1, done.stderr)
        return messages[0]
