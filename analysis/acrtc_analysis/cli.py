"""The command line: `python3 -m acrtc_analysis COMMAND`."""
import argparse
import importlib
import os
import sys
import traceback

from .errors import LogError, NothingToDraw

COMMANDS = ("report", "compare", "scaling", "paper", "watch", "export")


def main(arguments=None):
    """0: done; 2: a mistake in the input, told in one sentence; 3: a mistake of this package, told likewise."""
    parser = argparse.ArgumentParser(prog="acrtc_analysis", description="Figures, tables and exports from run logs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"acrtc_analysis.commands.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        module.add_options(command)
        command.set_defaults(execute=module.execute)
    options = parser.parse_args(arguments)
    try:
        return options.execute(options)
    except LogError as error:
        print(error, file=sys.stderr)
        return 2
    except NothingToDraw as reason:
        of = vars(options).get("run", "the runs")
        print(f"nothing to show of '{of}' ({reason}); try again later", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = error.filename or vars(options).get("out")
        print(f"cannot write '{where}' ({error.strerror}); choose another folder with -o", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # pylint: disable=broad-except  (a log that others made may hold anything)
        print(_unforeseen(error, options), file=sys.stderr)
        return 3


def _unforeseen(error, options):
    """What nothing above knows: named with the place, so that it can be mended."""
    given = vars(options)
    paths = given.get("runs") or [given.get("run") or given.get("study")]
    place = traceback.extract_tb(error.__traceback__)[-1]
    named = ", ".join(repr(path) for path in paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    return (f"cannot make sense of {named} ({type(error).__name__}: {error}, in "
            f"{os.path.basename(place.filename)} line {place.lineno}); leave out files one by one to find which, and "
            "report it with that file")
