"""The emulation written in PyTorch, held against the golden cases and against PyTorch's own layers.

Run: /usr/bin/python3 -m unittest torch_reuse_test, in this folder.
"""
import copy
import pathlib
import unittest

import h5py
import numpy
import torch
from torch import nn

import torch_networks
from torch_reuse import Reuse, install

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden/reuse_gemm.h5"


def gradients(network, x):
    network(x).square().sum().backward()
    return [parameter.grad for parameter in network.parameters()]


class TorchReuse(unittest.TestCase):
    def test_compared_operands_are_the_golden_ones(self):
        with h5py.File(GOLDEN) as file:
            cases = [case for case in file.values() if case.attrs["granularity"] == "product"]
            self.assertTrue(cases)
            for case in cases:
                settings = case.attrs
                reuse = Reuse(settings["format"], int(settings["window"]), int(settings["strength"]))
                reused = reuse.apply(reuse.operand(torch.from_numpy(case["A"][:])), "forward").numpy()
                with self.subTest(case.name):
                    numpy.testing.assert_array_equal(reused, case["A_reused"][:])
                    self.assertEqual(reuse.replaced["forward"], settings["reused"])

    def test_without_reuse_layers_compute_what_pytorch_computes(self):
        torch.manual_seed(1)
        network = nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), nn.ReLU(),
                                nn.Conv2d(6, 5, 3, bias=False), nn.Flatten(), nn.Linear(45, 7))
        emulated, x = copy.deepcopy(network), torch.randn(3, 4, 9, 9)
        install(emulated, Reuse("fp32", window=1))
        for ours, theirs in zip(gradients(emulated, x), gradients(network, x)):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)

    def test_every_role_reuses(self):
        reuse = Reuse("bf16")
        network = torch_networks.build("lenet")
        install(network, reuse)
        gradients(network, torch.rand(4, 1, 28, 28))
        self.assertTrue(all(reuse.replaced.values()), reuse.replaced)


if __name__ == "__main__":
    unittest.main()
