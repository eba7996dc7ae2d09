"""Somebody knows the case that they were given: another one is drawn, or of new work somebody else is asked for."""

from qabot.adapter import Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.card import Confirm
from qabot.models import Audit, AuditState
from qabot.workflows.core.registry import Pressed, Registry, Verb, labelled
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.giving_back import another_case, given_back, note_involved
from qabot.workflows.programme.picking import title_of
from qabot.workflows.programme.withdrawing import withdraw
from qabot.workflows.verbs import requests
from qabot.workflows.verbs.audits import can_submit, check_own


def register(registry: Registry) -> None:
    """The button of work that is not done yet."""
    registry.verb(Verb("know-case", labelled("I know this case"), _know_case, _can, own=True, asks=_asks))


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
        return _give_back(unit, audit, by=pressed.person.id)
    if given_back(unit, pressed.token):
        return Say(
            f"A case was given back with this message already. The case is now {audit.case_reference}; "
            "if you know that one too, please press the button on the message about it."
        )
    before = audit.case_reference
    chosen = another_case(unit, audit, knows=pressed.person.id, press=pressed.token)
    unit.redraw_deadlines([each.id for each in unit.open_deadlines(("audit", audit.id))])
    if chosen is None:
        return Say(f"Thank you. Case {before} is given back. {_who_finds(unit, audit)} will find you another one.")
    return Say(f"Thank you. Case {before} is given back. Your new case is {chosen}.")


def _who_finds(unit: Unit, audit: Audit) -> str:
    activity = unit.framework.activities.get(audit.activity)
    return f"The {title_of(unit, activity)}" if activity is not None and activity.picked_by else "The QA service"


def _give_back(unit: Unit, audit: Audit, *, by: int) -> Reply:
    """It is about this one case: whoever knows it cannot do it, so the duty that made it, or who asked, asks again."""
    note_involved(unit, audit, by)
    unit.event("case-given-back", actor=by, subject=("audit", audit.id), why="it is about this one case")
    withdraw(unit, audit, "Whoever had it knows the case", by=by)
    requests.returned(unit, audit, by=by)
    return Say(f"Thank you. {audit.reference} is given back, and somebody else will be asked to do it.")
