"""Runs that differ in their seed alone, put together and set against the dense runs of the same seeds."""
import dataclasses
import json
import math

from .measures import mean_interval, or_nan, summary, test_accuracy

# Keys that change nothing of what a run computes and costs, or stand for its random numbers.
APART = ("seed", "record.", "dataset.directory", "dataset.train_images", "dataset.train_labels", "dataset.test_images",
         "dataset.test_labels")
# Runs that differ in one of these are not comparable in time and energy, or in accuracy.
HARDWARE = ("hardware.accelerator", "hardware.interconnect")
TRAINING = ("train.nodes", "train.batch", "train.epochs", "dataset.name", "network.name")
# What tells configurations apart best comes first in their names.
FIRST = ("network.name", "dataset.name", *HARDWARE, "train.nodes", "reuse.scheme", "reuse.format", "reuse.window",
         "reuse.granularity", "control.policy", "control.strength")


@dataclasses.dataclass
class Group:
    """Runs of one configuration; means with half-widths of their 95 % intervals."""
    settings: dict
    runs: list
    label: str = ""
    summaries: list = dataclasses.field(default_factory=list)
    differences: list = dataclasses.field(default_factory=list)  # test accuracy less dense, same seeds

    @property
    def is_dense(self):
        return self.runs[0].is_dense

    def mean(self, value):
        """Mean and half-width over the seeds of `value(summary)`."""
        return mean_interval([value(each) for each in self.summaries])

    @property
    def difference(self):
        return mean_interval(self.differences)


def flat(tree, prefix=""):
    """{"train": {"nodes": 4}} -> {"train.nodes": "4"}"""
    result = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            result |= flat(value, f"{prefix}{key}.")
        else:
            result[prefix + key] = value if isinstance(value, str) else json.dumps(value)
    return result


def grouped(runs):
    """Groups in the order of their first runs, labelled by what tells them apart and compared with dense runs."""
    groups = {}
    for run in runs:
        settings = {key: value for key, value in flat(run.configuration).items() if not key.startswith(APART)}
        key = tuple(sorted(settings.items()))
        groups.setdefault(key, Group(settings, [])).runs.append(run)
    result = list(groups.values())
    for group in result:
        group.summaries = [summary(run) for run in group.runs]
    for kind in (True, False):
        _label([group for group in result if group.is_dense == kind])
    for group in result:
        _compare(group, _baseline(group, result))
    return result


def _label(groups):
    """The values of the keys that tell the groups apart."""
    telling = _telling(groups)
    for group in groups:
        scheme = group.settings.get("reuse.scheme", "unknown scheme")
        parts = [_part(key, group.settings[key]) for key in telling if key in group.settings and key != "reuse.scheme"]
        names_scheme = "reuse.scheme" in telling or group.is_dense or not parts
        group.label = ", ".join([scheme] * names_scheme + parts)


def _telling(groups):
    """Keys that differ and are not settled by those before: a network's own learning rate says nothing new."""
    keys = dict.fromkeys((*FIRST, *(key for group in groups for key in group.settings)))
    telling, classes = [], {()}
    for key in keys:
        values = {group.settings[key] for group in groups if key in group.settings}
        finer = {tuple(group.settings.get(each) for each in (*telling, key)) for group in groups}
        if len(values) > 1 and len(finer) > len(classes):
            telling, classes = [*telling, key], finer
    return telling


def _part(key, value):
    """A name says what it is by itself, a number does not."""
    return value if value[:1].isalpha() and value not in ("true", "false") else f"{key.split('.')[-1]} {value}"


def _baseline(group, groups):
    """The dense group most like it that trained the same: never another network's."""
    def alike(other):
        return sum(group.settings.get(key) == value for key, value in other.settings.items())
    comparable = [other for other in groups if other.is_dense
                  and all(other.settings.get(key) == group.settings.get(key) for key in TRAINING)]
    return max(comparable, key=alike, default=None)


def _compare(group, baseline):
    if baseline is None:
        return
    dense = {each.seed: each.test_accuracy for each in baseline.summaries}
    group.differences = [each.test_accuracy - dense[each.seed] for each in group.summaries if each.seed in dense]


def dense_partner(run, runs):
    """The dense run of the same seed and training; None for dense runs and where there is none."""
    def trained(other):
        return other.seed, *(other.setting(key) for key in TRAINING)
    if run.is_dense:
        return None
    return next((other for other in runs if other.is_dense and trained(other) == trained(run)), None)


def mixed(runs, keys=(*HARDWARE, *TRAINING)):
    """A sentence for each of these settings that makes the runs hard to compare."""
    sentences = []
    for key in keys:
        files = {}
        for run in runs:
            if run.setting(key) is not None:
                files.setdefault(str(run.setting(key)), []).append(f"'{run.path}'")
        if len(files) > 1:
            found = "; ".join(f"{value} in {_few(paths)}" for value, paths in files.items())
            sentences.append(f"The runs differ in {key} ({found}); compare only runs that share it.")
    return sentences


def _few(paths):
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def unusable(runs):
    """A sentence for each run that has no test accuracy."""
    return [f"'{run.path}' has no test accuracy (no epoch of it was evaluated); it appears with its savings only."
            for run in runs if math.isnan(or_nan(test_accuracy, run))]

