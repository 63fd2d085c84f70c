"""What was reused where: by layer, role and time; and how much of it is mere zeros."""
import numpy as np
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ..errors import NothingToDraw
from ..measures import ROLES, gemm_history, gemm_totals
from ..run import split_gemm
from ..style import COLOURS, Drawing, legend_above, new_figure, shortened, step_ticks, styled

MOST_COLUMNS = 240  # of the heat map


def role_panels(layers, row_height=0.22, extra=1.1, **subplots):
    """Three panels side by side, one a role, whose rows are layers; the figure grows with their number."""
    height = min(9.0, extra + max(3, len(layers)) * (row_height if len(layers) <= 24 else 0.12))
    figure, panels = new_figure(height, ncols=3, sharex=True, sharey=True, **subplots)
    for axes, role in zip(panels, ROLES):
        axes.set_title(role.replace("_", " "))
    every = max(1, round(len(layers) * 0.11 / height))
    panels[0].set_yticks(range(0, len(layers), every), [shortened(name, 24) for name in layers[::every]],
                         fontsize=9 if len(layers) <= 24 else 7)
    panels[0].set_ylim(len(layers) - 0.5, -0.5)
    return figure, panels


@styled
def reuse_map(run):
    """Share of multiplications avoided, by layer and role, over the steps."""
    history = gemm_history(run, "mults_dense", "mults")
    edges, avoided = _shares(history)
    layers = list(dict.fromkeys(split_gemm(name)[0] for name in history.gemms))
    figure, panels = role_panels(layers)
    most = float(np.nanmax(avoided, initial=0.01))
    for axes, role in zip(panels, ROLES):
        grid = _grid(history.gemms, layers, role, avoided)
        axes.set_facecolor(COLOURS["blank"])
        axes.grid(False)
        mesh = axes.pcolormesh(edges, np.arange(len(layers) + 1) - 0.5, grid, vmin=min(0.0, np.nanmin(avoided)),
                               vmax=most, rasterized=True)
        step_ticks(axes.xaxis, edges[-1], 2)
    panels[1].set_xlabel("step")
    bar = figure.colorbar(mesh, ax=list(panels), location="bottom", aspect=40,
                          fraction=min(0.06, 0.12 / figure.get_figheight()), pad=0.1 / figure.get_figheight(),
                          format=PercentFormatter(1, symbol=""), ticks=MaxNLocator(6))
    bar.set_label("multiplications avoided / %")
    bar.outline.set_visible(False)
    return Drawing("reuse-map", "Reuse by layer and role over training",
                   "All nodes together; brighter: more multiplications avoided. Blank where a layer has no such GEMM.",
                   figure)


def _shares(history):
    """Edges of the columns in steps, and the share avoided [column, gemm], neighbouring rows put together."""
    size = max(1, -(-len(history.begin) // MOST_COLUMNS))
    starts = np.arange(0, len(history.begin), size)
    dense, mults = (np.add.reduceat(history.values[name], starts, axis=0) for name in ("mults_dense", "mults"))
    with np.errstate(invalid="ignore", divide="ignore"):
        avoided = np.where(dense > 0, 1 - mults / dense, np.nan)
    if not np.isfinite(avoided).any():
        raise NothingToDraw("no GEMM has run yet")
    end = max(history.end[-1], history.begin[starts[-1]] + 1)
    return np.append(history.begin[starts], end), avoided


def _grid(gemms, layers, role, avoided):
    """[layer, column]"""
    grid = np.full((len(layers), len(avoided)), np.nan)
    for column, name in enumerate(gemms):
        layer, of = split_gemm(name)
        if of == role:
            grid[layers.index(layer)] = avoided[:, column]
    return np.ma.masked_invalid(grid)


@styled
def zeros(run):
    """Reused elements of the compared operand, split into zeros and similar values, and all zeros beside them."""
    totals = gemm_totals(run, "elements", "zeros", "reused", "reused_zero")
    layers = list(dict.fromkeys(totals["layer"]))
    figure, panels = role_panels(layers, 0.24, 1.0)
    for axes, role in zip(panels, ROLES):
        of_role = totals[(totals["role"] == role) & (totals["elements"] > 0)]
        rows = [layers.index(layer) for layer in of_role["layer"]]
        zero, all_reused, zeros_there = (of_role[name] / of_role["elements"]
                                         for name in ("reused_zero", "reused", "zeros"))
        axes.barh(rows, zero, 0.6, color=COLOURS["amber"], label="reused, zero", hatch="////", edgecolor=COLOURS["ink"],
                  linewidth=0)
        axes.barh(rows, all_reused - zero, 0.6, left=zero, color=COLOURS["blue"], label="reused, similar")
        axes.plot(zeros_there, rows, "|", color=COLOURS["ink"], markersize=10 if len(layers) <= 24 else 5,
                  markeredgewidth=1.6, label="all zeros")
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1])
        axes.grid(False, axis="y")
    panels[1].set_xlabel("share of the compared operand's elements / %")
    legend_above(figure, panels[0], 3)
    return Drawing("zeros", "Zeros and similarity",
                   "How much of what is reused are mere zeros, and how much are similar values other than zero; the "
                   "mark shows how many elements are zero at all.", figure)
