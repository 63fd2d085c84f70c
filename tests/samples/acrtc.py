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
SECONDS = int(os.environ.get("ACRTC_TEST_SECONDS", 120))  # no sample takes a tenth of it; a hang does

SMALL = ["--set", "dataset.name=synthetic", "--set", "dataset.train_samples=256", "--set", "dataset.test_samples=64",
         "--set", "train.batch=16", "--set", "record.sample_every=2", "--progress", "off"]


def run(*arguments, ranks=None, cwd=None):
    """Runs `acrtc ARGUMENTS...`, under mpirun where `ranks` is given, and returns the finished process."""
    launcher = [MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks else []
    return finished([*launcher, PROGRAM, *map(str, arguments)], cwd or SOURCE)


def run_apart(*ranks):
    """Runs one rank for each list of arguments, as if each saw another machine, and returns the finished launcher."""
    command = [MPIEXEC, "--oversubscribe"]
    for arguments in ranks:
        command += [*([":"] if command[-1] != "--oversubscribe" else []), "-n", "1", PROGRAM, *map(str, arguments)]
    return finished(command, SOURCE)


def finished(command, cwd):
    return subprocess.run(command, cwd=cwd, timeout=SECONDS, capture_output=True, text=True, check=False)


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
        return self.refusal(run(*arguments, **options), status)

    def refusal(self, done, status=2):
        """The one line that says what is wrong, of a finished run that must have failed."""
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        messages = [line for line in done.stderr.splitlines() if line.startswith("acrtc: error: ")]
        self.assertEqual(len(messages), 1, done.stderr)
        return messages[0]
