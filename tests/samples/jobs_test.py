"""Every job script with --smoke, the installed program, and every command of the README."""
import os
import pathlib
import re
import subprocess
import unittest

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
    def bash(self, *arguments, cwd=acrtc.SOURCE):
        environment = {**os.environ, "ACRTC": acrtc.PROGRAM, "TMPDIR": str(self.folder)}
        done = subprocess.run(["bash", *map(str, arguments)], cwd=cwd, env=environment, timeout=300, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_quickstart(self):
        self.assertIn("95 %", self.bash("jobs/quickstart.sh", "--smoke"))

    def test_batch_scripts(self):
        for script in ("jobs/train.sbatch", "jobs/train.pbs"):
            self.assertIn("speed-up", self.bash(script, "--smoke"))

    def test_sweep_skips_finished_points(self):
        arguments = ["jobs/sweep.sh", "configs/synthetic-lenet.toml", self.folder / "sweep", "--set", "train.max_steps=4"]
        os.environ.update(STRENGTHS="0 3", WINDOWS="4", FORMATS="bf16")
        self.bash(*arguments)
        self.assertEqual(self.bash(*arguments).count("finished before"), 3)

    def test_installed_program_finds_its_hardware(self):
        prefix = self.folder / "prefix"
        build = pathlib.Path(acrtc.PROGRAM).parent
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, capture_output=True)
        listed = subprocess.run([prefix / "bin/acrtc", "list", "hardware"], cwd=self.folder, check=True, text=True,
                                capture_output=True).stdout
        self.assertIn("v100", listed)
        self.assertIn("nvlink2", listed)

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
