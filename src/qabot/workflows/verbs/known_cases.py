"""Somebody knows the case that they were given: another one is drawn, or of new work somebody else is asked for."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from qabot.adapter import Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.card import Confirm
from qabot.messaging.values import capital
from qabot.models import Audit, AuditState, Notice, Receipt
from qabot.workflows.core.registry import Pressed, Registry, Undo, Verb, labelled
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import giving_back, withdrawing
from qabot.workflows.programme.giving_back import another_case, given_back, note_involved
from qabot.workflows.programme.picking import title_of
from qabot.workflows.verbs import requests, undoing
from qabot.workflows.verbs.audits import audit_of, can_submit, check_own


def register(registry: Registry) -> None:
    """The button of work that is not done yet."""
    registry.verb(Verb("know-case", labelled("I know this case"), _know_case, _can, own=True, asks=_asks, undo=UNDO))


def _can(subject: Subject) -> bool:
    """Only where there is a case that somebody may know."""
    return can_submit(subject) and subject.audit is not None and subject.audit.case_reference is not None


def _asks(subject: Subject) -> Confirm:
    audit = subject.audit
    other = audit is not None and (audit.made_for_id is not None or audit.asked_by_id is not None)
    then = "Somebody else is asked to do this work." if other else "You get another one in its place, if one is left."
    case = audit.case_reference if audit is not None else ""
    words = f"Case {case} goes back, and never comes to you again. {then}"
    return Confirm("Do you know this case?", words, "Yes, I know it")


def _know_case(pressed: Pressed) -> Reply:
    check_own(pressed)
    unit, audit = pressed.unit, pressed.subject.audit
    if audit is None:
        raise BadRequest("This message is not about an audit. Please open your inbox and choose the audit there.")
    if audit.state != AuditState.allocated or audit.case_reference is None:
        return Say("This audit no longer waits for its case to change.")
    if audit.made_for_id is not None or audit.asked_by_id is not None:
        return _give_back(pressed, audit)
    if given_back(unit, pressed.token):
        return Say(
            f"A case was given back with this message already. The case is now {audit.case_reference}; "
            "if you know that one too, please press the button on the message about it."
        )
    before, state = audit.case_reference, giving_back.State.of(unit, audit, pressed.person.id)
    chosen = another_case(unit, audit, knows=pressed.person.id, press=pressed.token)
    unit.redraw_deadlines([each.id for each in unit.open_deadlines(("audit", audit.id))])
    said = f"Thank you. Case {before} is given back. Your new case is {chosen}."
    if chosen is None:
        said = f"Thank you. Case {before} is given back. {_who_finds(unit, audit)} will find you another one."
    return undoing.keep(pressed, "know-case", Say(said), **state.kept(chosen))


def _who_finds(unit: Unit, audit: Audit) -> str:
    activity = unit.framework.activity(audit.activity)
    if activity is not None and activity.picked_by:
        return f"The {title_of(unit, activity)}"
    return capital(unit.framework.quality)


def _give_back(pressed: Pressed, audit: Audit) -> Reply:
    """It is about this one case: whoever knows it cannot do it, so the duty that made it, or who asked, asks again."""
    unit, by = pressed.unit, pressed.person.id
    state = giving_back.State.of(unit, audit, by)
    note_involved(unit, audit, by)
    unit.event("case-given-back", actor=by, subject=("audit", audit.id), why="it is about this one case")
    waiting = {str(number): reason for number, reason in withdrawing.waiting_about(unit, audit)}
    withdrawing.withdraw(unit, audit, "Whoever had it knows the case", by=by)
    requests.returned(unit, audit, by=by)
    said = Say(f"Thank you. {audit.reference} is given back, and somebody else will be asked to do it.")
    return undoing.keep(pressed, "know-case", said, notices=waiting, **state.kept(audit.case_reference))


def _take_back(pressed: Pressed, receipt: Receipt) -> tuple[str, set[int]]:
    """The case comes back, and what was found or asked in its place is not needed."""
    unit, person, audit = pressed.unit, pressed.person.id, audit_of(pressed)
    state = giving_back.State.kept_in(receipt.before)
    if why := state.why_not(unit, audit):
        raise BadRequest(f"{why} Nothing was changed. Please talk with {unit.framework.quality}: they can help.")
    people = undoing.recall(unit, person, col(Notice.created_at) == receipt.at, _said_of_it(audit))
    if audit.state == AuditState.withdrawn:
        withdrawing.bring_back(unit, audit, receipt.at, receipt.before.get("notices", {}))
    people |= state.restore(unit, audit, receipt.token, receipt.at, by=person)
    return (
        f"This is taken back: {audit.reference} is with {_whose(unit, audit, person)}, about case {state.case}.",
        people,
    )


def _said_of_it(audit: Audit) -> ColumnElement[bool]:
    """What is said because a case was given back: of another one, or of none; that it is not theirs; and asked anew."""
    of_audit = and_(col(Notice.subject_type) == "audit", col(Notice.subject_id) == audit.id)
    said = and_(
        of_audit, col(Notice.message).in_(("review-allocated", "no-case", "work-returned", withdrawing.NOT_YOURS))
    )
    if audit.made_for_id is None:
        return said
    return or_(said, and_(col(Notice.deadline_id) == audit.made_for_id, col(Notice.message) == "duty"))


def _whose(unit: Unit, audit: Audit, person: int) -> str:
    return "you" if audit.auditor_id == person else unit.directory.name(audit.auditor_id)


UNDO = Undo(_take_back, "If you can look at this case after all, please tell {quality}.")
