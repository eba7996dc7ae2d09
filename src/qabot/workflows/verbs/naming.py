"""What a piece of work is about, where it came without a person, place or theme: whoever does it says so."""

from typing import Any

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.form import Field, Form
from qabot.models import Audit
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs.audits import audit_of, can_submit, check_own, is_named

FORM = "say-about"
LONGEST = 120
"""Characters of the name of a place or theme."""


def register(registry: Registry) -> None:
    """The button of work that nobody has said what it is about."""
    registry.verb(Verb(FORM, _label, _open, _can, own=True))
    registry.form(FormSpec(FORM, form, _take))


def _label(subject: Subject) -> str:
    return f"Say what {subject.audit.reference} is about" if subject.audit else "Say what it is about"


def _can(subject: Subject) -> bool:
    return can_submit(subject) and subject.audit is not None and not is_named(subject.audit)


def _open(pressed: Pressed) -> Reply:
    return OpenForm(form(pressed))


def about_field(unit: Unit, kind: str, *, required: bool = True) -> Field:
    """What asks for the person, place or theme of a piece of work. Text goes through the identifier check."""
    if kind == "person":
        return Field("whom", "Whose work is it about?", "person", hint="A colleague", required=required)
    return Field(
        "what",
        f"Which {kind}?",
        "text",
        max_length=LONGEST,
        required=required,
        case_reference=unit.framework.council.case_reference,
        hint="A few words, and nothing about a child or a family",
    )


def form(pressed: Pressed) -> Form:
    """Asks what a piece of work is about. Raises `BadRequest` if that is known."""
    audit = audit_of(pressed)
    check_own(pressed)
    if is_named(audit):
        raise BadRequest(f"It is known already what {audit.reference} is about. Nothing was changed.")
    return Form(
        name=FORM,
        title=f"What {audit.reference} is about",
        intro="Once this is known, you can send what you found.",
        fields=(about_field(pressed.unit, audit.about),),
        submit="Save",
        token=pressed.token,
    )


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, audit = pressed.unit, audit_of(pressed)
    if audit.about == "person" and (wrong := fault(unit, clean["whom"], audit.auditor_id)):
        again = form(pressed)
        again.errors["whom"] = wrong
        return OpenForm(again)
    name(unit, audit, person=clean.get("whom"), what=clean.get("what") or "", by=pressed.person.id)
    return Say(f"Thank you. It is noted what {audit.reference} is about.")


def fault(unit: Unit, person: int, auditor: int) -> str:
    """Why work of this auditor cannot be about a person; "" if it can."""
    if unit.directory.person(person) is None:
        return "Choose a person from the list."
    return "Nobody looks at their own work. Choose a colleague." if person == auditor else ""


def name(unit: Unit, audit: Audit, *, person: int | None, what: str, by: int) -> None:
    """Note what a piece of work is about: the person, whose team it is then of, or the place or theme."""
    staff = unit.directory.person(person)
    audit.what, audit.practitioner_id = what, person
    audit.team_id = staff.team_id if staff is not None and staff.team_id is not None else audit.team_id
    unit.session.add(audit)
    subject = ("audit", audit.id)
    deadlines = unit.open_deadlines(subject)
    for deadline in deadlines:
        deadline.practitioner_id = person
        unit.session.add(deadline)
    unit.redraw_deadlines([each.id for each in deadlines])
    # The log holds nothing that a person wrote: what it is about stands on the record.
    unit.event("about-said", actor=by, subject=subject)
