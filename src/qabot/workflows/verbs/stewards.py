"""What quality assurance and administrators do with any audit, from its record: hand it over, or withdraw it."""

from typing import Any

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.form import Field, Form, Option
from qabot.models import Audit, AuditState
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import UNOWNED, Subject
from qabot.workflows.core.words import say_due
from qabot.workflows.programme import withdrawing
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
    withdrawing.tell(unit, audit, before, "handed over", to=person.name)
    return Say(f"{audit.reference} is with {person.name} now, and stays due on {say_due(audit)}.")


def _withdraw_form(pressed: Pressed) -> Form:
    audit = _audit(pressed)
    if not _can_withdraw(pressed.subject):
        raise BadRequest(f"{audit.reference} is withdrawn already. Nothing was changed.")
    return Form(
        name="withdraw",
        title=f"Withdraw {audit.reference}",
        intro="Nothing more will be asked of anybody about it, and every message about it will say that it "
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
    if withdrawing.withdraw(pressed.unit, audit, REASONS[clean["why"]], by=pressed.person.id):
        return Say(f"{audit.reference} is withdrawn. Nothing more is asked of anybody about it.")
    return Say(f"{audit.reference} was withdrawn already.")


def _audit(pressed: Pressed) -> Audit:
    if pressed.subject.audit is None:
        raise BadRequest("Please open the record of the audit, and choose there what to do.")
    return pressed.subject.audit
