"""Makes a scaling study's file in the layout of acrtc_analysis.study."""
import h5py
import numpy as np

UNITS = {"nodes": "1", "step_time": "s", "samples_per_second": "1/s", "energy_to_accuracy": "J"}
PARTS = ("compute", "wait", "interconnect", "optimizer")


def make(path, change=lambda group: None):
    """Two series of measured and predicted points up to 4096 nodes, and two published ones."""
    rows = [(nodes, kind, series) for series in (0, 1) for kind, most in ((0, 8), (1, 4096))
            for nodes in 2 ** np.arange(0, 13) if nodes <= most and (kind == 0 or nodes >= 4)]
    rows += [(256, 2, 0), (1024, 2, 0)]
    nodes, kind, series = np.array(rows).T
    parts = {"compute": np.full(len(rows), 9e-3), "wait": 1e-4 * np.log2(nodes),
             "interconnect": (1 + 4 * series) * 4e-4 * np.log2(2 * nodes), "optimizer": np.full(len(rows), 2e-4)}
    step = sum(parts.values())
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "acrtc-scaling", "format_version": "1.0"})
        group = file.create_group("scaling")
        group.attrs["target_accuracy"] = 0.9
        columns = {"nodes": nodes, "step_time": step, "samples_per_second": 64 * nodes / step,
                   "energy_to_accuracy": np.where(kind == 2, np.nan, 50 * (1 + 0.05 * np.log2(nodes)))}
        columns |= {f"time_{name}": np.where(kind == 2, np.nan, values) for name, values in parts.items()}
        for name, values in columns.items():
            group[name] = values
            group[name].attrs["units"] = UNITS.get(name, "s")
        for name, codes, names in (("kind", kind, ["measured", "predicted", "published"]),
                                   ("series", series, ["NVLink, weak", "10GbE, weak"])):
            group[name] = codes.astype(np.uint8)
            group[name].attrs["names"] = names
        change(group)
    return path
