"""A run as an analyst wants it: tables as DataFrames, read when first asked for."""
import functools
import pathlib
import tomllib

from . import layout
from .errors import LogError, NoLog


def open_run(path):
    """Opens the log of a finished, running or killed run. LogError says in one sentence what is wrong with a file."""
    return Run(path)


class Run:
    """`steps`, `nodes`, `layers`, `epochs`, `controller`, `network` and `gemms` are DataFrames.

    Units stand in `.attrs["units"]`, meanings in `.attrs["long_name"]`. For logs too large for memory,
    `run.log.frame(table, columns, rows)` and `run.log.slices(table, ...)` read parts.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.log = layout.Log(path)

    def __repr__(self):
        return f"<Run {self.path}: {self.state}, {self.log.rows(layout.STEPS)} steps>"

    steps = functools.cached_property(lambda self: self.log.frame(layout.STEPS))
    nodes = functools.cached_property(lambda self: self.log.frame(layout.NODES))
    epochs = functools.cached_property(lambda self: self.log.frame(layout.EPOCHS))
    controller = functools.cached_property(lambda self: self.log.frame(layout.CONTROLLER))
    network = functools.cached_property(lambda self: self.log.frame(layout.NETWORK))
    gemms = functools.cached_property(lambda self: self.log.frame(layout.GEMMS))

    @functools.cached_property
    def layers(self):
        """Rows with `exact` = "yes" are single steps, also contained in an interval: leave them out of sums."""
        frame = self.log.frame(layout.LAYERS)
        gemm = frame.index.get_level_values("gemm")
        frame.insert(0, "layer", gemm.map(lambda name: split_gemm(name)[0]))
        frame.insert(1, "role", gemm.map(lambda name: split_gemm(name)[1]))
        return frame

    @property
    def name(self):
        return self.path.stem

    @property
    def state(self):
        return self.log.state()

    @functools.cached_property
    def provenance(self):
        return self.log.attributes()

    @functools.cached_property
    def configuration(self):
        """Every setting in force, as nested dicts; empty where the log has none that can be read."""
        try:
            return tomllib.loads(self.provenance.get("configuration", ""))
        except tomllib.TOMLDecodeError:
            return {}

    def setting(self, key, default=None):
        """`setting("train.nodes")`"""
        value = self.configuration
        for part in key.split("."):
            value = value.get(part, {}) if isinstance(value, dict) else {}
        return default if value == {} else value

    @property
    def seed(self):
        return self.provenance.get("seed", self.setting("seed", 0))

    @property
    def is_dense(self):
        return self.setting("reuse.scheme") == "dense"

    def refresh(self):
        """Forgets the tables read so far, for a run that goes on."""
        self.log.refresh()
        for name in ("steps", "nodes", "epochs", "controller", "layers"):
            self.__dict__.pop(name, None)


def split_gemm(name):
    """`conv2/forward` -> (`conv2`, `forward`)"""
    layer, _, role = name.rpartition("/")
    return layer, role


def run_logs(paths):
    """Opens all logs; a folder stands for the run logs in it. Returns runs and a sentence for each that failed; NoLog
    where all did."""
    runs, sentences = [], []
    for path in _logs_or_folders(paths):
        try:
            files = _files(pathlib.Path(path))
        except LogError as error:
            files = []
            sentences.append(str(error))
        for file in files:
            try:
                runs.append(Run(file))
            except LogError as error:
                sentences.append(str(error))
    if not runs:
        raise NoLog(sentences)
    return runs, sentences


def _logs_or_folders(paths):
    """`runs/*` names the checkpoints beside the logs, too."""
    return [path for path in paths if len(paths) == 1 or not str(path).rstrip("/").endswith(".checkpoints")]


def _files(path):
    if not path.is_dir():
        return [path]
    beside = (".weights.h5", ".capture.h5", ".part.h5", ".checkpoint.h5")
    found = sorted(file for file in path.glob("*.h5") if not file.name.endswith(beside))
    if not found:
        raise LogError(f"the folder '{path}' holds no log", "no file in it ends in .h5",
                       "name the folder that `acrtc train --out` wrote into")
    return found


def short_names(runs):
    """File names without ending, with folders where two would be alike."""
    stems = [run.path.stem for run in runs]
    parts = [run.path.absolute().with_suffix("").parts for run in runs]
    return [stem if stems.count(stem) == 1 else "/".join(part[-2:]) for stem, part in zip(stems, parts)]
