"""What will be sent on the next days, counted: how much on each day, what of it to whom, and who gets several.

Of thousands of messages nothing else is put into words than what these counts say.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from qabot.messaging.folding import has_each, plain_letters
from qabot.scheduler.coming import Coming
from qabot.web.programme import day_of
from qabot.web.titles import Titles

Labels = Mapping[tuple[str, int], str]
"""What people call the things that messages are about."""
NAMED = 6
"""So many people a line of the overview names, and of the others how many they are; and so many things of one kind, of
more how many messages they make."""


@dataclass(frozen=True, slots=True)
class ToCome:
    """One notice to come, with what the page counts and looks for."""

    day: date
    person: str
    of: Coming


@dataclass(frozen=True, slots=True)
class ComingDay:
    """How much goes on one day: notices, of them alerts, and to how many people."""

    day: date
    notices: int
    alerts: int
    people: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody whom one message reaches on one day, and how often."""

    name: str
    id: int
    notices: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """One message on one day, to all whom it reaches. `name` is the message's, `about` what it is for, in words.

    `people` are the first of them by name, and `others` how many more there are.
    """

    name: str
    title: str
    lane: str
    notices: int
    about: Sequence[str]
    people: Sequence[Recipient]
    others: int


def matching(rows: Sequence[ToCome], given: Mapping[str, str]) -> list[ToCome]:
    """Those that an address asks for, by day, lane, message and name. Raises `BadRequest` of what is no day."""
    day, lane, message = day_of(given, "day"), given.get("lane", ""), given.get("message", "")
    words = plain_letters(given.get("name", "")).split()
    meant = {name for name in {each.person for each in rows} if has_each(words, name)}
    return [
        each
        for each in rows
        if (day is None or each.day == day)
        and (not lane or each.of.lane == lane)
        and (not message or each.of.message == message)
        and each.person in meant
    ]


def messages(rows: Sequence[ToCome], titles: Titles) -> list[tuple[str, str]]:
    """The messages that are among these: the name and the title of each, by title."""
    named = {each.of.message for each in rows}
    return sorted(((name, titles.message(name)) for name in named), key=lambda each: each[1])


def by_message(
    rows: Sequence[ToCome], titles: Titles, labels_of: Callable[[set[tuple[str, int]]], Labels]
) -> list[tuple[ComingDay, list[Bundle]]]:
    """The days of these rows in order; in each its messages, alerts first and then by title."""
    days = [(day, list(group)) for day, group in groupby(rows, lambda row: row.day)]
    labels = labels_of({key for _, day in days for group in _by_name(day) for key in _few(group)})
    return [(_counted(day, group), _bundles(group, titles, labels)) for day, group in days]


def by_day(rows: Sequence[ToCome]) -> list[ComingDay]:
    """The days on which anything goes, in order."""
    return [_counted(day, list(each)) for day, each in groupby(rows, lambda row: row.day)]


def often(rows: Sequence[ToCome]) -> list[tuple[str, int, list[tuple[date, int]]]]:
    """Who would get more than one message on a day: the person, their id, and of each such day how many.

    The daily message is one however much it carries, and nobody gets two of it.
    """
    alone = Counter((each.person, each.of.person_id, each.day) for each in rows if each.of.alone)
    daily = {(each.person, each.of.person_id, each.day) for each in rows if not each.of.alone}
    counted = {key: alone[key] + (key in daily) for key in {*alone, *daily}}
    by_person: dict[tuple[str, int], list[tuple[date, int]]] = {}
    for (person, person_id, day), many in sorted(counted.items()):
        if many > 1:
            by_person.setdefault((person, person_id), []).append((day, many))
    return [(*key, days) for key, days in by_person.items()]


def _counted(day: date, rows: Sequence[ToCome]) -> ComingDay:
    alerts = sum(each.of.lane == "alert" for each in rows)
    return ComingDay(day, len(rows), alerts, len({each.of.person_id for each in rows}))


def _by_name(rows: Sequence[ToCome]) -> Sequence[Sequence[ToCome]]:
    """Rows of one day by their message."""
    by_name: dict[tuple[str, str], list[ToCome]] = {}
    for each in rows:
        by_name.setdefault((each.of.message, each.of.lane), []).append(each)
    return list(by_name.values())


def _few(rows: Sequence[ToCome]) -> set[tuple[str, int]]:
    """What these are about, of each kind of which there are few."""
    by_kind: dict[str, set[tuple[str, int]]] = {}
    for each in rows:
        by_kind.setdefault(each.of.kind, set()).add(each.of.subject)
    return {key for keys in by_kind.values() if len(keys) <= NAMED for key in keys}


def _about(rows: Sequence[ToCome], titles: Titles, labels: Labels) -> list[str]:
    """What one message is for: each kind of deadline, with what it is about where that is little."""
    by_kind: dict[str, list[ToCome]] = {}
    for each in rows:
        if each.of.kind or each.of.subject != ("person", each.of.person_id):
            by_kind.setdefault(titles.kind(each.of.kind) if each.of.kind else "", []).append(each)
    said = []
    for kind, group in sorted(by_kind.items()):
        keys = {each.of.subject for each in group}
        if len(keys) <= NAMED:
            named = sorted(labels[key] for key in keys)
            said.append(", ".join(named) if named[0].startswith(kind) else f"{kind}: {', '.join(named)}")
        elif kind:
            said.append(f"{kind} ({len(group)})")
    return said


def _bundles(rows: Sequence[ToCome], titles: Titles, labels: Labels) -> list[Bundle]:
    bundles = [_bundle(group, titles, labels) for group in _by_name(rows)]
    return sorted(bundles, key=lambda each: (each.lane != "alert", each.title))


def _bundle(rows: Sequence[ToCome], titles: Titles, labels: Labels) -> Bundle:
    name, lane = rows[0].of.message, rows[0].of.lane
    people = Counter((each.person, each.of.person_id) for each in rows)
    named = [Recipient(*key, many) for key, many in sorted(people.items())]
    return Bundle(
        name=name,
        title=titles.message(name),
        lane=lane,
        notices=len(rows),
        about=_about(rows, titles, labels),
        # One more is not worth a link.
        people=named[:NAMED] if len(named) > NAMED + 1 else named,
        others=len(named) - NAMED if len(named) > NAMED + 1 else 0,
    )
