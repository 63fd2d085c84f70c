#!/usr/bin/python3
"""Trains the same networks in acrtc and in PyTorch, by turns, and compares how many samples each trains a second.

Contenders: PyTorch dense in FP32; reuse emulated with PyTorch's means (torch_reuse.py); acrtc in each format with reuse
and dense. README.md says how they are measured. Needs Debian's python3-torch, libopenblas0-pthread and python3-h5py.
"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
from dataclasses import replace

import comparison
import measure
import workloads
from measure import PYTORCH, Bench, Contender, Layout, MeasurementError

ROOT = pathlib.Path(__file__).resolve().parents[2]
MEMORY_FORMATS = ("contiguous", "channels_last")


def layout(text):
    try:
        ranks, threads = map(int, text.split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not ranks x threads; 2x1?") from None
    return Layout(ranks, threads)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=workloads.WORKLOADS, default=list(workloads.WORKLOADS))
    parser.add_argument("--formats", nargs="+", choices=("bf16", "fp16", "tf32", "fp32"),
                        default=["bf16", "fp16", "tf32"])
    parser.add_argument("--layouts", nargs="+", type=layout, default=[Layout(1, 1), Layout(1, 2), Layout(2, 1)],
                        metavar="RANKSxTHREADS")
    parser.add_argument("--alternations", type=int, default=5, help="runs of each contender")
    parser.add_argument("--steps", type=int, default=0, help="measured in each run; 0 = as many as the network needs")
    parser.add_argument("--without-hooks", action="store_true", help="leave out the slow emulation in PyTorch")
    parser.add_argument("--acrtc", type=pathlib.Path, default=ROOT / "build/release/acrtc")
    parser.add_argument("--json", type=pathlib.Path, metavar="OUT", help="where all figures go, after each alternation")
    return parser.parse_args()


def contenders_of(options):
    hooks = [] if options.without_hooks else [Contender("pytorch", options.formats[0], "hooks")]
    return [PYTORCH, *hooks,
            *(Contender("acrtc", name, scheme) for name in options.formats for scheme in ("acrtc", "dense"))]


def known_networks(options):
    listed = subprocess.run([options.acrtc, "list", "networks"], capture_output=True, text=True, check=True).stdout
    words = {line.split()[0] for line in listed.splitlines() if line.strip()}
    for network in options.networks:
        if network in words:
            yield workloads.WORKLOADS[network]
        else:
            print(f"{network}: not a network of this acrtc, left out", file=sys.stderr)


def prepare(options, workload, folder):
    """Data, the twin held against acrtc's network, and PyTorch's faster memory format."""
    steps = options.steps or workload.steps
    samples = (measure.WARM_UP + max(steps, 10)) * workload.batch * max(l.ranks for l in options.layouts)
    if workload.dataset != "synthetic" and samples > workloads.MOST_SAMPLES:
        raise MeasurementError(f"{steps} steps of {workload.network} need {samples} samples, there are "
                               f"{workloads.MOST_SAMPLES}; fewer --steps?")
    if workload.dataset == "cifar10":
        workloads.write_cifar(folder, samples)
    bench = Bench(options.acrtc, folder, workload, steps)
    about = measure.require_twin(bench)
    about["memory_formats"] = trial = dict.fromkeys(MEMORY_FORMATS, 0.0)
    for name in 3 * MEMORY_FORMATS:
        rate = measure.samples_per_second(replace(bench, memory_format=name), Layout(1, 1), PYTORCH)
        trial[name] = max(trial[name], rate)
    return replace(bench, memory_format=max(trial, key=trial.get)), about


def alternate(bench, series, contenders, alternation):
    """Every contender once in every layout; who begins changes from turn to turn."""
    first = alternation % len(contenders)
    for place, one in series:
        for contender in contenders[first:] + contenders[:first]:
            rate = measure.samples_per_second(bench, place, contender)
            one.add(contender, rate)
            print(f"{one.network} {place} {alternation + 1}: {contender} {rate:.1f} samples/s", file=sys.stderr)


def surroundings(options):
    version = subprocess.run([options.acrtc, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        cpu = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "")
    return {"acrtc": version, "host": platform.node(), "cpu": cpu, "cores": len(os.sched_getaffinity(0)),
            "load_at_start": os.getloadavg()[0], "omp_wait_policy": os.environ.get("OMP_WAIT_POLICY", ""),
            "alternations": options.alternations, "warm_up_steps": measure.WARM_UP}


def write(options, about, series, columns):
    if not options.json:
        return
    scaling = comparison.scaling(series, list(series[0].rates))
    keys = ("network", "layout", "ratios")
    content = {"about": about, "series": [s.as_json() for s in series],
               "ratios": [dict(zip(keys, row)) for row in comparison.ratios(series, columns)],
               "scaling": [dict(zip(keys, row)) for row in scaling]}
    options.json.write_text(json.dumps(content, indent=1) + "\n")


def run(options, folder):
    contenders = contenders_of(options)
    hooks = next((c for c in contenders if c.scheme == "hooks"), None)
    columns = comparison.compared(options.formats, hooks)
    about, series = surroundings(options), []
    for workload in known_networks(options):
        bench, about[workload.network] = prepare(options, workload, folder)
        here = [(place, comparison.Series(workload.network, str(place), workload.batch * place.ranks,
                                          measure.reading_seconds(bench, place))) for place in options.layouts]
        series += [one for _, one in here]
        for alternation in range(options.alternations):
            alternate(bench, here, contenders, alternation)
            write(options, about, series, columns)
    print(comparison.report(series, contenders, columns))


def main():
    options = arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="acrtc-bench-") as folder:
            run(options, pathlib.Path(folder))
    except MeasurementError as error:
        sys.exit(f"versus_pytorch.py: {error}")


if __name__ == "__main__":
    main()
