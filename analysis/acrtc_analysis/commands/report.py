"""One page on one or more runs: what reuse saved, where, when and why."""
import sys

from .. import layout
from ..errors import LogError
from ..figures import cost, reuse, training
from ..measures import summary
from ..page import Page, Table, number, percent
from ..run import run_logs, short_names
from ..style import quantity
from . import add_page, add_runs

HELP = "one page with figures of one or more runs"
PROVENANCE = ("program_version", "commit", "command_line", "started", "host_names", "job_id", "restart_count", "ranks",
              "threads", "cpu_isa", "library_versions")
SETTINGS = {"dataset": "dataset.name", "network": "network.name", "scheme": "reuse.scheme", "format": "reuse.format",
            "window": "reuse.window", "granularity": "reuse.granularity", "controller": "control.policy",
            "accelerator": "hardware.accelerator", "interconnect": "hardware.interconnect", "nodes": "train.nodes",
            "batch of a node": "train.batch"}


def add_options(parser):
    add_runs(parser)
    add_page(parser)


def execute(options):
    runs, failures = run_logs(options.runs)
    for sentence in failures:
        print(sentence, file=sys.stderr)
    print(report(runs, options.out, failures))
    return 0


def report(runs, folder, notes=()):
    """Writes the page and returns its path."""
    names = short_names(runs)
    page = Page("acrtc: " + (", ".join(names) if len(names) <= 3 else f"{len(names)} runs"), folder)
    overview = page.section("Overview")
    overview.notes += notes
    overview.tables.append(summary_table(runs, names))
    for resource in ("time", "energy"):
        page.draw(overview, training.accuracy, runs, resource)
    for run, name in zip(runs, names):
        describe(page, run, name)
    return page.write()


def summary_table(runs, names):
    """Few runs stand side by side, many below each other."""
    head = ["run", "state", "steps", "epochs", "test accuracy", "mults avoided", "job: speed-up", "job: less time",
            "job: energy saved", "accelerators: speed-up", "accelerators: less time", "accelerators: energy saved",
            "time waiting for slower nodes", "emulated time", "emulated energy"]
    rows = [[name, *_summary_cells(summary(run))] for run, name in zip(runs, names)]
    caption = ("“33 % faster” can mean a speed-up of 1.33 (24.8 % less time) or 33 % less time (speed-up 1.49): both "
               "are given.").replace(" %", "\N{NO-BREAK SPACE}%")
    if len(rows) > 3:
        return Table(head, rows, caption)
    return Table([head[0], *names], [list(row) for row in zip(head[1:], *(row[1:] for row in rows))], caption)


def _summary_cells(it):
    cells = [it.state, str(it.steps), str(it.epochs), percent(it.test_accuracy, 2), percent(it.mults_avoided)]
    for time, energy in ((it.job_time, it.job_energy), (it.accelerator_time, it.accelerator_energy)):
        cells += [number(time.speed_up), percent(time.saved), percent(energy.saved)]
    return cells + [percent(it.wait_share, 2), quantity(it.job_time.reuse, "s"), quantity(it.job_energy.reuse, "J")]


def describe(page, run, name):
    """The section on one run."""
    settings = {what: run.setting(key) for what, key in SETTINGS.items()} | {"seed": run.seed}
    unbroken = [f"{what} {value}".replace(" ", "\N{NO-BREAK SPACE}") for what, value in settings.items()
                if value is not None]
    section = page.section(name, f"{', '.join(unbroken).capitalize()}.")
    if run.state != "finished":
        section.notes.append(f"The run's state is “{run.state}”: what follows is of its rows so far"
                             + (" (it may go on, or was killed)." if run.state == "running" else "."))
    of_reuse = () if run.is_dense else (training.control, reuse.reuse_map, reuse.zeros)
    section.notes += run.log.missing_groups()
    for draw in (*of_reuse, cost.energy, cost.nodes):
        page.draw(section, draw, run, stem=name)
    table = decisions_table(run)
    if table and not run.is_dense:
        section.tables.append(table)
    section.details.append(("Where it came from", provenance_text(run)))
    section.details.append(("Configuration", run.provenance.get("configuration", "the log has none")))


def decisions_table(run, most=12):
    """When, why and on what evidence the strength changed; one row a decision."""
    try:
        decisions = run.controller
    except LogError:
        return None
    if decisions.empty:
        return None
    rows = []
    for step, group in decisions.groupby("step"):
        first = group.iloc[0]
        strengths = ", ".join(str(value) for value in group["strength"])
        rows.append([str(step), str(first["phase"]).replace("_", "-"), str(first["reason"]).replace("_", " "),
                     strengths if len(group) <= 3 else f"{group['strength'].min()} to {group['strength'].max()}",
                     *(number(float(first[key])) for key in ("z", "loss_mean", "probe_error", "noise"))])
    caption = "Decisions of the controller; strength in forward, grad input, grad weight"
    if len(rows) > most:
        caption += f" (the first {most} of {len(rows)})"
    head = ["step", "phase", "reason", "strength", "z", "mean loss", "probe error", "noise"]
    return Table(head, rows[:most], caption)


def provenance_text(run):
    lines = [f"file: {run.path}", f"format version: {run.provenance.get('format_version')}"]
    for key in PROVENANCE:
        value = run.provenance.get(key, "")
        if value not in ("", []):
            lines.append(f"{key.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}")
    steps = run.log.long_names(layout.STEPS) if run.log.has_group(layout.STEPS) else {}
    return "\n".join(lines + ([f"columns of steps: {', '.join(steps)}"] if steps else []))
