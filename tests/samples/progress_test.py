"""What a run says on a terminal and elsewhere while it goes on."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

import h5py

import acrtc


class OnATerminal(acrtc.Sample):
    def shown(self, columns, *arguments):
        """All that a run writes to a terminal of so many columns on stderr."""
        terminal, stderr = pty.openpty()
        fcntl.ioctl(stderr, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        run = subprocess.Popen([acrtc.PROGRAM, "train", *acrtc.SMALL[:-2], "--out", str(self.folder / "run.h5"),
                                "--overwrite", *arguments], stdout=subprocess.DEVNULL, stderr=stderr, cwd=acrtc.SOURCE)
        os.close(stderr)
        text = b""
        try:
            while piece := os.read(terminal, 65536):
                text += piece
        except OSError:  # the terminal has no writer left
            pass
        os.close(terminal)
        self.assertEqual(run.wait(), 0, text)
        return text.decode()

    def test_a_bar_fits_into_the_columns(self):
        for columns in (40, 80, 120):
            text = self.shown(columns)
            bars = [line for line in re.split(r"\r\x1b\[K|\r?\n", text) if line.startswith("[")]
            self.assertTrue(bars, text)
            for bar in bars:
                self.assertLess(len(bar), columns, bar)
                self.assertRegex(bar, r"\[[#.]+\] .* left$")
            self.assertEqual("samples/s" in text, columns == 120, text)

    def test_lines_where_they_are_asked_for(self):
        self.assertRegex(self.shown(80, "--progress", "lines"), r"step 16/16  ")


class Averages(acrtc.Sample):
    def last_line(self, log, *arguments):
        done = acrtc.run("train", *acrtc.SMALL[:-2], "--progress", "lines", "--set", "train.max_steps=2", "--out", log,
                         *arguments)
        return done.stderr

    def test_a_resumed_run_starts_them_anew(self):
        log = self.folder / "run.h5"
        self.last_line(log, "--max-minutes", 1e-6)
        line = self.last_line(log, "--resume")
        with h5py.File(log) as file:
            loss = file["steps/loss"][1]
        self.assertIn("step 2/2  ", line)
        self.assertIn(f"  loss {loss:.3f}  ", line)

    def test_nothing_has_no_sign(self):
        line = self.last_line(self.folder / "run.h5", "--set", "reuse.scheme=dense")
        self.assertRegex(line, r"saved time .* % energy 0\.0 %")


if __name__ == "__main__":
    unittest.main()
