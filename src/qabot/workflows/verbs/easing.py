"""More time, letting off, and noting as done, by whoever runs the programme: with a reason, and with who approves it.

The framework says who approves (`approve` of `put-off` and of `let-off`). Where it names nobody quality assurance does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from qabot.errors import BadRequest
from qabot.framework.duties import LATER, LESS, MADE, Duty
from qabot.framework.schema import AUDIT, MODERATION
from qabot.messaging.values import capital, join_and
from qabot.models import Audit, Deadline
from qabot.planning.directory import Staff
from qabot.planning.recipients import runs_quality
from qabot.workflows.core import finalising, topic
from qabot.workflows.core.questions import asked
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day, say_due
from qabot.workflows.programme import withdrawing
from qabot.workflows.verbs import answers, putting_off

LONGEST = 60
"""Days from now to which something is put off at most, where the framework names no other."""
DONE_BECAUSE = {
    "said": "Whoever owes it said that it is done",
    "elsewhere": "It was done and written down elsewhere",
    "overtaken": "Something else that was done answers it too",
}
"""Why something is noted as done by somebody else: to choose from, as the log holds nothing that a person wrote."""


@dataclass(frozen=True, slots=True)
class Later:
    """The days that somebody may give as a later date, and who must agree first ("" if nobody)."""

    first: date
    last: date
    who_agrees: str


def later(unit: Unit, deadline: Deadline, *, by: Staff) -> Later:
    """Which later dates this person may give. Raises `BadRequest` where none can be given, or not by them."""
    duty = _open_to_change(unit, deadline)
    if duty is None or duty.put_off is None:
        _not_for_oneself(unit, deadline, by)
    if deadline.due_on is None:
        raise BadRequest("It has no date that could be later.")
    approve = duty.put_off.approve if duty is not None and duty.put_off is not None else ()
    who = _others(unit, deadline, approve, by)
    first, last = max(deadline.due_on, unit.today) + timedelta(days=1), _latest(unit, deadline, duty)
    if first > last:
        raise BadRequest(f"It is due on {say_due(deadline)}, and cannot be later than that.")
    return Later(first, last, who if duty is not None else "")


def extend(
    unit: Unit,
    deadline: Deadline,
    day: date | None,
    why: str,
    *,
    by: Staff,
    reasons: Mapping[str, str] | None = None,
    hears: int | None = None,
) -> str:
    """A later date; `why` is one of `reasons`, if not of those for which anything is put off.

    `hears` is who is told of it by another message.


    Raises `BadRequest` where none can be given, or not by this person.
    """
    may = later(unit, deadline, by=by)
    if day is None or not unit.today < day <= may.last:
        raise BadRequest(f"Give a date from tomorrow to {say_day(may.last)}.")
    if day < may.first:
        raise BadRequest(f"It is due on {say_due(deadline)} already.")
    reason = _reason(reasons or putting_off.REASONS, why)
    duty, _ = asked(unit, deadline)
    if duty is not None and may.who_agrees:
        putting_off.ask_for(unit, duty, deadline, LATER, by.id, reason, day)
        return f"{may.who_agrees} is asked to agree to {say_day(day)}. Until then it stays due on {say_due(deadline)}."
    before = say_due(deadline)
    putting_off.give_time(unit, deadline, day, reason, by=by.id, approver=by.id, hears=hears)
    return f"Due on {say_day(day)}, not on {before}. {_approved(by)}"


def let_off(unit: Unit, deadline: Deadline, why: str, *, by: Staff) -> str:
    """Nobody owes it any more. Raises `BadRequest` where nobody can be let off, or not by this person."""
    duty = _open_to_change(unit, deadline)
    if duty is None or duty.let_off is None:
        _not_for_oneself(unit, deadline, by)
    reason = _reason(putting_off.REASONS, why)
    approve = duty.let_off.approve if duty is not None and duty.let_off is not None else ()
    who = _others(unit, deadline, approve, by)
    if duty is not None and who:
        putting_off.ask_for(unit, duty, deadline, LESS, by.id, reason)
        return f"{who} is asked to agree. Until then it is owed as before."
    if deadline.kind == AUDIT:
        _note_let_off(unit, deadline, reason, by)
        withdrawing.withdraw(unit, unit.session.get_one(Audit, deadline.subject_id), f"Let off: {reason}", by=by.id)
        return f"Withdrawn: nobody owes it any more. {_approved(by)}"
    if deadline.kind == MODERATION or (duty is not None and duty.looks_again):
        _note_let_off(unit, deadline, reason, by)
        unit.close(deadline, f"Let off: {reason.lower()}", by=by.id, withdrawn=True)
        audit = topic.about_deadline(unit, deadline).audit
        if audit is not None:
            finalising.make_final(unit, audit, by=by.id)
    else:
        putting_off.release(unit, deadline, reason, by.id, approver=by.id)
    putting_off.tell_let_off(unit, deadline, by.id)
    return f"Closed: nobody owes it any more. {_approved(by)}"


def note_done(unit: Unit, deadline: Deadline, why: str, *, by: Staff) -> str:
    """It is done, and whoever owes it has not said so. Raises `BadRequest` where only an answer can close it."""
    duty = _open_to_change(unit, deadline)
    reason = _reason(DONE_BECAUSE, why)
    _others(unit, deadline, (), by)
    if deadline.kind in (AUDIT, MODERATION) or duty is None or duty.looks_again:
        raise BadRequest("It is done once its form is sent by whoever does it. It can be handed over, or let off.")
    _, questions = asked(unit, deadline)
    needed = [each.label for each in questions.values() if not each.optional]
    if needed:
        raise BadRequest(f"It is done once this is answered: {join_and(needed)}. It can be handed over, or let off.")
    answers.check_window(unit, deadline)
    if not answers.answer(unit, deadline, {}, by=by.id):
        raise BadRequest(answers.AGAIN)
    unit.event_of(deadline, "noted-done", actor=by.id, why=reason)
    return "Noted as done. What follows from it begins now."


def _open_to_change(unit: Unit, deadline: Deadline) -> Duty | None:
    """Its duty, if there is one. Raises `BadRequest` of what nobody decides for those who owe it."""
    duty, _ = asked(unit, deadline)
    if duty is not None and duty.is_alert:
        raise BadRequest("An alert is acknowledged, or withdrawn from its record if it was raised by mistake.")
    if deadline.kind.endswith(MADE):
        raise BadRequest("It asks whether somebody agrees: only they can say.")
    putting_off.check_not_handed_on(unit, deadline)
    return duty


def _latest(unit: Unit, deadline: Deadline, duty: Duty | None) -> date:
    given = putting_off.latest_new_date(unit, deadline) if duty is not None and duty.put_off is not None else None
    return given or unit.today + timedelta(days=LONGEST)


def _reason(reasons: Mapping[str, str], why: str) -> str:
    if why not in reasons:
        raise BadRequest("Choose a reason from the list.")
    return reasons[why]


def _others(unit: Unit, deadline: Deadline, approve: tuple[str, ...], by: Staff) -> str:
    """Who must agree first, as people call them; "" where this person may agree themselves.

    Raises `BadRequest` where that is quality assurance, and they are not of it: they ask it, in their own words.
    """
    quality = runs_quality(unit.directory, unit.framework, unit.today)
    if not approve:
        if by.id in quality:
            return ""
        names = join_and(unit.directory.name(each) for each in quality)
        raise BadRequest(
            f"{capital(unit.framework.quality)} approves this{f' ({names})' if names else ''}: please ask them."
        )
    people = putting_off.those_with(unit, deadline, approve)
    if by.id in people:
        return ""
    titles = unit.framework.titles()
    names = join_and(unit.directory.name(each) for each in sorted(people))
    return f"The {join_and(titles.get(each, each) for each in approve)} ({names})"


def _not_for_oneself(unit: Unit, deadline: Deadline, by: Staff) -> None:
    """Who approves is somebody else than who owes it, while there is somebody else. Raises `BadRequest`.

    Where a file says itself who may put something off or be let off, that is what holds.
    """
    quality = runs_quality(unit.directory, unit.framework, unit.today)
    others = [each for each in quality if each != by.id]
    if deadline.owner_id == by.id and others and by.id in quality:
        names = join_and(unit.directory.name(each) for each in others)
        raise BadRequest(
            f"It is yours, so somebody else of {unit.framework.quality} approves it ({names}): please ask them."
        )


def _approved(by: Staff) -> str:
    return f"Approved by {by.name}."


def _note_let_off(unit: Unit, deadline: Deadline, reason: str, by: Staff) -> None:
    unit.event_of(deadline, "let-off", actor=by.id, why=reason, approved_by=by.name)
