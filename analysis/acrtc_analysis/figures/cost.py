"""Where energy goes, and where time is lost."""
import numpy as np

from ..errors import NothingToDraw
from ..measures import energy_parts, node_spread
from ..style import COLOURS, DENSE, Drawing, legend_above, new_figure, prefix, quantity, styled, whole_ticks


@styled
def energy(run):
    """Energy by part, dense and with reuse: on a logarithmic axis, as parts differ by orders of magnitude."""
    parts = {name: part for name, part in energy_parts(run).items() if max(part.dense, part.reuse) > 0}
    if not parts:
        raise NothingToDraw("no energy was spent")
    figure, axes = new_figure(0.6 + 0.27 * len(parts))
    factor, unit = prefix(max(part.dense for part in parts.values()), "J")
    for row, part in enumerate(parts.values()):
        _dumbbell(axes, row, part.dense * factor, part.reuse * factor)
    axes.set_yticks(range(len(parts)), [_part_name(name) for name in parts])
    axes.set_ylim(len(parts) - 0.4, -0.6)
    axes.set_xscale("log")
    axes.set_xlabel(f"emulated energy / {unit}")
    axes.grid(False, axis="y")
    _note_changes(axes, parts)
    legend_above(figure, axes, 2)
    return Drawing("energy", "Energy by part",
                   "The whole run, all nodes; logarithmic. At the right: the change by reuse. “Outside GEMMs” is what "
                   "the accelerators spend beside them, the optimizer and idling included.", figure)


def _dumbbell(axes, row, dense, reuse):
    if dense > 0 and reuse > 0:
        axes.plot([dense, reuse], [row, row], color=COLOURS["blue"], linewidth=2.5, alpha=0.5, zorder=1)
    if dense > 0:
        axes.plot(dense, row, "s", color=DENSE, markersize=6, markerfacecolor="none", label="dense", zorder=2)
    if reuse > 0:
        axes.plot(reuse, row, "o", color=COLOURS["blue"], label="with reuse", zorder=3)


def _note_changes(axes, parts):
    for row, part in enumerate(parts.values()):
        text = f"+{quantity(part.reuse, 'J')}"
        if part.dense > 0:
            text = f"{-100 * part.saved:+.1f} %".replace("-", "−") if abs(part.saved) >= 5e-4 else "0 %"
        axes.annotate(text, (1.01, row), xycoords=("axes fraction", "data"), va="center", fontsize=9,
                      color=COLOURS["ink"], annotation_clip=False)


def _part_name(name):
    return {"other": "outside GEMMs", "beat": "beats", "static": "static, GEMMs"}.get(name, name.replace("_", " "))


@styled
def nodes(run):
    """Compute time of the nodes over the steps, and the share of its time that each node waits."""
    spread = node_spread(run)
    count = len(spread.wait)
    if count < 2:
        raise NothingToDraw("the run has one node, which waits for nobody")
    if not np.isfinite(spread.most).any():
        raise NothingToDraw("no node has a computing time")
    figure, (band, bars) = new_figure(4.0, nrows=2, gridspec_kw={"height_ratios": [3, 2]})
    factor, unit = prefix(np.nanmax(spread.most), "s")
    band.fill_between(spread.step, spread.least * factor, spread.most * factor, color=COLOURS["sky"], alpha=0.4,
                      linewidth=0, label="fastest to slowest node")
    band.plot(spread.step, spread.mean * factor, color=COLOURS["blue"], label="mean")
    band.set(xlabel="step", ylabel=f"compute time / {unit}")
    band.margins(y=0.3)
    whole_ticks(band.xaxis)
    band.legend(loc="upper right", ncol=2)
    spent = spread.wait + spread.busy
    share = 100 * np.divide(spread.wait, spent, out=np.zeros(count), where=spent > 0)
    bars.bar(np.arange(count), share, 0.8, color=COLOURS["orange"])
    bars.set(xlabel="node", ylabel="waiting / %", ylim=(0, max(0.01, 1.1 * share.max())))
    if share.max() == 0:
        bars.set_yticks([0])
        bars.text(0.5, 0.5, "no node waited", transform=bars.transAxes, ha="center", va="center")
    bars.set_xlim(-0.6, count - 0.4)
    whole_ticks(bars.xaxis, 10)
    bars.grid(False, axis="x")
    return Drawing("nodes", "Spread over nodes and time lost waiting",
                   "Above: computing time of a step, without the interconnect. Below: of the time that a node computes "
                   "or waits, the part it waits for slower nodes.", figure)
