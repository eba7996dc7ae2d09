"""What the QA service and administrators do with any audit, from its record: hand it over, or withdraw it."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.form import Field, Form, Option
from qabot.models import Action, ActionState, Alert, Audit, AuditState, Deadline, DeadlineState, Notice
from qabot.workflows.access.records import rows_about
from qabot.workflows.core import moments, topic
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import UNOWNED, Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_due
from qabot.workflows.programme import new_work
from qabot.workflows.verbs import made_work
from qabot.workflows.verbs.audits import reassign

REASONS = {
    "case": "The case has closed, or is not suitable for an audit",
    "practitioner": "The practitioner cannot take part",
    "mistake": "It was set up by mistake, or twice",
    "agreed": "Something else, agreed with the reviewer",
}
"""Why an audit is withdrawn: to choose from, because the log holds nothing that a person wrote."""
NOT_FOR = {"case": ("person", *UNOWNED), "practitioner": UNOWNED}
"""What work is about for which a reason makes no sense."""


def register(registry: Registry) -> None:
    """The two buttons of a record, and their forms."""
    registry.verb(Verb("reassign", _hand_over_label, _open_reassign, _can_hand_over, stewards=True))
    registry.verb(Verb("withdraw", _withdraw_label, _open_withdraw, _can_withdraw, "danger", stewards=True))
    registry.form(FormSpec("reassign", _reassign_form, _take_reassign, stewards=True))
    registry.link("open-programme", lambda subject: "Open the programme", lambda subject: "/programme")
    registry.form(FormSpec("withdraw", _withdraw_form, _take_withdraw, stewards=True))


def _hand_over_label(subject: Subject) -> str:
    return f"Hand over {about(subject)}"


def _withdraw_label(subject: Subject) -> str:
    return f"Withdraw {about(subject)}"


def _can_hand_over(subject: Subject) -> bool:
    return subject.audit is not None and subject.audit.state == AuditState.allocated


def _can_withdraw(subject: Subject) -> bool:
    return subject.audit is not None and subject.audit.state != AuditState.withdrawn


def _open_reassign(pressed: Pressed) -> Reply:
    return OpenForm(_reassign_form(pressed))


def _open_withdraw(pressed: Pressed) -> Reply:
    return OpenForm(_withdraw_form(pressed))


def _reassign_form(pressed: Pressed) -> Form:
    audit = _audit(pressed)
    if not _can_hand_over(pressed.subject):
        raise BadRequest(f"{audit.reference} can be handed over only until its grades are in. Nothing was changed.")
    now_with = pressed.unit.directory.name(audit.auditor_id)
    return Form(
        name="reassign",
        title=f"Hand over {audit.reference}",
        intro=f"This audit is with {now_with}. It stays due on {say_due(audit)}. Both hear from us.",
        fields=(
            Field(
                "to",
                "Who takes it on?",
                "person",
                hint="Somebody who has not worked on the case, and does not oversee it" if audit.case_reference else "",
            ),
        ),
        submit="Hand over",
        token=pressed.token,
    )


def _take_reassign(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, audit, form = pressed.unit, _audit(pressed), _reassign_form(pressed)
    person, before = unit.directory.person(clean["to"]), audit.auditor_id
    if person is None:
        form.errors["to"] = "Choose a person from the list."
    elif person.id == before:
        form.errors["to"] = f"{person.name} has this audit already. Choose somebody else."
    elif person.id == audit.practitioner_id:
        form.errors["to"] = f"This audit is about the work of {person.name}. Choose somebody else."
    if person is None or form.errors:
        return OpenForm(form)
    try:
        reassign(unit, audit, person.id, by=pressed.person.id)
    except BadRequest as wrong:
        form.errors["to"] = str(wrong)
        return OpenForm(form)
    _tell(unit, audit, before, "handed over", to=person.name)
    return Say(f"{audit.reference} is with {person.name} now, and stays due on {say_due(audit)}.")


def _withdraw_form(pressed: Pressed) -> Form:
    audit = _audit(pressed)
    if not _can_withdraw(pressed.subject):
        raise BadRequest(f"{audit.reference} is withdrawn already. Nothing was changed.")
    return Form(
        name="withdraw",
        title=f"Withdraw {audit.reference}",
        intro="Nothing more will be asked of anybody about this audit, and every message about it will say that it "
        "was withdrawn. Its record stays. This cannot be taken back.",
        fields=(
            Field("why", "Why?", "choice", options=tuple(Option(key, REASONS[key]) for key in reasons_of(audit))),
            Field("sure", f"Yes, withdraw {audit.reference}", "tick"),
        ),
        submit=f"Withdraw {audit.reference}",
        token=pressed.token,
    )


def reasons_of(audit: Audit) -> list[str]:
    """The reasons for which this piece of work can be withdrawn."""
    return [key for key in REASONS if audit.about not in NOT_FOR.get(key, ())]


def _take_withdraw(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    audit = _audit(pressed)
    if withdraw(pressed.unit, audit, REASONS[clean["why"]], by=pressed.person.id):
        return Say(f"{audit.reference} is withdrawn. Nothing more is asked of anybody about it.")
    return Say(f"{audit.reference} was withdrawn already.")


def withdraw(unit: Unit, audit: Audit, why: str, *, by: int) -> bool:
    """Take an audit out of the programme: nothing is owed about it any more. False if it was withdrawn before.

    Raises `BadRequest` while an alert about it waits: no alert ends without somebody having seen it (promise 4).
    """
    if _alert_waits(unit, audit):
        raise BadRequest(
            f"The alert about {audit.reference} has not been acknowledged yet, so the audit stays. Please see that "
            "somebody acknowledges it first."
        )
    before = audit.state
    statement = (
        update(Audit)
        .where(col(Audit.id) == audit.id, col(Audit.state) != AuditState.withdrawn)
        .values(state=AuditState.withdrawn)
        .execution_options(synchronize_session=False)
    )
    if not unit.changed(statement):
        return False
    unit.session.refresh(audit)
    subject = ("audit", audit.id)
    unit.event("audit-withdrawn", actor=by, subject=subject, rule=_rule(unit, audit), why=why)
    ended = _end_all(unit, audit, by)
    moments.happen(unit, audit.activity, "withdrawn", topic.About.work(audit), by=by)
    if before == AuditState.allocated and audit.auditor_id != by:
        _tell(unit, audit, audit.auditor_id, "withdrawn", why=why)
    for made in new_work.waiting(unit, ended):
        withdraw(unit, made, f"{audit.reference} was withdrawn. {why}", by=by)
    made_work.ask_again(unit, audit)
    return True


def _rule(unit: Unit, audit: Audit) -> str:
    """The rule of its activity, if the framework still has that."""
    activity = unit.framework.activities.get(audit.activity)
    return activity.rule if activity else ""


def _alert_waits(unit: Unit, audit: Audit) -> bool:
    query = select(Alert.id).where(Alert.audit_id == audit.id, col(Alert.acknowledged_at).is_(None))
    return unit.session.exec(query).first() is not None


def _end_all(unit: Unit, audit: Audit, by: int) -> list[int]:
    """Close what is open about an audit, whose ids these are, and do not send what only tells of it."""
    about = rows_about(unit.session, audit)
    query = select(Deadline).where(about(Deadline), Deadline.state == DeadlineState.open)
    ended = unit.session.exec(query).all()
    for deadline in ended:
        unit.close(deadline, "Withdrawn", by=by, withdrawn=True)
    unit.session.execute(
        update(Action)
        .where(col(Action.audit_id) == audit.id, col(Action.state) == ActionState.open)
        .values(state=ActionState.withdrawn)
        .execution_options(synchronize_session=False)
    )
    unit.supersede("the audit was withdrawn", about(Notice))
    return [each.id for each in ended]


def _tell(unit: Unit, audit: Audit, person_id: int, reason: str, **params: str) -> None:
    """Tell whoever had an audit that it is not theirs any more: once each time, and not for what they do themselves."""
    if unit.directory.person(person_id) is None:
        return
    unit.notify(
        "no-longer-yours",
        person_id,
        rule=_rule(unit, audit),
        subject=("audit", audit.id),
        key=f"not-yours:{audit.id}:{person_id}:{unit.now.isoformat()}",
        reason=f"The audit was {reason}",
        params=params,
    )


def _audit(pressed: Pressed) -> Audit:
    if pressed.subject.audit is None:
        raise BadRequest("Please open the record of the audit, and choose there what to do.")
    return pressed.subject.audit
