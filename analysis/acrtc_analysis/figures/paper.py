"""The paper's figures: speed-up, energy saving and accuracy difference of each network, and their mean."""
import math
import textwrap

import numpy as np
from matplotlib.ticker import MaxNLocator

from ..measures import geometric_mean
from ..style import COLOURS, HALO, SERIES, Drawing, legend_above, new_figure, styled

# From the abstract of doi:10.1145/3487025. "accelerates by 33 %" may mean either speed-up.
SPEED_UPS = {"33 % as speed-up 1.33": (1.33, "--"), "33 % less time": (1 / (1 - 0.33), ":")}
ENERGY_SAVED = 32  # %


@styled
def headline(results):
    """Speed-up, energy saving and accuracy difference by network; `results` are commands.paper.NetworkResult."""
    mean = len(results) > 1
    names = ["\n".join("\n".join(textwrap.wrap(line, 22)) for line in each.name.split("\n")) for each in results]
    lines = max(name.count("\n") + 1 for name in names)
    figure, panels = new_figure(0.9 + (0.16 + 0.16 * lines) * (len(names) + mean), ncols=3, sharey=True)
    _bars(panels[0], *_with_mean([each.speed_up for each in results], [each.job_speed_up for each in results], mean),
          1.0, "{:.2f}")
    saved = [[100 * (1 - ratio) for ratio in ratios] for ratios in _with_mean(
        [each.energy_ratio for each in results], [each.job_energy_ratio for each in results], mean)]
    _bars(panels[1], *saved, 0.0, "{:.1f}")
    _differences(panels[2], results, mean)
    _mark_paper(panels)
    for axes in panels[:2]:
        axes.xaxis.set_major_locator(MaxNLocator(3))
    names += ["mean"] * mean
    panels[0].set_yticks(range(len(names)), names, fontsize=9 if lines < 2 else 8)
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    for axes, label in zip(panels, ("speed-up", "energy\nsaved / %", "accuracy less\ndense / points")):
        axes.set_xlabel(label)
        axes.grid(False, axis="y")
    legend_above(figure, panels[0], 2, 2)
    return Drawing("paper", "Speed-up, energy saved and accuracy lost",
                   "Bars: the accelerators alone. Diamonds: the whole job, interconnect included. Lines: the paper's "
                   "abstract, in both readings of “33 %”, and 32 % of energy. Accuracy: mean over seeds paired with "
                   f"dense runs, with 95 % intervals.{MEANS * mean}", figure)


MEANS = " Last: the geometric mean of speed-ups and energies, the arithmetic mean of differences."


def _with_mean(ratios, job_ratios, mean):
    return [[*values, geometric_mean(values)] if mean else values for values in (ratios, job_ratios)]


def _bars(axes, values, job_values, nothing, form):
    """Bars of the accelerators, from where nothing is saved, and diamonds of the job; the mean, if any, is last."""
    y = np.arange(len(values))
    colours = [SERIES[0]] * len(values)
    if len(values) > 1:
        colours[-1] = SERIES[1]
    axes.barh(y, [value - nothing for value in values], 0.6, left=nothing, color=colours, label="accelerators")
    axes.plot(job_values, y, "D", color=COLOURS["ink"], markerfacecolor=COLOURS["paper"], label="whole job")
    axes.axvline(nothing, color=COLOURS["muted"], linewidth=0.8)
    for at, (value, job_value) in enumerate(zip(values, job_values)):
        if math.isfinite(value):
            axes.annotate(form.format(value).replace("-", "−"), (np.nanmax([value, job_value, nothing]), at), (6, 0),
                          textcoords="offset points", fontsize=8, va="center", color=COLOURS["ink"], path_effects=HALO)


def _mark_paper(panels):
    for label, (value, style) in SPEED_UPS.items():
        panels[0].axvline(value, color=COLOURS["ink"], linestyle=style, linewidth=1, label=f"paper: {label}", zorder=0)
    panels[1].axvline(ENERGY_SAVED, color=COLOURS["ink"], linestyle="--", linewidth=1, zorder=0)
    for axes in panels[:2]:
        left, right = axes.get_xlim()
        axes.set_xlim(left - 0.04 * (right - left), right + 0.1 * (right - left))


def _differences(axes, results, mean):
    values = [100 * result.difference[0] for result in results]
    errors = [100 * result.difference[1] for result in results]
    known = [value for value in values if math.isfinite(value)]
    axes.axvline(0, color=COLOURS["muted"], linewidth=0.8)
    if not known:
        axes.set_xticks([0])
        axes.text(0.5, 0.5, "no dense\nruns of the\nsame seeds", transform=axes.transAxes, ha="center", va="center",
                  fontsize=8)
        return
    axes.errorbar(values, range(len(values)), xerr=[error if math.isfinite(error) else 0 for error in errors], fmt="o",
                  color=SERIES[0], capsize=3)
    if mean:
        axes.plot(sum(known) / len(known), len(values), "o", color=SERIES[1])
    axes.margins(x=0.15)
    axes.xaxis.set_major_locator(MaxNLocator(3))
