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

HELP = "follow a run in the terminal while it goes on"
BLOCKS = "▁▂▃▄▅▆▇█"
STALLED = 60  # seconds without a row after which a run may have died


def add_options(parser):
    parser.add_argument("run", metavar="RUN", help="the log that the job writes")
    parser.add_argument("--interval", type=float, default=1.0, metavar="S", help="seconds between looks (1)")
    parser.add_argument("--once", action="store_true", help="print the state once and leave")


def execute(options):
    run = Run(options.run)
    in_place = sys.stdout.isatty() and not options.once
    while True:
        lines = status(run, shutil.get_terminal_size().columns)
        print(("\x1b[H\x1b[2J" if in_place else "") + "\n".join(lines), flush=True)
        if options.once or run.state != "running":
            return 0
        time.sleep(max(0.05, options.interval))
        run = _again(run)


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
    lines = [_headline(run, steps, now or time.time()), "", *_curves(run, width), "", *_savings(run), *_control(run)]
    return [line[:width] for line in lines]


def _headline(run, steps, now):
    epochs, planned = or_nan(run.log.rows, layout.EPOCHS, otherwise=0), run.setting("train.epochs")
    share = f" of {planned}" if planned else ""
    silent = now - os.stat(run.path).st_mtime
    quiet = ""
    if run.state == "running" and silent > STALLED:
        quiet = f"; nothing new for {datetime.timedelta(seconds=int(silent))}: killed?"
    return f"{run.path}: {run.state}{quiet}; step {steps}, epoch {epochs}{share}, {_rate(run, steps)}"


def _rate(run, steps):
    rows = slice(max(0, steps - 100), steps)
    wall = run.log.read(layout.STEPS, "wall_seconds", rows)
    samples = run.log.read(layout.STEPS, "samples", rows)
    if len(wall) < 2 or wall[-1] <= wall[0]:
        return "speed unknown"
    return f"{(samples[-1] - samples[0]) / (wall[-1] - wall[0]):.0f} samples/s"


def _curves(run, width):
    lines = []
    for table, column, form in ((layout.STEPS, "loss", number), (layout.STEPS, "accuracy", percent),
                                (layout.EPOCHS, "test_accuracy", percent)):
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
