"""Many runs: what accuracy the savings cost, and how accuracy grew."""
import math

import numpy as np

from .. import layout
from ..errors import NothingToDraw
from ..style import (COLOURS, DENSE, HALO, UNITS, Drawing, legend_above, new_figure, prefix, series_style, shortened,
                     styled, whole_ticks)

SAVINGS = {
    "energy": ("energy saved", "energy of the accelerators saved / %", lambda each: each.accelerator_energy.saved),
    "time": ("time saved", "time of the accelerators saved / %", lambda each: each.accelerator_time.saved),
    "mults": ("multiplications avoided", "multiplications avoided / %", lambda each: each.mults_avoided),
}
NAMED = 10  # groups that a legend can name
FEW = 6  # groups whose whole bars a front shows
MOST_CURVES = 6
PLOT = 275, 165  # about the size of the axes in points, by which texts find their places


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
        if not (math.isfinite(x) and math.isfinite(y)):
            continue
        style = {"color": DENSE, "marker": "s"} if group.is_dense else series_style(i)
        axes.errorbar(x, y, xerr=_known(dx), yerr=_known(dy), capsize=2.5, elinewidth=1,
                      label=f"{i + 1}  {shortened(group.label, 48)}", **{**style, "linestyle": "none"})
    axes.set(xlabel=label, ylabel="test accuracy less dense / points" if against_dense else "test accuracy / %")
    axes.margins(0.12)
    _limit(axes, points)
    if against_dense:
        axes.axhline(0, color=COLOURS["muted"], linewidth=0.8, zorder=1)
    _number(axes, points)
    _name(figure, axes, groups)
    return Drawing(f"front-{resource}", f"Accuracy and {what}",
                   "Right and up is better. Bars: 95 % intervals over seeds (Student's t, seeds paired with the dense "
                   "runs'). The line joins configurations that none beats in both. Numbers as in the table."
                   + " Bars that leave the figure are cut." * (len(groups) > FEW), figure)


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


def _limit(axes, points):
    """Among many configurations the bars of few seeds would squeeze the points into a line: such bars are cut."""
    known = [(y, dy if math.isfinite(dy) else 0.0) for x, _, y, dy in points if math.isfinite(x) and math.isfinite(y)]
    ys, bars = np.array(known).T
    if len(known) > FEW and (most := max(np.ptp(ys), np.median(bars))) > 0:
        axes.set_ylim(ys.min() - min(1.1 * bars.max(), most), ys.max() + min(1.1 * bars.max(), most))


def _number(axes, points):
    """Writes its number beside each point, where no other stands; points that coincide share one text."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    named = {}
    for i, (x, _, y, _) in enumerate(points):
        if math.isfinite(x) and math.isfinite(y):
            at = round(PLOT[0] * (x - left) / (right - left)), round(PLOT[1] * (y - low) / (high - low))
            near = next((other for other in named if math.dist(other, at) < 3), at)
            named.setdefault(near, ((x, y), []))[1].append(str(i + 1))
    taken = [(x - 3, y - 3, x + 3, y + 3) for x, y in named]
    for at, (xy, numbers) in named.items():
        text = ", ".join(numbers)
        offset = _free_place(at, (5.8 * len(text), 9), taken)
        far = {"arrowstyle": "-", "color": COLOURS["muted"], "linewidth": 0.5} if abs(offset[1]) > 13 else None
        axes.annotate(text, xy, offset, textcoords="offset points", fontsize=9, color=COLOURS["ink"], arrowprops=far,
                      path_effects=HALO, zorder=5, annotation_clip=False)


def _free_place(at, size, taken):
    """Offset in points of a text that overlaps nothing taken, and takes it; the nearest one where there is none."""
    beside = [(side, rise) for rise in (4, -13, 16, -25, 28, -37, 40, -49) for side in (5, -5 - size[0])]
    boxes = [(at[0] + dx, at[1] + dy, at[0] + dx + size[0], at[1] + dy + size[1]) for dx, dy in beside]

    def free(box):
        inside = 0 <= box[0] and box[2] <= PLOT[0] and 0 <= box[1] and box[3] <= PLOT[1]
        return inside and all(box[2] < other[0] or other[2] < box[0] or box[3] < other[1] or other[3] < box[1]
                              for other in taken)
    chosen = next((i for i, box in enumerate(boxes) if free(box)), 0)
    taken.append(boxes[chosen])
    return beside[chosen]


def _name(figure, axes, groups):
    if len(groups) > NAMED:
        return
    labels = [group.label for group in groups]
    columns = 2 if max(map(len, labels)) <= 18 else 1
    legend_above(figure, axes, columns, -(-len(groups) // columns))


@styled
def accuracy(groups, against):
    """Test accuracy over the epochs, or against emulated time or energy; mean of the seeds, and their range."""
    shown = [(i, group, *_histories(group, against)) for i, group in enumerate(groups)]
    shown = [each for each in shown if each[3].shape[1] > 1 and np.isfinite(each[3]).any()]
    if not shown:
        raise NothingToDraw("no run has more than one epoch")
    left_out, shown = len(shown) - MOST_CURVES, shown[:MOST_CURVES]
    factor, unit = prefix(max(x.max() for _, _, x, _ in shown), UNITS[against]) if against in UNITS else (1, "")
    figure, axes = new_figure(3.0)
    for i, group, x, histories in shown:
        style = {**series_style(i), "color": DENSE} if group.is_dense else series_style(i)
        style["marker"] = style["marker"] if len(x) <= 25 else None
        axes.plot(x * factor, histories.mean(axis=0), label=f"{i + 1}  {shortened(group.label, 48)}", **style)
        if len(shown) <= 3:
            axes.fill_between(x * factor, histories.min(axis=0), histories.max(axis=0), color=style["color"],
                              alpha=0.15, linewidth=0)
    axes.set(xlabel=f"emulated {against} / {unit}" if unit else against, ylabel="test accuracy / %")
    if unit:
        axes.set_xlim(left=0)
    else:
        whole_ticks(axes.xaxis)
    columns = 2 if max(len(group.label) for _, group, *_ in shown) <= 18 else 1
    legend_above(figure, axes, columns, -(-len(shown) // columns))
    over = f"against emulated {against}" if unit else "over the epochs"
    return Drawing(f"accuracy-{against}" if unit else "epochs", f"Test accuracy {over}",
                   "Mean over the seeds" + "; shaded: their range" * (len(shown) <= 3) + "."
                   + " Further left and higher is better." * bool(unit)
                   + f" The first {MOST_CURVES} configurations." * (left_out > 0), figure)


def _histories(group, against):
    """x [epoch], and test accuracy in percent [run, epoch], as far as all runs of the group got."""
    columns = [run.log.read(layout.EPOCHS, "test_accuracy") for run in group.runs
               if run.log.has(layout.EPOCHS, "test_accuracy")]
    length = min((len(column) for column in columns), default=0)
    x = np.arange(1, length + 1)
    if against in UNITS and length:
        x = np.mean([np.cumsum(run.log.read(layout.EPOCHS, against))[:length] for run in group.runs
                     if run.log.has(layout.EPOCHS, "test_accuracy")], axis=0)
    return x, 100 * np.array([column[:length] for column in columns]).reshape(len(columns), length)
