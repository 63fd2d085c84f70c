"""The paper's figures: speed-up, energy saving and accuracy difference of each network, and their mean."""
import math

import numpy as np

from ..measures import geometric_mean
from ..style import COLOURS, SERIES, Drawing, legend_above, new_figure, styled

# From the abstract of doi:10.1145/3487025. "accelerates by 33 %" may mean either speed-up.
SPEED_UPS = {"33 % as speed-up 1.33": 1.33, "33 % less time": 1 / (1 - 0.33)}
ENERGY_SAVED = 0.32


@styled
def headline(results):
    """Speed-up, energy saving and accuracy difference by network; `results` are commands.paper.NetworkResult."""
    names = [result.name for result in results]
    figure, (speed, energy, accuracy) = new_figure(5.4, nrows=3, sharex=True)
    mean = len(names) > 1
    _bars(speed, [result.speed_up for result in results], [result.job_speed_up for result in results], mean,
          "{:.2f}".format)
    speed.set(ylabel="speed-up")
    for (label, value), style in zip(SPEED_UPS.items(), ("--", ":")):
        speed.axhline(value, color=COLOURS["ink"], linestyle=style, linewidth=1, label=f"paper: {label}")
    heights = _finite(speed)
    speed.set_ylim(min(0.9, *heights), 1.08 * max(*heights, *SPEED_UPS.values()))
    _bars(energy, [result.energy_ratio for result in results], [result.job_energy_ratio for result in results], mean,
          "{:.1f}".format, lambda ratio: 100 * (1 - ratio))
    energy.set(ylabel="energy saved / %")
    energy.axhline(100 * ENERGY_SAVED, color=COLOURS["ink"], linestyle="--", linewidth=1)
    energy.set_ylim(top=1.15 * max(*_finite(energy), 100 * ENERGY_SAVED))
    energy.annotate("paper: 32 %", (0.995, 100 * ENERGY_SAVED), xycoords=("axes fraction", "data"), ha="right",
                    va="bottom", fontsize=8)
    _differences(accuracy, results, mean)
    ticks = names + ["geometric\nmean"] * mean
    accuracy.set_xticks(range(len(ticks)), ticks, rotation=30 if len(ticks) > 5 else 0)
    for axes in (speed, energy, accuracy):
        axes.grid(False, axis="x")
    legend_above(figure, speed, 2, 2)
    return Drawing("paper", "Speed-up, energy saved and accuracy lost",
                   "Bars: the accelerators alone. Diamonds: the whole job, interconnect included. Lines: the paper's "
                   "abstract, in both readings of “33 %”. Accuracy: mean over seeds paired with dense runs, with 95 % "
                   f"intervals{'; at the right the arithmetic mean' * mean}.", figure)


def _finite(axes):
    tops = [bar.get_y() + bar.get_height() for bar in axes.patches]
    return [top for top in tops if math.isfinite(top)] or [1.0]


def _bars(axes, ratios, job_ratios, mean, form, shown=lambda ratio: ratio):
    """Bars of the accelerators, from where nothing is saved, and diamonds of the job; the geometric mean last."""
    if mean:
        ratios, job_ratios = ([*values, geometric_mean(values)] for values in (ratios, job_ratios))
    x = np.arange(len(ratios))
    heights = [shown(value) for value in ratios]
    colours = [SERIES[0]] * (len(x) - mean) + [SERIES[1]] * mean
    nothing = shown(1.0)
    axes.bar(x, [height - nothing for height in heights], 0.6, bottom=nothing, color=colours, label="accelerators")
    axes.axhline(nothing, color=COLOURS["muted"], linewidth=0.8)
    axes.plot(x, [shown(value) for value in job_ratios], "D", color=COLOURS["ink"], markerfacecolor="none",
              label="whole job")
    for at, height in zip(x, heights):
        if math.isfinite(height):
            axes.annotate(form(height), (at + 0.31, height), fontsize=8, va="center", color=COLOURS["ink"])
    axes.set_xlim(-0.6, len(x) - 0.3)


def _differences(axes, results, mean):
    values = [100 * result.difference[0] for result in results]
    errors = [100 * result.difference[1] for result in results]
    known = [value for value in values if math.isfinite(value)]
    axes.errorbar(range(len(values)), values, [error if math.isfinite(error) else 0 for error in errors], fmt="o",
                  color=SERIES[0], capsize=3)
    if mean and known:
        axes.plot(len(values), sum(known) / len(known), "o", color=SERIES[1])
    axes.axhline(0, color=COLOURS["muted"], linewidth=0.8)
    axes.set(ylabel="accuracy\nless dense / points")
    axes.margins(y=0.25)
