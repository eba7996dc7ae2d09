"""Correcting grades: with a reason, by whoever gave them until somebody has looked again, and by the QA service after.

Grades are taken down wrong: a line of the form is missed, or a press was a slip. What followed from them is judged
again; an alert that they raised stays until somebody has acknowledged it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.form import Field, Form, Option
from qabot.models import Audit, AuditState, Deadline, DeadlineState, Notice, NoticeState
from qabot.workflows.access.records import CORRECT, rows_about
from qabot.workflows.core import finalising, moments
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import new_work
from qabot.workflows.verbs import alerts, audits, stewards

REASONS = {
    "slip": "It was a slip",
    "form": "It is not what stands on the audit form",
    "talked": "It was talked over, and judged otherwise",
    "new": "Something was not known before",
}
"""Why grades are corrected: to choose from, because the log holds nothing that a person wrote."""
REACHED = (NoticeState.sent, NoticeState.ambiguous, NoticeState.begun)


def register(registry: Registry) -> None:
    """The button of a record, and its form."""
    registry.verb(Verb(CORRECT, lambda subject: f"Correct the grades of {about(subject)}", _open, _can, stewards=True))
    registry.form(FormSpec(CORRECT, _form, _take, stewards=True))


def _can(subject: Subject) -> bool:
    return subject.audit is not None and subject.audit.state in (AuditState.submitted, AuditState.finalised)


def _open(pressed: Pressed) -> Reply:
    return OpenForm(_form(pressed))


def _form(pressed: Pressed) -> Form:
    audit = audits.audit_of(pressed)
    if not _can(pressed.subject):
        raise BadRequest(f"{audit.reference} has no grades that could be corrected. Nothing was changed.")
    asked = audits.grade_fields(pressed.unit, audit)
    return Form(
        name=CORRECT,
        title=f"Correct the grades of {audit.reference}",
        intro="What follows from the grades is judged again, and those who were told hear that they were corrected. An "
        "alert stays until somebody has acknowledged it.",
        fields=(
            *asked,
            Field("why", "Why?", "choice", options=tuple(Option(key, words) for key, words in REASONS.items())),
        ),
        submit="Correct the grades",
        token=pressed.token,
        values={
            **{name: str(grade) for name, grade in audit.grades.items()},
            "actions": "yes" if audit.has_actions else "no",
        },
    )


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, audit = pressed.unit, audits.audit_of(pressed)
    grades = audits.given_grades(unit, audit, clean)
    correct(unit, audit, grades, by=pressed.person.id, has_actions=clean["actions"] == "yes", why=clean["why"])
    alert = alerts.said_of(unit, audit, to=pressed.person.id)
    said = f"Thank you. The grades of {audit.reference} are corrected. {alert}"
    return Say(said.strip())


def correct(unit: Unit, audit: Audit, grades: Mapping[str, str], *, by: int, has_actions: bool, why: str) -> None:
    """Correct the grades of work that is in; `why` is one of `REASONS`. Raises `BadRequest` if nothing would change."""
    if audit.state not in (AuditState.submitted, AuditState.finalised):
        raise BadRequest(f"{audit.reference} has no grades that could be corrected. Nothing was changed.")
    overall = audits.check_grades(unit, audit, grades)
    if dict(grades) == audit.grades and has_actions == audit.has_actions:
        raise BadRequest("These are the grades as they stand. Nothing was changed.")
    before, audit.grades, audit.grade, audit.has_actions = audit.grade, dict(grades), grades[overall], has_actions
    unit.session.add(audit)
    unit.session.flush()
    unit.event(
        "grades-corrected", actor=by, subject=("audit", audit.id), why=REASONS[why], before=before, after=audit.grade
    )
    told = _those_told(unit, audit)
    waiting = _waiting(unit, audit)
    moments.judge_again(unit, moments.About.work(audit), by=by)
    for made in new_work.waiting(unit, [each.id for each in waiting if each.state == DeadlineState.withdrawn]):
        stewards.withdraw(unit, made, f"The grades of {audit.reference} were corrected", by=by)
    if not finalising.reopen(unit, audit, by=by):
        finalising.make_final(unit, audit, by=by)
    _tell(unit, audit, told - {by})


def _waiting(unit: Unit, audit: Audit) -> Sequence[Deadline]:
    """What is open about it."""
    of_it = rows_about(unit.session, audit)
    return unit.session.exec(select(Deadline).where(of_it(Deadline), Deadline.state == DeadlineState.open)).all()


def _those_told(unit: Unit, audit: Audit) -> set[int]:
    """Whom a message about it has reached, and what the messages show is drawn anew.

    The practitioner hears nothing of grades from qabot, so nothing of their being corrected either.
    """
    of_it = rows_about(unit.session, audit)
    reached = select(Notice.id, Notice.recipient_id).where(of_it(Notice), col(Notice.state).in_(REACHED))
    rows = unit.session.exec(reached).all()
    unit.redraw_notices([number for number, _ in rows])
    return {person for _, person in rows} - {audit.practitioner_id or 0}


def _tell(unit: Unit, audit: Audit, people: set[int]) -> None:
    activity = unit.framework.activities.get(audit.activity)
    for person in sorted(people):
        unit.notify(
            "duty-news",
            person,
            rule=activity.rule if activity else "",
            subject=("audit", audit.id),
            key=f"corrected:{audit.id}:{person}:{unit.now.isoformat()}",
            reason="The grades were corrected",
            params={"title": "The grades were corrected"},
        )
