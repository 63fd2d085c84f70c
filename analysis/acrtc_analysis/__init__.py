"""Reads acrtc's run logs: DataFrames in three lines, reports in one command (`python3 -m acrtc_analysis`)."""
from .errors import LogError
from .run import Run, open_run

__all__ = ["LogError", "Run", "open_run"]
