"""Runs that differ in their seed alone, put together and set against the dense runs of the same seeds."""
import dataclasses
import json
import math

from .measures import mean_interval, or_nan, summary, test_accuracy

# Keys that change nothing of what a run computes and costs, or stand for its random numbers.
APART = ("seed", "record.", "dataset.directory", "dataset.train_images", "dataset.train_labels", "dataset.test_images",
         "dataset.test_labels")
# Runs that differ in one of these are not comparable in time and energy, or in accuracy.
SHARED = ("hardware.accelerator", "hardware.interconnect", "train.nodes", "train.batch", "train.epochs",
          "dataset.name", "network.name")


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
    """The values of keys that differ among the groups which have them."""
    keys = dict.fromkeys(key for group in groups for key in group.settings)
    telling = [key for key in keys if len({group.settings[key] for group in groups if key in group.settings}) > 1]
    for group in groups:
        scheme = group.settings.get("reuse.scheme", "unknown scheme")
        parts = [_part(key, group.settings[key]) for key in telling if key in group.settings and key != "reuse.scheme"]
        names_scheme = "reuse.scheme" in telling or group.is_dense or not parts
        group.label = ", ".join([scheme] * names_scheme + parts)


def _part(key, value):
    """A name says what it is by itself, a number does not."""
    return value if value[:1].isalpha() and value not in ("true", "false") else f"{key.split('.')[-1]} {value}"


def _baseline(group, groups):
    """The dense group most like it."""
    def alike(other):
        return sum(group.settings.get(key) == value for key, value in other.settings.items())
    return max((other for other in groups if other.is_dense), key=alike, default=None)


def _compare(group, baseline):
    if baseline is None:
        return
    dense = {each.seed: each.test_accuracy for each in baseline.summaries}
    group.differences = [each.test_accuracy - dense[each.seed] for each in group.summaries if each.seed in dense]


def mixed(runs):
    """A sentence for each setting that makes the runs hard to compare."""
    sentences = []
    for key in SHARED:
        values = sorted({str(run.setting(key)) for run in runs if run.setting(key) is not None})
        if len(values) > 1:
            sentences.append(f"The runs differ in {key} ({', '.join(values)}): compare only runs that share it.")
    return sentences


def unusable(runs):
    """A sentence for each run that has no test accuracy."""
    return [f"'{run.path}' has no test accuracy (no epoch of it was evaluated); it appears with its savings only."
            for run in runs if math.isnan(or_nan(test_accuracy, run))]

