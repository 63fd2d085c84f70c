#!/usr/bin/python3
"""Breaks real runs at random, resumes them, and holds the result to the run that nothing disturbed.

Usage: campaign.py --runs N [--seed S] [--append FILE] [--fault NAME]
ACRTC names the program, MPIEXEC its launcher. Run i of a seed is always the same but for the moment, which real time
decides. FILE keeps one line of JSON a run, so that a campaign goes on in pieces; the table is over all its lines."""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import injections
import job


def wait_for_moment(running, fault, reference, rng):
    """Until a random step; every third time, where the fault may come as early, only until a moment of the start."""
    last = max(2, reference.steps // 2 if fault.moment == injections.HALF_DONE else reference.steps - 4)
    if fault.moment == injections.ANY_MOMENT and rng.random() < 1 / 3:
        time.sleep(rng.random() * reference.start_seconds)
    else:
        running.wait_for_steps(rng.randrange(1, last))
        if fault.moment != injections.HALF_DONE:
            time.sleep(0.1 * rng.random())


def break_run(folder, fault, reference, rng):
    """Runs until the fault, and checks how the job ends. True where it was done before."""
    if fault.moment == injections.BEFORE:
        fault.strike(folder, rng)
    running = job.Job(folder, rng.choice([2, 4]))
    try:
        if fault.moment != injections.BEFORE:
            wait_for_moment(running, fault, reference, rng)
        flushed = job.flushed_rows(running.log)
        if fault.moment != injections.BEFORE:
            fault.strike(running, rng)
        struck = time.monotonic()
        status, errors = running.end()
    finally:
        running.kill_all()
    seconds = time.monotonic() - struck
    must_end = fault.moment != injections.BEFORE and not fault.ends_well
    assert not must_end or seconds < job.SECONDS_TO_END, f"ends after {seconds} s"
    done = status == 0 and not fault.ends_well
    if not done or fault.moment == injections.BEFORE:
        fault.check_end(status, errors)
    if fault.keeps_log and not done:
        left = job.flushed_rows(running.log)
        assert all(left[group] >= count for group, count in flushed.items()), f"lost rows: {flushed} and then {left}"
        reference.check_rows(running.log)
    return done


def go_on(folder, rng):
    """The status of the run that goes on, on other ranks, and what it says."""
    running = job.Job(folder, rng.choice([0, 2, 4]))
    try:
        return running.end()
    finally:
        running.kill_all()


def resume(folder, fault, reference, rng):
    fault.repair(folder)
    status, errors = go_on(folder, rng)
    if fault.is_refused(status, errors):
        (folder / "run" / "run.h5").rename(folder / "run" / "refused.h5")
        status, errors = go_on(folder, rng)
    assert status == 0, f"resumed run ends with status {status}: {errors[-600:]}"
    fault.check_resumed(errors)
    reference.check_same(folder / "run" / "run.h5")
    if fault.keeps_checkpoints:
        reference.check_files(folder / "run")


def run_once(name, reference, rng):
    """The outcome in a few words: `right`, `done before`, or what was wrong."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="acrtc_fault_"))
    fault = injections.all_faults()[name]()
    try:
        (folder / "run").mkdir()
        reference.copy_data(folder)
        done = break_run(folder, fault, reference, rng)
        resume(folder, fault, reference, rng)
        return "done before" if done else "right"
    except AssertionError as wrong:
        return f"WRONG: {wrong}"
    finally:
        subprocess.run(["umount", "-q", folder / "run"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def print_table(results):
    """Fault by outcome; then every run that was wrong."""
    table = collections.defaultdict(collections.Counter)
    for result in results:
        table[result["fault"]][result["outcome"].split(":")[0]] += 1
    outcomes = ["right", "done before", "WRONG"]
    print(f"{'fault':<26}" + "".join(f"{outcome:>13}" for outcome in outcomes))
    for fault in sorted(table):
        print(f"{fault:<26}" + "".join(f"{table[fault][outcome]:>13}" for outcome in outcomes))
    wrong = [result for result in results if result["outcome"].startswith("WRONG")]
    for result in wrong:
        print(f"seed {result['seed']} run {result['run']}, {result['fault']}: {result['outcome']}")
    print(f"{len(results)} runs, {len(wrong)} wrong")
    return not wrong


def possible_faults(wanted):
    names = [name for name in injections.all_faults() if wanted in (None, name)]
    if os.geteuid() != 0 and "full disk" in names:
        print("full disk is left out: only root mounts a tmpfs", file=sys.stderr)
        names.remove("full disk")
    return names


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--runs", type=int, default=len(injections.all_faults()))
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--append", type=pathlib.Path)
    options.add_argument("--fault", help="this one alone")
    options = options.parse_args()

    before = []
    if options.append and options.append.exists():
        before = [json.loads(line) for line in options.append.read_text(encoding="utf-8").splitlines()]
    first = sum(result["seed"] == options.seed for result in before)
    names, results = possible_faults(options.fault), []
    with tempfile.TemporaryDirectory() as folder:
        reference = job.Reference(pathlib.Path(folder))
        for number in range(first, first + options.runs):
            rng = random.Random(f"{options.seed} {number}")
            fault = names[number % len(names)]
            result = {"seed": options.seed, "run": number, "fault": fault,
                      "outcome": run_once(fault, reference, rng)}
            results.append(result)
            if options.append:
                with open(options.append, "a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
    return 0 if print_table(before + results) else 1


if __name__ == "__main__":
    sys.exit(main())
