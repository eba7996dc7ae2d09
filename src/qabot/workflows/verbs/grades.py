"""Giving grades, and correcting them.

Grades are taken down wrong: a line of the form is missed, or a press was a slip. Whoever gave them corrects them, with
a reason, until somebody has looked again, and the QA service after that. What followed from them is judged again; an
alert that they raised stays until somebody has acknowledged it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.form import Field, Form, Option
from qabot.models import Alert, Audit, AuditState, Deadline, DeadlineState, Notice, NoticeState
from qabot.workflows.access.records import CORRECT, may_use, rows_about
from qabot.workflows.core import finalising, moments, topic
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import new_work
from qabot.workflows.verbs import alerts, audits, naming, stewards
from qabot.workflows.verbs.moderations import activity_scale

REASONS = {
    "slip": "It was a slip",
    "form": "It is not what stands on the audit form",
    "talked": "It was talked over, and judged otherwise",
    "new": "Something was not known before",
}
"""Why grades are corrected: to choose from, because the log holds nothing that a person wrote."""
REACHED = (NoticeState.sent, NoticeState.ambiguous, NoticeState.begun)
YES_NO = (Option("yes", "Yes"), Option("no", "No"))


def register(registry: Registry) -> None:
    """The button of a card, that of a record, and their forms."""
    registry.verb(Verb("submit-grades", _submit_label, _submit, audits.can_submit, "primary", own=True))
    registry.form(FormSpec("submit-grades", _grades_form, _take_grades))
    registry.verb(Verb(CORRECT, lambda subject: f"Correct the grades of {about(subject)}", _open, _can, stewards=True))
    registry.form(FormSpec(CORRECT, _form, _take, stewards=True))


def _submit_label(subject: Subject) -> str:
    return f"Submit grades for {about(subject)}"


def _submit(pressed: Pressed) -> Reply:
    if not audits.is_named(audits.audit_of(pressed)):
        return OpenForm(naming.form(pressed))
    return OpenForm(_grades_form(pressed))


def grade_fields(unit: Unit, audit: Audit) -> tuple[Field, ...]:
    """What is asked of a piece of work that is done: each part's grade, and whether there are actions."""
    scale = activity_scale(unit, audit)
    grades = tuple(Option(key, scale.label(key)) for key in scale.labels)
    parts = audits.activity_of(unit, audit).parts
    return (
        *(Field(part.name, part.label, "choice", options=grades, required=part.required) for part in parts),
        Field("actions", "Are there actions to follow up?", "choice", options=YES_NO),
    )


def given_grades(unit: Unit, audit: Audit, clean: Mapping[str, Any]) -> dict[str, str]:
    """The grades of a form by part; those that may be left out and were are not among them."""
    return {part.name: clean[part.name] for part in audits.activity_of(unit, audit).parts if clean.get(part.name)}


def _grades_form(pressed: Pressed) -> Form:
    audit = audits.audit_of(pressed)
    audits.check_own(pressed)
    return Form(
        name="submit-grades",
        title=f"Grades of {audit.reference}",
        intro="The audit itself goes on the usual form. Here we only need the grades, and nothing about the child.",
        fields=(
            *grade_fields(pressed.unit, audit),
            _concern_field(pressed.unit),
        ),
        submit="Submit grades",
        token=pressed.token,
    )


def _concern_field(unit: Unit) -> Field:
    phone = f"If a child may be at risk now, phone first: {unit.framework.council.duty_line}."
    hint = f"Managers are told at once. {phone}"
    return Field("immediate", "There are immediate concerns", "tick", required=False, hint=hint)


