"""The README's commands and the notebook do what they say."""
import re
import shutil
import subprocess
import sys
import unittest

import support  # first: it leaves where a package is missing
from support import AnalysisTest, SOURCE, dense_run, needs, reuse_run
import study_file


class Documents(AnalysisTest):
    def test_commands_of_the_readme(self):
        (self.folder / "analysis").symlink_to(SOURCE / "analysis")
        for name, run in (("dense", dense_run()), ("run", reuse_run())):
            shutil.copy(run, self.folder / f"{name}.h5")
        study_file.make(self.folder / "study.h5")
        commands = "\n".join(re.findall(r"```sh\n(.*?)```", (SOURCE / "analysis/README.md").read_text(), re.DOTALL))
        commands = commands.replace("python3", sys.executable)
        done = subprocess.run(["bash", "-euc", commands], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.folder / "report/report.html").exists())

    @needs("nbconvert", "ipykernel")
    def test_notebook(self):
        shutil.copytree(SOURCE / "analysis", self.folder / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
        environment = {**support.ENVIRONMENT, "ACRTC_RUN": str(reuse_run()), "JUPYTER_PREFER_ENV_PATH": "0"}
        done = subprocess.run([sys.executable, "-m", "nbconvert", "--to", "markdown", "--execute", "tour.ipynb"],
                              cwd=self.folder / "analysis", env=environment, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = (self.folder / "analysis/tour.md").read_text()
        self.assertGreaterEqual(text.count("![png]"), 3)
        self.assertIn("report.html", text)


if __name__ == "__main__":
    unittest.main()
