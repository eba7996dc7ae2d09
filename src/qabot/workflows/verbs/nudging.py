"""One friendly reminder of what somebody owes, because a colleague asked for it.

It goes in their next working hour, and never twice within a working day, whoever asks. Who is away is not reminded:
whoever stands in for them is. Who gave a new date or asked to hear later is left in peace until then.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import func, select

from qabot.errors import BadRequest
from qabot.framework.calendar import local_day
from qabot.messaging.values import join_and
from qabot.models import Deadline, Notice, NoticeState
from qabot.planning.directory import Staff, next_hours
from qabot.planning.recipients import holders
from qabot.workflows.core import topic
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day, say_moment

MESSAGE = "nudge"


@dataclass(frozen=True, slots=True)
class _To:
    """Who is reminded, and in whose place ("" in their own)."""

    staff: Staff
    role: str
    instead_of: str = ""


def nudge(unit: Unit, deadline: Deadline, *, by: Staff) -> str:
    """Remind whoever owes it once; says who and when. Raises `BadRequest` with why nothing goes now."""
    _check_not_lately(unit, deadline)
    people, why_not = _people(unit, deadline, by)
    if not people:
        raise BadRequest(join_and(why_not) + "." if why_not else "Nobody owes it now, so nobody is reminded.")
    for each in people:
        unit.notify(
            MESSAGE,
            each.staff.id,
            rule=deadline.rule,
            subject=(deadline.subject_type, deadline.subject_id),
            role=each.role,
            key=f"nudge:{deadline.id}:{each.staff.id}:{unit.now.isoformat()}",
            deadline=deadline.id,
            reason=f"{by.name} asked for a friendly reminder",
            alone=True,
            params={"by": by.name},
        )
    unit.event_of(deadline, "nudged", actor=by.id, to=[each.staff.id for each in people])
    said = [_said(unit, each) for each in people]
    return ". ".join([*said, *why_not]) + "."


def owing(unit: Unit, deadline: Deadline) -> dict[int, str]:
    """Whose it is, each with the role in which: the owner, and whoever else holds a role that owes it."""
    duty = unit.framework.duty_of(deadline.kind, deadline.ladder_id)
    roles = () if duty is None or duty.owes_each else duty.owes
    parties = topic.parties_to(unit, deadline)
    by_person = {deadline.owner_id: "owner"} if deadline.owner_id is not None else {}
    for role in roles:
        for each in holders(role, parties, unit.directory, unit.framework, unit.today):
            by_person.setdefault(each, role)
    return by_person


def _people(unit: Unit, deadline: Deadline, by: Staff) -> tuple[list[_To], list[str]]:
    """Who is reminded, and of everybody else why not."""
    people: dict[int, _To] = {}
    why_not: list[str] = []
    for person_id, role in owing(unit, deadline).items():
        to, why = _who(unit, deadline, person_id, role)
        if to is not None and to.staff.id == by.id:
            why = "It waits for yourself: it is under What I owe"
        if why or to is None:
            why_not.append(why)
        else:
            people.setdefault(to.staff.id, to)
    return list(people.values()), why_not


def _who(unit: Unit, deadline: Deadline, person_id: int, role: str) -> tuple[_To | None, str]:
    staff = unit.directory.person(person_id)
    if staff is None:
        return None, f"{unit.directory.name(person_id)} no longer works here: hand it over"
    if deadline.snoozed_by_id == person_id and deadline.snoozed_until is not None and deadline.snoozed_until > unit.now:
        return None, f"{staff.name} asked to hear of it again on {say_day(deadline.snoozed_until)}, and does"
    if deadline.owner_id == person_id and deadline.expected_on is not None and deadline.expected_on >= unit.today:
        return None, f"{staff.name} said that it will be done by {say_day(deadline.expected_on)}"
    away = staff.absence(unit.today)
    if away is None:
        return _To(staff, role), ""
    deputy = unit.directory.person(unit.directory.deputy(person_id, unit.today))
    if deputy is None:
        return None, f"{staff.name} is away until {say_day(away.to_on)}, and nobody stands in"
    return _To(deputy, role, staff.name), ""


def _check_not_lately(unit: Unit, deadline: Deadline) -> None:
    """Raises `BadRequest` within a working day of the last one, whoever it went to and whoever asked."""
    at = func.max(func.coalesce(Notice.sent_at, Notice.not_before))
    query = select(at).where(
        Notice.deadline_id == deadline.id, Notice.message == MESSAGE, Notice.state != NoticeState.superseded
    )
    last = unit.session.exec(query).one()
    if last is None:
        return
    free = _next_working_day(unit, local_day(last))
    if unit.today < free:
        went = "A reminder went" if last <= unit.now else "A reminder is to go"
        raise BadRequest(f"{went} on {say_moment(last)}; another is possible from {say_day(free)} on.")


def _next_working_day(unit: Unit, day: date) -> date:
    return unit.situation.calendar.add_days(day, 1)


def _said(unit: Unit, to: _To) -> str:
    at = next_hours(to.staff, unit.now, unit.situation.calendar)
    instead = f", who stands in for {to.instead_of}," if to.instead_of else ""
    return f"{to.staff.name}{instead} gets one friendly reminder {_when(unit, at)}"


def _when(unit: Unit, at: datetime) -> str:
    return "now" if at <= unit.now else f"on {say_moment(at)}, in their working hours"
