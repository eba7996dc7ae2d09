"""Each person's own clock: the next work about them is counted from the last, and given when its window opens.

All of it follows from what there is on a day, so that a lost, late or doubled day changes nothing: who holds the role,
whose last piece was when and with what result, and what is open. A clock is kept only for from when it counts without
a last piece.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_rows
from sqlmodel import col, select

from qabot.framework.activities import Activity, Quota
from qabot.framework.calendar import local_day
from qabot.framework.duties import AccordingTo
from qabot.framework.named_periods import said
from qabot.framework.offsets import parse_moment
from qabot.framework.schema import AUDIT
from qabot.framework.window_lint import GRADE, LAST
from qabot.models import Audit, AuditState, Deadline, DeadlineState, Event, LadderSnapshot, Meta, OwnClock, columns
from qabot.models.rows import CLOCKS, PIECES, ClockRow, PieceRow
from qabot.planning.recipients import runs_quality
from qabot.planning.windows import NOTICE, Window, since_last, spread
from qabot.workflows.core import conditions, own_form, rearming
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import resting, withdrawing
from qabot.workflows.programme.allocation import new_reference, open_work, tell_given
from qabot.workflows.programme.shares import Piece, owner_about

SINCE = "activity-since:"
"""Begins the key under which the first day of an activity by people's own clocks is kept."""
# All as columns: each day looks at everybody, and next to nothing of it changes.
_clock, _audit, _deadline = columns.table(OwnClock).c, columns.table(Audit).c, columns.table(Deadline).c
OF_ACTIVITY = CLOCKS.query().where(_clock.activity == bindparam("name")).order_by(_clock.id)
"""The clocks of an activity."""
_newest = (
    select_rows(_audit.practitioner_id, func.max(_audit.submitted_at).label("at"))
    .where(
        _audit.activity == bindparam("name"),
        _audit.state != AuditState.withdrawn,
        _audit.submitted_at.is_not(None),
    )
    .group_by(_audit.practitioner_id)
    .subquery()
)
NEWEST = (
    PIECES.query()
    .join(_newest, (_newest.c.practitioner_id == _audit.practitioner_id) & (_newest.c.at == _audit.submitted_at))
    .where(_audit.activity == bindparam("name"), _audit.state != AuditState.withdrawn)
    .order_by(_audit.id)
)
"""The last piece of an activity about each person."""
WAITING = (
    PIECES.query().where(_audit.activity == bindparam("name"), _audit.state == AuditState.allocated).order_by(_audit.id)
)
"""The pieces of an activity that are still to be done."""
OWED = select_rows(_deadline.subject_id, _deadline.id, _deadline.anchors).where(
    _deadline.kind == AUDIT,
    _deadline.subject_type == "audit",
    _deadline.subject_id.in_(bindparam("pieces", expanding=True)),
    _deadline.state == DeadlineState.open,
)
"""The open deadline of each of these pieces of work, with what it counts from."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """Somebody about whom there is work: by which line of the file, in which team, and since when."""

    person: int
    quota: Quota
    team_id: int | None
    from_on: date | None


class _Owed(NamedTuple):
    """The id of an open deadline, and what it counts from."""

    id: int
    anchors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of all pieces of an activity: the last about each person, what is open, and who has how much.

    `owed` has the deadline of each open piece about somebody of whom there is a last one: only that can move.
    """

    last: Mapping[int, PieceRow]
    open: Mapping[int, Sequence[PieceRow]]
    owed: Mapping[int, _Owed]
    load: Counter[int]


def run(unit: Unit, name: str, activity: Activity) -> None:
    """Do what the clocks of an activity want today."""
    subjects = _subjects(unit, activity)
    clocks = _clocks(unit, name, activity, subjects)
    state = _state(unit, name)
    for person, clock in sorted(clocks.items()):
        last = state.last.get(person)
        window = since_last(
            activity, counted_from(clock, last), result_of(unit, activity, last), unit.situation.calendar
        )
        waiting = state.open.get(person, ())
        for piece in waiting:
            _look_again(unit, activity, clock, state.owed.get(piece.id), piece, last, window)
        if not waiting and window.opens <= unit.today:
            _give(unit, name, activity, subjects[person], clock, last, window, state.load)


