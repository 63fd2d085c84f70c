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

PROGRAM = os.path.abspath(os.environ["ACRTC"])  # jobs run in folders of their own
MPIEXEC = os.environ.get("MPIEXEC", "mpirun")
if os.geteuid() == 0:
    os.environ |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
SECONDS = int(os.environ.get("ACRTC_TEST_SECONDS", 120))  # a run takes a few; a hang does not end
SECONDS_TO_END = SECONDS / 4  # of a job that was struck: a launcher and a watchdog take a few
SETTINGS = ["dataset.name=mnist", "dataset.directory=data", "train.nodes=4", "train.batch=8", "train.epochs=4",
            "record.sample_every=3", "record.flush_seconds=0", "record.capture=6", "checkpoint.every_steps=3",
            "watchdog.seconds=3"]
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


ROW_GROUPS = ("steps", "nodes", "layers", "epochs", "controller")
SCALES = ("node", "gemm", "role")  # names that stand beside the columns


def row_columns(group):
    return {name: data for name, data in group.items() if name not in SCALES and data.maxshape[0] is None}


def step_columns(file):
    return [data for group in ("steps", "nodes") for data in row_columns(file[group]).values()]


def flushed_rows(log):
    """Complete rows of each group that another process can read now; none where the log is not there yet."""
    try:
        with h5py.File(log, "r", swmr=True, libver="latest") as file:
            return {group: min(len(data) for data in row_columns(file[group]).values()) for group in ROW_GROUPS}
    except (OSError, KeyError):
        return dict.fromkeys(ROW_GROUPS, 0)


def flushed_steps(log):
    rows = flushed_rows(log)
    return min(rows["steps"], rows["nodes"])


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
        file.visititems(
            lambda name, item: values.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return values


def files_of(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def best_accuracy(folder):
    """The test accuracy that the best checkpoint names, behind its head, its program and its configuration."""
    content = (folder / "run.checkpoints" / "best.checkpoint").read_bytes()
    place = 40
    for _ in range(2):
        place += 16 + struct.unpack_from("<Q", content, place + 8)[0]
    return struct.unpack_from("<d", content, place)[0]


class Job:
    """`acrtc train` in a folder, on so many ranks; 0 = without a launcher."""

    def __init__(self, folder, ranks, errors="errors.txt"):
        launcher = [MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks else []
        settings = [word for setting in SETTINGS for word in ("--set", setting)]
        self.folder, self.log = folder, folder / "run" / "run.h5"
        self.errors = folder / errors
        with open(self.errors, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                [*launcher, PROGRAM, "train", *settings, "--threads", "1", "--progress", "off", "--resume", "auto",
                 "--out", "run/run.h5"], cwd=folder, stdout=subprocess.DEVNULL, stderr=errors)
        self.stopped = None  # process id of a rank

    def rank_processes(self):
        """Process ids of the ranks that live, whoever their parent is by now."""
        ranks = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                is_ours = (process / "cwd").samefile(self.folder) and (process / "exe").samefile(PROGRAM)
                state = (process / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
            except OSError:  # gone, or somebody else's
                continue
            if is_ours and state not in "ZX":
                ranks.append(int(process.name))
        return sorted(ranks)

    def wait_for_steps(self, count):
        """Until so many steps are flushed, or the run has ended."""
        while self.process.poll() is None and flushed_steps(self.log) < count:
            time.sleep(0.02)

    def launcher_waits_for_itself(self):
        """Open MPI 4.1's does for ever where a rank was killed while it connected to it: all are gone, it has said so."""
        return "PMIX ERROR: UNREACHABLE" in self.errors.read_text(encoding="utf-8") and not self.rank_processes()

    def end(self):
        """The exit status, and what was said on stderr. AssertionError where the job hangs or leaves ranks behind."""
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None:
            # MPI lets the others go before: then nobody is left to see that it stands still.
            if self.stopped and self.rank_processes() == [self.stopped]:
                send(signal.SIGCONT, self.stopped)
            if self.launcher_waits_for_itself():
                self.process.kill()
            if time.monotonic() > deadline:
                self.kill_all()
                raise AssertionError("hangs")
            time.sleep(0.02)
        status = self.process.returncode
        deadline = time.monotonic() + SECONDS_TO_END
        while self.rank_processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        left = self.rank_processes()
        self.kill_all()
        assert not left, "leaves ranks behind"
        return status, self.errors.read_text(encoding="utf-8")

    def end_alone(self):
        """The same where ranks of another job stay behind."""
        status = self.process.wait(SECONDS)
        return status, self.errors.read_text(encoding="utf-8")

    def kill_all(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.rank_processes():
            send(signal.SIGKILL, pid)


def second_of(job):
    """The same command in the same folder, to its end: its status, and what it said."""
    return Job(job.folder, 2, "second.txt").end_alone()


class Reference:
    """The undisturbed run that all others must equal."""

    def __init__(self, folder):
        self.folder = folder
        write_data(folder / "data")
        began = time.monotonic()
        job = Job(folder, 2)
        job.wait_for_steps(1)
        self.start_seconds = time.monotonic() - began
        status, errors = job.end()
        assert status == 0, errors
        self.log, self.steps = job.log, flushed_steps(job.log)
        self.beside = {kind: contents(job.log, kind) for kind in ("weights", "capture")}
        self.files = files_of(folder / "run")

    def copy_data(self, folder):
        shutil.copytree(self.folder / "data", folder / "data")

    def check_rows(self, log):
        """All that can be read of a log, finished or not."""
        rows = flushed_rows(log)
        if not any(rows.values()):
            return
        with h5py.File(log, "r", swmr=True, libver="latest") as found, h5py.File(self.log) as expected:
            for group, count in rows.items():
                for name, column in row_columns(found[group]).items():
                    same = numpy.array_equal(column[:count], expected[group][name][:count], equal_nan=True)
                    assert same or name.startswith("wall_"), f"flushed rows of /{group}/{name} are others"

    def check_files(self, folder):
        """Nothing that was being made is left behind; of checkpoints there are as many as should be, the newest among
        them: a run that left in time has made one at that step."""
        left = {name for name in files_of(folder) if not name.endswith((".damaged", "refused.h5"))}
        found, expected = ([sorted(name for name in names if "/step-" in name) for names in (left, self.files)])
        others = (left - set(found)) ^ (self.files - set(expected))
        assert not others, f"other files: {sorted(others)}"
        assert len(found) == len(expected) and found[-1:] == expected[-1:], f"checkpoints {found}, not {expected}"
        assert best_accuracy(folder) == best_accuracy(self.folder / "run"), "the best checkpoint is another"

    def check_same(self, log):
        done = subprocess.run([PROGRAM, "diff", self.log, log], capture_output=True, text=True, check=False)
        assert done.returncode == 0, "another log: " + done.stdout + done.stderr
        for kind, expected in self.beside.items():
            found = contents(log, kind)
            assert found.keys() == expected.keys(), f"other {kind}: {sorted(found.keys() ^ expected.keys())}"
            for name, values in found.items():
                assert numpy.array_equal(values, expected[name]), f"other {kind}: {name}"
