"""Many runs: what accuracy the savings cost, and how accuracy grew."""
import math

import numpy as np

from .. import layout
from ..errors import NothingToDraw
from ..style import COLOURS, DENSE, HALO, Drawing, legend_above, new_figure, series_style, styled, whole_ticks

SAVINGS = {
    "energy": ("energy saved", "energy of the accelerators saved / %", lambda each: each.accelerator_energy.saved),
    "time": ("time saved", "time of the accelerators saved / %", lambda each: each.accelerator_time.saved),
    "mults": ("multiplications avoided", "multiplications avoided / %", lambda each: each.mults_avoided),
}
NAMED = 10  # groups that a legend can name


@styled
def front(groups, resource):
    """Accuracy against savings; bars are 95 % intervals over seeds, the line joins what nothing else beats in both."""
    against_dense = any(group.differences for group in groups)
    what, label, saved = SAVINGS[resource]
    points = [_point(group, saved, against_dense) for group in groups]
    if not any(math.isfinite(x) and math.isfinite(y) for x, _, y, _ in points):
        raise NothingToDraw("no run has both a test accuracy and its savings")
    figure, axes = new_figure(3.3)
    _draw_front(axes, points)
    for i, (group, (x, dx, y, dy)) in enumerate(zip(groups, points)):
        style = {"color": DENSE, "marker": "s"} if group.is_dense else series_style(i)
        axes.errorbar(x, y, xerr=_known(dx), yerr=_known(dy), capsize=2.5, elinewidth=1,
                      label=f"{i + 1}  {group.label}", **{**style, "linestyle": "none"})
    axes.set(xlabel=label, ylabel="test accuracy less dense / points" if against_dense else "test accuracy / %")
    axes.margins(0.12)
    if against_dense:
        axes.axhline(0, color=COLOURS["muted"], linewidth=0.8, zorder=1)
    _number(axes, points)
    _name(figure, axes, groups)
    return Drawing(f"front-{resource}", f"Accuracy and {what}",
                   "Right and up is better. Bars: 95 % intervals over seeds (Student's t, seeds paired with the dense "
                   "runs'). The line joins configurations that none beats in both. Numbers as in the table.", figure)


def _point(group, saved, against_dense):
    """x, its half-width, y, its half-width, all in percent."""
    x, dx = group.mean(saved)
    y, dy = group.difference if against_dense else group.mean(lambda each: each.test_accuracy)
    return 100 * x, 100 * dx, 100 * y, 100 * dy


def _known(half_width):
    return half_width if math.isfinite(half_width) else None


def _draw_front(axes, points):
    best, shown = -math.inf, []
    for x, _, y, _ in sorted((p for p in points if math.isfinite(p[0]) and math.isfinite(p[2])), key=lambda p: -p[0]):
        if y > best:
            best = y
            shown.append((x, y))
    axes.plot(*zip(*shown), color=COLOURS["muted"], linewidth=1, linestyle="--", zorder=1)


def _number(axes, points, near=0.04):
    """Writes its number beside each point; points that lie together share one text."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    clusters = []
    for i, (x, _, y, _) in enumerate(points):
        at = (x - left) / (right - left), (y - low) / (high - low)
        found = next((cluster for cluster in clusters if math.dist(cluster[0], at) < near), None)
        if found:
            found[2].append(str(i + 1))
        elif math.isfinite(x) and math.isfinite(y):
            clusters.append((at, (x, y), [str(i + 1)]))
    for _, xy, numbers in clusters:
        axes.annotate(", ".join(numbers), xy, (5, 5), textcoords="offset points", fontsize=9, color=COLOURS["ink"],
                      path_effects=HALO, zorder=5)


def _name(figure, axes, groups):
    if len(groups) > NAMED:
        return
    columns = 2 if max(len(group.label) for group in groups) <= 18 else 1
    legend_above(figure, axes, columns, -(-len(groups) // columns))


@styled
def epochs(groups):
    """Test accuracy over the epochs: mean of the seeds, and their range."""
    shown = [(i, group, _histories(group)) for i, group in enumerate(groups)][:6]
    shown = [each for each in shown if each[2].shape[1] > 1]
    if not shown:
        raise NothingToDraw("no run has more than one epoch")
    figure, axes = new_figure(3.0)
    for i, group, histories in shown:
        style = {"color": DENSE, "marker": "s", "linestyle": "--"} if group.is_dense else series_style(i)
        x = np.arange(1, histories.shape[1] + 1)
        style["marker"] = style["marker"] if len(x) <= 25 else None
        axes.plot(x, histories.mean(axis=0), label=f"{i + 1}  {group.label}", **style)
        if len(shown) <= 3:
            axes.fill_between(x, histories.min(axis=0), histories.max(axis=0), color=style["color"], alpha=0.15,
                              linewidth=0)
    axes.set(xlabel="epoch", ylabel="test accuracy / %")
    whole_ticks(axes.xaxis)
    columns = 2 if max(len(group.label) for _, group, _ in shown) <= 18 else 1
    legend_above(figure, axes, columns, -(-len(shown) // columns))
    return Drawing("epochs", "Test accuracy over the epochs",
                   "Mean over the seeds; shaded, where there are at most three configurations, their range."
                   + (" The first six configurations." if len(groups) > 6 else ""), figure)


def _histories(group):
    """Test accuracy in percent [run, epoch], as far as all runs of the group got."""
    columns = [run.log.read(layout.EPOCHS, "test_accuracy") for run in group.runs
               if run.log.has(layout.EPOCHS, "test_accuracy")]
    length = min((len(column) for column in columns), default=0)
    return 100 * np.array([column[:length] for column in columns]).reshape(len(columns), length)
