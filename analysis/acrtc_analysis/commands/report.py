"""One page on one or more runs: what reuse saved, where, when and why."""
import sys

from ..figures import cost, reuse, training
from ..groups import HARDWARE, dense_partner, mixed
from ..page import Page
from ..run import run_logs, short_names
from ..tables import configuration_table, decisions_table, key_tiles, origin_text, settings_line, summary_table
from . import add_page, add_runs

HELP = "one page with figures of one or more runs"


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
    partners = [dense_partner(run, runs) for run in runs]
    page = Page("acrtc: " + (", ".join(names) if len(names) <= 3 else f"{len(names)} runs"), folder)
    overview = page.section("Overview")
    overview.notes += [*notes, *mixed(runs, HARDWARE)]
    with_reuse = [(run, dense) for run, dense in zip(runs, partners) if not run.is_dense]
    if len(with_reuse) == 1:
        overview.tiles += key_tiles(*with_reuse[0])
    overview.tables.append(summary_table(runs, names, partners))
    for resource in ("time", "energy"):
        page.draw(overview, training.accuracy, runs, resource)
    overview.tables.append(configuration_table(runs, names))
    # What reuse did comes before what it is compared with.
    for run, name in sorted(zip(runs, names), key=lambda each: each[0].is_dense):
        describe(page, run, name)
    return page.write()


def describe(page, run, name):
    """The section on one run."""
    section = page.section(name, settings_line(run))
    if run.state != "finished":
        section.notes.append(f"The run's state is “{run.state}”: what follows is of its rows so far"
                             + (" (it may go on, or was killed)." if run.state == "running" else "."))
    section.notes += run.log.missing_groups()
    of_reuse = () if run.is_dense else (reuse.reuse_map, training.control, reuse.zeros)
    for draw in (*of_reuse, cost.energy, cost.nodes):
        page.draw(section, draw, run, stem=name)
    table = decisions_table(run)
    if table and not run.is_dense:
        section.tables.append(table)
    section.details.append(("Configuration", run.provenance.get("configuration", "the log has none")))
    section.details.append(("Command line and libraries", origin_text(run)))
