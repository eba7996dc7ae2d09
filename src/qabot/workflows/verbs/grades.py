"""Giving grades, and correcting them.

Grades are taken down wrong: a line of the form is missed, or a press was a slip. Whoever gave them corrects them, with
a reason, until somebody has looked again, and quality assurance after that. What followed from them is judged again; an
alert that they raised stays until somebody has acknowledged it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say, ShowCard
from qabot.errors import BadRequest
from qabot.framework.schema import AUDIT
from qabot.messaging.form import Field, Form, Option
from qabot.models import Alert, Audit, AuditState
from qabot.workflows.access import owing
from qabot.workflows.access.records import CORRECT, may_use
from qabot.workflows.core import as_shown, forms, judging_again, own_form, questions, topic
from qabot.workflows.core.own_form import OwnForm
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, Word, about
from qabot.workflows.core.subjects import Subject, load
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import alerts, audits, corrections, home, moderations, naming, second_grades, sure

SURE_FORM = f"submit-grades{sure.ENDING}"
"""The form of grades whose sender has seen who would be told, or is a program that cannot be asked."""
YES_NO = (Option("yes", "Yes"), Option("no", "No"))


def register(registry: Registry) -> None:
    """The button of a card, that of a record, and their forms."""
    registry.verb(Verb("submit-grades", _submit_label, _submit, audits.can_submit, "primary", own=True))
    sure.register(registry, FormSpec("submit-grades", _grades_form, _take_grades))
    registry.word(Word("submit", "Send the grades of an audit, by its reference", _submit_word, shows=True))
    registry.verb(Verb(CORRECT, _correct_label, _open, _can, stewards=True))
    sure.register(registry, moderations.FORM)
    sure.register(registry, second_grades.FORM)
    sure.register(registry, FormSpec(CORRECT, _form, _take, stewards=True))


def _submit_word(pressed: Pressed) -> Reply:
    """The form of the audit that the words name, or of the only one that waits; of several, ask which."""
    unit = pressed.unit
    waiting = [each for each in owing.owed(unit, pressed.person.id) if each.kind == AUDIT]
    if not waiting:
        return Say("You have no audit waiting for grades. Thank you.")
    chosen = home.having(unit, waiting, pressed.rest, ("grade", "grades", "answers"))
    if not chosen:
        return Say(f"None of your audits that wait for grades has “{pressed.rest}” in it. Write “mine” to see them.")
    if len(chosen) > 1:
        return ShowCard(home.which(unit, pressed.person, chosen))
    [subject] = load(unit.session, chosen, unit.framework)
    return _submit(replace(pressed, subject=subject, deadline=chosen[0], token=chosen[0].token))


def _submit_label(subject: Subject) -> str:
    return f"Submit {_said(graded=subject.graded)} for {about(subject)}"


def _said(*, graded: bool) -> str:
    """What people send in: grades, or of work without a grade the answers to what it asks."""
    return "grades" if graded else "answers"


def _correct_label(subject: Subject) -> str:
    return f"Correct the {_said(graded=subject.graded)} of {about(subject)}"


def _submit(pressed: Pressed) -> Reply:
    if not audits.is_named(audits.audit_of(pressed)):
        return OpenForm(naming.form(pressed))
    return OpenForm(_grades_form(pressed))


def _fields(work_form: OwnForm) -> tuple[Field, ...]:
    """What is asked of a piece of work that is done: its questions, whether there are actions, and concerns."""
    actions = (
        ()
        if work_form.follows_rows
        else (Field("actions", "Are there actions to follow up?", "choice", options=YES_NO),)
    )
    return (*forms.fields(work_form.asking()), *actions, *_concern_field(work_form))


def _given(work_form: OwnForm, clean: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a form by question; those that may be left out and were are not among them."""
    values = forms.without_empty_rows(forms.gathered(work_form.questions, clean))
    return {name: value for name, value in values.items() if value is not None}


