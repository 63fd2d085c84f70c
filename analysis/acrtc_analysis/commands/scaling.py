"""A scaling study: efficiency, step time by part and energy to accuracy against the number of nodes."""
from ..figures import scaling as figures
from ..page import Page, Table, number, percent
from ..study import read_study, time_parts
from ..style import quantity
from . import add_page

HELP = "efficiency, step time and energy against nodes, from a study's file"


def add_options(parser):
    parser.add_argument("study", metavar="STUDY", help="the file of a scaling study")
    add_page(parser)


def execute(options):
    study = read_study(options.study)
    page = Page("acrtc: scaling", options.out)
    section = page.section("Scaling", "Measured, predicted and published points are never joined.")
    for draw in (figures.efficiency, figures.step_time, figures.energy):
        page.draw(section, draw, study)
    section.tables.append(points_table(study))
    print(page.write())
    return 0


def points_table(study):
    parts = time_parts(study)
    head = ["nodes", "kind", "series", "efficiency", "step", *(name[5:].replace("_", " ") for name in parts),
            "energy to accuracy"]
    rows = []
    for _, point in study.iterrows():
        rows.append([f"{point['nodes']:g}", point["kind"], point["series"] or "–", percent(point["efficiency"]),
                     *(known(point[name], "s") for name in ("step_time", *parts)),
                     known(point["energy_to_accuracy"], "J")])
    return Table(head, rows)


def known(value, unit):
    return quantity(value, unit) if value == value else number(value)
