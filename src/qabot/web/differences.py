"""What changes between two frameworks, for people and for machines, and what it means for what is open."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import case
from sqlmodel import Session, col, func, select

from qabot.framework import Difference, Framework
from qabot.framework.calendar import local_day
from qabot.framework.differences import Side
from qabot.framework.gatherings import AFTER
from qabot.framework.schema import AUDIT, MODERATION
from qabot.models import Audit, Deadline, DeadlineState, LadderSnapshot, Occasion, OccasionState, Person, RoleHolding
from qabot.workflows.core import recounting
from qabot.workflows.core.words import say_day
from qabot.workflows.programme import planned_rounds

_HEADINGS = {"without": "Switched off", "confirm": "Readings"}
"""Sections whose key does not say to people what stands there."""
_WHOLE = "The whole file"
LONG = 100
"""Letters of a line from which on a value is shown item by item."""
_RULES_OF_KINDS = frozenset({"deadlines", "duties"})
"""Sections in which a kind of deadline has an entry of its own name."""


@dataclass(frozen=True, slots=True)
class OpenKind:
    """Open deadlines of one kind that run on a ladder of one name.

    `known`: the new framework has the kind. `changes`: what it says of the kind or its ladder differs from the old one.
    """

    kind: str
    ladder: str
    count: int
    known: bool
    changes: bool
    activity: str = ""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that people hold and the new framework does not have, and how many hold it."""

    role: str
    people: int


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A day of a gathering, or of an imported event, that the new framework does not have, or has switched `off`."""

    thing: str
    title: str
    day: date
    off: bool = False


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """A round of work for which something is asked, and which never begins by the new framework."""

    activity: str
    name: str


@dataclass(frozen=True, slots=True)
class InUse:
    """What is in the database, where the new framework changes something for it.

    `moved`: how many open deadlines have a step that is yet to come and comes at another time, where the council's
    working days or hours differ; None where these are the same.
    """

    kinds: Sequence[OpenKind] = ()
    roles: Sequence[HeldRole] = ()
    days: Sequence[PlannedDay] = ()
    moved: int | None = None
    rounds: Sequence[PlannedRound] = ()


def in_use(session: Session, old: Framework, new: Framework, changes: Sequence[Difference], now: datetime) -> InUse:
    """All of it, at a moment (UTC)."""
    before, after = old.calendar(), new.calendar()
    moved = recounting.other_times(session, before, after, now) if before != after else None
    days = planned_days(session, new, local_day(now))
    rounds = [PlannedRound(each.activity, each.name) for each in planned_rounds.never_begin(session, new)]
    return InUse(open_kinds(session, new, changes), held_roles(session, new), days, moved, rounds)


def planned_days(session: Session, new: Framework, today: date) -> list[PlannedDay]:
    """The days from today on that are planned of what the new framework does not have, or has switched off."""
    off = {name for name, each in new.gatherings.items() if each.rule in new.without}
    known = {*new.gatherings, *new.events} - off
    query = select(Occasion).where(
        col(Occasion.state).in_((OccasionState.noted, OccasionState.planned)),
        Occasion.day >= today,
        col(Occasion.thing).not_in(known),
    )
    rows = session.exec(query.order_by(col(Occasion.day), col(Occasion.id)))
    return [PlannedDay(each.thing, each.title, each.day, each.thing in off) for each in rows]


def held_roles(session: Session, new: Framework) -> list[HeldRole]:
    """The roles of people who work here that the new framework does not have."""
    people = func.count(func.distinct(RoleHolding.person_id))
    query = (
        select(RoleHolding.role, people)
        .join(Person, col(Person.id) == RoleHolding.person_id)
        .where(col(Person.active), col(RoleHolding.to_on).is_(None), col(RoleHolding.role).not_in(list(new.roles)))
        .group_by(RoleHolding.role)
        .order_by(RoleHolding.role)
    )
    return [HeldRole(*each) for each in session.exec(query)]


def open_kinds(session: Session, new: Framework, changes: Sequence[Difference]) -> list[OpenKind]:
    """The open deadlines by kind, and what the differences mean for each."""
    number = func.count(col(Deadline.id))
    of_work = case((col(Deadline.kind) == AUDIT, func.coalesce(Audit.activity, "")), else_="")
    query = (
        select(Deadline.kind, LadderSnapshot.name, number, of_work)
        .join(LadderSnapshot, col(LadderSnapshot.id) == Deadline.ladder_id)
        .outerjoin(Audit, (col(Deadline.subject_type) == "audit") & (col(Audit.id) == Deadline.subject_id))
        .where(Deadline.state == DeadlineState.open)
        .group_by(Deadline.kind, LadderSnapshot.name, of_work)
        .order_by(Deadline.kind, LadderSnapshot.name, of_work)
    )
    kinds = {*_names(changes, _RULES_OF_KINDS), *_of_gatherings(new, changes), *_asking(new, changes)}
    ladders = _ladders(new, changes)
    return [
        OpenKind(
            kind,
            ladder,
            count,
            activity in new.activities if activity else kind in new.kinds(),
            (activity or kind) in kinds or ladder in ladders,
            activity,
        )
        for kind, ladder, count, activity in session.exec(query)
    ]


def _asking(new: Framework, changes: Sequence[Difference]) -> Iterator[str]:
    """Activities that differ, and what asks a question that does, or is graded by a scale that does."""
    yield from _names(changes, ("activities",))
    scales = {*_names(changes, ("scales",))}
    questions = {*_names(changes, ("questions",))}
    questions |= {name for name, each in new.questions.items() if each.scale in scales}
    for things in (new.activities, new.duties):
        yield from (name for name, each in things.items() if questions & set(each.ask))
    if any(_names(changes, ("samples",))):
        yield MODERATION


def _of_gatherings(new: Framework, changes: Iterable[Difference]) -> Iterator[str]:
    """The kinds of deadline that belong to what differs of gatherings: what is brought, or what asks how one went."""
    for each in changes:
        parts = each.key.split(".")
        if each.section == "gatherings" and parts[0] == "brings" and len(parts) > 1:
            yield parts[1]
        elif each.section == "gatherings":
            yield f"{each.entry}{AFTER}"
            yield from new.gatherings[each.entry].brings if each.entry in new.gatherings else ()


def _names(changes: Iterable[Difference], sections: Iterable[str]) -> Iterator[str]:
    return (each.entry for each in changes if each.section in sections)


def _ladders(new: Framework, changes: Sequence[Difference]) -> set[str]:
    """Ladders that differ, or in which a rule has been switched off or on."""
    off = set(_names(changes, ("without",)))
    touched = (name for name, ladder in new.ladders.items() if any(step.rule in off for step in ladder.steps))
    return {*_names(changes, ("ladders",)), *touched}


def as_json(
    old: Framework,
    new: Framework,
    changes: Sequence[Difference],
    used: InUse | None,
) -> Any:
    """Everything for machines. What is in the database (`used`) is there only if that was asked for."""
    result = {"old": _which(old), "new": _which(new), "differences": [asdict(each) for each in changes]}
    if used is None:
        return result
    said = asdict(used)
    return {**result, "open": said.pop("kinds"), **said}


def _which(framework: Framework) -> dict[str, str]:
    return {"framework": framework.framework, "title": framework.title, "file": framework.place(()).file}


def lines(old: Framework, new: Framework, changes: Sequence[Difference]) -> Iterator[str]:
    """What changes, in plain English, section by section."""
    which = [f"{each.framework} ({each.place(()).file})" for each in (old, new)]
    if not changes:
        yield f"Nothing differs between {which[0]} and {which[1]}."
        return
    number = "One thing differs" if len(changes) == 1 else f"{len(changes)} things differ"
    yield f"{number} between {which[0]} and {which[1]}."
    where = _Where(changes)
    for heading, section in groupby(changes, _heading):
        yield from ("", heading)
        for (entry, title), group in groupby(section, lambda each: (each.entry, each.title)):
            yield from _entry(entry, title, list(group), where)


def _heading(each: Difference) -> str:
    whole = each.key == "" and each.entry == "" and each.change != "moved"
    return _WHOLE if whole else _HEADINGS.get(each.section, each.section.replace("_", " ").capitalize())


def _entry(entry: str, title: str, group: Sequence[Difference], where: "_Where") -> Iterator[str]:
    """The differences of one entry, below its name if there is more to say than that it is new or gone."""
    name = f"{entry} ({title})" if title else entry
    inside = "  "
    if entry and any(each.key for each in group):
        yield f"  {name}"
        inside = "    "
    for each in group:
        yield from (f"{inside}{line}" for line in _one(each, each.key or name or each.section, where))


def _one(each: Difference, name: str, where: "_Where") -> Iterator[str]:
    """What the difference is about, with the old and the new value, each with its line."""
    if each.change == "added":
        yield from _alone(f"{name} is new", each, each.new, f"{where.at(each.new)}; {where.lacks(each.old)}")
    elif each.change == "removed":
        yield from _alone(
            f"{name} is no longer there", each, each.old, f"{where.at(each.old)}; {where.lacks(each.new)}"
        )
    else:
        yield f"{name}, the order" if each.change == "moved" else name
        for word, side in (("was:", each.old), ("is: ", each.new)):
            yield f"  {word} {_flow(side.value)}{'' if side.stands else ' by default'} ({where.at(side)})"


def _alone(what: str, each: Difference, side: Side, place: str) -> Iterator[str]:
    """A value that only one of the two has: on the same line, or key by key below."""
    if isinstance(side.value, dict):
        yield f"{what} ({place})"
        yield from (f"  {line}" for line in _block(side.value))
    elif side.value == each.entry:
        yield f"{what} ({place})"
    else:
        was = "; it was" if each.change == "removed" else ":"
        yield f"{what}{was} {_flow(side.value)} ({place})"


class _Where:
    """Files by the shortest names that tell them apart."""

    def __init__(self, changes: Sequence[Difference]) -> None:
        files = {side.place.file for each in changes for side in (each.old, each.new)}
        self.short = len({Path(each).name for each in files}) == len(files)

    def lacks(self, side: Side) -> str:
        """Where nothing is: the line that leaves it empty or took it away, or the one below which it would stand."""
        how = "not in" if not side.stands else "taken away in" if side.value is None else "empty in"
        return f"{how} {self.at(side)}"

    def at(self, side: Side) -> str:
        """File and line."""
        file = Path(side.place.file).name if self.short else side.place.file
        return f"{file}:{side.place.line}"


def _flow(value: Any) -> str:
    """A value on one line, as people would write it."""
    if value is None or value == "":
        return "nothing"
    return value if isinstance(value, str) else _yaml(value)


def _block(value: dict[str, Any]) -> Iterator[str]:
    """Keys with values on lines of their own, and what is too long for one line item by item."""
    for key, each in value.items():
        line = f"{key}: {_flow(each)}"
        if len(line) <= LONG or not isinstance(each, dict | list):
            yield line
            continue
        yield f"{key}:"
        inside = _block(each) if isinstance(each, dict) else (f"- {_flow(item)}" for item in each)
        yield from (f"  {below}" for below in inside)


def _yaml(value: Any) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    yaml.width = 1_000_000
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # its annotation says None
    out = StringIO()
    yaml.dump(value, out)
    # What stands alone (a number, a word) is followed by the end of the document.
    return out.getvalue().strip().removesuffix("...").strip()


def open_lines(new: Framework, used: InUse) -> Iterator[str]:
    """What the differences mean for what is open or planned, and for those who hold a role that is gone."""
    if used.roles:
        yield from ("", "Who holds what")
    for held in used.roles:
        many = "1 person holds" if held.people == 1 else f"{held.people} people hold"
        yield f"  {held.role}: {many} it, and {new.framework} has no such role, so nothing goes to them by it."
    if used.days or used.rounds:
        yield from ("", "What is planned")
    for each_round in used.rounds:
        yield (
            f"  {each_round.activity}, {each_round.name}: {new.framework} has no such round, so what is asked for it "
            "is withdrawn."
        )
    for each_day in used.days:
        has = f"has switched off {each_day.thing}" if each_day.off else f"has no {each_day.thing}"
        yield (
            f"  {each_day.title}, {say_day(each_day.day)}: {new.framework} {has}. The day stays "
            "planned as it is, and whoever chairs it is asked how it went. Cancel it on its page if it is not to be."
        )
    kinds = used.kinds
    yield from ("", "What is open")
    if not kinds:
        yield "  Nothing is open in this database."
        return
    number = sum(each.count for each in kinds)
    yield f"  {number} {'deadline is' if number == 1 else 'deadlines are'} open. {_KEPT}"
    if used.moved is not None:
        have = "1 has a step" if used.moved == 1 else f"{used.moved} have a step"
        moved = f"{have} that comes at another time, for which it is planned at the next start"
        so = f"; {moved}." if used.moved else ", and no step that is to come has another time."
        yield f"  The council's working days or hours differ. No due date moves{so}"
    for each in kinds:
        kind = f"{each.kind} ({each.activity})" if each.activity else each.kind
        yield f"  {kind}: {each.count} on the ladder {each.ladder}; {_meaning(new, each)}."


_KEPT = (
    "Each keeps who owes it, its questions and buttons, its ladder and its dates, but for the grades of a scale: what "
    "changes counts for what opens from then on, and nothing opens for what has already happened."
)


def _meaning(new: Framework, each: OpenKind) -> str:
    if not each.known and each.activity:
        sent = "this one is sent in as it was asked" if each.count == 1 else "these are sent in as they were asked"
        return f"{new.framework} has no such activity: {sent}, and of what follows only alerts are raised"
    if not each.known:
        stay = "this one stays until it is closed" if each.count == 1 else "these stay until they are closed"
        return f"{new.framework} has no such kind, so none opens any more, and {stay}"
    return "what opens from then on follows the changed rules" if each.changes else "nothing changes"
