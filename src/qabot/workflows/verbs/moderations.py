"""Moderation: the second judgement of an audit, and what follows from it (NEW-MOD-3, -5, -6, D5, D6)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.duties import SECOND_GRADE, TOLD_IN_PERSON, Question
from qabot.framework.offsets import parse_moment
from qabot.framework.schema import MODERATION
from qabot.messaging.form import Field, Form, Option
from qabot.models import AnswerRow, Audit, Deadline, Moderation
from qabot.workflows.access.records import looks_to_correct
from qabot.workflows.core import dates, finalising, forms, in_turn, looks, moments, rows, topic
from qabot.workflows.core.questions import asked, keep
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import alerts, second_grades

TALK_TO_COME = "Once somebody has spoken with the practitioner, tell us here: then the audit is final."
SPOKEN = (Option("yes", "Yes, somebody has"), Option("not-yet", "Not yet: I will tell you when it has happened"))


def register(registry: Registry) -> None:
    """What moderators do; the form is `FORM`, which is shown once more where it raises an alert."""
    registry.verb(Verb("moderate", _label, _open, _waiting, "primary"))


def _label(subject: Subject) -> str:
    if looks.only_the_talk_is_left(subject):
        return f"Somebody has spoken with the practitioner: {about(subject)}"
    return f"Record moderation of {about(subject)}"


def _waiting(subject: Subject) -> bool:
    return subject.open and subject.moderation is not None


def _open(pressed: Pressed) -> Reply:
    moderation, audit = pressed.subject.moderation, pressed.subject.audit
    if moderation is not None and audit is not None and looks.only_the_talk_is_left(pressed.subject):
        return _have_spoken(pressed.unit, moderation, audit, by=pressed.person.id)
    return OpenForm(_form(pressed))


def _form(pressed: Pressed) -> Form:
    audit, deadline = pressed.subject.audit, pressed.subject.deadline
    if audit is None or deadline is None:
        raise BadRequest("This moderation is no longer there. Please open your inbox.")
    unit, fields = pressed.unit, list[Field]()
    asks, questions = _asked(unit, deadline)
    if SECOND_GRADE in asks:
        scale = second_grades.scale_of(unit, audit)
        grades = tuple(Option(key, scale.label(key)) for key in scale.labels)
        fields.append(Field("grade", "Your overall grade", "choice", options=grades))
    fields += forms.fields(_asking(unit, deadline, questions))
    if TOLD_IN_PERSON in asks:
        fields.append(
            Field(
                "spoken",
                "Has somebody spoken with the practitioner about this audit?",
                "choice",
                options=SPOKEN,
                hint="The practitioner hears from a person first, never from qabot. The audit is final after that.",
            )
        )
    needed = "your grade" if SECOND_GRADE in asks and not questions else "what is asked below"
    return Form(
        name="moderate",
        title=f"Moderation of {audit.reference}",
        intro=f"Your reasons go on the audit's own form. Here we only need {needed}.",
        fields=tuple(fields),
        submit="Record moderation",
        token=pressed.token,
    )


def _asked(unit: Unit, deadline: Deadline) -> tuple[tuple[str, ...], dict[str, Question]]:
    """All that whoever looks again is asked, and those of it that are questions of the file."""
    duty, questions = asked(unit, deadline)
    # One that a version before opened for a sample has nothing kept: it asks for a grade.
    return duty.ask if duty is not None else (SECOND_GRADE,), questions


def _asking(unit: Unit, deadline: Deadline, questions: Mapping[str, Question]) -> forms.Asking:
    dates = {name: parse_moment(text) for name, text in deadline.anchors.items()}
    return forms.Asking(unit, questions, dates, deadline.practitioner_id, deadline.auditor_id)


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    moderation, audit = pressed.subject.moderation, pressed.subject.audit
    if moderation is None or audit is None:
        raise BadRequest("This moderation is no longer there. Please open your inbox.")
    spoken, deadline = clean.get("spoken") != "not-yet", pressed.subject.deadline
    given: dict[str, Any] = {}
    if deadline is not None and pressed.subject.open:
        _, questions = _asked(pressed.unit, deadline)
        values = forms.gathered(questions, clean)
        if wrong := forms.faults(_asking(pressed.unit, deadline, questions), values):
            shown = {name: forms.as_given(value) for name, value in clean.items() if value is not None}
            return OpenForm(replace(_form(pressed), errors=wrong, values=shown))
        given = forms.without_empty_rows(values)
    grade, by = clean.get("grade"), pressed.person.id
    before = len(alerts.open_alerts(pressed.unit, audit.id))
    if record(pressed.unit, moderation, audit, grade, by=by, spoken=spoken, answers=given):
        said = "Thank you. Your moderation is recorded."
        if grade is not None:
            said = f"{said} Please talk it through with {_first(pressed.unit, audit, by)}."
        alert = (
            alerts.said_of(pressed.unit, audit, to=by)
            if len(alerts.open_alerts(pressed.unit, audit.id)) > before
            else ""
        )
        return Say(" ".join(each for each in (said, "" if spoken else TALK_TO_COME, alert) if each))
    if spoken and looks.only_the_talk_is_left(pressed.subject):
        return _have_spoken(pressed.unit, moderation, audit, by=pressed.person.id)
    return _already(pressed, moderation, audit, grade)


def _first(unit: Unit, audit: Audit, by: int) -> str:
    """Whoever did it first, by name; themselves where somebody recorded it on behalf of another."""
    name = unit.directory.name(audit.auditor_id)
    return name if name and audit.auditor_id != by else "whoever did it first"


def _already(pressed: Pressed, moderation: Moderation, audit: Audit, grade: str | None) -> Reply:
    """What counts, where a form that was left open is sent later; if it says otherwise, the way to correct it."""
    unit = pressed.unit
    if grade is None or grade == moderation.grade:
        return Say("This moderation was already recorded. Thank you.")
    stands = second_grades.scale_of(unit, audit).label(moderation.grade) if moderation.grade else "without a grade"
    who = "you" if moderation.done_by_id == pressed.person.id else unit.directory.name(moderation.done_by_id)
    said = (
        f"The moderation of {audit.reference} was already recorded by {who}, and it counts: {stands}. What you sent "
        "now does not."
    )
    if moderation.id not in {each.id for each in looks_to_correct(unit, pressed.person, audit)}:
        return Say(f"{said} If it is wrong, please tell {unit.framework.quality}.")
    return OpenForm(second_grades.form(pressed, moderation, grade, f"{said} To have it count, say why, and send this."))


def _have_spoken(unit: Unit, moderation: Moderation, audit: Audit, *, by: int) -> Reply:
    if talked_through(unit, moderation, audit, by=by):
        return Say(f"Thank you. {audit.reference} is final now, and the practitioner hears so without its grade.")
    return Say("This was already recorded. Thank you.")


def record(
    unit: Unit,
    moderation: Moderation,
    audit: Audit,
    grade: str | None,
    *,
    by: int,
    spoken: bool = True,
    answers: Mapping[str, Any] | None = None,
) -> bool:
    """Record a second look with its grade, if it asks for one, and its `answers`; False if it was recorded before.

    What follows from its grade, such as an alert (D5), is the framework's. Offsets from `moderated` count from now.
    While nobody has `spoken` with the practitioner, its deadline stays open and the audit does not become final.
    """
    in_turn.take(unit.session, ("audit", audit.id))
    if moderation.done_at is not None:
        return False
    scale = second_grades.scale_of(unit, audit) if grade is not None else None
    if scale is not None and grade not in scale.labels:
        raise BadRequest(f"{grade!r} is not a grade; the grades are {', '.join(scale.labels)}.")
    moderation.grade, moderation.done_at, moderation.done_by_id = grade, unit.now, by
    unit.session.add(moderation)
    subject = ("moderation", moderation.id)
    unit.event("moderated", actor=by, subject=subject, rule=moderation.rule, before=audit.grade, after=grade)
    given = _keep(unit, moderation, audit, answers or {}, by)
    closed = _close(unit, moderation, "Moderated", by) if spoken else []
    if not spoken:
        unit.redraw_deadlines([each.id for each in unit.open_deadlines(subject)])
    about = topic.About.work(audit)
    if grade is not None:
        moments.happen(unit, audit.activity, "moderated", about, by=by)
    for row in given:
        moments.happen(unit, row.question, rows.ROW, about.with_row(row), by=by)
    if spoken:
        _end(unit, moderation, audit, closed, by)
    if grade is not None:
        # What judges no grade, such as whether actions are taken, says nothing of how it was audited.
        _share(unit, moderation, audit)
    return True


def _keep(unit: Unit, moderation: Moderation, audit: Audit, answers: Mapping[str, Any], by: int) -> list[AnswerRow]:
    """Keep what was answered beside the grade; the rows among it, in order."""
    waiting = unit.open_deadlines(("moderation", moderation.id)) if answers else []
    given: list[AnswerRow] = []
    for deadline in waiting[:1]:
        _, questions = _asked(unit, deadline)
        keep(unit, ("audit", audit.id), deadline, questions, answers, by=by)
        given += rows.keep(unit, ("audit", audit.id), questions, answers, by=by)
        dates.move_due(unit, topic.About.work(audit), answers.keys())
    return given


def talked_through(unit: Unit, moderation: Moderation, audit: Audit, *, by: int) -> bool:
    """Somebody has spoken with the practitioner: a second look that is recorded is over. False if that was known."""
    closed = _close(unit, moderation, "Moderated and talked through", by) if moderation.done_at is not None else []
    if not closed:
        return False
    _end(unit, moderation, audit, closed, by)
    return True


def _close(unit: Unit, moderation: Moderation, why: str, by: int) -> list[str]:
    """Close what asked for this second look; the kinds of deadline that were closed."""
    waiting = unit.open_deadlines(("moderation", moderation.id))
    return [each.kind for each in waiting if unit.close(each, why, by=by)]


def _end(unit: Unit, moderation: Moderation, audit: Audit, closed: list[str], by: int) -> None:
    """A second look is over: what counts from it counts anew, and what it held may go on."""
    about = topic.About.work(audit)
    if audit.moderated_at is None and moderation.grade is not None:
        audit.moderated_at = unit.now
        unit.session.add(audit)
        dates.count_anew(unit, about, "moderated", unit.now)
    for kind in closed:
        moments.happen(unit, moderation.layer if kind == MODERATION else kind, "done", about, by=by)
    finalising.make_final(unit, audit, by=by)


def draw_by_hand(unit: Unit, audit: Audit, moderator_id: int) -> Moderation:
    """A moderation that no sample drew, because somebody moderated all the same. It opens no deadline."""
    row = Moderation(
        audit_id=audit.id,
        layer="by-hand",
        rule=unit.framework.processes.moderation_by_hand,
        moderator_id=moderator_id,
        drawn_at=unit.now,
    )
    unit.session.add(row)
    unit.session.flush()
    return row


def _share(unit: Unit, moderation: Moderation, audit: Audit) -> None:
    """The first reviewer and their manager are asked to talk it through (NEW-MOD-6)."""
    rule, auditor = unit.framework.processes.moderation_shared, unit.directory.person(audit.auditor_id)
    people = {audit.auditor_id, auditor.line_manager_id if auditor else None} - {None, moderation.done_by_id}
    sample = unit.framework.samples.get(moderation.layer)
    params = {**({"layer": sample.title} if sample is not None else {}), **looks.compared(moderation, audit)}
    for each in sorted(each for each in people if each is not None and unit.directory.person(each)):
        unit.notify(
            looks.DONE,
            each,
            rule=rule,
            subject=("moderation", moderation.id),
            key=f"moderated:{moderation.id}:{each}",
            reason="Shared with the first reviewer and their manager",
            params=params,
        )


FORM = FormSpec("moderate", _form, _take)
