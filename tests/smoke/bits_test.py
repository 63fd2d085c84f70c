"""One configuration, one result: the log and the weights of a network have the same bits on any ranks and threads, and
where the run is left and gone on with on others. Of each kind of layer that has a state or draws numbers."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import h5py
import numpy

PROGRAM = os.environ["ACRTC"]
MPIEXEC = os.environ.get("MPIEXEC", "mpirun")
SOURCE = pathlib.Path(os.environ["ACRTC_SOURCE"])
SECONDS = int(os.environ.get("ACRTC_TEST_SECONDS", 120))  # none takes a tenth of it; a hang does
# resnet20: batch normalisation, sums; alexnet: dropout; googlenet: LRN, joins; lstm and cwrnn: recurrent
NETWORKS = ("resnet20", "alexnet", "googlenet", "lstm", "cwrnn")
SETTINGS = ("train.batch=2", "train.micro_batches=2", "train.max_steps=3", "dataset.train_samples=192",
            "dataset.test_samples=24", "record.verify_every=1", "train.probe_every=2", "checkpoint.every_steps=1")
WAYS = ((1, 4), (2, 2), (3, 1), (4, 1), (8, 1))  # ranks, threads


def weights(log):
    with h5py.File(log.with_suffix(".weights.h5")) as file:
        values = {}
        file.visititems(lambda name, item: values.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        return values


class Bits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def train(self, network, log, ranks, threads, *arguments, status=0):
        launcher = [MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
        settings = [word for setting in SETTINGS for word in ("--set", setting)]
        command = [*launcher, PROGRAM, "train", "--config", f"configs/smoke/{network}.toml", "--nodes", "24", *settings,
                   "--threads", str(threads), "--progress", "off", "--out", str(log), *arguments]
        done = subprocess.run(command, cwd=SOURCE, timeout=SECONDS, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return log

    def expect_same(self, one, other):
        done = subprocess.run([PROGRAM, "diff", one, other], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        found, expected = weights(other), weights(one)
        self.assertEqual(found.keys(), expected.keys())
        for name, values in found.items():
            self.assertTrue(numpy.array_equal(values, expected[name]), name)

    def test_any_ranks_and_threads_plain_or_resumed(self):
        for network in NETWORKS:
            one = self.train(network, self.folder / f"{network}.h5", 1, 1)
            for ranks, threads in WAYS:
                with self.subTest(network=network, ranks=ranks, threads=threads):
                    log = self.folder / f"{network}-{ranks}-{threads}.h5"
                    self.expect_same(one, self.train(network, log, ranks, threads))
            with self.subTest(network=network, ranks="2, then 3, then 8"):
                log = self.folder / f"{network}-resumed.h5"
                self.train(network, log, 2, 2, "--max-minutes", "1e-6", status=85)
                self.train(network, log, 3, 1, "--max-minutes", "1e-6", "--resume", status=85)
                self.expect_same(one, self.train(network, log, 8, 1, "--resume"))


if __name__ == "__main__":
    unittest.main()
