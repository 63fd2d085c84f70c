#!/usr/bin/python3
"""Where the time of a training step goes: samples of `perf` by what the code they hit is for.

Runs a workload of versus_pytorch.py in acrtc on one core under Debian's `perf` (linux-perf), and prints a table of what
was sampled while it trained. Products are all that happens in oneDNN's matrix multiplications and convolutions, or in
the program's own; packing and comparison are all that brings operands there. What serves everything, such as a
library's function, counts for what its caller is for. Two lines below the table tell what cannot be saved: products at
the rate of `roof/<element>`, and every tensor of a step read and written once at that of `roof/traffic`, both measured
by bench_fused_gemm in the same go.
"""
import argparse
import collections
import dataclasses
import json
import math
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

SECONDS = 12  # that a run takes, where there are samples for as much
RECORDED = 12000  # samples of perf in a run
FASTEST = 2000  # a second: more would burden the run
EPOCH = 50000  # images: as many as files of CIFAR-10 hold
MIDDLE = 0.1, 0.98  # of what was sampled in steps: without the first ones, whose memory is new

# What a sample is for: the first pattern that its function matches says so, or where none does, the first that its
# caller matches.
PARTS = (
    ("LRN, softmax", r"jit_\w*(lrn|softmax)|acrtc::network::.*Response|acrtc::dense::(LogSoftmax|Lrn)"),
    ("matrix multiplication", r"jit_brgemm|jit_avx512_core_amx|jit_uni_matmul|jit_\w*(conv|bwd_data|fwd)_|"
                              r"acrtc::reuse::N_\w+::Multiply|acrtc::dense::(Matmul|Convolution)"),
    ("storing results of GEMMs", r"acrtc::reuse::(N_\w+::(Store|Add(Runs|ByRows|ByTaps))|Col2im|ImageResult)|"
                                 r"acrtc::network::WeightGradientResult"),
    ("rounding weights", r"acrtc::network::PackedWeight"),
    ("layers without products", r"acrtc::network::(?!Network|GemmLayer|GemmRunner)"),
    ("im2col, packing, comparison", r"acrtc::reuse::(?!(N_\w+::)?([Tt]ranspose|[Rr]ound|[Ww]iden|[Cc]opy|to_halves))"),
    ("optimizer and gradient sum", r"acrtc::train::.*(Sgd|Lars|Update|Gradient|Slice|Sum|weights_hash)|libmpi|opal"),
    ("reading samples", r"acrtc::dataset"),
    ("log", r"hdf5|libz|acrtc::(record|store|app)"),
    ("rest of a step", r"acrtc::(train|network)"),
)
NO_CALLER_KNOWN = (  # where code that oneDNN has made ends the chain
    ("calls of oneDNN", r"libdnnl|jit_"),
    ("operating system", r"kernel"),
    ("other", r""),
)
OWN_NAME = re.compile(r"acrtc::(\(anonymous namespace\)|[\w:])+")  # of a function, or one that a lambda stands in
STEP = "TrainingRun::run_step"


def own_name(function):
    """Without arguments, which name other parts of the program."""
    found = OWN_NAME.search(function)
    return found[0] if found else function


def part_of(chain):
    found = (name for function in chain for name, pattern in PARTS if re.search(pattern, own_name(function)))
    return next(found, None) or next(name for name, pattern in NO_CALLER_KNOWN if re.search(pattern, chain[0]))


