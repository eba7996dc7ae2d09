"""Correcting a second look's grade: by whoever gave it, until somebody looks again; then by who runs quality work."""

from collections.abc import Sequence
from typing import Any

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.calendar import local_day
from qabot.framework.duties import Scale
from qabot.messaging.form import Field, Form, Option
from qabot.models import Audit, Moderation
from qabot.workflows.access.records import CORRECT_LOOK, looks_to_correct
from qabot.workflows.core import as_shown, judging_again
from qabot.workflows.core.own_form import OwnForm
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.verbs import alerts, corrections

NONE = "There is no second look at {} whose grade you could correct. Nothing was changed."


def register(registry: Registry) -> None:
    """The button of a record; its form is `FORM`, which is shown once more where it raises an alert."""
    registry.verb(Verb(CORRECT_LOOK, _label, _open, _can, stewards=True))


def scale_of(unit: Unit, audit: Audit) -> Scale:
    """The scale by which an audit is graded. Raises `BadRequest` if it is by none, or its activity is gone."""
    scale = OwnForm.of(unit, audit).scale
    if scale is None:
        raise BadRequest(f"{audit.reference} has no grade, so there is none to be given a second time.")
    return scale


def _label(subject: Subject) -> str:
    return f"Correct the second look at {about(subject)}"


def _can(subject: Subject) -> bool:
    return subject.audit is not None and subject.moderation is None


def _open(pressed: Pressed) -> Reply:
    return OpenForm(form(pressed))


def form(pressed: Pressed, look: Moderation | None = None, grade: str = "", intro: str = "") -> Form:
    """What is asked: which of several looks, its grade and why. `look` is the one that is meant, `grade` what was sent.

    Raises `BadRequest` if this person may correct none.
    """
    audit, looks = _found(pressed)
    scale = scale_of(pressed.unit, audit)
    meant = look or looks[-1]
    which = Field("look", "Which second look?", "choice", options=tuple(_option(pressed.unit, each) for each in looks))
    return Form(
        name=CORRECT_LOOK,
        title=f"Correct the second look at {audit.reference}",
        intro=f"{intro} What follows from the grade is judged again, and those who were told hear that it was "
        "corrected. An alert stays until somebody has acknowledged it, or "
        f"{pressed.unit.framework.quality} withdraws it.".strip(),
        fields=(
            *((which,) if len(looks) > 1 else ()),
            Field("grade", "What is its overall grade?", "choice", options=_grades(scale)),
            corrections.why(),
        ),
        submit="Correct the grade",
        token=as_shown.marked(audit.reference, _as_they_stand(looks)),
        values={"look": str(meant.id), "grade": grade or meant.grade or ""},
    )


def _as_they_stand(looks: Sequence[Moderation]) -> list[tuple[int, str | None]]:
    return [(each.id, each.grade) for each in looks]


def _grades(scale: Scale) -> tuple[Option, ...]:
    return tuple(Option(key, scale.label(key)) for key in scale.labels)


def _option(unit: Unit, look: Moderation) -> Option:
    who, day = unit.directory.name(look.done_by_id), say_day(local_day(look.done_at)) if look.done_at else ""
    return Option(str(look.id), f"{who or 'Somebody'}, {day}")


def _found(pressed: Pressed) -> tuple[Audit, list[Moderation]]:
    audit = pressed.subject.audit
    looks = looks_to_correct(pressed.unit, pressed.person, audit) if audit is not None else []
    if audit is None or not looks:
        raise BadRequest(NONE.format(audit.reference if audit is not None else "this"))
    return audit, looks


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, (audit, looks) = pressed.unit, _found(pressed)
    look = next((each for each in looks if str(each.id) == clean.get("look")), None) if len(looks) > 1 else looks[0]
    if look is None:
        raise BadRequest(NONE.format(audit.reference))
    stands = _as_they_stand(looks)
    if again := corrections.overtaken(pressed, form(pressed, look), clean, stands, ("moderation", look.id)):
        return again
    correct(unit, audit, look, clean["grade"], by=pressed.person.id, why=clean["why"])
    alert = alerts.said_of(unit, audit, to=pressed.person.id)
    said = f"Thank you. The grade of the second look at {audit.reference} is corrected. {alert}"
    return Say(f"{said.strip()} {alerts.that_stays(unit, audit)}".strip())


def correct(unit: Unit, audit: Audit, look: Moderation, grade: str, *, by: int, why: str) -> None:
    """Correct the grade of a second look that is recorded. `why` is one of `corrections.REASONS`.

    What it opens now counts from the correction; offsets from `moderated` stay as they are. Raises `BadRequest` if the
    grade is none of the scale's, or is the one that stands.
    """
    scale = scale_of(unit, audit)
    if grade not in scale.labels:
        raise BadRequest(f"{grade!r} is not a grade; the grades are {', '.join(scale.labels)}.")
    if look.done_at is None or grade == look.grade:
        raise BadRequest("This is the grade as it stands. Nothing was changed.")
    of_work = About.work(audit)
    held = judging_again.holding(unit, of_work)
    before, look.grade = look.grade, grade
    unit.session.add(look)
    unit.session.flush()
    reason = corrections.REASONS[why]
    unit.event(
        "grades-corrected", actor=by, subject=("moderation", look.id), why=reason, before=before, after=look.grade
    )
    corrections.settle(unit, audit, of_work, held, by=by, why=reason, look=True)


FORM = FormSpec(CORRECT_LOOK, form, _take, stewards=True)
