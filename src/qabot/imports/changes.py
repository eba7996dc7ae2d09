"""What an import would do, as data: shown by --dry-run, and what is then applied is the very same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Generic, TypeVar

from qabot.errors import BadFile, Problem, said
from qabot.messaging.letters import clean

Row = TypeVar("Row")
Value = str | bool | date | time | tuple[str, ...] | None
Key = tuple[Value, ...]
SHOWN = 10
"""How many of those not in the file are named, and of each sort of many changes; the number is always told."""
MOST = 100
"""So many changes are said one by one; of more, the first of each sort."""


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """Typed rows of a file. `problems` are kept until planning, which raises them with its own, all at once.

    `doubts` are what is likely wrong, `notes` what was left out. `columns` are the headings that the file has: what it
    has no column for is left as it is.
    """

    file: str
    columns: frozenset[str]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    doubts: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is added or changed. `key` and `fields` name other things by e-mail or name, never by id.

    `fields` maps a field to (value before, value after); of something new the value before is None.
    """

    what: str
    key: Key
    name: str
    new: bool
    fields: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.new:
            return f"add {self.what} {self.name}"
        details = ", ".join(f"{name} {_shown(old)} -> {_shown(new)}" for name, (old, new) in self.fields.items())
        return f"change {self.what} {self.name}: {details}"


@dataclass(frozen=True, slots=True)
class Changes:
    """All that an import would do. `missing` are those kept although the file does not name them.

    `vacant` are those of the warnings that say that a role of the framework is held by nobody at all.
    """

    file: str
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    missing: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    vacant: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, what: str, *, new: bool | None = None) -> list[Change]:
        """The changes of one sort of thing; only the new or only the old ones if asked for."""
        return [change for change in self.changes if change.what == what and new in (None, change.new)]

    def lines(self, *, whole: bool = False, rest: str = "") -> list[str]:
        """For people: each change, then the sums, then those not in the file, then the warnings.

        Of more than `MOST` changes the first of each sort are said, how many more there are, and where the `rest` is
        (a sentence); with `whole` all of them.
        """
        added = sum(change.new for change in self.changes)
        sums = f"added: {added:,}, changed: {len(self.changes) - added:,}, unchanged: {self.unchanged:,}"
        missing = [f"not in the file: {len(self.missing):,} (kept: {some(self.missing)})"] if self.missing else []
        warnings = [f"warning: {each}" for each in said(self.warnings)]
        each = [*map(str, self.changes)] if whole else self.first_of_each(rest)
        return [clean(line) for line in (*each, sums, *self.notes, *missing, *warnings)]

    def first_of_each(self, rest: str = "", say: Callable[[Change], str] = str) -> list[str]:
        """Each change; of more than `MOST` the first of each sort, how many more there are, and where the `rest` is."""
        if len(self.changes) <= MOST:
            return [*map(say, self.changes)]
        sorts: dict[str, list[Change]] = {}
        for change in self.changes:
            sorts.setdefault(f"{'add' if change.new else 'change'} {change.what}", []).append(change)
        lines: list[str] = []
        for sort, changes in sorts.items():
            lines += map(say, changes[:SHOWN])
            if len(changes) > SHOWN:
                lines.append(f"{sort}: {len(changes) - SHOWN:,} more")
        return [*lines, rest] if rest else lines


def compare(
    what: str, key: Key, name: str, before: Mapping[str, Value] | None, after: Mapping[str, Value]
) -> list[Change]:
    """The change from one state to another: none, or one. `before` is None for something new."""
    if before is None:
        return [Change(what, key, name, True, {field: (None, value) for field, value in after.items()})]
    changed = {field: (before[field], value) for field, value in after.items() if before[field] != value}
    return [Change(what, key, name, False, changed)] if changed else []


def refuse(problems: list[Problem]) -> None:
    """Raise `BadFile` with every problem, in the order in which the file has them; nothing if there are none."""
    if problems:
        place: Callable[[Problem], tuple[int, int]] = lambda problem: (problem.line, problem.column)  # noqa: E731
        raise BadFile(sorted(dict.fromkeys(problems), key=place))


def some(names: Sequence[str]) -> str:
    """Names with commas between them; of many the first, and how many more."""
    more = [f"and {len(names) - SHOWN:,} more"] if len(names) > SHOWN else []
    return ", ".join([*names[:SHOWN], *more])


def _shown(value: Value) -> str:
    match value:
        case None | "" | ():
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case date():
            return f"{value.day} {value:%B %Y}"
        case time():
            return f"{value:%H:%M}"
        case tuple():
            return "; ".join(value)
    return value
