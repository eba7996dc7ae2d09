"""Who may read a record of good practice: whoever it is about decides, and may change their mind (NCT-REC-6)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.vocabulary import NOMINATION
from qabot.messaging.form import Field, Form, Option
from qabot.models import Answer, Nomination
from qabot.workflows.core import conditions, moments, questions, topic
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import answers

FORM = "sharing"
SHARE = "share"
"""The question of a framework by which whoever a nomination is about says who may read it."""
CHECKED = "may-be-shared"
"""The question by which somebody says that nobody can be told from the text. Who asks it, looks before others read."""
PRIVATE, SERVICE, EVERYONE, WITHDRAWN = "private", "service", "everyone", "withdrawn"
LEVELS = {
    PRIVATE: "Nobody else",
    SERVICE: "Everybody in my service",
    EVERYONE: "Everybody who works here",
    WITHDRAWN: "Withdraw it: nothing more is asked about it",
}
WIDTH = {PRIVATE: 0, SERVICE: 1, EVERYONE: 2}
SAID = {
    PRIVATE: "Thank you. Nobody else can read it.",
    SERVICE: "Thank you. Once it has been looked over, your service can read it in the library of good practice.",
    EVERYONE: "Thank you. Once it has been looked over, everybody can read it in the library of good practice.",
    WITHDRAWN: "It is withdrawn: nobody is asked anything more about it, and it is not in the library. "
    "The first copy stays on record with the QA service.",
}


def register(registry: Registry) -> None:
    """How a colleague decides about a record of their own good practice."""
    registry.verb(Verb(FORM, lambda subject: "Decide who may read it", _open, _is_kept))
    registry.form(FormSpec(FORM, build, _take))


def _is_kept(subject: Subject) -> bool:
    return subject.nomination is not None and subject.nomination.state != WITHDRAWN


def _open(pressed: Pressed) -> Reply:
    return OpenForm(build(pressed))


def build(pressed: Pressed) -> Form:
    """The form, with what was decided last."""
    row = _own(pressed)
    return Form(
        name=FORM,
        title="Who may read it",
        intro="You, your line manager and the QA service have read this. You may change your mind at any time.",
        fields=(
            Field(SHARE, "Who else may read it?", "choice", options=tuple(Option(*each) for each in LEVELS.items())),
        ),
        values={SHARE: shared(pressed.unit, row)},
        submit="Save",
        token=pressed.token,
    )


def _own(pressed: Pressed) -> Nomination:
    """The nomination that this is about. Raises `BadRequest` for everybody else, and once it is withdrawn."""
    subject = pressed.subject.nomination
    if subject is None or subject.nominee_id != pressed.person.id:
        raise BadRequest("Whoever it is about decides who may read it, so nothing was changed.")
    row = pressed.unit.session.get_one(Nomination, subject.id)
    if row.state == WITHDRAWN:
        raise BadRequest("You have withdrawn this, so nobody else can read it. A colleague can send a new one.")
    return row


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    decide(pressed.unit, _own(pressed), clean[SHARE], by=pressed.person.id)
    return Say(SAID[clean[SHARE]])


def decide(unit: Unit, row: Nomination, level: str, *, by: int) -> None:
    """Keep who may read a nomination (a key of `LEVELS`). What a framework asks about that is answered with it."""
    subject = (NOMINATION, row.id)
    rule = unit.framework.processes.nomination_shared
    if level == WITHDRAWN:
        row.state = WITHDRAWN
        unit.session.add(row)
        for deadline in unit.open_deadlines(subject):
            unit.close(deadline, "Withdrawn by whoever it is about", by=by, withdrawn=True)
        unit.event("nomination-withdrawn", actor=by, subject=subject, rule=rule)
        return
    unit.event("nomination-sharing-set", actor=by, subject=subject, rule=rule, shared=level)
    asking = [each for each in unit.open_deadlines(subject) if SHARE in questions.asked(unit, each)[1]]
    answered = [answers.answer(unit, each, {SHARE: level}, by=by) for each in asking]
    if not any(answered):
        _keep(unit, subject, level, by)
        _look_over(unit, row, level, by)


def _look_over(unit: Unit, row: Nomination, level: str, by: int) -> None:
    """Who may read it was changed: what waits to be looked over is void, and more readers need a look of their own."""
    staff = unit.directory.person(row.nominee_id)
    about = topic.About.nomination(row, staff.team_id if staff is not None else None)
    wider = WIDTH[level] > WIDTH[looked_over(_given(unit, row))]
    for name, duty in unit.framework.duties.items():
        if CHECKED not in duty.ask:
            continue
        for deadline in unit.open_deadlines(about.subject, {name}):
            unit.close(deadline, "Withdrawn: who may read it was changed", by=by, withdrawn=True)
        if wider and conditions.first_that_holds(unit, duty, about) is not None:
            now = dict.fromkeys(duty.when, unit.now)
            moments.come_round(unit, name, duty, replace(about, dates={**about.dates, **now}), [])


def _given(unit: Unit, row: Nomination) -> list[Answer]:
    query = select(Answer).where(
        Answer.subject_type == NOMINATION, Answer.subject_id == row.id, col(Answer.question).in_((SHARE, CHECKED))
    )
    return list(unit.session.exec(query.order_by(col(Answer.id))))


def looked_over(given: Iterable[Answer]) -> str:
    """How widely a record was looked over, from its answers in order: to share less counts at once, more does not."""
    level = checked = PRIVATE
    for each in given:
        if each.question == CHECKED:
            checked = level if each.value == "yes" else PRIVATE
        else:
            level = str(each.value)
            checked = min(checked, level, key=lambda key: WIDTH.get(key, 0))
    return checked


def _keep(unit: Unit, subject: tuple[str, int], level: str, by: int) -> None:
    kind, number = subject
    given = {"value": level}
    label = LEVELS[level]
    unit.session.add(
        Answer(
            subject_type=kind,
            subject_id=number,
            question=SHARE,
            kind="choice",
            label=label,
            given=given,
            at=unit.now,
            by_id=by,
        )
    )
    unit.session.flush()


def shared(unit: Unit, row: Nomination) -> str:
    """Who may read a nomination: a key of `LEVELS`; private until somebody decides."""
    return WITHDRAWN if row.state == WITHDRAWN else newest(unit, row, SHARE) or PRIVATE


def newest(unit: Unit, row: Nomination, question: str) -> str:
    """The newest answer to a question about a nomination; "" without one."""
    query = select(Answer).where(
        Answer.subject_type == NOMINATION, Answer.subject_id == row.id, Answer.question == question
    )
    answer = unit.session.exec(query.order_by(col(Answer.id).desc())).first()
    return str(answer.value) if answer is not None else ""
