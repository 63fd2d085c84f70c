#!/usr/bin/env python3
"""jobs/train.sbatch under a real Slurm: the signal before the time limit, checkpoint, requeue and resume give the log
of a run that nothing disturbed. Exits with 77, and says why, where Slurm is not installed or does not start."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import cluster

PROGRAM = os.environ["ACRTC"]
SOURCE = pathlib.Path(os.environ["ACRTC_SOURCE"])
SKIPPED = 77
ENDED = ["BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT"]
PROBE_EPOCHS = 40
RUN_SECONDS = 75  # alone on the machine: more than Slurm takes to send the signal, 15 to 30
JOB = ["--nodes=1", "--ntasks-per-node=2", "--cpus-per-task=1", "--time=1", "--signal=USR1@45"]


def write_configuration(path, epochs):
    path.write_text(f"""
[dataset]
name = "synthetic"
train_samples = 256
test_samples = 32
[train]
nodes = 2
batch = 16
epochs = {epochs}
[record]
sample_every = 10
""", encoding="utf-8")
    return path


class Job:
    """What was submitted, and what it said."""

    def __init__(self, slurm, said, *arguments):
        self.slurm, self.said = slurm, said
        self.number = slurm.submit(*JOB, f"--output={said}", "jobs/train.sbatch", *arguments, cwd=SOURCE)

    def text(self):
        return self.said.read_text(encoding="utf-8") if self.said.exists() else ""

    def wait_until(self, key, value):
        """Until Slurm says so of the job. Fails where the job does."""
        deadline = time.monotonic() + 300
        while (facts := self.slurm.job(self.number)).get(key) != value:
            assert facts.get("JobState") not in ENDED, f"the job ends: {facts}\n{self.text()}"
            assert time.monotonic() < deadline, f"the job is never at {key} {value}: {facts}\n{self.text()}"
            time.sleep(0.5)


def train_undisturbed(config, log):
    """Returns the seconds that it took."""
    began = time.monotonic()
    subprocess.run(["mpirun", "--oversubscribe", "-n", "2", PROGRAM, "train", "--config", config, "--out", log,
                    "--threads", "1", "--progress", "off"], cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def train_in_two_attempts(slurm, folder, config):
    """Submits the job script, and checks that the run leaves before the time limit and goes on. Returns its log."""
    log = folder / "run.h5"
    job = Job(slurm, folder / "job.txt", config, log)
    job.wait_until("Restarts", "1")
    steps = [int(path.stem.split("-")[1]) for path in log.with_suffix(".checkpoints").glob("step-*")]
    assert steps, "no checkpoint\n" + job.text()
    job.wait_until("JobState", "COMPLETED")
    text = job.text()
    assert "acrtc: interrupted" in text and "exit code 85" in text, text
    assert re.search(rf"going on after step {max(steps)}\b", text), text
    assert "speed-up" in text, "no report\n" + text
    return log


def main():
    with tempfile.TemporaryDirectory(prefix="acrtc_slurm_") as name:
        folder = pathlib.Path(name)
        try:
            slurm = cluster.Cluster(folder)
        except cluster.CannotStart as reason:
            print(f"skipped: {reason}")
            return SKIPPED
        try:
            config, undisturbed = folder / "run.toml", folder / "undisturbed.h5"
            seconds = train_undisturbed(write_configuration(config, PROBE_EPOCHS), folder / "probe.h5")
            write_configuration(config, round(PROBE_EPOCHS * RUN_SECONDS / seconds))
            log = train_in_two_attempts(slurm, folder, config)
        finally:
            slurm.stop()
        train_undisturbed(config, undisturbed)
        subprocess.run([PROGRAM, "diff", undisturbed, log], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