def counted_from(clock: ClockRow, last: PieceRow | None) -> date:
    """The day from which the next piece counts: the last one's submission, or where there is none the clock's own."""
    if last is None or last.submitted_at is None:
        return clock.counts_from
    return local_day(last.submitted_at)


def _subjects(unit: Unit, activity: Activity) -> dict[int, _Subject]:
    subjects: dict[int, _Subject] = {}
    for quota in activity.do:
        if quota.for_each is None or quota.rule in unit.framework.without:
            continue
        for held in unit.directory.roles.get(quota.for_each, ()):
            staff = unit.directory.person(held.person_id)
            if staff is not None and held.holds_on(unit.today):
                team = held.team_id or staff.team_id
                subjects.setdefault(staff.id, _Subject(staff.id, quota, team, held.from_on))
    return subjects


def _clocks(unit: Unit, name: str, activity: Activity, subjects: Mapping[int, _Subject]) -> dict[int, ClockRow]:
    """The clocks that run: those of leavers are stopped, those of joiners and of who has come back are started."""
    there = {each.person_id: each for each in CLOCKS.read(unit.session, OF_ACTIVITY, {"name": name})}
    first = _first_day(unit, name)
    gone = [each for person, each in there.items() if person not in subjects and each.stopped_on is None]
    stay = _hold_it_still(unit, activity, [each.id for each in gone]) if gone else ()
    for clock in (each for each in gone if each.person_id not in stay):
        _stop(unit, activity, unit.session.get_one(OwnClock, clock.id))
    running: dict[int, ClockRow] = {}
    for person, subject in subjects.items():
        known = there.get(person)
        if known is not None and known.stopped_on is None:
            running[person] = known
            continue
        begins = max(first, min(subject.from_on or unit.today, unit.today)) if known is None else unit.today
        before = unit.session.get_one(OwnClock, known.id) if known is not None else None
        running[person] = _start(unit, name, activity, before, subject, begins)
    return running


def _hold_it_still(unit: Unit, activity: Activity, clocks: Sequence[int]) -> set[int]:
    """Those who have not left: it is the file that has changed. What is open about them stays, and no more is given.

    They hold the role of a line that is switched off, one that the file does not have, or has under another name, or
    one of the lines by which what is open of these clocks was given.
    """
    held = unit.directory.roles
    lines = [*activity.do, *_lines_of(unit, clocks)]
    roles = {each.for_each for each in lines if each.for_each is not None} | (held.keys() - unit.framework.roles)
    holdings = [each for role in roles for each in held.get(role, ()) if each.holds_on(unit.today)]
    return {each.person_id for each in holdings if unit.directory.person(each.person_id) is not None}


def _lines_of(unit: Unit, clocks: Sequence[int]) -> list[Quota]:
    """The lines of the activity as it was when it gave what is open of some clocks."""
    given = select(Audit.id).where(col(Audit.clock_id).in_(clocks), Audit.state == AuditState.allocated)
    owed = select(Deadline.ladder_id).where(
        Deadline.kind == AUDIT, Deadline.subject_type == "audit", col(Deadline.subject_id).in_(given)
    )
    kept = unit.session.exec(select(LadderSnapshot.duty).where(col(LadderSnapshot.id).in_(owed))).all()
    return [Quota.model_validate(line) for each in kept for line in each.get("activity", {}).get("do", ())]


def _first_day(unit: Unit, name: str) -> date:
    """The first day on which this activity was done by people's own clocks: today, if it was never before."""
    known = unit.session.get(Meta, f"{SINCE}{name}")
    if known is None:
        known = Meta(key=f"{SINCE}{name}", value=unit.today.isoformat())
        unit.session.add(known)
    return date.fromisoformat(known.value)


