"""Numbers derived from a log, read by slices: nothing here holds more than a few columns' slice in memory."""
import dataclasses
import functools
import math

import numpy as np
import pandas as pd

from . import layout
from .errors import LogError, NothingToDraw
from .run import split_gemm

ROLES = ("forward", "grad_input", "grad_weight")


@dataclasses.dataclass(frozen=True)
class Gain:
    """One quantity, dense and with reuse."""
    dense: float
    reuse: float

    @property
    def speed_up(self):
        return self.dense / self.reuse if self.reuse else math.nan

    @property
    def saved(self):
        return 1 - self.reuse / self.dense if self.dense else math.nan


NO_GAIN = Gain(math.nan, math.nan)


def or_nan(measure, *arguments, otherwise=math.nan):
    """A measure of a log that may lack what it rests on."""
    try:
        return measure(*arguments)
    except LogError:
        return otherwise


def column_sum(log, table, column):
    return sum(float(part[column].sum(dtype=float)) for _, part in log.slices(table, column))


def gain(log, table, name):
    return Gain(column_sum(log, table, f"{name}_dense"), column_sum(log, table, name))


def job_gain(run, name):
    """`time` or `energy` of the whole job: accelerators, interconnect, waiting."""
    return gain(run.log, layout.STEPS, name)


def accelerator_gain(run, name):
    """`time` or `energy` of the accelerators alone; the time of a step is its slowest node's."""
    if name == "energy":
        return gain(run.log, layout.NODES, name)
    sums = [0.0, 0.0]
    for _, part in run.log.slices(layout.NODES, "time_dense", "time"):
        for i, values in enumerate(part.values()):
            sums[i] += float(values.max(axis=1).sum())
    return Gain(*sums)


def mults_avoided(run):
    return Gain(*(column_sum(run.log, layout.NODES, name) for name in ("mults_dense", "mults"))).saved


def zero_share(run):
    """Of the reused elements, the part that are zeros: how much of the reuse is mere sparsity."""
    zeros, reused = (column_sum(run.log, layout.NODES, name) for name in ("reused_zero", "reused"))
    return zeros / reused if reused else math.nan


def time_bounds(run):
    """The job's time were stalls of either kind; logs before version 1.2 do not tell."""
    dense = column_sum(run.log, layout.STEPS, "time_dense")
    return tuple(Gain(dense, column_sum(run.log, layout.STEPS, f"time_{kind}_stalls")) for kind in ("fixed", "scaled"))


def last_finite(values):
    finite = np.asarray(values)[np.isfinite(values)]
    return float(finite[-1]) if len(finite) else math.nan


def test_accuracy(run):
    """The last one that was evaluated."""
    return last_finite(run.log.read(layout.EPOCHS, "test_accuracy"))


def wait_share(run):
    """Of the time that nodes compute or wait, the part they wait for slower ones."""
    waits, works = (column_sum(run.log, layout.NODES, name) for name in ("wait_time", "time"))
    return waits / (waits + works) if waits + works else math.nan


@dataclasses.dataclass(frozen=True)
class Summary:
    """One line of a table; NaN where the log does not tell."""
    name: str
    state: str
    seed: int
    steps: int
    epochs: int
    test_accuracy: float
    mults_avoided: float
    zero_share: float
    wait_share: float
    job_time_bounds: tuple  # Gains, were stalls of a kind that stays or of one that shrinks with the work
    job_time: Gain
    job_energy: Gain
    accelerator_time: Gain
    accelerator_energy: Gain


def summary(run):
    return Summary(
        run.name, run.state, run.seed, or_nan(run.log.rows, layout.STEPS, otherwise=0),
        or_nan(run.log.rows, layout.EPOCHS, otherwise=0), or_nan(test_accuracy, run), or_nan(mults_avoided, run),
        or_nan(zero_share, run), or_nan(wait_share, run), or_nan(time_bounds, run, otherwise=(NO_GAIN, NO_GAIN)),
        *(or_nan(of, run, name, otherwise=NO_GAIN) for of in (job_gain, accelerator_gain)
          for name in ("time", "energy")))


@dataclasses.dataclass(frozen=True)
class GemmHistory:
    """Columns summed over nodes: arrays [row, gemm], and the steps [begin, end) that each row stands for."""
    begin: np.ndarray
    end: np.ndarray
    gemms: list
    values: dict


def gemm_history(run, *columns):
    """Intervals, or single exact steps where these are more: they show a short run in finer detail."""
    log = run.log
    exact = log.read(layout.LAYERS, "exact").astype(bool)
    if len(exact) == 0:
        raise NothingToDraw("no interval of the layers is complete yet")
    chosen = exact if exact.sum() > max(8, (~exact).sum()) and (~exact).sum() < 24 else ~exact
    chosen = chosen if chosen.any() else exact
    sums = _sum_over_nodes(log, columns, chosen)
    begin, end = (log.read(layout.LAYERS, name)[chosen] for name in ("step_begin", "step_end"))
    if chosen is exact:
        end = np.append(begin[1:], end[-1:])
    return GemmHistory(begin, end, [str(name) for name in log.scale(layout.LAYERS, "gemm")], sums)


