"""Makes large logs in the layout of a small real one: names, types, units and meanings are copied from it.

    python3 big_log.py TEMPLATE OUT STEPS NODES EPOCHS
"""
import sys

import h5py
import numpy as np

SAMPLE_EVERY = 100
CHUNK_ELEMENTS = 65536
CELLS = ("node", "gemm")


def make(template, out, steps, nodes, epochs):
    """Writes a finished run's log of so many rows; values repeat chunk by chunk, steps and epochs count up."""
    with h5py.File(template) as source, h5py.File(out, "w", libver=("v110", "v110")) as target:
        copy_attributes(source, target)
        for name in ("network", "state"):
            source.copy(name, target)
        rows = {"steps": steps, "nodes": steps, "epochs": epochs, "controller": source["controller/step"].shape[0],
                "layers": epochs + steps // SAMPLE_EVERY}
        for group, count in rows.items():
            fill_group(source[group], target.create_group(group), count, nodes)
        number_rows(target, steps, epochs)


def copy_attributes(source, target):
    for name, value in source.attrs.items():
        if name not in ("DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME"):
            target.attrs[name] = value


def fill_group(source, target, count, nodes):
    for name, column in source.items():
        if name == "node":
            dataset = target.create_dataset(name, data=np.arange(nodes))
        elif name == "gemm":
            dataset = target.create_dataset(name, data=column.asstr()[:], dtype=h5py.string_dtype())
        else:
            cells = (nodes, *column.shape[2:]) if column.ndim > 1 else ()
            dataset = fill_column(column, target, name, (count, *cells))
        copy_attributes(column, dataset)


def fill_column(column, target, name, shape):
    """One compressed chunk of the template's values with some noise, repeated."""
    cells = int(np.prod(shape[1:], dtype=int))
    chunk = (min(shape[0], max(1, CHUNK_ELEMENTS // cells)), *shape[1:])
    dataset = target.create_dataset(name, shape, column.dtype, chunks=chunk, maxshape=(None, *shape[1:]), shuffle=True,
                                    compression="gzip", compression_opts=4)
    dataset[:chunk[0]] = noisy(column, chunk)
    mask, compressed = dataset.id.read_direct_chunk((0,) * len(shape))
    for start in range(chunk[0], shape[0], chunk[0]):
        dataset.id.write_direct_chunk((start,) + (0,) * (len(shape) - 1), compressed, mask)
    return dataset


def noisy(column, shape):
    random = np.random.default_rng(len(column.name))
    rows = np.resize(np.arange(column.shape[0]), shape[0])
    values = column[:][rows]
    if column.ndim > 1:
        values = values[:, np.resize(np.arange(column.shape[1]), shape[1])]
    if column.dtype.kind == "f":
        return values * (1 + 0.01 * random.standard_normal(shape))
    if column.dtype.kind == "u" and column.ndim > 1:
        return values + random.integers(0, 1000, shape).astype(column.dtype)
    return values


def number_rows(target, steps, epochs):
    """What counts up: steps, epochs, intervals; one interval an epoch and every SAMPLE_EVERY steps an exact one."""
    every = np.arange(steps)
    for name in ("steps/step", "nodes/step"):
        target[name][:] = every
    length = max(1, steps // epochs)
    target["steps/epoch"][:] = np.minimum(every // length, epochs - 1)
    target["steps/phase"][:] = every * 4 // steps
    target["steps/samples"][:] = (every + 1) * 256
    target["steps/loss"][:] = 0.1 + 2 / (1 + every / (0.02 * steps)) + 0.05 * np.random.default_rng(1).random(steps)
    target["epochs/epoch"][:] = np.arange(epochs)
    target["epochs/test_accuracy"][:] = 0.9 - 0.5 / (1 + np.arange(epochs))
    ends = np.append(np.arange(1, epochs) * length, steps)
    rows = [(end - length, end, 0) for end in ends] + [(step, step + 1, 1) for step in every[::SAMPLE_EVERY]]
    rows = np.array(sorted(rows, key=lambda row: (row[1], -row[2])))[:target["layers/step_begin"].shape[0]]
    for name, values in zip(("step_begin", "step_end", "exact"), rows.T):
        target[f"layers/{name}"][:] = values
    target["layers/interval"][:] = np.arange(len(rows))
    decisions = target["controller/step"].shape[0]
    target["controller/step"][:] = np.arange(decisions) // 3 * (3 * steps // max(3, decisions))
    target["controller/decision"][:] = np.arange(decisions)


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
