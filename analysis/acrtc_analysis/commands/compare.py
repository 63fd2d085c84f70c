"""Many runs: the accuracy that savings cost, with intervals over seeds."""
import sys

from ..figures import front
from ..groups import grouped, mixed, unusable
from ..page import Page, Table, interval, number, percent, points
from ..run import run_logs
from . import add_page, add_runs

HELP = "the accuracy-savings front over many runs"


def add_options(parser):
    add_runs(parser)
    add_page(parser)


def execute(options):
    runs, failures = run_logs(options.runs)
    notes = failures + mixed(runs) + unusable(runs)
    if notes:
        print("\n".join(notes), file=sys.stderr)
    print(compare(runs, options.out, notes))
    return 0


def compare(runs, folder, notes=()):
    """Writes the page and returns its path."""
    groups = grouped(runs)
    page = Page(f"acrtc: {len(runs)} runs of {len(groups)} configurations", folder)
    section = page.section("Accuracy and savings")
    section.notes += notes
    section.tables.append(groups_table(groups))
    for resource in front.SAVINGS:
        page.draw(section, front.front, groups, resource)
    for against in ("time", "energy", "epoch"):
        page.draw(section, front.accuracy, groups, against)
    return page.write()


def groups_table(groups):
    head = ["configuration", "seeds", "test accuracy", "less dense / points", "mults avoided", "accelerators: speed-up",
            "accelerators: less time", "accelerators: energy saved", "job: speed-up", "job: energy saved"]
    measures = ((lambda each: each.mults_avoided, percent), (lambda each: each.accelerator_time.speed_up, number),
                (lambda each: each.accelerator_time.saved, percent),
                (lambda each: each.accelerator_energy.saved, percent),
                (lambda each: each.job_time.speed_up, number), (lambda each: each.job_energy.saved, percent))
    rows = []
    for i, group in enumerate(groups):
        rows.append([f"{i + 1}  {group.label}", str(len(group.runs)),
                     interval(*group.mean(lambda each: each.test_accuracy), two_digits),
                     "–" if group.is_dense else interval(*group.difference, points),
                     *(form(group.mean(value)[0]) for value, form in measures)])
    return Table(head, rows, "Means over seeds ± half the 95 % interval; “less dense” pairs each seed with "
                             "the dense run of the same seed.")


def two_digits(value):
    return percent(value, 2)