def _sum_over_nodes(log, columns, chosen):
    parts = {name: [] for name in columns}
    for rows, part in log.slices(layout.LAYERS, *columns):
        for name, values in part.items():
            parts[name].append(values[chosen[rows]].sum(axis=1))
    return {name: np.concatenate(rows) for name, rows in parts.items()}


def gemm_totals(run, *columns):
    """Sums over the run: a DataFrame by gemm, with its layer and role."""
    log = run.log
    exact = log.read(layout.LAYERS, "exact").astype(bool)
    if len(exact) == 0:
        raise NothingToDraw("no interval of the layers is complete yet")
    chosen = ~exact if (~exact).any() else exact
    sums = {name: rows.sum(axis=0) for name, rows in _sum_over_nodes(log, columns, chosen).items()}
    gemms = [str(name) for name in log.scale(layout.LAYERS, "gemm")]
    frame = pd.DataFrame(sums, index=pd.Index(gemms, name="gemm"))
    frame["layer"], frame["role"] = zip(*map(split_gemm, gemms))
    return frame


def energy_parts(run):
    """Energy of the run by part: {part: Gain}, largest first. What the GEMMs do not account for is `other`."""
    names = [name[len("energy_"):-len("_dense")] for name in run.log.columns(layout.LAYERS)
             if name.startswith("energy_") and name.endswith("_dense") and name != "energy_dense"]
    totals = gemm_totals(run, *(f"energy_{name}{kind}" for name in names for kind in ("_dense", "")))
    parts = {name: Gain(totals[f"energy_{name}_dense"].sum(), totals[f"energy_{name}"].sum()) for name in names}
    parts |= _energy_outside(run, parts)
    return dict(sorted(parts.items(), key=lambda item: -item[1].dense))


def _energy_outside(run, parts):
    """Only where the intervals cover all steps: else the remainder would hold GEMMs of unfinished intervals."""
    steps = run.log.rows(layout.STEPS)
    covered = run.log.read(layout.LAYERS, "step_end").max(initial=0)
    if steps == 0 or covered < steps or run.log.read(layout.LAYERS, "exact").all():
        return {}
    wires = column_sum(run.log, layout.STEPS, "interconnect_energy")
    job = job_gain(run, "energy")
    inside = Gain(sum(part.dense for part in parts.values()), sum(part.reuse for part in parts.values()))
    other = Gain(job.dense - inside.dense - wires, job.reuse - inside.reuse - wires)
    outside = {"interconnect": Gain(wires, wires), "other": other}
    return {name: part for name, part in outside.items() if part.dense > 1e-6 * job.dense}


@dataclasses.dataclass(frozen=True)
class NodeSpread:
    """Least, mean and largest compute time of the nodes, over bins of steps; waiting by node, s."""
    step: np.ndarray
    least: np.ndarray
    mean: np.ndarray
    most: np.ndarray
    wait: np.ndarray
    busy: np.ndarray


def node_spread(run, bins=300):
    count = run.log.rows(layout.NODES)
    if count == 0:
        raise NothingToDraw("no step is complete yet")
    size = max(1, math.ceil(count / bins))
    band, wait, busy = [], 0.0, 0.0
    for _, part in run.log.slices(layout.NODES, "time", "wait_time"):
        times = part["time"]
        band.append(np.stack([times.min(axis=1), times.mean(axis=1), times.max(axis=1)]))
        wait, busy = wait + part["wait_time"].sum(axis=0), busy + times.sum(axis=0)
    least, mean, most = binned(np.concatenate(band, axis=1), size)
    step = binned(run.log.read(layout.NODES, "step")[None, :].astype(float), size)[0]
    return NodeSpread(step, least, mean, most, wait, busy)


def binned(values, size):
    """Means over bins of `size` along the last axis; the last bin may be shorter. NaN is left out."""
    starts = np.arange(0, values.shape[-1], size)
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return (np.add.reduceat(np.where(finite, values, 0), starts, axis=-1)
                / np.add.reduceat(finite.astype(float), starts, axis=-1))


@functools.lru_cache(maxsize=None)
def student_t(freedom):
    """The value that |t| stays below with probability 0.95: bisection on the density's integral (Simpson's rule)."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def inside(limit):
        x = np.linspace(0, math.atan(limit / math.sqrt(freedom)), 2001)
        y = np.cos(x) ** (freedom - 1) * math.sqrt(freedom)
        weights = np.ones_like(x)
        weights[1:-1:2], weights[2:-1:2] = 4, 2
        return 2 * scale * (x[1] - x[0]) / 3 * float((weights * y).sum())

    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) < 0.95 else (low, middle)
    return (low + high) / 2


def mean_interval(values):
    """Mean and half-width of its two-sided 95 % interval by Student's t; NaN for fewer than two values."""
    values = np.asarray([value for value in values if math.isfinite(value)], float)
    if len(values) == 0:
        return math.nan, math.nan
    if len(values) == 1:
        return float(values[0]), math.nan
    return float(values.mean()), student_t(len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))


def geometric_mean(values):
    values = np.asarray([value for value in values if value > 0], float)
    return float(np.exp(np.log(values).mean())) if len(values) else math.nan
