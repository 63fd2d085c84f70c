"""How training went: accuracy against time and energy; strength, phase and loss over the steps."""
import itertools

import numpy as np

from .. import layout
from ..errors import NothingToDraw
from ..measures import ROLES, binned
from ..run import short_names
from ..style import (COLOURS, DENSE, LINES, SERIES, UNITS, Drawing, legend_above, new_figure, prefix, series_style,
                     step_ticks, styled, whole_ticks)

MANY = 6  # runs that a legend can name
TRAINING = ", training"


@styled
def accuracy(runs, resource):
    """Accuracy against emulated `time` or `energy`; without a dense run among them, also at the cost dense had had."""
    curves = _curves(runs, resource)
    if not curves:
        raise NothingToDraw("no run has an epoch or step with an accuracy")
    figure, axes = new_figure(3.1)
    factor, unit = prefix(max(x[-1] for _, x, _, _ in curves), UNITS[resource])
    for label, x, y, style in curves:
        axes.plot(x * factor, 100 * y, label=label, **style)
    axes.set(xlabel=f"emulated {resource} / {unit}", ylabel="accuracy / %")
    axes.set_xlim(left=0)
    _show_tested(axes, curves)
    legend_above(figure, axes, 2, -(-len({label for label, *_ in curves}) // 2))
    faint = any(label.endswith(TRAINING) for label, *_ in curves)
    return Drawing(f"accuracy-{resource}", f"Accuracy against emulated {resource}",
                   "After each epoch on the test split" + faint * "; faint: training accuracy of single steps, smoothed"
                   + ". Curves further left and higher are better.", figure)


def _show_tested(axes, curves):
    """The first steps' training accuracy, near chance, would press the tested ones together: the axis begins above."""
    tested = np.concatenate([[]] + [y for label, _, y, _ in curves if not label.endswith(TRAINING)])
    if len(tested) > len(curves) and np.ptp(tested) > 0:
        axes.set_ylim(bottom=max(axes.get_ylim()[0], 100 * (tested.min() - 0.5 * np.ptp(tested) - 0.005)))


def _curves(runs, resource):
    any_dense = any(run.is_dense for run in runs)
    curves = []
    series = itertools.count()
    for run, name in zip(runs, short_names(runs)):
        style = {"color": DENSE, "linestyle": "--", "marker": "s"} if run.is_dense else series_style(next(series))
        if len(runs) > MANY:
            name, style = ("dense", style) if run.is_dense else ("with reuse", {**series_style(0), "alpha": 0.6})
        curves += _run_curves(run, resource, name, style, len(runs) <= MANY // 2)
        if not any_dense and len(runs) <= MANY // 2:
            as_if = {"color": DENSE if len(runs) == 1 else style["color"], "linestyle": ":", "marker": "s",
                     "markersize": 3, "zorder": 1}
            curves += _run_curves(run, f"{resource}_dense", f"{name}, as if dense", as_if, False)
    return curves


def _run_curves(run, resource, name, style, with_steps):
    """The test accuracy after epochs; for few epochs also that of the steps, or alone where nothing was tested."""
    curves = []
    spent = np.cumsum(run.log.read(layout.EPOCHS, resource)) if run.log.has(layout.EPOCHS, resource) else np.array([])
    y = run.log.read(layout.EPOCHS, "test_accuracy") if run.log.has(layout.EPOCHS, "test_accuracy") else spent * np.nan
    tested = np.isfinite(y) & np.isfinite(spent)
    if tested.any():
        marker = style["marker"] if tested.sum() <= 25 else None
        curves.append((name, spent[tested], y[tested], {**style, "marker": marker}))
    if not tested.any() or (with_steps and tested.sum() <= 3):
        faint = {"color": style["color"], "linewidth": 1.0, "alpha": 0.45}
        curves += _step_curve(run, resource, name + TRAINING, faint)
    return curves


def _step_curve(run, resource, name, style):
    y = run.log.read(layout.STEPS, "accuracy")
    x = np.cumsum(run.log.read(layout.STEPS, resource))
    if len(y) < 2 or not np.isfinite(y).any():
        return []
    size = max(1, len(y) // 40)
    return [(name, binned(x[None], size)[0], binned(y[None], size)[0], style)]


@styled
def control(run):
    """Phase, strength by role with the reasons of its changes, and the loss, over the steps."""
    decisions = run.controller
    steps = run.log.rows(layout.STEPS)
    if decisions.empty or steps == 0:
        raise NothingToDraw("the controller has not decided anything yet")
    figure, (reasons, strength, loss) = new_figure(
        4.4, nrows=3, sharex=True, gridspec_kw={"height_ratios": [0.9, 2, 1.6]})
    shown = _draw_reasons(reasons, decisions)
    _draw_phases((reasons, strength, loss), run, steps)
    _draw_strengths(strength, decisions, steps)
    _draw_loss(loss, run)
    reasons.set_ylim(-0.6, shown - 0.4)
    loss.set_xlim(-0.01 * steps, 1.01 * steps)
    return Drawing("control", "Strength of reuse, phase and loss",
                   "Top: when the controller decided, and why; shaded: phases of training. Middle: strength by role, "
                   "−1 is off (lines that coincide are drawn slightly apart). Bottom: training loss.", figure)


def _draw_reasons(axes, decisions):
    """One line of marks for each reason that occurs."""
    names = [str(name) for name in decisions["reason"].unique()]
    for i, name in enumerate(names):
        at = decisions.loc[decisions["reason"] == name, "step"].unique()
        axes.plot(at, np.full(len(at), i), linestyle="none", marker="|", markersize=8, markeredgewidth=1.6,
                  color=COLOURS["ink"])
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    return len(names)


def _draw_phases(all_axes, run, steps):
    codes = run.log.read(layout.STEPS, "phase")
    step = run.log.read(layout.STEPS, "step")
    names = run.log.code_names(layout.STEPS, "phase")
    starts = np.flatnonzero(np.diff(codes, prepend=255))
    ends = np.append(step[starts[1:]], step[-1] + 1)
    labelled = set()
    for start, end in zip(starts, ends):
        code = int(codes[start])
        colour = COLOURS[f"phase{code % 4}"]
        name = names[code].replace("_", "-") if names and code < len(names) else f"phase {code}"
        for axes in all_axes:
            label = name if axes is all_axes[0] and code not in labelled else None
            axes.axvspan(step[start], end, color=colour, alpha=0.7, linewidth=0, zorder=0, label=label)
        labelled.add(code)
    legend_above(all_axes[0].figure, all_axes[0], 4)


def _draw_strengths(axes, decisions, steps):
    for i, role in enumerate(ROLES):
        of_role = decisions[decisions["role"] == role]
        if of_role.empty:
            continue
        by_step = of_role.groupby("step")["strength"].agg(["min", "mean", "max"])
        x = np.append(by_step.index, steps)
        spread = by_step.loc[by_step.index[[*range(len(by_step)), -1]]]
        apart = 0.07 * (i - 1)
        axes.step(x, spread["mean"] + apart, where="post", color=SERIES[i], linestyle=LINES[i],
                  label=role.replace("_", " "))
        if (spread["min"] != spread["max"]).any():
            axes.fill_between(x, spread["min"], spread["max"], step="post", color=SERIES[i], alpha=0.15, linewidth=0)
    axes.set_ylabel("strength")
    low, high = decisions["strength"].min(), decisions["strength"].max()
    low, high = min(low, 0) - 0.5, max(high, 2)
    axes.set_ylim(low, high + 0.35 * (high - low))
    whole_ticks(axes.yaxis, 5)
    if axes.lines:
        axes.legend(loc="upper right", ncol=3, handlelength=2, columnspacing=0.8, fontsize=8, handletextpad=0.5)


def _draw_loss(axes, run):
    step, loss = (run.log.read(layout.STEPS, name) for name in ("step", "loss"))
    size = max(1, len(step) // 400)
    x, y = binned(np.stack([step.astype(float), loss]), size)
    axes.plot(x, y, color=COLOURS["ink"], linewidth=1)
    axes.set(xlabel="step", ylabel="loss")
    step_ticks(axes.xaxis, step[-1])
    known = y[np.isfinite(y)]
    if len(known) and known.min() > 0 and known.max() > 30 * known.min():
        axes.set_yscale("log")


