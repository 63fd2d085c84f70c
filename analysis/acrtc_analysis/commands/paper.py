"""The paper's figures from logs: speed-up, energy saving and accuracy difference by network, with the mean."""
import dataclasses
import math

from ..errors import LogError
from ..figures import paper as figures
from ..groups import grouped, mixed
from ..measures import geometric_mean
from ..page import Page, Table, interval, number, percent, points
from ..run import run_logs
from . import add_page, add_runs

HELP = "the paper's figures: speed-up, energy and accuracy by network"
MUST_AGREE = ("hardware.accelerator", "hardware.interconnect", "train.nodes")


@dataclasses.dataclass(frozen=True)
class NetworkResult:
    """Means over seeds; ratios are reuse to dense. `difference` is (mean, half-width) of test accuracy less dense."""
    name: str
    seeds: int
    speed_up: float
    job_speed_up: float
    energy_ratio: float
    job_energy_ratio: float
    difference: tuple


def add_options(parser):
    add_runs(parser, "logs of dense runs and of runs with reuse, or folders")
    add_page(parser)


def execute(options):
    runs, failures = run_logs(options.runs)
    results = network_results(runs)
    if not results:
        raise LogError(f"none of the {len(runs)} logs is of a run with reuse", "all are dense", "add runs with reuse")
    page = Page("acrtc: speed-up, energy and accuracy by network", options.out)
    section = page.section("By network")
    section.notes += failures + mixed(runs, MUST_AGREE)
    section.tables.append(results_table(results))
    page.draw(section, figures.headline, results)
    print(page.write())
    return 0


def network_results(runs):
    """One for each network and dataset; where a network ran in several configurations, one for each of these."""
    by_network = {}
    for run in runs:
        key = str(run.setting("network.name", "own network")), run.setting("dataset.name")
        by_network.setdefault(key, []).append(run)
    several = len({dataset for _, dataset in by_network}) > 1
    results = []
    for (network, dataset), of_network in by_network.items():
        groups = [group for group in grouped(of_network) if not group.is_dense]
        for group in groups:
            name = f"{network}\n{dataset}" if several else network
            results.append(_result(group, name if len(groups) == 1 else f"{name}\n{group.label}"))
    return results


def _result(group, name):
    def mean(value):
        return group.mean(value)[0]
    return NetworkResult(name, len(group.runs), mean(lambda each: each.accelerator_time.speed_up),
                         mean(lambda each: each.job_time.speed_up),
                         1 - mean(lambda each: each.accelerator_energy.saved),
                         1 - mean(lambda each: each.job_energy.saved), group.difference)


def results_table(results):
    rows = [[result.name.replace("\n", ", "), str(result.seeds), number(result.speed_up),
             percent(less_time(result.speed_up)), percent(1 - result.energy_ratio), number(result.job_speed_up),
             percent(1 - result.job_energy_ratio),
             interval(*result.difference, points)] for result in results]
    speed, energy, job_speed, job_energy = (geometric_mean([getattr(result, key) for result in results]) for key in
                                            ("speed_up", "energy_ratio", "job_speed_up", "job_energy_ratio"))
    known = [result.difference[0] for result in results if math.isfinite(result.difference[0])]
    rows.append(["mean", "", number(speed), percent(less_time(speed)), percent(1 - energy), number(job_speed),
                 percent(1 - job_energy), points(sum(known) / len(known)) if known else "–"])
    rows.append(["paper's abstract", "", "1.330 or 1.493", "24.8 % or 33.0 %", "32.0 %", "", "", "negligible"])
    return Table(["network", "seeds", "accelerators: speed-up", "less time", "energy saved", "job: speed-up",
                  "job: energy saved", "accuracy less dense / points"], rows,
                 "Means over seeds ± half the 95 % interval. In the last line but one geometric means of speed-ups and "
                 "of energies, and the arithmetic mean of differences, over the lines above.")


def less_time(speed_up):
    return 1 - 1 / speed_up if speed_up else math.nan
