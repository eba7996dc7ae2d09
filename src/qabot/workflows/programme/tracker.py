"""The tracker of actions: what is to be done after work or a meeting, by whom, since when, and what can be done.

An action is a row that somebody gave as an answer, or the actions that a submission said there are. What it is about in
words stands on its record: here are its reference, its owner and its dates.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, tuple_
from sqlmodel import col, select

from qabot.framework.calendar import local_day
from qabot.framework.secret_lint import is_secret
from qabot.framework.vocabulary import OCCASION, ROW, graded
from qabot.messaging.card import Button
from qabot.messaging.values import capital
from qabot.models import AnswerRow, Audit, Deadline, DeadlineState, Occasion
from qabot.planning.directory import Staff
from qabot.workflows.access import chairing, presses
from qabot.workflows.access.many_records import grades_known
from qabot.workflows.core.calling import followed
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of
from qabot.workflows.programme.figure_places import gone

OPEN, PAST, NEW_DATE, DONE = "open", "past", "new-date", "done"
STATES = {OPEN: "Open", PAST: "Open, and the date has passed", NEW_DATE: "Open, with a new date", DONE: "Done"}
CONFIRM = ("answer", "not-yet", "not-me")
"""The buttons of an action: it is done, it is not yet, it is somebody else's."""
MOST = 2_000
"""How many are looked at: no page may take minutes."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """One action. `since` is when it was given, `days` how long ago, `record` the reference of its audit, if any.

    `state` is one of STATES; `due` the day on which it is due, the new one where one was given.
    """

    reference: str
    title: str
    source: str
    team: str
    service: str
    owner: str
    since: date
    days: int
    due: date | None
    state: str
    record: str
    token: str

    @property
    def kind(self) -> str:
        """What lists of what is owed call it."""
        return self.title

    @property
    def subject(self) -> str:
        """What it is about, as those lists name it."""
        return self.reference


@dataclass(frozen=True, slots=True)
class Filter:
    """Which actions: "" means all. `state` without one is whatever is open; `days`: at least so old."""

    team: str = ""
    service: str = ""
    owner: str = ""
    source: str = ""
    state: str = ""
    days: int = 0

    def fits(self, each: Tracked) -> bool:
        """Whether this action is one of them."""
        named = ((self.team, each.team), (self.service, each.service), (self.owner, each.owner))
        fits = all(not value or value == is_ for value, is_ in (*named, (self.source, each.source)))
        in_state = each.state == self.state if self.state else each.state != DONE
        return fits and in_state and each.days >= self.days


def tracked(unit: Unit, person_id: int, *, with_done: bool = True) -> list[Tracked]:
    """Every action whose record this person may open, the longest open first; without those that are done, if asked."""
    person = unit.directory.person(person_id)
    if person is None:
        return []
    by_first = followed(unit.framework)
    which: ColumnElement[bool] = (col(Deadline.subject_type) == ROW) | col(Deadline.kind).in_(by_first)
    if not with_done:
        still = select(Deadline.subject_type, Deadline.subject_id).where(which, Deadline.state == DeadlineState.open)
        which = and_(which, tuple_(col(Deadline.subject_type), col(Deadline.subject_id)).in_(still))
    newest = unit.session.exec(select(Deadline).where(which).order_by(col(Deadline.id).desc()).limit(MOST)).all()
    # A duty that opens on a new date takes the place of the one that was put off: one action, from its first day on.
    parts: dict[tuple[str, str, int], list[Deadline]] = {}
    for each in reversed(newest):
        parts.setdefault((by_first.get(each.kind, each.kind), each.subject_type, each.subject_id), []).append(each)
    there = [(same[0], same[-1]) for same in parts.values() if same[-1].state != DeadlineState.withdrawn]
    about = _about(unit, [last for _, last in there], person)
    actions = [made for first, last in there for made in _tracked(unit, first, last, person, about)]
    known = (each for each in actions if with_done or each.state != DONE)
    return sorted(known, key=lambda each: (each.state == DONE, each.since))


@dataclass(frozen=True, slots=True)
class _Known:
    """What actions are about, read at once: rows and audits by id, and of which audits they may know the grade."""

    rows: Mapping[int, AnswerRow]
    audits: Mapping[int, Audit]
    grades: Mapping[int, bool]


def _about(unit: Unit, deadlines: Sequence[Deadline], person: Staff) -> _Known:
    of_rows = {each.subject_id for each in deadlines if each.subject_type == ROW}
    rows = {each.id: each for each in unit.session.exec(select(AnswerRow).where(col(AnswerRow.id).in_(of_rows)))}
    things: list[Deadline | AnswerRow] = [*deadlines, *rows.values()]
    kinds = [(each.subject_type, each.subject_id) for each in things]
    ids = {number for kind, number in kinds if kind == "audit"}
    audits = {each.id: each for each in unit.session.exec(select(Audit).where(col(Audit.id).in_(ids)))}
    return _Known(rows, audits, grades_known(unit, audits.values(), person))


def _tracked(unit: Unit, first: Deadline, deadline: Deadline, person: Staff, about: _Known) -> Iterator[Tracked]:
    """The action of a deadline that first was another one, if this person may know of it."""
    row = about.rows.get(deadline.subject_id) if deadline.subject_type == ROW else None
    kind, number = (row.subject_type, row.subject_id) if row else (deadline.subject_type, deadline.subject_id)
    end = f" ({row.number})" if row else ""
    if kind == "audit" and (audit := about.audits.get(number)) is not None:
        secret = deadline.kind in graded(unit.framework) or is_secret(unit.framework, deadline.kind)
        grade = about.grades.get(audit.id)
        if grade is not None and (grade or not secret or deadline.owner_id == person.id):
            activity = unit.framework.activity(audit.activity)
            source = capital(activity.title if activity else gone(audit.activity))
            yield _line(unit, first, deadline, f"{audit.reference}{end}", source, audit.reference)
    of = unit.session.get(Occasion, number) if kind == OCCASION else None
    if of is not None and (deadline.owner_id == person.id or chairing.may_see(unit, person, of)):
        yield _line(unit, first, deadline, f"{of.title}{end}", of.title, "")


def _line(unit: Unit, first: Deadline, deadline: Deadline, reference: str, source: str, record: str) -> Tracked:
    owner = unit.directory.person(deadline.owner_id)
    place = unit.directory.teams.get(deadline.team_id or (owner.team_id if owner else None) or 0)
    since = local_day(first.opened_at)
    return Tracked(
        reference=reference,
        title=title_of(deadline.kind, unit.framework),
        source=source,
        team=place.name if place else "",
        service=place.service if place else "",
        owner=owner.name if owner else "",
        since=since,
        days=(unit.today - since).days,
        due=deadline.expected_on or deadline.due_on,
        state=_state(unit, first, deadline),
        record=record,
        token=deadline.token,
    )


def _state(unit: Unit, first: Deadline, deadline: Deadline) -> str:
    if deadline.state == DeadlineState.met:
        return DONE
    due = deadline.expected_on or deadline.due_on
    if due is not None and due < unit.today:
        return PAST
    return NEW_DATE if deadline.expected_on is not None or deadline.kind != first.kind else OPEN


def buttons(unit: Unit, person_id: int, tokens: Collection[str]) -> dict[str, tuple[Button, ...]]:
    """What this person may do with the actions of these tokens: whose they are, and whoever stands in for them."""
    person = unit.directory.person(person_id)
    rows = select(Deadline).where(col(Deadline.token).in_(tokens), Deadline.state == DeadlineState.open)
    by_token: dict[str, tuple[Button, ...]] = {}
    for deadline in unit.session.exec(rows) if person is not None else ():
        if person is None or not presses.is_theirs(unit, person, None, deadline):
            continue
        pressed = presses.find(unit, person, deadline.token)
        made = (unit.tools.registry.button(name, pressed.subject, deadline.token, "") for name in CONFIRM)
        by_token[deadline.token] = tuple(each for each in made if each is not None)
    return by_token
