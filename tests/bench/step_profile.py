#!/usr/bin/python3
"""Where the time of a training step goes: samples of `perf` by what the code they hit is for.

Runs a workload of versus_pytorch.py in acrtc on one core under Debian's `perf` (linux-perf), leaves out the run's
beginning and end, and prints a table. Two lines below it tell what cannot be saved: products at the rate of
`roof/<element>`, and every tensor of a step read and written once at that of `roof/traffic`, both measured by
bench_fused_gemm in the same go.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import h5py
import numpy

import measure
import versus_pytorch
import workloads
from measure import Bench, Contender, Layout, MeasurementError

MIDDLE = "25%-85%"  # of a run: without its start, its test, and the compression of its log

# The first pattern that a symbol or its library matches says what it is for.
PARTS = (
    ("LRN, softmax", r"jit_\w*(lrn|softmax)|acrtc::network::.*Response(Run|s)"),
    ("matrix multiplication", r"jit_brgemm|jit_avx512_core_amx|jit_uni_matmul|jit_\w*(conv|bwd_data|fwd)_|"
                              r"acrtc::reuse::N_\w+::Multiply"),
    ("pooling", r"Pooling(Plan|Spec)|acrtc::network::.*SideBySide"),
    ("storing results of GEMMs", r"acrtc::reuse::N_\w+::(Store|Add(Runs|ByRows|ByTaps))|"
                                 r"acrtc::reuse::(Col2im|ImageResult)|WeightGradientResult"),
    ("im2col, comparison, counts", r"acrtc::reuse::.*(Rows|FoundBits|Window|Mark|Column|Gather|Copy|Fill|Shapes|Transpose|"
                                   r"Interleave|Widen|Zeros|Planes|Panel|Im2col|InputGradient|run_all|PixelRun)|"
                                   r"acrtc::ReuseCount"),
    ("layers without products", r"acrtc::network|acrtc::reuse::.*(RoundInto|Widen)"),
    ("copying and clearing", r"memmove|memcpy|memset"),
    ("optimizer and gradient sum", r"acrtc::train|libmpi|opal|Sgd|Lars"),
    ("reading samples", r"acrtc::dataset"),
    ("log", r"hdf5|libz|acrtc::record|acrtc::store"),
    ("calls of oneDNN", r"libdnnl|jit_"),
    ("operating system", r"\[k\]|\[kernel"),
    ("other", r""),
)


def part_of(text):
    return next(name for name, pattern in PARTS if re.search(pattern, text))


def profiled(bench, contender):
    """Part -> share of samples, and the log of the run."""
    settings = measure.acrtc_settings(bench, Layout(1, 1), bench.steps) | {
        "network.name": bench.workload.network, "reuse.scheme": contender.scheme, "reuse.format": contender.format}
    data = bench.folder / "perf.data"
    wrapped = ["perf", "record", "-q", "-F", "1500", "-e", "cpu-clock", "-o", data]
    os.environ["DNNL_JIT_PROFILE"] = "2"  # oneDNN names its kernels for perf
    log = measure.run_acrtc(bench, Layout(1, 1), settings, wrapped)
    report = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "--time", MIDDLE, "--comm", "acrtc",
                             "--percentage", "relative", "--sort", "dso,symbol"],
                            capture_output=True, text=True, check=True).stdout
    shares = dict.fromkeys((name for name, _ in PARTS), 0.0)
    for line in report.splitlines():
        if found := re.match(r"\s*([\d.]+)%\s+(.*)", line):
            shares[part_of(found[2])] += float(found[1]) / 100
    return shares, log


def roofs(bench):
    """Products and bytes a second that the core reaches at most."""
    program = bench.acrtc.parent / "tests/bench_fused_gemm"
    output = subprocess.run(["taskset", "-c", Layout(1, 1).cores(0), program, "--benchmark_filter=roof/",
                             "--benchmark_format=json"], capture_output=True, text=True, check=True).stdout
    found = {entry["name"]: entry for entry in json.loads(output)["benchmarks"]}
    return ({name: found[f"roof/{name}"]["FLOP/s"] / 2 for name in ("bf16", "fp32")},
            found["roof/traffic"]["bytes_per_second"])


def unavoidable(log, contender, batch, products, traffic):
    """Seconds a step of multiplying, and of moving in and out, once each, outputs and weights, the gradients of both, and
    what SGD remembers of weights."""
    with h5py.File(log) as file:
        gemms = file["network/gemms"]
        macs = sum(float(m) * n * k * calls for m, n, k, calls in
                   zip(*(gemms[name][:] for name in ("m", "n", "k", "calls"))))
        outputs = float(numpy.prod(file["network/output_shape"][:], axis=1)[file["network/fused"][:] == 0].sum())
        parameters = float(file["network/parameters"][:].sum())
    element_bytes = 2 if contender.format in ("bf16", "fp16") else 4
    rate = products["bf16" if contender.format == "bf16" else "fp32"]
    moved = 2 * (batch * outputs * 2 * element_bytes + parameters * 3 * 4)
    return macs / rate, moved / traffic


def table(bench, contender):
    shares, log = profiled(bench, contender)
    with h5py.File(log) as file:
        step = float(numpy.median(numpy.diff(file["steps/wall_seconds"][:])))
    products, traffic = roofs(bench)
    multiplying, moving = unavoidable(log, contender, bench.workload.batch, products, traffic)
    print(f"{bench.workload.network}, {contender}, batch {bench.workload.batch}: {1e3 * step:.1f} ms a step")
    for name, share in shares.items():
        print(f"  {name:<32} {100 * share:5.1f} %  {1e3 * step * share:7.2f} ms")
    print(f"  products at {products['bf16'] / 1e9:.0f} (bf16), {products['fp32'] / 1e9:.0f} (FP32) G/s: {1e3 * multiplying:.1f} ms; "
          f"every tensor written and read once at {traffic / 1e9:.0f} GB/s: {1e3 * moving:.1f} ms")
    needed = shares["matrix multiplication"] + shares["im2col, comparison, counts"] + moving / step
    print(f"  outside products, im2col and comparison, and that traffic: {100 * max(0.0, 1 - needed):.1f} % of the step\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=workloads.WORKLOADS, default=["resnet20", "vgg-cifar"])
    parser.add_argument("--format", choices=("bf16", "fp16", "tf32", "fp32"), default="bf16")
    parser.add_argument("--steps", type=int, default=0, help="0 = four times as many as the workload measures")
    parser.add_argument("--acrtc", type=pathlib.Path, default=versus_pytorch.ROOT / "build/release/acrtc")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="acrtc-bench-") as folder:
            for workload in (workloads.WORKLOADS[name] for name in options.networks):
                steps = options.steps or 4 * workload.steps
                if workload.dataset == "cifar10":
                    workloads.write_cifar(pathlib.Path(folder), workload.batch * steps)
                table(Bench(options.acrtc, pathlib.Path(folder), workload, steps),
                      Contender("acrtc", options.format, "acrtc"))
    except MeasurementError as error:
        sys.exit(f"step_profile.py: {error}")


if __name__ == "__main__":
    main()
