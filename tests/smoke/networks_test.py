"""Every network trains: configs/smoke has a small one of each, and in a minute together they must learn."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["ACRTC"]
SOURCE = pathlib.Path(os.environ["ACRTC_SOURCE"])
SECONDS = int(os.environ.get("ACRTC_TEST_SECONDS", 120))  # none takes a tenth of it; a hang does


def acrtc(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=SOURCE, timeout=SECONDS, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def networks():
    return re.findall(r"^  (\S+)", acrtc("list", "networks"), re.MULTILINE)


class Networks(unittest.TestCase):
    def test_every_network_has_a_small_configuration(self):
        self.assertEqual(sorted(networks()), sorted(path.stem for path in (SOURCE / "configs/smoke").glob("*.toml")))

    def test_every_network_learns_and_saves_products(self):
        for config in sorted((SOURCE / "configs/smoke").glob("*.toml")):
            with self.subTest(network=config.stem), tempfile.TemporaryDirectory() as folder:
                self.check(config, pathlib.Path(folder) / "run.h5")

    def check(self, config, log):
        acrtc("train", "--config", config, "--threads", 1, "--progress", "off", "--out", log)
        with h5py.File(log) as file:
            loss = file["steps/loss"][:]
            self.assertEqual(list(file["state"]), [1], "finished")
            self.assertTrue((file["nodes/mults"][:] < file["nodes/mults_dense"][:]).all())
        quarter = len(loss) // 4
        self.assertLess(np.mean(loss[-quarter:]), 0.97 * np.mean(loss[:quarter]))
        avoided = re.search(r"multiplications\s+([\d.]+) % avoided", acrtc("report", log))
        self.assertGreater(float(avoided[1]), 0)


if __name__ == "__main__":
    unittest.main()