def _start(
    unit: Unit, name: str, activity: Activity, clock: OwnClock | None, subject: _Subject, begins: date
) -> OwnClock:
    clock = clock or OwnClock(activity=name, person_id=subject.person, since=begins, counts_from=begins)
    clock.since, clock.stopped_on = begins, None
    clock.counts_from = spread(activity, subject.person, begins, unit.situation.calendar)
    unit.session.add(clock)
    unit.session.flush()
    why = f"{activity.title}: without a last one it is counted from {said(clock.counts_from)}"
    unit.event("clock-started", subject=("person", subject.person), rule=subject.quota.rule, why=why)
    return clock


def _stop(unit: Unit, activity: Activity, clock: OwnClock) -> None:
    """Somebody is no longer who it is about: what their clock asked for is not owed any more."""
    clock.stopped_on = unit.today
    unit.session.add(clock)
    why = f"{activity.title}: they are no longer one of those whom it is about"
    unit.event("clock-stopped", subject=("person", clock.person_id), rule=activity.rule, why=why)
    query = select(Audit).where(Audit.clock_id == clock.id, Audit.state == AuditState.allocated)
    for piece in unit.session.exec(query).all():
        name = unit.directory.name(clock.person_id) or "Whoever it is about"
        withdrawing.withdraw(unit, piece, f"{name} is no longer one of those whom it is about", by=None)


def _state(unit: Unit, name: str) -> _State:
    last = {each.practitioner_id: each for each in PIECES.read(unit.session, NEWEST, {"name": name})}
    there: dict[int, list[PieceRow]] = {}
    for each in PIECES.read(unit.session, WAITING, {"name": name}):
        if each.practitioner_id is not None:
            there.setdefault(each.practitioner_id, []).append(each)
    load = Counter(piece.auditor_id for pieces in there.values() for piece in pieces)
    owed = _owed(unit, [piece.id for person in there.keys() & last.keys() for piece in there[person] if piece.clock_id])
    return _State({person: each for person, each in last.items() if person is not None}, there, owed, load)


def _owed(unit: Unit, pieces: list[int]) -> dict[int, _Owed]:
    rows = columns.run(unit.session, OWED, {"pieces": pieces}) if pieces else ()
    return {piece: _Owed(number, anchors) for piece, number, anchors in rows}


def result_of(unit: Unit, activity: Activity, last: PieceRow | None) -> str:
    """What the last one came to, if the next one is due by that."""
    if last is None or not isinstance(activity.due, AccordingTo):
        return ""
    question = activity.due.according_to.removeprefix(LAST)
    if question == GRADE:
        return last.grade or ""
    answer = own_form.with_work(unit.session, last).get(question)
    return next(iter(conditions.said_values(answer.value)), "") if answer is not None else ""


def _look_again(
    unit: Unit,
    activity: Activity,
    clock: ClockRow,
    owed: _Owed | None,
    piece: PieceRow,
    last: PieceRow | None,
    window: Window,
) -> None:
    """Another piece about the same person came in, or the last one's result was corrected: what is open follows it.

    What the clock asked for too early now is withdrawn; else it has a new date, the next working day at the soonest.
    """
    if piece.clock_id is None or owed is None or last is None:
        return
    counted = counted_from(clock, last)
    before = parse_moment(owed.anchors.get("last", counted.isoformat()))
    if counted == before and _mark(unit, activity, last) in owed.anchors:
        return
    work, deadline = unit.session.get_one(Audit, piece.id), unit.session.get_one(Deadline, owed.id)
    if window.opens > unit.today and counted != before:
        withdrawing.withdraw(unit, work, f"{last.reference} about the same person came in", by=None)
        return
    moved = window.given_on(unit.today, unit.situation.calendar)
    days = {"last": counted.isoformat(), _mark(unit, activity, last): counted.isoformat()}
    kept = {name: text for name, text in deadline.anchors.items() if name != "last" and not name.startswith(LAST)}
    deadline.anchors = {**kept, **days}
    before_due, work.due_on, work.due_at = work.due_on, moved.due, moved.due_at
    unit.session.add(work)
    rearming.move(unit, deadline, moved.due, moved.due_at)
    unit.event(
        "due-moved",
        subject=("audit", piece.id),
        deadline=deadline.id,
        rule=deadline.rule,
        why=f"it is counted from {last.reference}",
        before=before_due.isoformat(),
        after=moved.due.isoformat(),
    )


