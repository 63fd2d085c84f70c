"""What is told to users instead of a traceback."""


class LogError(Exception):
    """Reads `PROBLEM (WHY); SUGGESTION`, and names the file."""

    def __init__(self, problem, why, suggestion):
        super().__init__(f"{problem} ({why}); {suggestion}")


class NoLog(LogError):
    """Of several logs none can be read: a sentence for each."""

    def __init__(self, sentences):
        Exception.__init__(self, "\n".join(sentences))


class NothingToDraw(Exception):
    """A figure has no meaning for this run; the page says why in its place."""
