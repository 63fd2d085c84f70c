"""What is told to users instead of a traceback."""


class LogError(Exception):
    """Reads `PROBLEM (WHY); SUGGESTION`, and names the file."""

    def __init__(self, problem, why, suggestion):
        super().__init__(f"{problem} ({why}); {suggestion}")


class NothingToDraw(Exception):
    """A figure has no meaning for this run; the page says why in its place."""
