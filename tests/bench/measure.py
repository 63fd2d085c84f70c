"""Runs one contender on stated cores and says how many samples it trained each second.

Every run is a new process (or one a rank), pinned with taskset; its first steps are not counted.
"""
import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass

import h5py
import numpy

import workloads

HERE = pathlib.Path(__file__).resolve().parent
WARM_UP = 3  # steps at the start of a run that do not count


class MeasurementError(Exception):
    pass


@dataclass(frozen=True)
class Layout:
    """Ranks x threads. Rank r has the cores [r * threads, (r + 1) * threads) of those that this process may use."""
    ranks: int
    threads: int

    def __str__(self):
        return f"{self.ranks}x{self.threads}"

    def cores(self, rank):
        usable = sorted(os.sched_getaffinity(0))
        if len(usable) < self.ranks * self.threads:
            raise MeasurementError(f"{self} needs {self.ranks * self.threads} cores, but only {len(usable)} are usable")
        return ",".join(str(core) for core in usable[rank * self.threads:(rank + 1) * self.threads])


@dataclass(frozen=True)
class Contender:
    program: str  # acrtc, or pytorch
    format: str = "fp32"
    scheme: str = "dense"  # of acrtc; in PyTorch `hooks` is the emulation written with it

    def __str__(self):
        return f"{self.program} {self.format} {'reuse' if self.scheme == 'acrtc' else self.scheme}"


PYTORCH = Contender("pytorch")


@dataclass(frozen=True)
class Bench:
    """What the runs of one workload share."""
    acrtc: pathlib.Path
    folder: pathlib.Path  # scratch: data sets, logs
    workload: workloads.Workload
    steps: int  # measured in each run
    memory_format: str = "contiguous"  # of PyTorch's tensors

    def steps_of(self, contender):
        """Measured steps. The emulation in PyTorch is an order of magnitude slower, so a tenth tells as much."""
        return max(2, self.steps // 10) if contender.scheme == "hooks" else self.steps


def environment(layout):
    variables = dict(os.environ)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        variables[name] = str(layout.threads)
    if os.geteuid() == 0:
        variables |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return variables


def finish(processes):
    """The standard output of each; MeasurementError with what one that failed has said."""
    results = [process.communicate() for process in processes]
    for process, (_, errors) in zip(processes, results):
        if process.returncode != 0:
            raise MeasurementError(f"{process.args} ended with status {process.returncode}:\n{errors.strip()}")
    return [output for output, _ in results]


def start(command, layout):
    return subprocess.Popen([str(word) for word in command], env=environment(layout), text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run_acrtc(bench, layout, settings, wrapped=()):
    """Trains with acrtc, started by `wrapped`; the path of the log."""
    log = bench.folder / "run.h5"
    command = [bench.acrtc, "train", "--threads", layout.threads, "--nodes", layout.ranks, "--seed", workloads.SEED,
               "--progress", "off", "--overwrite", "--out", log]
    for key, value in settings.items():
        text = f'"{value}"' if isinstance(value, (str, pathlib.Path)) else value
        command += ["--set", f"{key}={text}"]
    ranks = [["-n", 1, "taskset", "-c", layout.cores(rank), *wrapped, *command] for rank in range(layout.ranks)]
    if layout.ranks == 1:
        whole = ranks[0][2:]
    else:
        whole = ["mpiexec", "--bind-to", "none"]
        for number, rank in enumerate(ranks):
            whole += [":"] * (number > 0) + rank
    finish([start(whole, layout)])
    return log


def acrtc_settings(bench, layout, steps):
    samples = bench.workload.batch * layout.ranks * steps
    return {"train.batch": bench.workload.batch, "train.max_steps": steps, "schedule.learning_rate": 0.01,
            "train.momentum": 0.9, **workloads.acrtc_settings(bench.workload, samples, bench.folder)}


def rate(ends, samples):
    """Samples a second after the warm-up, from the times at which steps of so many samples ended."""
    return (len(ends) - WARM_UP) * samples / (ends[-1] - ends[WARM_UP - 1])


def acrtc_rate(bench, layout, contender):
    steps = WARM_UP + bench.steps_of(contender)
    settings = acrtc_settings(bench, layout, steps) | {
        "network.name": bench.workload.network, "reuse.scheme": contender.scheme, "reuse.format": contender.format}
    with h5py.File(run_acrtc(bench, layout, settings)) as log:
        if log["steps/skipped"][:].any():
            raise MeasurementError(f"{contender} skipped steps, as its gradients overflowed")
        return rate(log["steps/wall_seconds"][:], bench.workload.batch * layout.ranks)


def run_torch(bench, layout, contender):
    """What rank 0 of PyTorch's training reports (torch_worker.py)."""
    meeting = bench.folder / "ranks"
    meeting.unlink(missing_ok=True)
    task = {"network": bench.workload.network, "ranks": layout.ranks, "threads": layout.threads,
            "steps": WARM_UP + bench.steps_of(contender), "memory_format": bench.memory_format,
            "emulate": contender.format if contender.scheme == "hooks" else "", "meeting": str(meeting)}
    workers = [start(["taskset", "-c", layout.cores(rank), sys.executable, HERE / "torch_worker.py",
                      json.dumps(task | {"rank": rank})], layout) for rank in range(layout.ranks)]
    return json.loads(finish(workers)[0].splitlines()[-1])


def samples_per_second(bench, layout, contender):
    if contender.program == "acrtc":
        return acrtc_rate(bench, layout, contender)
    return rate(run_torch(bench, layout, contender)["ends"], bench.workload.batch * layout.ranks)


def reading_seconds(bench, layout):
    """An upper bound of what acrtc takes to read a step's samples: a step of a network with a single hidden unit."""
    settings = acrtc_settings(bench, layout, WARM_UP + 10) | {
        "network.name": "mlp", "network.widths": [1], "reuse.scheme": "dense"}
    with h5py.File(run_acrtc(bench, layout, settings)) as log:
        return float(numpy.median(numpy.diff(log["steps/wall_seconds"][WARM_UP - 1:])))


def require_twin(bench):
    """Both networks have the same layers with parameters, in the same order. Returns what PyTorch says of itself."""
    layout = Layout(1, 1)
    settings = acrtc_settings(bench, layout, 1) | {"network.name": bench.workload.network}
    with h5py.File(run_acrtc(bench, layout, settings)) as log:
        ours = [int(count) for count in log["network/parameters"][:] if count]
    worker = run_torch(bench, layout, PYTORCH)
    if ours != worker["parameters"]:
        raise MeasurementError(f"the twin of {bench.workload.network} has layers of {worker['parameters']} parameters, "
                               f"acrtc's of {ours}")
    return {key: worker[key] for key in ("torch", "blas")}
