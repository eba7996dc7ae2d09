"""The re-check just before a send: does the reason still hold, and is this still the right person?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from qabot.delivery import queries
from qabot.framework.calendar import LAST_DAY, at_local
from qabot.models import DeadlineState, NoticeState
from qabot.models.columns import run
from qabot.models.notice import step_key
from qabot.models.reasons import Reason, by_reason
from qabot.models.rows import DeadlineRow, NoticeRow
from qabot.planning.directory import Staff, next_digest, next_hours, today_or_next
from qabot.planning.occurrences import Mark, marks
from qabot.planning.planner import alert_moment
from qabot.planning.recipients import Recipient, recipients
from qabot.workflows.core import copies, occasions
from qabot.workflows.core.parties import parties_of
from qabot.workflows.core.subjects import HELP_ID, Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import is_past, say_day, say_moment

log = structlog.get_logger()
POISON_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a notice that must not be sent now. `hold` puts it off; else it is superseded.

    `instead` are told in its place; `passed_on`: they are told already. `reason` is what metrics count it by.
    """

    notice: NoticeRow
    why: str
    reason: Reason | None = None
    hold: datetime | None = None
    instead: tuple[Recipient, ...] = ()
    passed_on: bool = False

    def apply(self, unit: Unit) -> None:
        """Write it, and say why in the log."""
        notice = self.notice
        if self.hold is not None:
            # Its own reason stays, for the day on which it is sent; why it had to wait stands in the log.
            unit.session.execute(queries.HOLD, {"b_id": notice.id, "b_at": self.hold})
        else:
            passed_on = self.passed_on or bool(self.instead)
            said = {"b_reason": f"passed on: {self.why}" if passed_on else self.why, "b_passed_on": passed_on}
            unit.session.execute(queries.SUPERSEDE, {"b_id": notice.id, "b_at": unit.now, **said})
        for each in self.instead:
            _redirect(unit, notice, each, self.why)
        unit.event(
            "held" if self.hold is not None else "superseded",
            notice=notice.id,
            deadline=notice.deadline_id,
            subject=(notice.subject_type, notice.subject_id),
            rule=notice.rule,
            why=f"passed on: {self.why}" if self.passed_on else self.why,
            **by_reason(self.reason),
        )


ONE_FOR_ALL = "the one that says whose parts are open"
"""By what an alert to the same person about another's part of the same thing is overtaken."""
Check = Callable[[Unit, NoticeRow, DeadlineRow | None, Staff | None], Verdict | None]
"""Looks at one notice: what stands in its way, or None."""


def recheck(unit: Unit, notices: Sequence[NoticeRow], subjects: Mapping[int | None, Subject]) -> dict[int, Verdict]:
    """Verdicts by notice id; a notice that may go has none. `subjects` are what they are about, by notice id.

    1. The steps that wait beside these are read, if any person would be told several of one deadline.
    2. Each notice goes through `CHECKS` in their order; the first that objects decides.
    3. What nothing objects to goes, unless a later step of its ladder waits for the same person.
    4. Of an alert of which everybody owes a part nobody else hears once for each.
    """
    deadlines = {each.deadline.id: each.deadline for each in subjects.values() if each.deadline}
    verdicts: dict[int, Verdict] = {}
    latest, said = _latest(unit, deadlines), set[tuple[object, ...]]()
    for notice in notices:
        subject = subjects[notice.id]
        verdict = objection(unit, notice, subject.deadline) or _day_passed(unit, notice, subject)
        if verdict is None and latest:
            verdict = _overtaken(notice, latest)
        if verdict is None:
            verdict = _said_once(notice, subject, said)
        if verdict is not None:
            verdicts[notice.id] = verdict
    return verdicts


def objection(
    unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, checks: Sequence[Check] | None = None
) -> Verdict | None:
    """The first objection of all checks, or of these.

    A notice that cannot be checked holds up no other: an alert goes, the rest waits an hour.
    """
    staff = unit.directory.person(notice.recipient_id)
    try:
        for check in checks or CHECKS:
            if (verdict := check(unit, notice, deadline, staff)) is not None:
                return verdict
    except Exception as error:
        if isinstance(error, SQLAlchemyError):
            raise
        log.exception("a notice could not be checked", action="check-failed", notice=notice.id)
        if notice.lane == "alert":
            return None
        why = f"it could not be checked ({type(error).__name__})"
        return Verdict(notice, why, Reason.unchecked, hold=unit.now + POISON_WAIT)
    return None


