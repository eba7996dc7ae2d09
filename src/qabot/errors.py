"""Everything that qabot raises on purpose, as one tree.

QabotError                 a sentence that a person can act on; the command line prints it and exits with 2
├── BadFile                a framework, message, CSV or scenario is wrong: file, line, column, what was expected
├── BadRequest             what somebody asked for cannot be done (a press, a form, a command)
│   ├── NotAllowed         this person may not do it
│   └── NotFound           it is not there, or not any more
├── SignInNeeded           nobody is signed in, or not any more, and the page is somebody's
├── IdentifierFound        a text carries something that can identify a child; names the kind, never the value
├── NoWorkingDays          the council's calendar has no working day within years
├── ChatNotOpen            a chat cannot be used just now
│   ├── ChatAway           it cannot be reached, or asks to wait: it is tried again
│   └── ChatRefused        it does not let qabot in until somebody acts: it is tried again, rarely
├── Busy                   the database has no time just now; nothing was changed, and trying again helps
│   ├── DatabaseAway       it could not be used, however long it was waited for
│   └── Unfinished         it took so long that nobody waited to see whether it was done
├── DatabaseTooNew         the database was written by a newer qabot
└── SetupError             a setting, port or installed part is missing or wrong
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class QabotError(Exception):
    """The base. Its text is one or more whole sentences for the person who meets it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file. `line` and `column` count from 1; 0 means the whole file."""

    file: str
    line: int
    column: int
    where: str
    what: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.where}: {self.what}" if self.where else f"{place}: {self.what}"


FEW = 3
"""So many problems of one kind are told one by one; more are one line."""
_VARYING = re.compile(r"'[^\n]*?'(?=[ :;,.)]|$)|\S+@\S+|\d+")


def said(problems: Iterable[Problem]) -> list[str]:
    """Problems for people, in their order: a line for each, or for each kind of which there are many.

    Of one kind are those of one heading whose sentences differ only in what the file holds.
    """
    kinds: dict[tuple[str, str, str], list[Problem]] = {}
    for each in problems:
        kinds.setdefault((each.file, each.where, _VARYING.sub("…", each.what)), []).append(each)
    lines: list[str] = []
    for kind in kinds.values():
        lines += map(str, kind) if len(kind) <= FEW else [_many(kind)]
    return lines


def _many(kind: Sequence[Problem]) -> str:
    first = kind[0]
    at = [str(each.line) for each in kind[:FEW]]
    where = f" (lines {', '.join(at)} and {len(kind) - FEW:,} more)" if first.line else f" ({len(kind):,} times)"
    return f"{first.file}: {first.where or 'rows'}{where}: {first.what}"


class BadFile(QabotError):
    """A file is wrong. Carries every problem found, so that one run shows them all."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(said(problems)))


class BadRequest(QabotError):
    """What was asked for cannot be done; the text says why and what to do instead."""


class NotAllowed(BadRequest):
    """This person may not do this."""


class NotFound(BadRequest):
    """The thing is not there, or not any more."""


class SignInNeeded(QabotError):
    """Nobody is signed in, or not any more, and the page is somebody's."""


class IdentifierFound(QabotError):
    """A text may identify a child. `kinds` are names such as "NHS number"; the value is kept nowhere.

    `where` says where in the text each begins, such as "word 3"; "" where that helps nobody.
    """

    def __init__(self, kinds: tuple[str, ...], where: str = "") -> None:
        self.kinds = kinds
        what = " and ".join(f"{'an' if kind.startswith(('NHS', 'e-')) else 'a'} {kind}" for kind in kinds)
        place = f" (look at {where})" if where else ""
        super().__init__(f"This looks as if it holds {what}{place}. Please take it out: qabot must not hold it.")


class NoWorkingDays(QabotError):
    """The council's calendar has no working day within years: its closure days are wrong."""


class ChatNotOpen(QabotError):
    """A chat cannot be used just now; the text says why, and what to do."""


class ChatAway(ChatNotOpen):
    """It cannot be reached, or asks to wait. `seconds`: how long at least, if it said so."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        self.seconds = seconds
        super().__init__(why)


class ChatRefused(ChatNotOpen):
    """It does not let qabot in: a secret has ended, was revoked, or was never right."""


class Busy(QabotError):
    """The database has no time just now, or is away. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("qabot is busy just now, so nothing was changed. Please try again in a moment.")


class DatabaseAway(Busy):
    """The database could not be used, and was waited for in vain. Nothing was changed."""


class Unfinished(Busy):
    """The database took too long, or was lost just as it was to keep something: it may have been done all the same."""


class DatabaseTooNew(QabotError):
    """The database was written by a newer qabot: install that version, or restore a backup."""


class SetupError(QabotError):
    """A setting, a port or an installed part is missing or wrong."""