def _mark(unit: Unit, activity: Activity, last: PieceRow | None) -> str:
    """The name under which a deadline keeps by which result of the last piece it is due."""
    return f"{LAST}{result_of(unit, activity, last) or 'none'}"


def _give(
    unit: Unit,
    name: str,
    activity: Activity,
    subject: _Subject,
    clock: ClockRow,
    last: PieceRow | None,
    window: Window,
    load: Counter[int],
) -> None:
    """Make the next piece about somebody, and tell whoever does it. Nobody there: quality is told once."""
    rests = resting.resting(unit, activity, unit.today, unit.today)
    owner = owner_about(unit, subject.quota.owes, subject.person, subject.team_id, load, rests)
    if owner is None:
        _nobody(unit, activity, subject, window, rests)
        return
    role, person = owner
    load[person] += 1
    counted = counted_from(clock, last)
    if last is None or counted < clock.since:
        window = Window(window.opens, max(window.due, unit.situation.calendar.roll(clock.since + NOTICE, "later")))
    window = window.given_on(unit.today, unit.situation.calendar)
    audit = _piece(unit, name, subject, clock, Piece(person, subject.quota.rule, role, subject.person), window)
    days = {"last": counted, _mark(unit, activity, last): counted}
    number = open_work(unit, audit, activity, unit.today, days)
    why = f"The last one was on {said(counted)}" if last is not None else "There has been none yet"
    unit.event("clock-asked", subject=("audit", audit.id), rule=subject.quota.rule, why=why)
    tell_given(unit, audit, number, "work-given", rule=subject.quota.rule, key=f"allocated:{audit.id}", reason=why)


def _piece(unit: Unit, name: str, subject: _Subject, clock: ClockRow, piece: Piece, window: Window) -> Audit:
    audit = Audit(
        reference=new_reference(unit),
        activity=name,
        about="person",
        auditor_id=piece.owner,
        role=piece.role,
        team_id=subject.team_id,
        practitioner_id=subject.person,
        due_on=window.due,
        due_at=window.due_at,
        allocated_at=unit.now,
        clock_id=clock.id,
    )
    unit.session.add(audit)
    unit.session.flush()
    return audit


def _nobody(unit: Unit, activity: Activity, subject: _Subject, window: Window, rests: Mapping[int, str]) -> None:
    """Nobody can do it today: once it is said, and it is given as soon as somebody can."""
    rule, about = subject.quota.rule, ("person", subject.person)
    by = f"due on {said(window.due)}"
    if rests:
        why = f"{activity.title}: whoever would do it rests in {' and '.join(sorted(set(rests.values())))}; {by}"
        if _is_new(unit, "work-rests", about, why):
            unit.event("work-rests", subject=about, rule=rule, why=why)
        return
    why = f"{activity.title}: nobody is there to do it; {by}"
    if not _is_new(unit, "nobody-to-do-it", about, why):
        return
    unit.event("nobody-to-do-it", subject=about, rule=rule, why=why)
    for person in runs_quality(unit.directory, unit.framework, unit.today):
        unit.notify(
            "nobody-to-do-it",
            person,
            rule=rule,
            subject=about,
            key=f"nobody-to-do-it:{activity.rule}:{subject.person}:{window.due.isoformat()}:{person}",
            reason=why,
            params={
                "what": activity.title,
                "about": unit.directory.name(subject.person),
                "due": window.due.isoformat(),
                "roles": " or ".join(unit.framework.titles().get(each, each) for each in subject.quota.owes),
            },
        )


def _is_new(unit: Unit, what: str, about: tuple[str, int], why: str) -> bool:
    query = select(Event.id).where(
        Event.what == what, Event.subject_type == about[0], Event.subject_id == about[1], col(Event.why) == why
    )
    return unit.session.exec(query).first() is None