def _with_faults(work_form: OwnForm, form: Form, clean: Mapping[str, Any]) -> Form | None:
    """The form again, with what cannot be right; None if nothing is."""
    wrong = forms.faults(work_form.asking(), forms.gathered(work_form.questions, clean))
    given = {name: forms.as_given(value) for name, value in clean.items() if value is not None}
    return replace(form, errors=wrong, values={**form.values, **given}) if wrong else None


def _grades_form(pressed: Pressed) -> Form:
    audit = audits.audit_of(pressed)
    audits.check_own(pressed)
    work_form = OwnForm.of(pressed.unit, audit)
    said = _said(graded=work_form.grade is not None)
    intro = f"The audit itself goes on the usual form. Here we only need the {said}, and nothing about the child."
    return Form(
        name="submit-grades",
        title=f"{said.capitalize()} of {audit.reference}",
        intro=f"{intro} {work_form.unheard}".strip(),
        fields=_fields(work_form),
        submit=f"Submit {said}",
        token=pressed.token,
    )


def _concern_field(work_form: OwnForm) -> tuple[Field, ...]:
    """The tick for immediate concerns; none where nobody would be told: whoever ticks it relies on that."""
    if work_form.unheard:
        return ()
    phone = f"If a child may be at risk now, phone first: {work_form.unit.framework.council.duty_line}."
    hint = f"Managers are told at once. {phone}"
    return (Field("immediate", "There are immediate concerns", "tick", required=False, hint=hint),)


