"""A log of 100,000 steps x 64 nodes: opened in 2 s, reported in 30 s, within 2 GiB."""
import os
import resource
import subprocess
import sys
import time
import unittest

import support  # first: it leaves where a package is missing
from support import AnalysisTest, FOLDER, reuse_run
import big_log

OPEN = """
import time
begin = time.process_time()
import acrtc_analysis
acrtc_analysis.open_run({!r})
print(time.process_time() - begin)
"""


class Size(AnalysisTest):
    """Processor seconds, so that a busy machine does not decide."""

    @classmethod
    def setUpClass(cls):
        cls.log = FOLDER / "big.h5"
        big_log.make(reuse_run(), cls.log, 100_000, 64, 300)

    @classmethod
    def tearDownClass(cls):
        cls.log.unlink()

    def test_opens_in_two_seconds(self):
        done = subprocess.run([sys.executable, "-c", OPEN.format(str(self.log))], env=support.ENVIRONMENT, check=True,
                              capture_output=True, text=True)
        self.assertLess(float(done.stdout), 2)

    def test_reports_in_thirty_seconds_and_two_gibibytes(self):
        begin = os.times()
        started = time.monotonic()
        done = support.run_command("report", self.log, "-o", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        used = os.times()
        seconds = used.children_user + used.children_system - begin.children_user - begin.children_system
        print(f"{seconds:.1f} s of processor time, {time.monotonic() - started:.1f} s", file=sys.stderr)
        self.assertLess(seconds, 30)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 2 << 20)


if __name__ == "__main__":
    unittest.main()
