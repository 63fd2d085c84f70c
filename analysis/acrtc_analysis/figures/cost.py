"""Where energy goes, and where time is lost."""
import numpy as np

from ..errors import NothingToDraw
from ..measures import energy_parts, node_spread
from ..style import COLOURS, DENSE, SERIES, Drawing, legend_above, new_figure, prefix, quantity, step_ticks, styled, whole_ticks


@styled
def energy(run):
    """Energy by part, dense and with reuse; the parts also on a logarithmic axis, as they differ by orders of size."""
    parts = {name: part for name, part in energy_parts(run).items() if max(part.dense, part.reuse) > 0}
    if not parts:
        raise NothingToDraw("no energy was spent")
    if not np.isfinite([[part.dense, part.reuse] for part in parts.values()]).all():
        raise NothingToDraw("the energies of the log are not all finite")
    figure, (whole, each) = new_figure(1.75 + 0.25 * len(parts), nrows=2,
                                       gridspec_kw={"height_ratios": [2.2, 1.6 + len(parts)]})
    colours = [SERIES[row] if row < len(SERIES) else DENSE for row in range(len(parts))]
    _draw_whole(whole, parts, colours, run.is_dense)
    factor, unit = prefix(max(part.dense for part in parts.values()), "J")
    for row, (part, colour) in enumerate(zip(parts.values(), colours)):
        _dumbbell(each, row, part.dense * factor, 0 if run.is_dense else part.reuse * factor, colour)
    each.set_yticks(range(len(parts)), [_part_name(name) for name in parts])
    each.set_ylim(len(parts) - 0.4, -0.6)
    each.set_xscale("log")
    each.set_xlabel(f"emulated energy / {unit}")
    each.grid(False, axis="y")
    if not run.is_dense:
        _note_changes(each, parts)
        legend_above(figure, each, 2)
    return Drawing("energy", "Energy by part",
                   "The whole run, all nodes. Above: shares of the energy that dense costs; below: each part, "
                   "logarithmic, in the same colour" + "; at the right its change by reuse" * (not run.is_dense)
                   + ". “Outside GEMMs” is what the accelerators spend beside them, the optimizer and idling included.",
                   figure)


def _draw_whole(axes, parts, colours, is_dense):
    """The parts side by side in one bar, dense and with reuse, true to their size."""
    total = sum(part.dense for part in parts.values())
    bars = {"dense": [part.dense for part in parts.values()]}
    if not is_dense:
        bars["reuse"] = [part.reuse for part in parts.values()]
    for row, energies in enumerate(bars.values()):
        shares = 100 * np.array(energies) / total if total else np.zeros(len(parts))
        axes.barh(row, shares, 0.7, left=np.cumsum(shares) - shares, color=colours, edgecolor=COLOURS["paper"],
                  linewidth=0.4)
        axes.annotate(quantity(sum(energies), "J"), (1.01, row), xycoords=("axes fraction", "data"), va="center",
                      fontsize=9, annotation_clip=False)
    axes.set_yticks(range(len(bars)), bars)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel("share of the energy of dense / %")
    axes.grid(False, axis="y")


def _dumbbell(axes, row, dense, reuse, colour):
    if dense > 0 and reuse > 0:
        axes.plot([dense, reuse], [row, row], color=colour, linewidth=2.5, alpha=0.5, zorder=1)
    if dense > 0:
        axes.plot(dense, row, "s", color=colour, markersize=6.5, markerfacecolor="none", label="dense", zorder=2)
    if reuse > 0:
        axes.plot(reuse, row, "o", color=colour, label="with reuse", zorder=3)


def _note_changes(axes, parts):
    for row, part in enumerate(parts.values()):
        text = f"+{quantity(part.reuse, 'J')}"
        if part.dense > 0:
            text = f"{-100 * part.saved:+.1f} %".replace("-", "−") if abs(part.saved) >= 5e-4 else "0 %"
        axes.annotate(text, (1.01, row), xycoords=("axes fraction", "data"), va="center", fontsize=9,
                      color=COLOURS["ink"], annotation_clip=False)


def _part_name(name):
    return {"other": "outside GEMMs", "beat": "beats", "dram": "DRAM", "sram": "SRAM", "static": "static, GEMMs"}.get(name, name.replace("_", " "))


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
    step_ticks(band.xaxis, spread.step[-1])
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
    working = spread.mean > 0
    apart = 100 * np.mean((spread.most - spread.least)[working] / spread.mean[working]) if working.any() else 0.0
    waited = 100 * spread.wait.sum() / spent.sum() if spent.sum() > 0 else 0.0
    return Drawing("nodes", "Spread over nodes and time lost waiting",
                   "Above: computing time of a step, without the interconnect; fastest and slowest node are "
                   f"{apart:.2g} % apart on average. Below: of the time that a node computes or waits, the part it "
                   f"waits for slower nodes: {waited:.2g} % in all.", figure)