def _latest(unit: Unit, deadlines: Mapping[int, DeadlineRow]) -> dict[tuple[int | None, int], Mark]:
    """The latest step of each deadline that waits to be sent now, by deadline and person."""
    values = {"deadlines": list(deadlines), "now": unit.now}
    several = run(unit.session, queries.SEVERAL_STEPS, values) if deadlines else ()
    latest: dict[tuple[int | None, int], Mark] = {}
    if not several:
        return latest
    numbers = [row[0] for row in several]
    fired = {number: marks(each) for number, each in run(unit.session, queries.FIRED, {"deadlines": numbers})}
    values = {"deadlines": numbers, "now": unit.now}
    for deadline, person, step, slot in run(unit.session, queries.WAITING_STEPS, values):
        mark, order = Mark(step, slot), fired[deadline]
        before = latest.get((deadline, person), mark)
        latest[deadline, person] = max((before, mark), key=partial(_place, order))
    return latest


def _place(order: Sequence[Mark], mark: Mark) -> int:
    return order.index(mark) if mark in order else -1


def _overtaken(notice: NoticeRow, latest: Mapping[tuple[int | None, int], Mark]) -> Verdict | None:
    """While the platform was away the ladder went on: each person gets the latest step alone (promise 5)."""
    mark = latest.get((notice.deadline_id, notice.recipient_id))
    if not notice.step or mark in {None, Mark(notice.step, notice.slot)}:
        return None
    return Verdict(notice, f"overtaken by {mark}", Reason.overtaken)


def _said_once(notice: NoticeRow, subject: Subject, said: set[tuple[object, ...]]) -> Verdict | None:
    """The first of an alert's parts that goes to somebody who owes none says whose are open, for all the others.

    `said` are those that go, and to whom. It is decided here, not as they are planned: the first may be closed by now.
    """
    deadline, duty = subject.deadline, subject.duty
    if deadline is None or duty is None or not (notice.step and duty.owes_each and duty.is_alert):
        return None
    step = deadline.kind, deadline.subject_type, deadline.subject_id, notice.step, notice.slot, notice.recipient_id
    if step in said and notice.role != "owner":
        return Verdict(notice, f"overtaken by {ONE_FOR_ALL}", Reason.overtaken)
    said.add(step)
    return None


def _day_passed(unit: Unit, notice: NoticeRow, subject: Subject) -> Verdict | None:
    """What is said of the day of a gathering or an event waited until it was past: nobody comes to it any more.

    It is said all the same where the person still expects it on the day from which it was moved, or has until later
    to bring something, or where it became known only afterwards.
    """
    occasion, deadline = subject.occasion, subject.deadline
    if occasion is None or notice.message not in occasions.BEFORE_IT or occasions.AFTERWARDS in notice.params:
        return None
    to_bring = deadline is not None and deadline.due_on is not None and deadline.due_on >= unit.today
    days = [occasion.day, *occasions.moved_from(notice.params)]
    gathering = unit.framework.gatherings.get(occasion.thing)
    if to_bring or not all(occasions.is_over(each, gathering, unit.now) for each in days):
        return None
    return Verdict(notice, f"{say_day(occasion.day)} is past", Reason.no_longer_needed)


def _closed(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, staff: Staff | None) -> Verdict | None:
    if deadline is None or deadline.state == DeadlineState.open or HELP_ID in notice.params:
        return None
    return Verdict(notice, f"no longer needed: {deadline.closed_why or 'closed'}", Reason.no_longer_needed)


def _left(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, staff: Staff | None) -> Verdict | None:
    if staff is not None:
        return None
    why = f"{unit.directory.name(notice.recipient_id)} no longer works here"
    return Verdict(notice, why, Reason.left, instead=right_people(unit, notice, deadline))


def _handed_over(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, staff: Staff | None) -> Verdict | None:
    """What was meant for the owner is not sent to a former owner."""
    if deadline is None or notice.role != "owner" or deadline.owner_id in (None, notice.recipient_id):
        return None
    owner = unit.directory.person(deadline.owner_id)
    if owner is None or owner.absence(unit.today) is not None:
        return None
    instead = (Recipient(owner.id, "owner"),)
    return Verdict(notice, f"handed over to {owner.name}", Reason.handed_over, instead=instead)


def _away(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, staff: Staff | None) -> Verdict | None:
    away = staff.absence(unit.today) if staff else None
    if staff is None or away is None:
        return None
    instead = tuple(each for each in right_people(unit, notice, deadline) if each.person_id != staff.id)
    why = f"{staff.name} is away until {say_day(away.to_on)}"
    if instead and notice.role:
        return Verdict(notice, why, Reason.away, instead=instead)
    # "Until the end of days" is how some lists say that nobody knows.
    back = min(away.to_on, LAST_DAY) + timedelta(days=1)
    return Verdict(notice, why, Reason.away, hold=_next(unit, notice, staff, back))


