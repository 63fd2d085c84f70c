"""Puts figures and tables into one self-contained HTML page, and the figures beside it as PNG and PDF."""
import dataclasses
import math
import pathlib
import re

import jinja2

from . import style
from .errors import LogError, NothingToDraw

TEMPLATES = pathlib.Path(__file__).with_name("templates")


@dataclasses.dataclass
class Table:
    """Rows of text; the first column names the rows."""
    head: list
    rows: list
    caption: str = ""
    words: bool = False  # cells are words, which stand at the left and may break; they explain, so figures come first

    @property
    def narrow(self):
        """Fits beside figures."""
        return len(self.head) <= 3 and (self.words or len(self.rows) <= 20)

    @property
    def last(self):
        """Stands after figures, which say more at a glance than many rows."""
        return not self.narrow and (self.words or len(self.rows) > 8)


@dataclasses.dataclass(frozen=True)
class Tile:
    """One number that matters, with a line below it."""
    label: str
    value: str
    note: str


@dataclasses.dataclass
class Section:
    title: str
    text: str = ""
    notes: list = dataclasses.field(default_factory=list)
    tiles: list = dataclasses.field(default_factory=list)
    tables: list = dataclasses.field(default_factory=list)
    figures: list = dataclasses.field(default_factory=list)
    details: list = dataclasses.field(default_factory=list)  # (summary, text) pairs, folded


class Page:
    """Collects sections; `write` makes `folder/report.html` and `folder/figures/`."""

    def __init__(self, title, folder):
        self.title = title
        self.folder = pathlib.Path(folder)
        self.sections = []

    def section(self, title, text=""):
        self.sections.append(Section(title, text))
        return self.sections[-1]

    def draw(self, section, function, *arguments, stem=""):
        """Draws and saves a figure; where there is none, the page says why in its place."""
        try:
            drawing = function(*arguments)
        except (NothingToDraw, LogError) as reason:
            section.notes.append(_not_drawn(function, reason))
            return
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # rows that no program of ours writes
            why = f"the log's rows make no sense ({type(error).__name__}: {error})"
            section.notes.append(_not_drawn(function, why))
            return
        name = _file_name(f"{stem}-{drawing.name}" if stem else drawing.name)
        figures = self.folder / "figures"
        figures.mkdir(parents=True, exist_ok=True)
        style.settle(drawing)
        style.save(drawing, figures, name)
        section.figures.append({"svg": style.svg(drawing, name), "title": drawing.title, "caption": drawing.caption,
                                "file": f"figures/{name}"})

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "report.html"
        loader = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True,
                                    lstrip_blocks=True)
        path.write_text(loader.get_template("page.html").render(page=self), encoding="utf-8")
        return path


def _not_drawn(function, reason):
    return f"Not drawn: {function.__doc__.split('.')[0].split(';')[0].strip()} - {reason}."


def _file_name(name):
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def number(value, digits=3):
    """Rounded, with a true minus and no minus before zero; a dash where unknown."""
    if not math.isfinite(value):
        return "–"
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def percent(value, digits=1):
    return number(100 * value, digits) + (" %" if math.isfinite(value) else "")


def points(value):
    """A difference of shares, in percentage points."""
    return number(100 * value, 2)


def interval(mean, half_width, form=percent):
    """`81.2 % ± 0.4 %`, without what is not known."""
    return form(mean) if not math.isfinite(half_width) else f"{form(mean)} ± {form(half_width)}"
