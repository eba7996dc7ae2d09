"""The date of a Practice Improvement Meeting (NEW-DDL-1). Nothing of what is discussed comes here."""

from datetime import date, timedelta
from typing import Any

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.calendar import local_day
from qabot.messaging.form import Field, Form
from qabot.messaging.values import weekday
from qabot.models import Audit
from qabot.workflows.registry import Action, FormSpec, Pressed, Registry, about
from qabot.workflows.subjects import Subject
from qabot.workflows.unit import Unit
from qabot.workflows.words import say_day

LATEST_DAYS = 60


def register(registry: Registry) -> None:
    """What managers do about the meeting."""
    registry.action(
        Action("pim-date", lambda subject: f"Give the meeting date for {about(subject)}", _open, _waiting, "primary")
    )
    registry.form(FormSpec("pim-date", _form, _take))


def _waiting(subject: Subject) -> bool:
    return subject.open and subject.deadline is not None and subject.deadline.kind == "pim-date"


def _open(pressed: Pressed) -> Reply:
    return OpenForm(_form(pressed))


def _form(pressed: Pressed) -> Form:
    audit, latest = _audit(pressed), pressed.unit.today + timedelta(days=LATEST_DAYS)
    return Form(
        name="pim-date",
        title=f"Practice Improvement Meeting for {audit.reference}",
        intro="Only the date and the chair. What is discussed stays in the case system.",
        fields=(
            Field(
                "date", "Date of PIM", "date", hint="For example 2026-12-01", earliest=_earliest(pressed), latest=latest
            ),
            Field("chair", "Chair of PIM", "person"),
        ),
        submit="Save the date",
        token=pressed.token,
    )  # fmt: skip


def _earliest(pressed: Pressed) -> date:
    """The meeting is about the alert, so it is not before it; and one long past is not noted here."""
    alert, back = pressed.subject.alert, pressed.unit.today - timedelta(days=LATEST_DAYS)
    return back if alert is None else max(back, local_day(alert.raised_at))


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    audit, form = _audit(pressed), _form(pressed)
    form.errors.update(faults(pressed.unit, audit, clean["date"], clean["chair"]))
    if form.errors:
        return OpenForm(form)
    record(pressed.unit, audit, clean["date"], clean["chair"], by=pressed.person.id)
    return Say(f"Thank you. The meeting is noted for {say_day(clean['date'])}.")


def faults(unit: Unit, audit: Audit, day: date, chair_id: int) -> dict[str, str]:
    """What cannot be right about a meeting, by field. Who may chair is not in the source, so anybody may who could.

    The practitioner stands beside the chair on the form (appendix 9), so the two are not one person.
    """
    errors, chair = {}, unit.directory.person(chair_id)
    if not unit.situation.calendar.is_working(day):
        errors["date"] = f"{weekday(day)} is not a working day. Give another date."
    if chair is None:
        errors["chair"] = "Choose a person from the list."
    elif chair.id == audit.practitioner_id:
        errors["chair"] = f"The meeting is about the work of {chair.name}. Choose somebody else."
    elif day >= unit.today and chair.absence(day):
        errors["chair"] = f"{chair.name} is away on that day. Choose another person, or another date."
    return errors


def record(unit: Unit, audit: Audit, day: Any, chair_id: int, *, by: int | None) -> None:
    """Note the meeting's date and chair, and close what waited for them."""
    if unit.directory.person(chair_id) is None:
        raise BadRequest("The chair is not a member of staff whom qabot knows. Please choose from the list.")
    audit.pim_on, audit.pim_chair_id = day, chair_id
    unit.session.add(audit)
    subject = ("audit", audit.id or 0)
    asked = unit.framework.deadlines.get("pim-date")
    unit.event("pim-date", actor=by, subject=subject, rule=asked.rule if asked else "", date=day.isoformat())
    for deadline in unit.open_deadlines(subject, "pim-date"):
        unit.close(deadline, f"Meeting on {say_day(day)}", by=by)


def _audit(pressed: Pressed) -> Audit:
    if pressed.subject.audit is None:
        raise BadRequest("This message is not about an audit. Please open your inbox and choose the audit there.")
    return pressed.subject.audit