def samples(data):
    """Time and chain of callers, each as `function (library)`, of a recording's samples."""
    script = subprocess.Popen(["perf", "script", "-i", data, "--comm", "acrtc", "--no-inline", "-F", "time,ip,sym,dso"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time, chain = None, []
    for line in script.stdout:
        if begun := re.match(r"\s*([\d.]+):\s*(.*)", line):
            if chain:
                yield time, chain
            time, chain = float(begun[1]), [begun[2]] if begun[2] else []
        elif line.strip():
            chain.append(line.strip().split(maxsplit=1)[-1])
    if chain:
        yield time, chain
    if script.wait() != 0:
        raise MeasurementError("perf cannot read what it has recorded")


def shares_of(data):
    """Part -> share of the samples in the run's steps but the first."""
    recorded = list(samples(data))
    steps = [time for time, chain in recorded if any(STEP in function for function in chain)]
    if len(steps) < 100:
        raise MeasurementError("perf saw too little of the steps")
    first, last = numpy.quantile(steps, MIDDLE)
    parts = collections.Counter(part_of(chain) for time, chain in recorded if first <= time <= last)
    return {name: parts[name] / parts.total() for name, _ in PARTS + NO_CALLER_KNOWN}


def settings_of(bench, contender):
    return measure.acrtc_settings(bench, Layout(1, 1), bench.steps) | {
        "network.name": bench.workload.network, "reuse.scheme": contender.scheme, "reuse.format": contender.format}


def run(bench, contender, wrapped=()):
    if bench.workload.dataset == "cifar10":
        workloads.write_cifar(bench.folder, bench.workload.batch * bench.steps)
    return measure.run_acrtc(bench, Layout(1, 1), settings_of(bench, contender), wrapped)


def step_seconds(log):
    with h5py.File(log) as file:
        return float(numpy.median(numpy.diff(file["steps/wall_seconds"][measure.WARM_UP:])))


def profiled(bench, contender):
    """Seconds of a step that nothing watches, part -> share of samples, and the log of the run."""
    step = step_seconds(run(dataclasses.replace(bench, steps=4 * bench.workload.steps), contender))
    enough = max(20, math.ceil(SECONDS / step))  # in one epoch: nothing is evaluated between them
    watched = dataclasses.replace(bench, steps=min(enough, EPOCH // bench.workload.batch))
    data = bench.folder / "perf.data"
    wrapped = ["env", "DNNL_JIT_PROFILE=2",  # oneDNN names its kernels for perf
               "perf", "record", "-q", "-F", min(FASTEST, math.ceil(RECORDED / (step * watched.steps))),
               "-e", "cpu-clock", "--call-graph", "dwarf,4096", "-o", data]
    log = run(watched, contender, wrapped)
    return step, shares_of(data), log


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
    step, shares, log = profiled(bench, contender)
    products, traffic = roofs(bench)
    multiplying, moving = unavoidable(log, contender, bench.workload.batch, products, traffic)
    print(f"{bench.workload.network}, {contender}, batch {bench.workload.batch}: {1e3 * step:.1f} ms a step")
    for name, share in shares.items():
        print(f"  {name:<32} {100 * share:5.1f} %  {1e3 * step * share:7.2f} ms")
    print(f"  products at {products['bf16'] / 1e9:.0f} (bf16), {products['fp32'] / 1e9:.0f} (FP32) G/s: "
          f"{1e3 * multiplying:.1f} ms; every tensor written and read once at {traffic / 1e9:.0f} GB/s: "
          f"{1e3 * moving:.1f} ms")
    needed = shares["matrix multiplication"] + shares["im2col, packing, comparison"] + moving / step
    print(f"  outside products, im2col and comparison, and that traffic: {100 * max(0.0, 1 - needed):.1f} % of the step\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=workloads.WORKLOADS, default=["resnet20", "vgg-cifar"])
    parser.add_argument("--format", choices=("bf16", "fp16", "tf32", "fp32"), default="bf16")
    parser.add_argument("--acrtc", type=pathlib.Path, default=versus_pytorch.ROOT / "build/release/acrtc")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="acrtc-bench-") as folder:
            for workload in (workloads.WORKLOADS[name] for name in options.networks):
                table(Bench(options.acrtc, pathlib.Path(folder), workload, workload.steps),
                      Contender("acrtc", options.format, "acrtc"))
    except MeasurementError as error:
        sys.exit(f"step_profile.py: {error}")


if __name__ == "__main__":
    main()