def right_people(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None) -> tuple[Recipient, ...]:
    """Who is told today in the role in which this notice was made."""
    if deadline is None or not notice.role:
        return ()
    parties = parties_of(deadline, unit.framework)
    news = notice.message in unit.situation.tells
    return tuple(recipients((notice.role,), parties, unit.directory, unit.framework, unit.today, news=news))


def _snoozed(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, staff: Staff | None) -> Verdict | None:
    if deadline is None or deadline.snoozed_until is None or deadline.snoozed_by_id != notice.recipient_id:
        return None
    if notice.lane == "alert" or not notice.step or deadline.snoozed_until <= unit.now:
        return None
    # Until then the planner says it once more by itself; this row would be a second one for the same thing.
    return Verdict(notice, f"put off by the person until {say_moment(deadline.snoozed_until)}", Reason.put_off)


def _expected(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, staff: Staff | None) -> Verdict | None:
    """Whoever said when they expect to be done with what is past its date is left in peace until then."""
    if deadline is None or deadline.expected_on is None or not notice.step or notice.lane == "alert":
        return None
    if notice.role != "owner" or deadline.expected_on < unit.today or not is_past(deadline, unit.now):
        return None
    return Verdict(notice, f"expected on {say_day(deadline.expected_on)}", Reason.expected)


def _no_news(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, staff: Staff | None) -> Verdict | None:
    if notice.lane != "news" or staff is None or staff.news:
        return None
    return Verdict(notice, "news is switched off by this person", Reason.news_off)


def _off_hours(unit: Unit, notice: NoticeRow, deadline: DeadlineRow | None, staff: Staff | None) -> Verdict | None:
    """All but alerts waits for the person's working hours (promise 7), also if the clock jumped over them."""
    if staff is None or notice.lane == "alert" or notice.params.get("at_once"):
        return None
    if next_hours(staff, unit.now, unit.situation.calendar) <= unit.now:
        return None
    later = _next(unit, notice, staff, unit.today)
    return Verdict(notice, "outside this person's working hours", Reason.hours, hold=later)


CHECKS: tuple[Check, ...] = (
    _closed,
    _left,
    _handed_over,
    _away,
    _no_news,
    _snoozed,
    _expected,
    _off_hours,
)
OF_A_LINE: tuple[Check, ...] = (_closed, _handed_over, _snoozed, _expected)
"""What is asked of each line of a list; the rest is asked of its person once."""


def _redirect(unit: Unit, notice: NoticeRow, to: Recipient, why: str) -> None:
    """The same step for somebody else: a row of its own. If theirs was passed on before, it has come back to them."""
    key = _key(notice, to.person_id)
    at = _moment(unit, notice, unit.directory.people[to.person_id])
    reason = f"{why}; {to.why}" if to.why else why
    known = unit.session.exec(queries.WITH_KEY, params={"key": key}).first()
    if known is not None:
        if known.state == NoticeState.superseded and known.passed_on:
            known.state, known.closed_at, known.not_before, known.reason = NoticeState.planned, None, at, reason
            unit.session.add(known)
        return
    copy = copies.for_person(notice, to.person_id, role=to.role, key=key, reason=reason, now=unit.now, not_before=at)
    unit.session.add(copy)


def _key(notice: NoticeRow, person_id: int) -> str:
    if notice.deadline_id is None or not notice.step:
        return f"{notice.key}>{person_id}"
    key = step_key(notice.deadline_id, notice.step, person_id, notice.slot)
    return f"{key}@{notice.brought_to}" if notice.brought_to else key


def _moment(unit: Unit, notice: NoticeRow, staff: Staff) -> datetime:
    if notice.lane == "alert":
        return alert_moment(unit.situation, unit.now)
    if notice.alone:
        return _next(unit, notice, staff, unit.today)
    return today_or_next(staff, unit.now, unit.situation.calendar)


def _next(unit: Unit, notice: NoticeRow, staff: Staff, day: date) -> datetime:
    """From a day on: what goes alone in the person's hours, the rest with their daily message."""
    if notice.lane == "alert" or notice.alone:
        return next_hours(staff, max(unit.now, at_local(day, staff.hours_from)), unit.situation.calendar)
    return next_digest(staff, day, unit.now, unit.situation.calendar)
