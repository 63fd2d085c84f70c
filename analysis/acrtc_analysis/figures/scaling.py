"""A scaling study: measured, predicted and published points apart."""
import numpy as np
from matplotlib.ticker import FuncFormatter, NullLocator

from ..errors import NothingToDraw
from ..study import KINDS, time_parts
from ..style import COLOURS, SERIES, Drawing, legend_above, new_figure, prefix, styled

# What is known is filled, what is predicted hollow and dashed, what others published has its own sign and no line.
LOOKS = {
    "measured": {"linestyle": "-", "marker": "o"},
    "predicted": {"linestyle": "--", "marker": "o", "markerfacecolor": "none"},
    "published": {"linestyle": "none", "marker": "*", "markersize": 9},
}
HATCHES = {"measured": None, "predicted": "////", "published": "...."}


@styled
def efficiency(study):
    """Efficiency against the number of nodes."""
    figure, axes = _against_nodes(study, "efficiency", 100)
    axes.set_ylabel("efficiency / %")
    axes.axhline(100, color=COLOURS["muted"], linewidth=0.8, zorder=1)
    axes.set_ylim(0, max(110, axes.get_ylim()[1]))
    return Drawing("efficiency", "Efficiency", "100 % is ideal: each node as productive as in the smallest run.",
                   figure)


@styled
def energy(study):
    """Energy to the target accuracy against the number of nodes."""
    known = study["energy_to_accuracy"].dropna()
    factor, unit = prefix(known.max() if len(known) else 0, "J")
    figure, axes = _against_nodes(study, "energy_to_accuracy", factor)
    target = study.attrs.get("target_accuracy", np.nan)
    axes.set_ylabel(f"energy to accuracy / {unit}")
    axes.set_ylim(bottom=0)
    reached = f" of {100 * target:.1f} %" if np.isfinite(target) else ""
    return Drawing("energy-to-accuracy", "Energy to accuracy",
                   f"Energy of all nodes and the interconnect until the target accuracy{reached}.", figure)


def _against_nodes(study, column, factor):
    if study[column].isna().all():
        raise NothingToDraw(f"the study has no values of {column.replace('_', ' ')}")
    figure, axes = new_figure(3.0)
    series = list(dict.fromkeys(study["series"]))
    for (name, kind), points in study.dropna(subset=[column]).groupby(["series", "kind"], sort=False):
        label = f"{name}, {kind}" if name else kind
        axes.plot(points["nodes"], points[column] * factor, label=label, color=SERIES[series.index(name) % len(SERIES)],
                  **LOOKS.get(kind, {"linestyle": ":"}))
    _node_axis(axes, study["nodes"])
    entries = axes.get_legend_handles_labels()[1]
    columns = 3 if max(map(len, entries)) <= 10 else 2 if max(map(len, entries)) <= 20 else 1
    legend_above(figure, axes, columns, -(-len(entries) // columns))
    return figure, axes


def _node_axis(axes, nodes):
    axes.set_xscale("log", base=2)
    values = np.unique(nodes)
    axes.set_xticks(values[::max(1, -(-len(values) // 8))])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", labelrotation=45 if values[-1] >= 10000 and len(values) > 5 else 0)
    axes.set_xlabel("nodes")


@styled
def step_time(study):
    """Time of a step by part against the number of nodes."""
    parts = time_parts(study)
    shown = study.dropna(subset=parts, how="all") if parts else study.dropna(subset=["step_time"])
    if shown.empty:
        raise NothingToDraw("the study has no step times")
    series = list(dict.fromkeys(study.dropna(subset=["step_time"] if not parts else None, how="all")["series"]))
    figure, panels = new_figure(0.5 + 2.2 * len(series), nrows=len(series), squeeze=False)
    factor, unit = prefix(max(study["step_time"].max(), shown[parts].sum(axis=1).max() if parts else 0), "s")
    for axes, name in zip(panels[:, 0], series):
        _draw_bars(axes, study[study["series"] == name], parts, factor)
        axes.set(title=name, ylabel=f"step / {unit}")
    panels[-1, 0].set_xlabel("nodes")
    _legend(figure, panels[0, 0], parts, study)
    return Drawing("step-time", "Time of a step by part",
                   "For each number of nodes from left to right: measured, predicted (hatched), published (dotted; a "
                   "star where only the whole is known).", figure)


def _draw_bars(axes, study, parts, factor):
    nodes = list(np.unique(study["nodes"]))
    for at, number in enumerate(nodes):
        points = study[study["nodes"] == number]
        kinds = [kind for kind in KINDS if (points["kind"] == kind).any()]
        width = min(0.5, 0.84 / len(kinds))
        for _, point in points.iterrows():
            x = at + (kinds.index(point["kind"]) - (len(kinds) - 1) / 2) * width
            if not parts or point[parts].isna().all():
                axes.plot(x, point["step_time"] * factor, "*", color=COLOURS["ink"])
            else:
                _stack(axes, x, width, point[parts].fillna(0).astype(float) * factor, point["kind"])
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(len(nodes)), [f"{value:g}" for value in nodes], rotation=45 if len(nodes) > 9 else 0)
    axes.grid(False, axis="x")


def _stack(axes, x, width, values, kind):
    bottom = 0.0
    for i, value in enumerate(values):
        axes.bar(x, value, width * 0.92, bottom=bottom, color=SERIES[i % len(SERIES)], hatch=HATCHES[kind],
                 edgecolor=COLOURS["ink"], linewidth=0)
        bottom += value


def _legend(figure, axes, parts, study):
    """Colours name parts, hatches kinds: each by itself."""
    for i, name in enumerate(parts):
        axes.bar(np.nan, 0, color=SERIES[i % len(SERIES)], label=name[len("time_"):].replace("_", " "))
    stacked = study.dropna(subset=parts, how="all") if parts else study.iloc[:0]
    for kind in KINDS:
        if (stacked["kind"] == kind).any():
            axes.bar(np.nan, 0, color=COLOURS["blank"], hatch=HATCHES[kind], edgecolor=COLOURS["ink"], linewidth=0.5,
                     label=kind)
    for kind in dict.fromkeys(study.drop(stacked.index)["kind"]):
        axes.plot([], [], "*", color=COLOURS["ink"], label=f"{kind}, whole")
    entries = len(set(axes.get_legend_handles_labels()[1]))
    legend_above(figure, axes, 3, -(-entries // 3))
