"""Putting off what is owed: a new date, once or as often as its duty says."""

from datetime import date

from sqlmodel import func, select

from qabot.errors import BadRequest
from qabot.framework.duties import Duty
from qabot.framework.offsets import Offset
from qabot.models import Deadline, DeadlineState, Event
from qabot.planning.recipients import recipients
from qabot.workflows.core import moments
from qabot.workflows.core.questions import asked
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit, parties_of
from qabot.workflows.core.words import say_day

PUT_OFF = "answered-not-yet"
"""The line of the log that says that a new date was given."""


def can_put_off(subject: Subject) -> bool:
    """Whether whoever owes it may give a new date."""
    return subject.open and subject.duty is not None and subject.duty.put_off is not None and subject.made is None


def latest_new_date(unit: Unit, deadline: Deadline) -> date | None:
    """The last day that may be given instead."""
    duty, _ = asked(unit, deadline)
    within = duty.put_off.within if duty and duty.put_off else Offset(("today",), 60, "day")
    return within.day({"today": unit.today}, unit.situation.calendar)


def put_off(unit: Unit, deadline: Deadline, new_date: date, *, by: int) -> bool:
    """Note a new date (D6b); False if the deadline was closed already.

    A duty that opens on it takes this one's place. Without one this stays open, with the date noted.
    """
    duty, _ = asked(unit, deadline)
    if duty is None or duty.put_off is None:
        raise BadRequest("No new date can be given for this. Nothing was changed.")
    if deadline.state != DeadlineState.open:
        return False
    given = select(func.count()).where(Event.deadline_id == deadline.id, Event.what == PUT_OFF)
    if unit.session.exec(given).one() >= duty.put_off.times:
        when = f", on {say_day(deadline.expected_on)}" if deadline.expected_on else ""
        raise BadRequest(f"A new date was given for this already{when}. If you need more time, please tell us.")
    deadline.replied_at = unit.now
    unit.session.add(deadline)
    of, subject = moments.about_deadline(unit, deadline), (deadline.subject_type, deadline.subject_id)
    unit.event(
        PUT_OFF, actor=by, subject=subject, deadline=deadline.id, rule=deadline.rule, expected=new_date.isoformat()
    )
    follows = [each for each in unit.framework.duties.values() if f"{deadline.kind}.put-off" in each.when]
    if not any(unit.framework.ladder_by(each.terms).steps for each in follows):
        deadline.expected_on = new_date
        _tell_of_new_date(unit, duty, deadline, deadline, by)
        return True
    unit.close(deadline, f"Answered: not yet, new date {say_day(new_date)}", by=by)
    given_now = moments.with_owner(of, by, **{"new-date": new_date})
    opened = moments.happen(unit, deadline.kind, "put-off", given_now, by=by)
    for each in opened:
        each.replied_at = unit.now
        unit.session.add(each)
    _tell_of_new_date(unit, duty, deadline, opened[0] if opened else deadline, by)
    return True


def _tell_of_new_date(unit: Unit, duty: Duty, deadline: Deadline, now: Deadline, by: int) -> None:
    """Whom the duty names hears of the new date; their card is about the deadline that has it `now`."""
    tell = duty.put_off.tell if duty.put_off is not None else ()
    parties, subject = parties_of(deadline, unit.framework), (deadline.subject_type, deadline.subject_id)
    told = recipients(tell, parties, unit.directory, unit.framework, unit.today) if tell else ()
    for person in told:
        unit.notify(
            duty.put_off.send if duty.put_off else "", person.person_id, rule=deadline.rule, subject=subject,
            role=person.role, key=f"new-date:{deadline.id}:{person.person_id}:{deadline.expected_on or ''}",
            deadline=now.id, reason=f"{duty.rule}: a new date was given", params={"by": unit.directory.name(by)},
        )  # fmt: skip
