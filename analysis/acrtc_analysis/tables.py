"""The tables and texts of a report: what runs saved, how they were set, where they came from, what was decided."""
import math

from .errors import LogError
from .measures import summary
from .page import Table, Tile, number, percent, points
from .style import quantity

FEW = 3  # runs that stand side by side; more stand below each other
SETTINGS = {"dataset": "dataset.name", "network": "network.name", "scheme": "reuse.scheme", "format": "reuse.format",
            "window": "reuse.window", "granularity": "reuse.granularity", "controller": "control.policy",
            "accelerator": "hardware.accelerator", "interconnect": "hardware.interconnect", "nodes": "train.nodes",
            "batch of a node": "train.batch", "epochs planned": "train.epochs", "optimizer": "train.optimizer"}
PROVENANCE = ("program_version", "commit", "started", "host_names", "cpu_isa", "ranks", "threads", "sync", "job_id",
              "restart_count")
LONG_PROVENANCE = ("command_line", "library_versions")


def summary_table(runs, names, dense_runs):
    """`dense_runs` names the run, or None, that each accuracy is set against."""
    head = ["run", "test accuracy", "difference to dense / points", "mults avoided", "accelerators: speed-up",
            "accelerators: less time", "accelerators: energy saved", "job: speed-up", "job: less time",
            "job: energy saved", "job: speed-up, stalls staying or shrinking", "time waiting for slower nodes",
            "emulated time", "emulated energy", "steps", "epochs", "state"]
    rows = [[name, *_summary_cells(summary(run), dense and summary(dense))]
            for run, name, dense in zip(runs, names, dense_runs)]
    caption = ("“33 % faster” can mean a speed-up of 1.33 (24.8 % less time) or 33 % less time (speed-up 1.49): both "
               "are given. How stalls for memory change with reuse is not known: the job's speed-up lies between the "
               "two.")
    return _table(head, rows, caption.replace(" %", "\N{NO-BREAK SPACE}%"))


def _table(head, rows, caption="", **looks):
    """Few rows are turned into columns, which fit beside figures and on phones."""
    if len(rows) > FEW:
        return Table(head, rows, caption, **looks)
    return Table([head[0], *(row[0] for row in rows)], [list(row) for row in zip(head[1:], *(row[1:] for row in rows))],
                 caption, **looks)


def _summary_cells(it, dense):
    difference = it.test_accuracy - dense.test_accuracy if dense else math.nan
    cells = [percent(it.test_accuracy, 2), signed(difference), percent(it.mults_avoided)]
    for time, energy in ((it.accelerator_time, it.accelerator_energy), (it.job_time, it.job_energy)):
        cells += [number(time.speed_up), percent(time.saved), percent(energy.saved)]
    bounds = " – ".join(dict.fromkeys(number(bound.speed_up) for bound in it.job_time_bounds))
    return cells + [bounds, percent(it.wait_share, 2), quantity(it.job_time.reuse, "s"),
                    quantity(it.job_energy.reuse, "J"), str(it.steps), str(it.epochs), it.state]


def signed(difference):
    """A difference of accuracies in points, with its sign."""
    return ("+" if difference > 0 else "") + points(difference)


def key_tiles(run, dense):
    """What a reader wants first of a run with reuse; `dense` is the run that its accuracy is set against, if any."""
    it = summary(run)
    beside = "no dense run of its seed beside it"
    if dense:
        beside = f"{signed(it.test_accuracy - summary(dense).test_accuracy)} points against dense, same seed"
    mere = f"{percent(it.zero_share)} of what is reused are zeros"
    return [Tile("Test accuracy", percent(it.test_accuracy, 2), beside),
            Tile("Multiplications avoided", percent(it.mults_avoided), mere),
            Tile("Less time on accelerators", percent(it.accelerator_time.saved),
                 f"speed-up {number(it.accelerator_time.speed_up)}; whole job {number(it.job_time.speed_up)}"),
            Tile("Less energy of accelerators", percent(it.accelerator_energy.saved),
                 f"whole job {percent(it.job_energy.saved)}")]


def configuration_table(runs, names):
    """Settings and provenance of each run; of many runs only what differs, and the rest in the caption."""
    cells = [{what: _text(run.setting(key)) for what, key in SETTINGS.items()} | {"seed": _text(run.seed)}
             | {key.replace("_", " "): _text(run.provenance.get(key)) for key in PROVENANCE} for run in runs]
    keys = [key for key in cells[0] if any(each[key] for each in cells)]
    shared = [key for key in keys if len({each[key] for each in cells}) == 1] if len(runs) > FEW else []
    told = [key for key in keys if key not in shared]
    caption = "Configuration and provenance"
    if shared:
        caption += "; the same in all: " + ", ".join(f"{key} {cells[0][key]}" for key in shared)
    rows = [[name, *(each[key] or "–" for key in told)] for name, each in zip(names, cells)]
    return _table(["run", *told], rows, caption, words=True)


def _text(value):
    if value is None or value == []:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def settings_line(run):
    """One sentence on a run's configuration."""
    settings = {what: run.setting(key) for what, key in SETTINGS.items()} | {"seed": run.seed}
    unbroken = [f"{what} {value}".replace(" ", "\N{NO-BREAK SPACE}") for what, value in settings.items()
                if value is not None]
    return f"{', '.join(unbroken).capitalize()}."


def decisions_table(run, most=12):
    """When, why and on what evidence the strength changed; one row a decision."""
    try:
        decisions = run.controller
    except LogError:
        return None
    if decisions.empty:
        return None
    rows = [_decision_row(step, group) for step, group in decisions.groupby("step")]
    caption = "Decisions of the controller; strength in forward, grad input, grad weight"
    if len(rows) > most:
        caption += f" (the first {most // 2} and the last {most // 2} of {len(rows)})"
        rows = rows[:most // 2] + [["…", *[""] * (len(rows[0]) - 1)]] + rows[-most // 2:]
    head = ["step", "phase", "reason", "strength", "z", "mean loss", "probe error", "noise"]
    return Table(head, rows, caption)


def _decision_row(step, group):
    first = group.iloc[0]
    strengths = ", ".join(str(value) for value in group["strength"])
    return [str(step), str(first["phase"]).replace("_", "-"), str(first["reason"]).replace("_", " "),
            strengths if len(group) <= 3 else f"{group['strength'].min()} to {group['strength'].max()}",
            *(number(float(first[key])) if key in group else "–" for key in ("z", "loss_mean", "probe_error", "noise"))]


def origin_text(run):
    lines = [f"file: {run.path}", f"format version: {run.provenance.get('format_version')}"]
    for key in LONG_PROVENANCE:
        lines.append(f"{key.replace('_', ' ')}: {_text(run.provenance.get(key)) or 'not told'}")
    return "\n".join(lines)