def _take_grades(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    audit = audits.audit_of(pressed)
    done = audits.submit(
        pressed.unit,
        audit,
        given_grades(pressed.unit, audit, clean),
        by=pressed.person.id,
        has_actions=clean["actions"] == "yes",
        immediate=bool(clean["immediate"]),
    )
    if not done:
        return _already_in(pressed, audit, given_grades(pressed.unit, audit, clean), clean)
    alert = alerts.said_of(pressed.unit, audit, to=pressed.person.id)
    return Say(f"Thank you. The grades are in. {alert}".strip())


def _already_in(pressed: Pressed, audit: Audit, grades: Mapping[str, str], clean: Mapping[str, Any]) -> Reply:
    """What counts, where a form that was left open is sent later; if it says otherwise, the way to correct it."""
    unit = pressed.unit
    same = _stands(unit, audit, grades, actions=clean["actions"] == "yes", immediate=bool(clean["immediate"]))
    if same or audit.state == AuditState.withdrawn:
        return Say("The grades of this audit were already in. Thank you.")
    stands = unit.framework.grade_label(audit.grade) if audit.grade else "others"
    said = f"Grades of {audit.reference} were in already, and they count: overall {stands}. What you sent now does not."
    if not may_use(unit, CORRECT, pressed.person, audit):
        return Say(f"{said} If they are wrong, the QA service can correct them on its record.")
    form = _form(pressed)
    return OpenForm(replace(form, intro=f"{said} To have it count, say why, and send this. {form.intro}"))


def _stands(unit: Unit, audit: Audit, grades: Mapping[str, str], *, actions: bool, immediate: bool) -> bool:
    """Whether this is what is known of the audit already."""
    concern = select(Alert.id).where(Alert.audit_id == audit.id, col(Alert.concern))
    known = not immediate or unit.session.exec(concern).first() is not None
    return dict(grades) == audit.grades and actions == audit.has_actions and known


def _can(subject: Subject) -> bool:
    return subject.audit is not None and subject.audit.state in (AuditState.submitted, AuditState.finalised)


def _open(pressed: Pressed) -> Reply:
    return OpenForm(_form(pressed))


def _form(pressed: Pressed) -> Form:
    audit = audits.audit_of(pressed)
    if not _can(pressed.subject):
        raise BadRequest(f"{audit.reference} has no grades that could be corrected. Nothing was changed.")
    asked = grade_fields(pressed.unit, audit)
    return Form(
        name=CORRECT,
        title=f"Correct the grades of {audit.reference}",
        intro="What follows from the grades is judged again, and those who were told hear that they were corrected. An "
        "alert stays until somebody has acknowledged it.",
        fields=(
            *asked,
            _concern_field(pressed.unit),
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
    grades = given_grades(unit, audit, clean)
    correct(
        unit,
        audit,
        grades,
        by=pressed.person.id,
        has_actions=clean["actions"] == "yes",
        immediate=bool(clean["immediate"]),
        why=clean["why"],
    )
    alert = alerts.said_of(unit, audit, to=pressed.person.id)
    said = f"Thank you. The grades of {audit.reference} are corrected. {alert}"
    return Say(said.strip())


def correct(
    unit: Unit,
    audit: Audit,
    grades: Mapping[str, str],
    *,
    by: int,
    has_actions: bool,
    why: str,
    immediate: bool = False,
) -> None:
    """Correct the grades of work that is in; `why` is one of `REASONS`. Raises `BadRequest` if nothing would change."""
    if audit.state not in (AuditState.submitted, AuditState.finalised):
        raise BadRequest(f"{audit.reference} has no grades that could be corrected. Nothing was changed.")
    overall = audits.check_grades(unit, audit, grades)
    if _stands(unit, audit, grades, actions=has_actions, immediate=immediate):
        raise BadRequest("These are the grades as they stand. Nothing was changed.")
    about_it = topic.About.work(audit, concern=immediate)
    held = moments.holding(unit, topic.About.work(audit))
    before, audit.grades, audit.grade, audit.has_actions = audit.grade, dict(grades), grades[overall], has_actions
    unit.session.add(audit)
    unit.session.flush()
    unit.event(
        "grades-corrected", actor=by, subject=("audit", audit.id), why=REASONS[why], before=before, after=audit.grade
    )
    told = _those_told(unit, audit)
    waiting = _waiting(unit, audit)
    moments.judge_again(unit, about_it, held, by=by)
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
            "grades-corrected",
            person,
            rule=activity.rule if activity else "",
            subject=("audit", audit.id),
            key=f"corrected:{audit.id}:{person}:{unit.now.isoformat()}",
            reason="The grades were corrected",
        )
