"""One run of the program under a launcher, from outside: its processes, its log, what it left."""
import contextlib
import gzip
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import time

import h5py
import numpy

PROGRAM = os.environ["ACRTC"]
MPIEXEC = os.environ.get("MPIEXEC", "mpirun")
SECONDS = 120  # a run takes a few; a hang does not end
SETTINGS = ["dataset.name=mnist", "dataset.directory=data", "train.nodes=4", "train.batch=8", "train.epochs=4",
            "record.sample_every=3", "record.flush_seconds=0", "record.capture=6", "checkpoint.every_steps=3", "watchdog.seconds=3"]
FILES = {"train": 256, "t10k": 64}


def write_data(folder, seed=1):
    """Four IDX files as MNIST has them, of pictures that are bright where their digit says."""
    folder.mkdir()
    rng = random.Random(seed)
    for split, count in FILES.items():
        labels = bytes(rng.randrange(10) for _ in range(count))
        images = b"".join(bytes(min(255, (200 if 78 * label <= i < 78 * (label + 1) else 0) + rng.randrange(40))
                                for i in range(784)) for label in labels)
        for kind, magic, shape, values in (("images-idx3", 0x803, (count, 28, 28), images),
                                           ("labels-idx1", 0x801, (count,), labels)):
            header = struct.pack(f">{1 + len(shape)}I", magic, *shape)
            with gzip.GzipFile(folder / f"{split}-{kind}-ubyte.gz", "wb", mtime=0) as file:
                file.write(header + values)


def send(number, pid):
    """A signal, to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def step_columns(file):
    return [data for group in ("steps", "nodes") for name, data in file[group].items() if name != "node"]


def flushed_steps(log):
    """Complete steps that another process can read now; 0 where the log is not there yet."""
    try:
        with h5py.File(log, "r", swmr=True, libver="latest") as file:
            return min(len(data) for data in step_columns(file))
    except (OSError, KeyError):
        return 0


def flip_value(log, saved_steps, rng):
    """Flips a bit of a random value in an unfinished log: its group, column and step; nothing where the log is finished.
    Of steps behind the `saved_steps` real time is left alone: a resumed run does not compare it."""
    with h5py.File(log, "r", swmr=True, libver="latest") as file:
        step = rng.randrange(flushed_steps(log))
        column = rng.choice([data for data in step_columns(file) if step < saved_steps or "/wall_" not in data.name])
        if column.compression:
            return None
        _, group, name = column.name.split("/")
        row_bytes = column.dtype.itemsize * column[step].size
        chunk = column.id.get_chunk_info_by_coord((step, *[0] * (column.ndim - 1)))
        place = chunk.byte_offset + step % column.chunks[0] * row_bytes + rng.randrange(row_bytes)
    with open(log, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << rng.randrange(8)]))
    return group, name, step


def contents(log, kind):
    """All values of the file beside a log."""
    values = {}
    with h5py.File(log.with_suffix(f".{kind}.h5")) as file:
        file.visititems(lambda name, item: values.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return values


class Job:
    """`acrtc train` in a folder, on so many ranks; 0 = without a launcher."""

    def __init__(self, folder, ranks):
        launcher = [MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks else []
        settings = [word for setting in SETTINGS for word in ("--set", setting)]
        self.folder, self.log = folder, folder / "run" / "run.h5"
        self.errors = folder / "errors.txt"
        with open(self.errors, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                [*launcher, PROGRAM, "train", *settings, "--threads", "1", "--progress", "off", "--resume", "auto",
                 "--out", "run/run.h5"], cwd=folder, stdout=subprocess.DEVNULL, stderr=errors)
        self.ranks = max(ranks, 1)
        self.seen = {}  # process id of a rank: when it began
        self.stopped = None  # process id of a rank

    def rank_processes(self):
        """Process ids of the ranks that live, as their launcher's children."""
        found = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.process.pid:
                found[int(stat.parent.name)] = fields[19]
        self.seen.update(found)
        return sorted(found)

    def wait_for_log(self):
        """Until the run has begun, or ended."""
        while self.process.poll() is None and flushed_steps(self.log) == 0:
            time.sleep(0.02)
        self.rank_processes()

    def end(self):
        """The exit status, and what was said on stderr. AssertionError where the job hangs or leaves ranks behind."""
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None:
            if self.left_behind() == [self.stopped]:  # MPI lets the others go before: nobody is left to see it
                send(signal.SIGCONT, self.stopped)
            if time.monotonic() > deadline:
                self.kill_all()
                raise AssertionError("hangs")
            time.sleep(0.02)
        status = self.process.returncode
        deadline = time.monotonic() + 30
        while self.left_behind() and time.monotonic() < deadline:
            time.sleep(0.1)
        left = self.left_behind()
        self.kill_all()
        assert not left, "leaves ranks behind"
        return status, self.errors.read_text(encoding="utf-8")

    def left_behind(self):
        def began(pid):
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
                return None if fields[0] == "Z" else fields[19]
            except OSError:
                return None
        return [pid for pid, start in self.seen.items() if began(pid) == start]

    def kill_all(self):
        for pid in self.left_behind():
            send(signal.SIGKILL, pid)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Reference:
    """The undisturbed run that all others must equal."""

    def __init__(self, folder):
        self.folder = folder
        write_data(folder / "data")
        began = time.monotonic()
        job = Job(folder, 2)
        job.wait_for_log()
        self.start_seconds = time.monotonic() - began
        status, errors = job.end()
        assert status == 0, errors
        self.seconds = time.monotonic() - began
        self.log = job.log
        self.beside = {kind: contents(job.log, kind) for kind in ("weights", "capture")}

    def copy_data(self, folder):
        shutil.copytree(self.folder / "data", folder / "data")

    def check_same(self, log):
        done = subprocess.run([PROGRAM, "diff", self.log, log], capture_output=True, text=True, check=False)
        assert done.returncode == 0, "another log: " + done.stdout + done.stderr
        for kind, expected in self.beside.items():
            found = contents(log, kind)
            assert found.keys() == expected.keys(), f"other {kind}: {sorted(found.keys() ^ expected.keys())}"
            for name, values in found.items():
                assert numpy.array_equal(values, expected[name]), f"other {kind}: {name}"