def _take_grades(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    audit = audits.audit_of(pressed)
    work_form, immediate = OwnForm.of(pressed.unit, audit), bool(clean.get("immediate"))
    given, actions = _given(work_form, clean), clean.get("actions") == "yes"
    if audit.state == AuditState.allocated and (wrong := _with_faults(work_form, _grades_form(pressed), clean)):
        return OpenForm(wrong)
    if not audits.submit(pressed.unit, audit, given, by=pressed.person.id, has_actions=actions, immediate=immediate):
        return _already_in(pressed, work_form.again(), given, actions=actions, immediate=immediate)
    alert = alerts.said_of(pressed.unit, audit, to=pressed.person.id)
    return Say(f"Thank you. The {_said(graded=work_form.grade is not None)} are in. {alert}".strip())


def _already_in(
    pressed: Pressed, work_form: OwnForm, given: Mapping[str, Any], *, actions: bool, immediate: bool
) -> Reply:
    """What counts, where a form that was left open is sent later; if it says otherwise, the way to correct it."""
    unit, audit = pressed.unit, work_form.audit
    what = _said(graded=work_form.grade is not None)
    if audit.state == AuditState.withdrawn or _stands(work_form, given, actions=actions, immediate=immediate):
        return Say(f"The {what} of this audit were already in. Thank you.")
    stands = f": overall {unit.framework.grade_label(audit.grade)}" if audit.grade else ""
    said = (
        f"{what.capitalize()} of {audit.reference} were in already, and they count{stands}. What you sent now does not."
    )
    if not may_use(unit, CORRECT, pressed.person, audit):
        return Say(f"{said} If they are wrong, {unit.framework.quality} can correct them on its record.")
    form = _form(pressed)
    return OpenForm(replace(form, intro=f"{said} To have it count, say why, and send this. {form.intro}"))


def _stands(work_form: OwnForm, given: Mapping[str, Any], *, actions: bool, immediate: bool) -> bool:
    """Whether this is what is known of the audit already; of rows nothing is said."""
    audit, session = work_form.audit, work_form.unit.session
    of_it = Alert.audit_id == audit.id, col(Alert.withdrawn_at).is_(None)
    concern = select(Alert.id).where(*of_it, col(Alert.concern))
    known = not immediate or session.exec(concern).first() is not None
    before = own_form.with_work(session, audit)
    same = all(
        questions.stored(given.get(name)) == (before[name].value if name in before else None)
        for name in work_form.questions
    )
    return same and actions == audit.has_actions and known


def _can(subject: Subject) -> bool:
    return subject.audit is not None and subject.audit.state in (AuditState.submitted, AuditState.finalised)


def _open(pressed: Pressed) -> Reply:
    return OpenForm(_form(pressed))


def _form(pressed: Pressed) -> Form:
    audit = audits.audit_of(pressed)
    if not _can(pressed.subject):
        raise BadRequest(f"{audit.reference} has no grades that could be corrected. Nothing was changed.")
    work_form = OwnForm.of(pressed.unit, audit).again()
    said = _said(graded=work_form.grade is not None)
    values = _as_it_stands(pressed.unit, audit)
    return Form(
        name=CORRECT,
        title=f"Correct the {said} of {audit.reference}",
        intro=f"What follows from the {said} is judged again, and those who were told hear that they were corrected. "
        f"An alert stays until somebody has acknowledged it, or {pressed.unit.framework.quality} withdraws it. "
        f"{work_form.unheard}".strip(),
        fields=(
            *_fields(work_form),
            corrections.why(),
        ),
        submit=f"Correct the {said}",
        token=as_shown.marked(pressed.token, values),
        values=values,
    )


def _as_it_stands(unit: Unit, audit: Audit) -> dict[str, Any]:
    """What was answered, as the form shows it first."""
    given = {name: each.value for name, each in own_form.with_work(unit.session, audit).items()}
    return {**given, "actions": "yes" if audit.has_actions else "no"}


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, audit = pressed.unit, audits.audit_of(pressed)
    work_form = OwnForm.of(unit, audit).again()
    if wrong := _with_faults(work_form, _form(pressed), clean):
        return OpenForm(wrong)
    given, actions, immediate = _given(work_form, clean), clean.get("actions") == "yes", bool(clean.get("immediate"))
    stands = _as_it_stands(unit, audit)
    if again := corrections.overtaken(pressed, _form(pressed), clean, stands, ("audit", audit.id)):
        return again
    correct(unit, audit, given, by=pressed.person.id, has_actions=actions, immediate=immediate, why=clean["why"])
    alert = alerts.said_of(unit, audit, to=pressed.person.id)
    said = f"Thank you. The {_said(graded=work_form.grade is not None)} of {audit.reference} are corrected. {alert}"
    return Say(f"{said.strip()} {alerts.that_stays(unit, audit)}".strip())


def correct(
    unit: Unit,
    audit: Audit,
    answers: Mapping[str, Any],
    *,
    by: int,
    has_actions: bool,
    why: str,
    immediate: bool = False,
) -> None:
    """Correct what was answered with work that is in, by question; rows stay, and are put right where they stand.

    `why` is one of `corrections.REASONS`. Raises `BadRequest` if nothing would change.
    """
    if audit.state not in (AuditState.submitted, AuditState.finalised):
        raise BadRequest(f"{audit.reference} has no grades that could be corrected. Nothing was changed.")
    work_form = OwnForm.of(unit, audit).again()
    work_form.require(answers, immediate=immediate)
    has_actions = has_actions and not work_form.follows_rows
    if _stands(work_form, answers, actions=has_actions, immediate=immediate):
        raise BadRequest("These are the grades as they stand. Nothing was changed.")
    about_it = topic.About.work(audit, concern=immediate)
    held = judging_again.holding(unit, topic.About.work(audit))
    work_form.correct(answers, by=by)
    before, audit.grade, audit.has_actions = audit.grade, answers.get(work_form.grade or ""), has_actions
    audit.scale_version = work_form.scale.version if work_form.scale else ""
    unit.session.add(audit)
    unit.session.flush()
    unit.event(
        "grades-corrected",
        actor=by,
        subject=("audit", audit.id),
        why=corrections.REASONS[why],
        before=before,
        after=audit.grade,
    )
    corrections.settle(unit, audit, about_it, held, by=by, why=corrections.REASONS[why], answers=work_form.questions)
