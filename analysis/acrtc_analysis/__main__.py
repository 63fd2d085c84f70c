"""`python3 -m acrtc_analysis`, or the folder itself: `python3 analysis/acrtc_analysis`."""
import pathlib
import sys

if not __package__:
    sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

from acrtc_analysis.cli import main  # noqa: E402  (needs the path above)

sys.exit(main())
