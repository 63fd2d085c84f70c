"""Every job script with --smoke, the installed program, and every command of the README."""
import os
import pathlib
import re
import subprocess
import unittest

import h5py

import acrtc

BLOCK = re.compile(r"(?:<!-- smoke: (?P<marker>.*?) -->\n)?```sh\n(?P<commands>.*?)```", re.DOTALL)

# What makes the README's commands short enough for a test.
SHORTER = (
    (r"^(jobs/\S+)", r"\1 --smoke"),
    (r"^tests/run\.sh.*$", r""),  # this test runs in it
    (r"^(cmake|ctest) .*$", r""),
    (r"(acrtc train(?! --dry-run))", r"\1 --overwrite --set dataset.limit_train=1024 --set dataset.limit_test=256"),
)


class Jobs(acrtc.Sample):
    def bash(self, *arguments, cwd=acrtc.SOURCE, status=0, **variables):
        environment = {**os.environ, "ACRTC": acrtc.PROGRAM, "TMPDIR": str(self.folder), **variables}
        done = subprocess.run(["bash", *map(str, arguments)], cwd=cwd, env=environment, timeout=2.5 * acrtc.SECONDS, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_quickstart(self):
        text = self.bash("jobs/quickstart.sh", "--smoke")
        self.assertIn("95 %", text)
        self.assertEqual(text.count("multiplications  "), 1, "one report, of the run with reuse")
        self.bash("jobs/quickstart.sh", "--foo", status=2)

    def test_batch_scripts(self):
        for script in ("jobs/train.sbatch", "jobs/train.pbs"):
            self.assertIn("speed-up", self.bash(script, "--smoke"))

    def stand_in(self, name, text):
        """A folder with a program of that name."""
        folder = self.folder / "programs"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
        return str(folder)

    def under_scheduler(self, script, *arguments, status=0, **variables):
        """What a scheduler's launcher is told, of a copy of the script, as schedulers make it."""
        copy = self.folder / "spool"
        copy.write_bytes((acrtc.SOURCE / script).read_bytes())
        told = self.folder / "told"
        for launcher in ("mpirun", "srun"):
            path = self.stand_in(launcher, f'echo "$@" > {told}; exit ${{STATUS:-0}}')
        self.stand_in("qsub", f'echo "$@" "$NODES" "$OPTIONS" >> {told}')
        program = self.stand_in("acrtc", "true") + "/acrtc"
        self.bash(copy, *arguments, status=status, ACRTC=program, PATH=f"{path}:{os.environ['PATH']}", **variables)
        return told.read_text()

    def test_every_rank_emulates_one_node_unless_told(self):
        for variables, nodes in (({}, 8), ({"NODES": "16"}, 16)):
            slurm = self.under_scheduler("jobs/train.sbatch", "fashion-mnist-lenet", "a.h5", "--epochs", 3,
                                         SLURM_JOB_ID="1", SLURM_NTASKS="8", **variables)
            self.assertRegex(slurm, rf"train --config fashion-mnist-lenet --nodes {nodes} .*--epochs 3$")
            hosts = self.folder / "hosts"
            hosts.write_text("one\n" * 4 + "two\n" * 4)
            pbs = self.under_scheduler("jobs/train.pbs", status=85, STATUS="85", PBS_NODEFILE=str(hosts), PBS_JOBID="1",
                                       CONFIG="fashion-mnist-lenet", OUT="a.h5", OPTIONS="--epochs 3", **variables)
            self.assertRegex(pbs, rf"train --config fashion-mnist-lenet --nodes {nodes} .*--epochs 3\n")
            self.assertRegex(pbs, rf"spool {nodes} --epochs 3$", "the job that goes on is the same")

    def test_sweep_skips_finished_points(self):
        arguments = ["jobs/sweep.sh", "configs/synthetic-lenet.toml", self.folder / "sweep", "--set", "train.max_steps=4"]
        os.environ.update(STRENGTHS="0 3", WINDOWS="4", FORMATS="bf16")
        self.bash(*arguments)
        self.assertEqual(self.bash(*arguments).count("finished before"), 3)
        self.assertEqual([path.name for path in (self.folder / "sweep").glob("*.part*")], [])

    def test_a_sweep_that_was_ended_goes_on_with_its_point(self):
        folder = self.folder / "sweep"
        arguments = ["jobs/sweep.sh", "configs/synthetic-lenet.toml", folder, "--set", "train.max_steps=4"]
        os.environ.update(STRENGTHS="0", WINDOWS="4", FORMATS="bf16")
        self.bash(*arguments, "--max-minutes", "1e-6", status=85)
        self.bash(*arguments)
        with h5py.File(folder / "dense-bf16.h5") as log:
            self.assertIn("--resume=auto", log.attrs["command_line"])
            self.assertEqual(len(log["steps/step"]), 4)

    def test_installed_program_finds_its_hardware(self):
        prefix = self.folder / "prefix"
        build = pathlib.Path(acrtc.PROGRAM).parent
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, capture_output=True)
        listed = subprocess.run([prefix / "bin/acrtc", "list", "hardware"], cwd=self.folder, check=True, text=True,
                                capture_output=True).stdout
        self.assertIn("v100", listed)
        self.assertIn("nvlink2", listed)
        jobs = prefix / "share/acrtc/jobs"
        for script in ("quickstart.sh", "sweep.sh", "train.sbatch", "train.pbs"):
            text = self.bash(jobs / script, "--smoke", cwd=self.folder, ACRTC="", STRENGTHS="", WINDOWS="", FORMATS="")
            self.assertRegex(text, "speed-up", script)

    def test_readme_names_all_that_ships(self):
        text = (acrtc.SOURCE / "README.md").read_text()
        shipped = re.findall(r"^  (\w\S*)", self.succeeds("list"), re.MULTILINE)
        self.assertEqual([name for name in shipped if f"`{name}`" not in text], [])

    def test_readme(self):
        """Runs all ```sh blocks in order, shortened; one after `<!-- smoke: none -->` is left out."""
        commands = ""
        for block in BLOCK.finditer((acrtc.SOURCE / "README.md").read_text()):
            if block["marker"] != "none":
                commands += block["commands"]
        for pattern, replacement in SHORTER:
            commands = re.sub(pattern, replacement, commands, flags=re.MULTILINE)
        root = self.folder / "project"
        (root / "build").mkdir(parents=True)
        for name in ("configs", "jobs", "data", "analysis", "tests"):
            (root / name).symlink_to(acrtc.SOURCE / name)
        (root / "build/release").symlink_to(pathlib.Path(acrtc.PROGRAM).parent)
        script = self.folder / "readme.sh"
        script.write_text(f"set -euo pipefail\n{commands}")
        self.bash(script, cwd=root)


if __name__ == "__main__":
    unittest.main()
