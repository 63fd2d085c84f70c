"""What both sides train on: networks, batches, and samples that lie in memory before the clock starts.

lenet reads Fashion-MNIST. The 32x32 networks read the same pictures enlarged by a margin, as three channels, from files
in CIFAR-10's format. alexnet reads acrtc's `synthetic` images without noise, as nothing that acrtc keeps in memory has
that size; what this costs is measured and shown (see measure.reading_seconds).
"""
import gzip
import pathlib
from dataclasses import dataclass

import numpy

FASHION_MNIST = pathlib.Path("/usr/share/datasets/fashion-mnist")
SEED = 1
MOST_SAMPLES = 60000


@dataclass(frozen=True)
class Workload:
    network: str
    batch: int  # of a node
    dataset: str
    shape: tuple
    classes: int
    steps: int  # measured in each run, where the command line does not say


WORKLOADS = {w.network: w for w in (
    Workload("lenet", 64, "fashion-mnist", (1, 28, 28), 10, 60),
    Workload("cifar10-quick", 100, "cifar10", (3, 32, 32), 10, 30),
    Workload("resnet20", 128, "cifar10", (3, 32, 32), 10, 12),
    Workload("vgg-cifar", 64, "cifar10", (3, 32, 32), 10, 8),
    Workload("alexnet", 32, "synthetic", (3, 227, 227), 1000, 6),
)}


def idx(name):
    """The bytes of a file in MNIST's format, behind their header: 4 bytes, and 4 for each dimension."""
    path = FASHION_MNIST / name
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3])


def fashion_mnist(samples):
    images = idx("train-images-idx3-ubyte").reshape(-1, 1, 28, 28)
    return images[:samples], idx("train-labels-idx1-ubyte")[:samples]


def cifar_like(samples):
    images, labels = fashion_mnist(samples)
    return numpy.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2))).repeat(3, axis=1), labels


def write_cifar(folder, samples):
    """Files that the dataset `cifar10` reads."""
    images, labels = cifar_like(samples)
    records = numpy.concatenate([labels[:, None], images.reshape(len(images), -1)], axis=1)
    for number, part in enumerate(numpy.array_split(records, 5), 1):
        part.tofile(folder / f"data_batch_{number}.bin")
    records[:64].tofile(folder / "test_batch.bin")


def acrtc_settings(workload, samples, folder):
    """Keys of acrtc's configuration that make it read the workload's samples."""
    settings = {"name": workload.dataset}
    if workload.dataset == "synthetic":
        channels, height, width = workload.shape
        settings |= {"channels": channels, "height": height, "width": width, "classes": workload.classes,
                     "train_samples": samples, "test_samples": 1, "noise": 0}
    else:
        settings |= {"limit_train": samples, "limit_test": 1}
        settings["directory"] = folder if workload.dataset == "cifar10" else FASHION_MNIST
    return {f"dataset.{key}": value for key, value in settings.items()}


def arrays(workload, samples):
    """The samples as float32 [n, c, h, w] and labels int64 [n]. Of synthetic images a few hundred stand for all: what
    dense arithmetic costs does not depend on them, and neither does that of the emulation in PyTorch."""
    if workload.dataset == "synthetic":
        kept = min(samples, 256)
        images = numpy.random.default_rng(SEED).standard_normal((kept, *workload.shape), numpy.float32)
        return images, numpy.arange(kept) % workload.classes
    images, labels = (fashion_mnist if workload.dataset == "fashion-mnist" else cifar_like)(samples)
    return (images / numpy.float32(255) - numpy.float32(0.286)) / numpy.float32(0.353), labels.astype(numpy.int64)


def philox(counters, key):
    """Philox4x32-10 (Salmon et al., SC'11, doi:10.1145/2063384.2063405) of counters [4, n] -> words [4, n]."""
    low = numpy.uint64(0xFFFFFFFF)
    c, (k0, k1) = [numpy.asarray(x, numpy.uint64) for x in counters], key
    for _ in range(10):
        p0, p1 = c[0] * numpy.uint64(0xD2511F53), c[2] * numpy.uint64(0xCD9E8D57)
        shift = numpy.uint64(32)
        c = [(p1 >> shift) ^ c[1] ^ numpy.uint64(k0), p1 & low, (p0 >> shift) ^ c[3] ^ numpy.uint64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def first_epoch_order(samples):
    """acrtc's order of the first epoch (base/random.hpp, permute): Fisher-Yates from the end, counters (i, 0, 0)."""
    shuffle_stream, i = 2, numpy.arange(samples + 1, dtype=numpy.uint64)
    zeros = numpy.zeros_like(i)
    w0, w1, _, _ = philox([i, zeros, zeros, zeros + numpy.uint64(shuffle_stream)], (SEED, 0))
    shift = numpy.uint64(32)
    other = (w0 * i + (w1 * i >> shift)) >> shift
    order = list(range(samples))
    for at in range(samples, 1, -1):
        j = int(other[at])
        order[at - 1], order[j] = order[j], order[at - 1]
    return numpy.array(order)
