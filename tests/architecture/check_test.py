"""The check finds each kind of breach in a small tree made for it."""
import contextlib
import io
import pathlib
import tempfile
import unittest

import check


class CheckTest(unittest.TestCase):
    def findings(self, files):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name).resolve()
            (root / "CMakeLists.txt").write_text("acrtc_room(base)\nacrtc_room(comm USES base)\nacrtc_room(store USES base)\n")
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                status = check.main(root)
            self.assertEqual(status, 0 if "keep to their rooms" in output.getvalue() else 1)
            return output.getvalue()

    def test_accepts_what_the_table_allows(self):
        self.assertIn("keep to their rooms", self.findings({
            "include/acrtc/base/a.hpp": "#include <vector>\n",
            "src/comm/b.cpp": '#include <mpi.h>\n#include "acrtc/base/a.hpp"\n'}))

    def test_finds_a_forbidden_room(self):
        self.assertIn("room 'comm' may not include room 'store'",
                      self.findings({"src/comm/b.cpp": '#include "acrtc/store/a.hpp"\n'}))

    def test_finds_third_parties_outside_their_door(self):
        self.assertIn("src/base/b.cpp:1: <mpi.h> belongs to comm", self.findings({"src/base/b.cpp": "#include <mpi.h>\n"}))
        self.assertIn("public header", self.findings({"include/acrtc/comm/b.hpp": "#include <mpi.h>\n"}))

    def test_finds_cycles(self):
        self.assertIn("cyclic includes", self.findings({
            "include/acrtc/base/a.hpp": '#include "acrtc/base/b.hpp"\n',
            "include/acrtc/base/b.hpp": '#include "acrtc/base/a.hpp"\n'}))

    def test_finds_long_files_and_foreign_sources(self):
        self.assertIn("more than 350", self.findings({"src/base/a.cpp": "\n" * 351}))
        self.assertIn("reaches into the sources of room 'base'", self.findings({
            "src/base/a.hpp": "", "src/comm/b.cpp": '#include "../base/a.hpp"\n'}))


if __name__ == "__main__":
    unittest.main()
