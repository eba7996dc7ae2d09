"""The command line. Errors that a person can mend are one clear message and exit code 2; nothing is half done then."""

import sys
from io import TextIOWrapper

from qabot.cli.app import app
from qabot.errors import BadFile, QabotError
from qabot.private_files import make_private

WRONG = 2


def main() -> None:
    """Run the command line."""
    make_private()
    _write_any_letter()
    try:
        app(prog_name="qabot")
    except BadFile as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)  # noqa: T201 - this is the command line
        sys.exit(WRONG)
    except QabotError as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(WRONG)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; that is its right.
        sys.stderr.close()
        sys.exit(0)


def _write_any_letter() -> None:
    """What a terminal or a file cannot hold is written as its code: a name must not end a command half-way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
