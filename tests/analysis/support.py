"""What the tests of analysis/ share: a folder, small runs of the real program trained once, and bad files."""
import atexit
import contextlib
import functools
import importlib.util
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ("h5py", "numpy", "pandas", "matplotlib", "jinja2")
MISSING = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
SKIPPED = 77  # the exit status that ctest takes for a skipped test
if MISSING:
    print(f"skipped: python3-{MISSING[0]} is not installed")
    sys.exit(SKIPPED)
PROGRAM = os.environ.get("ACRTC", "")
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="acrtc-analysis-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
sys.path.insert(0, str(SOURCE / "analysis"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE / "analysis"), "OMP_WAIT_POLICY": "passive"}


def needs(*modules):
    """Skips a test where a Debian package is missing, and says which."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return unittest.skipIf(missing, f"python3-{missing[0].lower()} is not installed" if missing else "")


def train_command(out, *options):
    return [PROGRAM, "train", "--config", str(SOURCE / "configs/synthetic-lenet.toml"), "--threads", "1", "--progress",
            "off", "--out", str(out), "--overwrite", "--weights", str(FOLDER / "weights" / out.name),
            "--set", "dataset.train_samples=512", "--set", "dataset.test_samples=128", *options]


@functools.lru_cache(maxsize=None)
def train(name, *options):
    """The log of a finished run; each is trained once in a test program."""
    path = FOLDER / "runs" / f"{name}.h5"
    path.parent.mkdir(exist_ok=True)
    subprocess.run(train_command(path, *options), check=True, capture_output=True, cwd=SOURCE, env=ENVIRONMENT)
    return path


def reuse_run(seed=1):
    return train(f"acrtc-{seed}", "--epochs", "3", "--seed", str(seed))


def dense_run(seed=1):
    return train(f"dense-{seed}", "--epochs", "3", "--seed", str(seed), "--set", "reuse.scheme=dense")


def changed(name, change, source=None):
    """A copy of a real log with `change(h5py file)` applied."""
    import h5py
    path = FOLDER / f"{name}.h5"
    shutil.copy(source or reuse_run(), path)
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def run_command(*arguments):
    """`python3 -m acrtc_analysis` with these arguments."""
    command = [sys.executable, "-m", "acrtc_analysis", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=300, check=False)


def command(*arguments):
    """Exit status, stdout and stderr of a command in this process."""
    from acrtc_analysis import cli
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        status = cli.main([*map(str, arguments)])
    return status, out.getvalue(), err.getvalue()


@unittest.skipIf(not PROGRAM, "ACRTC does not name the program")
class AnalysisTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = FOLDER / self.id()
        self.folder.mkdir(parents=True)
