"""How figures look, and how they leave: SVG that follows the page's light or dark theme, PNG and PDF for papers.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), told apart also with colour-blind eyes; line
styles and markers repeat the distinction. A figure is as wide as a phone and a little wider than a journal's column.
"""
import dataclasses
import io
import re

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

WIDTH = 4.6  # inches
UNITS = {"time": "s", "energy": "J"}  # of what runs spend

# The colours in the drawing, and each one's name in templates/style.css, which knows its dark variant.
COLOURS = {
    "ink": "#1d2330", "muted": "#5f6b7a", "grid": "#d5dae1", "blank": "#eef1f4", "blue": "#0072b2", "orange": "#d55e00",
    "green": "#009e73", "purple": "#b0609a", "amber": "#c98700", "sky": "#4aa3d8", "phase0": "#f4e3b5",
    "paper": "#ffffff", "phase1": "#cfe6f5", "phase2": "#d3ecdf", "phase3": "#e6dcef",
}
SERIES = [COLOURS[name] for name in ("blue", "orange", "green", "purple", "amber", "sky")]
DENSE = COLOURS["muted"]
MARKERS = "osD^vP"
LINES = ["-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3))]

RC = {
    "font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 10, "axes.labelsize": 10, "legend.fontsize": 9,
    "xtick.labelsize": 9, "ytick.labelsize": 9, "text.color": COLOURS["ink"], "axes.labelcolor": COLOURS["ink"],
    "axes.edgecolor": COLOURS["muted"], "xtick.color": COLOURS["muted"], "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"], "ytick.labelcolor": COLOURS["ink"], "axes.titlecolor": COLOURS["ink"],
    "axes.facecolor": "none", "axes.grid": True, "axes.axisbelow": True, "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8,
    "lines.linewidth": 1.6, "lines.markersize": 4.5, "legend.frameon": False, "hatch.linewidth": 0.6,
    "svg.fonttype": "path", "svg.hashsalt": "acrtc", "pdf.fonttype": 42, "figure.facecolor": "white",
    "image.cmap": "cividis", "axes.formatter.useoffset": False, "axes.titlelocation": "left",
}


@dataclasses.dataclass
class Drawing:
    """A figure with what a page says about it. Notebooks show it by itself."""
    name: str
    title: str
    caption: str
    figure: Figure

    def _repr_png_(self):
        out = io.BytesIO()
        self.figure.savefig(out, format="png", dpi=120)
        return out.getvalue()


def new_figure(height, **subplots):
    """A figure and its axes, as Figure.subplots gives them."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots(**subplots)


def styled(function):
    """Draws in this module's style, whatever the user's matplotlibrc says."""
    def draw(*arguments, **named):
        with matplotlib.rc_context({**matplotlib.rcParamsDefault, **RC, "backend": "agg"}):
            return function(*arguments, **named)
    draw.__name__, draw.__doc__ = function.__name__, function.__doc__
    return draw


def series_style(i):
    """Colour, line and marker of the i-th series."""
    return {"color": SERIES[i % len(SERIES)], "linestyle": LINES[i % len(LINES)], "marker": MARKERS[i % len(MARKERS)]}


HALO = [withStroke(linewidth=2.5, foreground=COLOURS["paper"])]  # keeps text legible on lines

PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def prefix(largest, unit):
    """Factor and name of the unit that numbers up to `largest` read best in: (1e3, "ms") for 0.2 s."""
    for size, letter in PREFIXES:
        if abs(largest) >= size:
            return 1 / size, letter + unit
    return (1, unit) if not largest else (1e12, "p" + unit)


def quantity(value, unit):
    """`188 ms`"""
    factor, name = prefix(value, unit)
    return f"{value * factor:#.3g}".rstrip(".") + f" {name}"


def shortened(text, most):
    """At most so many characters: the middle gives way, as names of layers and runs differ at either end."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[:most - 1 - tail]}…{text[len(text) - tail:]}"


def whole_ticks(axis, most=6):
    axis.set_major_locator(MaxNLocator(nbins=most, integer=True))


def step_ticks(axis, last, most=6):
    """Whole numbers of steps; of many steps thousands, which leave room between panels."""
    whole_ticks(axis, most)
    if last >= 10_000:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}k" if value else "0"))


def legend_above(figure, axes, columns, lines=1):
    """One legend for all panels in a strip of its own at the top; entries of the same name appear once."""
    handles, labels = axes.get_legend_handles_labels()
    named = dict(zip(labels, handles))
    figure.legend(named.values(), named.keys(), loc="upper left", bbox_to_anchor=(0, 1), ncol=columns, borderpad=0.2,
                  columnspacing=1.2)
    strip = 0.21 * lines + 0.06
    figure.set_figheight(figure.get_figheight() + strip)
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - strip / figure.get_figheight()))


@styled
def settle(drawing):
    """Lays the figure out once for all, as each format would do so anew."""
    drawing.figure.draw_without_rendering()
    drawing.figure.set_layout_engine("none")


@styled
def save(drawing, folder, stem):
    """Writes stem.png and stem.pdf."""
    for ending in ("png", "pdf"):
        metadata = {"CreationDate": None} if ending == "pdf" else {"Title": drawing.title}
        out = io.BytesIO()  # on a full disk matplotlib's own files fail in ways of their own
        drawing.figure.savefig(out, format=ending, dpi=200, metadata=metadata)
        (folder / f"{stem}.{ending}").write_bytes(out.getvalue())


@styled
def svg(drawing, identity):
    """The figure inside a page: no size of its own, colours by the page's theme, ids that start with `identity`."""
    out = io.StringIO()
    drawing.figure.savefig(out, format="svg", transparent=True, dpi=200,
                           metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = out.getvalue()
    text = text[text.index("<svg"):]
    text = re.sub(r'\swidth="[^"]*pt"|\sheight="[^"]*pt"', "", text[:500], count=2) + text[500:]
    text = re.sub(r'\bid="', f'id="{identity}-', text)
    text = re.sub(r'(href="|url\()#', rf"\1#{identity}-", text)
    for name, colour in COLOURS.items():
        text = text.replace(f"{colour};", f"var(--{name});").replace(f'{colour}"', f'var(--{name})"')
    return text
