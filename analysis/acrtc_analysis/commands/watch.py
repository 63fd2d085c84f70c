"""Follows a run in the terminal while it goes on."""
import datetime
import os
import shutil
import sys
import time

import numpy as np

from .. import layout
from ..errors import LogError
from ..measures import binned, last_finite, or_nan
from ..page import number, percent
from ..run import Run
from ..style import shortened

HELP = "follow a run in the terminal while it goes on"
BLOCKS = "▁▂▃▄▅▆▇█"
CURVES = ((layout.STEPS, "loss", number), (layout.STEPS, "accuracy", percent),
          (layout.EPOCHS, "test_accuracy", percent))
STALLED = 60  # seconds without a row after which a run may have died


def add_options(parser):
    parser.add_argument("run", metavar="RUN", help="the log that the job writes")
    parser.add_argument("--interval", type=float, default=1.0, metavar="S", help="seconds between looks (1)")
    parser.add_argument("--once", action="store_true", help="print the state once and leave")


def execute(options):
    run = Run(options.run)
    show = _in_place if sys.stdout.isatty() else _by_lines()
    while run.state == "running" and not options.once:
        show(run)
        time.sleep(max(0.05, options.interval))
        run = _again(run)
    if sys.stdout.isatty() and not options.once:
        print("\x1b[H\x1b[J", end="")
    print("\n".join(status(run, shutil.get_terminal_size().columns)), flush=True)
    return 0


def _in_place(run):
    """Over what stood there, so that nothing flickers; no more lines than the terminal has."""
    size = shutil.get_terminal_size()
    lines = fitting(status(run, size.columns), size.lines)
    print("\x1b[H" + "\n".join(f"{line}\x1b[K" for line in lines) + "\x1b[J", end="", flush=True)


def fitting(lines, height):
    """Without blank lines where these are too many, and the first ones where that is not enough."""
    return lines if len(lines) <= height else [line for line in lines if line][:height]


def _by_lines():
    """For files and pipes: a line whenever there is news."""
    last = []

    def show(run):
        line = "; ".join([_headline(run, run.log.rows(layout.STEPS), time.time(), 10_000), *_last_values(run)])
        if last != [line]:
            print(line, flush=True)
        last[:] = [line]
    return show


def _again(run):
    """The rows that came since; the file anew where the writer replaced it, as at a clean end or a resumption."""
    try:
        if os.stat(run.path).st_ino == os.fstat(run.log.file.id.get_vfd_handle()).st_ino:
            run.refresh()
            return run
        return Run(run.path)
    except (OSError, LogError):
        return run


def status(run, width=80, now=None):
    """The screen as lines no wider than `width`."""
    steps = run.log.rows(layout.STEPS)
    if steps == 0:
        return [f"{run.path}: {run.state}, no step is complete yet"]
    lines = [_headline(run, steps, now or time.time(), width), "", *_curves(run, width), "", *_savings(run),
             *_control(run)]
    return [line[:width] for line in lines]


def _headline(run, steps, now, width):
    """The end of the path gives way where the line is too long."""
    epochs, planned = or_nan(run.log.rows, layout.EPOCHS, otherwise=0), run.setting("train.epochs")
    share = f" of {planned}" if planned else ""
    silent = now - os.stat(run.path).st_mtime
    quiet = ""
    if run.state == "running" and silent > STALLED:
        quiet = f"; nothing new for {datetime.timedelta(seconds=int(silent))}: killed?"
    text = f": {run.state}{quiet}; step {steps}, epoch {epochs}{share}, {_rate(run, steps)}"
    return shortened(str(run.path), max(12, width - len(text))) + text


def _rate(run, steps):
    rows = slice(max(0, steps - 100), steps)
    wall = run.log.read(layout.STEPS, "wall_seconds", rows)
    samples = run.log.read(layout.STEPS, "samples", rows)
    if len(wall) < 2 or wall[-1] <= wall[0]:
        return "speed unknown"
    return f"{(samples[-1] - samples[0]) / (wall[-1] - wall[0]):.0f} samples/s"


def _last_values(run):
    """`loss 0.510`, `test accuracy 79.0 %`: those that are known."""
    values = ((name, form(or_nan(lambda: last_finite(run.log.read(table, name))))) for table, name, form in CURVES)
    return [f"{name.replace('_', ' ')} {value}" for name, value in values if value != number(np.nan)]


def _curves(run, width):
    lines = []
    for table, column, form in CURVES:
        values = or_nan(run.log.read, table, column, otherwise=np.array([]))
        if np.isfinite(values).any():
            lines.append(f"{column.replace('_', ' '):14}{form(last_finite(values)):>9}  "
                         f"{sparkline(values, max(10, width - 26))}")
    return lines


def sparkline(values, width):
    """A line of blocks, from the least value to the largest; a dot where there is none."""
    values = binned(np.asarray(values, float)[None], max(1, -(-len(values) // width)))[0]
    low, high = np.nanmin(values), np.nanmax(values)
    scaled = (values - low) / (high - low or 1) * (len(BLOCKS) - 1)
    return "".join(BLOCKS[int(round(level))] if np.isfinite(level) else "·" for level in scaled)


def _savings(run):
    lines = []
    for name in ("time", "energy"):
        dense, reuse = (or_nan(lambda column: run.log.read(layout.STEPS, column).sum(), column)
                        for column in (f"{name}_dense", name))
        lines.append(f"{name + ' saved':14}{percent(1 - reuse / dense if dense else np.nan):>9}  of the whole job")
    return lines


def _control(run):
    """The last decision."""
    try:
        decisions = run.controller
    except LogError:
        return []
    if decisions.empty:
        return []
    last = decisions[decisions["step"] == decisions["step"].iloc[-1]]
    strengths = ", ".join(f"{row.role} {row.strength}" for row in last.itertuples())
    reason = str(last["reason"].iloc[0]).replace("_", " ")
    phase = str(last["phase"].iloc[0]).replace("_", "-")
    return [f"{'strength':14}{strengths}", f"{'':14}since step {last['step'].iloc[0]}: {reason} ({phase})"]
