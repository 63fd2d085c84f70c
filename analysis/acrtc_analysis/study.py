"""The scaling study's file; no other module knows where in it something stands.

The root says `format = "acrtc-scaling"` and `format_version = "1.0"`. The group /scaling has one row a point; every
column is a dataset of equal length with attributes `units` and `long_name`, a column of codes also `names`:

  nodes                    number of nodes; needed
  kind                     codes `measured`, `predicted`, `published`; measured where missing
  series                   codes that name curves: network, interconnect, strong or weak scaling; one where missing
  step_time            s   time of a step
  time_<part>          s   its parts: compute, wait, interconnect, optimizer, input, ...
  samples_per_second 1/s   throughput of all nodes
  efficiency           1   against ideal scaling; where missing from the throughput, else from step_time (weak scaling)
  energy_to_accuracy   J   energy until the target accuracy (attribute `target_accuracy` of the group)

All but `nodes` may be missing, and any value NaN; unknown columns are left alone.
"""
import numpy as np
import pandas as pd

from .errors import LogError
from .hdf5 import open_file

FORMAT = "acrtc-scaling"
MAJOR = "1"
GROUP = "scaling"
KINDS = ("measured", "predicted", "published")


def read_study(path):
    """A DataFrame with a row a point, sorted by nodes; `.attrs` holds `units`, `path` and `target_accuracy`."""
    with open_file(path) as file:
        _check_format(file, path)
        group = file[GROUP]
        columns = {name: item for name, item in group.items() if hasattr(item, "shape") and item.ndim == 1}
        if "nodes" not in columns or len(columns["nodes"]) == 0:
            raise LogError(f"'{path}' has no points in /{GROUP}", "its column nodes is missing or empty",
                           "run the study again")
        frame = pd.DataFrame({name: _values(item) for name, item in columns.items()
                              if len(item) == len(columns["nodes"])})
        frame.attrs = {"path": str(path), "target_accuracy": float(group.attrs.get("target_accuracy", np.nan)),
                       "units": {name: str(item.attrs.get("units", "")) for name, item in columns.items()}}
    return _completed(frame).sort_values("nodes", kind="stable")


def time_parts(frame):
    return [name for name in frame.columns if name.startswith("time_") and frame[name].notna().any()]


def _check_format(file, path):
    version = str(file.attrs.get("format_version", MAJOR))
    if file.attrs.get("format") == FORMAT and version.split(".")[0] != MAJOR:
        raise LogError(f"'{path}' has format version {version}", f"this package reads version {MAJOR}",
                       "take the analysis/ folder that came with the program that wrote it")
    if GROUP not in file:
        raise LogError(f"'{path}' has no group /{GROUP}", "it is not a scaling study",
                       "give the file that the study wrote")


def _values(dataset):
    names = dataset.attrs.get("names")
    if names is not None:
        return np.array([str(name) for name in names], dtype=object)[dataset[:]]
    return dataset.asstr()[:] if dataset.dtype.kind == "O" else dataset[:]


def _completed(frame):
    attributes = frame.attrs
    for name, value in (("kind", "measured"), ("series", "")):
        if name not in frame:
            frame[name] = value
    for name in ("step_time", "energy_to_accuracy"):
        if name not in frame:
            frame[name] = np.nan
    if "efficiency" not in frame:
        frame["efficiency"] = np.nan
    for _, series in frame.groupby("series"):
        missing = series.index[series["efficiency"].isna()]
        frame.loc[missing, "efficiency"] = _efficiency(series).loc[missing]
    frame.attrs = attributes
    return frame


def _efficiency(series):
    """Against the series' own smallest number of nodes, measured if it was."""
    order = series.assign(kind=series["kind"].map(KINDS.index))
    first = series.loc[order.sort_values(["nodes", "kind"]).index[0]]
    if "samples_per_second" in series:
        return series["samples_per_second"] / series["nodes"] / (first["samples_per_second"] / first["nodes"])
    return first["step_time"] / series["step_time"]
