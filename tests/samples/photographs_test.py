"""Training on JPEG files: read ahead, some of them broken."""
import os
import shutil
import subprocess
import unittest

import h5py

import acrtc

RUN = ["--set", "network.name=cifar10-quick", "--nodes", 4, "--set", "train.batch=4", "--set", "train.micro_batches=2",
       "--epochs", 2, "--set", "record.sample_every=2", "--progress", "off"]
CROP = ["--set", "dataset.size=32", "--set", "dataset.resize=36"]


class OwnPhotographs(acrtc.Sample):
    def test_job_trains_on_cuts_of_them(self):
        made_up = self.folder / "made-up"
        self.succeeds("synth", "imagenet", "--out", made_up, "--samples", 10, "--set", "classes=10", "--set", "width=320",
                      "--set", "height=240")
        photos = self.folder / "photos"
        photos.mkdir()
        for path in made_up.glob("train/*/*.JPEG"):
            shutil.copy(path, photos)
        environment = {**os.environ, "ACRTC": acrtc.PROGRAM, "PHOTOS": str(photos), "TMPDIR": str(self.folder)}
        done = subprocess.run(["jobs/photos.sh", "--smoke"], cwd=acrtc.SOURCE, env=environment, timeout=2.5 * acrtc.SECONDS, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("95 %"), 3)


class Cifar100(acrtc.Sample):
    def test_shipped_configurations_train(self):
        data = self.folder / "data"
        self.succeeds("synth", "cifar100", "--out", data, "--samples", 400, "--test-samples", 100)
        for network in ("quick", "resnet20"):
            out = self.succeeds("train", "--config", f"configs/cifar100-{network}.toml", "--out", self.folder / network,
                                "--set", f"dataset.directory={data}", "--set", "train.max_steps=3", "--progress", "off")
            self.assertIn("3 steps", out)


class Photographs(acrtc.Sample):
    def setUp(self):
        super().setUp()
        self.images = self.folder / "images"
        self.succeeds("synth", "imagenet", "--out", self.images, "--samples", 64, "--test-samples", 20,
                      "--set", "classes=4", "--set", "width=48", "--set", "height=40")

    def damage(self):
        """Cuts three files short, one of them to test on."""
        self.broken = [*sorted(self.images.glob("train/*/*.JPEG"))[7:50:40], sorted(self.images.glob("val/**/*.JPEG"))[5]]
        for path in self.broken:
            path.write_bytes(path.read_bytes()[:200])

    def data(self):
        return ["--set", "dataset.name=imagenet", "--set", f"dataset.directory={self.images}", *CROP]

    def run_on(self, name, *arguments, data=None, status=0, **options):
        """The log and what was said of a run."""
        log = self.folder / f"{name}.h5"
        done = acrtc.run("train", *(data or self.data()), *RUN, "--out", log, *arguments, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        return log, done.stderr

    def test_broken_ones_are_counted_and_told_once(self):
        self.damage()
        one, told = self.run_on("one", "--threads", 1)
        with h5py.File(one) as file:
            self.assertEqual(list(file["epochs/replaced_samples"]), [3, 3])
        warnings = [line for line in told.splitlines() if "warning" in line]
        self.assertEqual(len(warnings), 1, told)
        self.assertIn("3 broken samples", warnings[0])
        self.assertTrue(any(str(path) in warnings[0] for path in self.broken), told)
        for name, load_threads, ranks in (("two", 3, 2), ("four", 0, 4)):
            other, told = self.run_on(name, "--set", f"train.load_threads={load_threads}", ranks=ranks)
            self.succeeds("diff", one, other)
            self.assertEqual(told.count("warning"), 1, told)
        evaluated = self.succeeds("evaluate", "--weights", one.with_suffix(".weights.h5"), ranks=2)
        self.assertIn("1 broken", evaluated)

    def test_broken_ones_are_counted_on_in_an_epoch_that_was_left(self):
        self.damage()
        whole, _ = self.run_on("whole")
        for _ in range(3):
            part, _ = self.run_on("part", "--resume", "--max-minutes", 1e-6, "--set", "train.load_ahead=5", status=85)
        self.run_on("part", "--resume", "--set", "train.load_threads=0", ranks=2)
        self.succeeds("diff", whole, part)

    def test_broken_ones_end_the_run_where_they_shall(self):
        self.damage()
        for load_threads, ranks in ((0, None), (3, 2)):
            error = self.refuses("train", *self.data(), *RUN, "--out", self.folder / "none.h5", "--overwrite", "--set",
                                 "dataset.on_corrupt=fail", "--set", f"train.load_threads={load_threads}", ranks=ranks)
            self.assertTrue(any(str(path) in error for path in self.broken), error)

    def test_packed_ones_give_the_same_log_on_any_ranks(self):
        packed = self.folder / "packed"
        self.succeeds("pack", *self.data(), "--out", packed)
        data = ["--set", "dataset.name=shards", "--set", f"dataset.directory={packed}", *CROP]
        one, _ = self.run_on("one", data=data)
        two, _ = self.run_on("two", "--max-minutes", 1e-6, data=data, ranks=2, status=85)
        self.run_on("two", "--resume", data=data)
        self.succeeds("diff", one, two)


if __name__ == "__main__":
    unittest.main()
