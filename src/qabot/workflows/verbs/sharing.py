"""Who may read a record of good practice: whoever it is about decides, and may change their mind (NCT-REC-6)."""

from dataclasses import replace
from typing import Any

from sqlmodel import col

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.vocabulary import NOMINATION
from qabot.messaging.form import Field, Form, Option
from qabot.models import Answer, Nomination, Notice
from qabot.workflows.core import conditions, good_practice, moments, news_of_practice, questions, topic
from qabot.workflows.core.good_practice import EVERYONE, PRIVATE, SERVICE, WIDTH, WITHDRAWN
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import answers
from qabot.workflows.verbs.nominations import MANAGER

FORM = "sharing"
LEVEL = "share"
"""The field of the form."""
LEVELS = {
    PRIVATE: "Nobody else",
    SERVICE: "Everybody in my service",
    EVERYONE: "Everybody who works here",
    WITHDRAWN: "Withdraw it: nothing more is asked about it",
}
WHO = {SERVICE: "your service", EVERYONE: "everybody"}


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
        intro=f"You, your line manager and {pressed.unit.framework.quality} have read this. You may "
        "change your mind at any time.",
        fields=(
            Field(LEVEL, "Who else may read it?", "choice", options=tuple(Option(*each) for each in LEVELS.items())),
        ),
        values={LEVEL: shared(pressed.unit, row)},
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
    row, level = _own(pressed), clean[LEVEL]
    decide(pressed.unit, row, level, by=pressed.person.id)
    return Say(_said(pressed.unit, row, level))


def _said(unit: Unit, row: Nomination, level: str) -> str:
    """What becomes of it. That it is looked over first is only said where somebody does."""
    match level:
        case good_practice.WITHDRAWN:
            gone = "It is withdrawn: nobody is asked anything more about it, and it is not in the library. "
            stays = f"The first copy stays on record with {unit.framework.quality}, "
            return f"{gone}{stays}and an e-mail that went out stays where it is."
        case good_practice.PRIVATE:
            return "Thank you. Nobody else can read it."
    there = WIDTH[_sharing(unit, row).readable] >= WIDTH[level]
    when = f"{WHO[level]} can read it" if there else f"once it has been looked over, {WHO[level]} can read it"
    return f"Thank you. {when[:1].upper()}{when[1:]} in the library of good practice."


def _sharing(unit: Unit, row: Nomination) -> good_practice.Sharing:
    return news_of_practice.shared(unit, (NOMINATION, row.id))


def decide(unit: Unit, row: Nomination, level: str, *, by: int) -> None:
    """Keep who may read a nomination (a key of `LEVELS`). What a framework asks about that is answered with it."""
    subject = (NOMINATION, row.id)
    before = news_of_practice.shared(unit, subject)
    rule = unit.framework.processes.nomination_shared
    if level == WITHDRAWN:
        row.state = WITHDRAWN
        unit.session.add(row)
        for deadline in unit.open_deadlines(subject):
            unit.close(deadline, "Withdrawn by whoever it is about", by=by, withdrawn=True)
        of_it = (col(Notice.subject_type) == NOMINATION, col(Notice.subject_id) == row.id)
        unit.supersede("withdrawn by whoever it is about", *of_it, col(Notice.message) == MANAGER)
        unit.event("nomination-withdrawn", actor=by, subject=subject, rule=rule)
        news_of_practice.follow(unit, subject, before)
        return
    unit.event("nomination-sharing-set", actor=by, subject=subject, rule=rule, shared=level)
    question = good_practice.who_may_read(unit.framework)
    asking = [each for each in unit.open_deadlines(subject) if question in questions.asked(unit, each)[1]]
    answered = [answers.answer(unit, each, {question: level}, by=by) for each in asking]
    if not any(answered):
        _keep(unit, subject, level, by)
        news_of_practice.follow(unit, subject, before)
        _look_over(unit, row, level, by)


def _look_over(unit: Unit, row: Nomination, level: str, by: int) -> None:
    """Who may read it was changed: what waits to be looked over is void, and more readers need a look of their own."""
    check = good_practice.look_over(unit.framework)
    staff = unit.directory.person(row.nominee_id)
    about = topic.About.nomination(row, staff.team_id if staff is not None else None)
    wider = WIDTH[level] > WIDTH[_sharing(unit, row).readable]
    for name, duty in unit.framework.duties.items():
        if not check or check not in duty.ask:
            continue
        for deadline in unit.open_deadlines(about.subject, {name}):
            unit.close(deadline, "Withdrawn: who may read it was changed", by=by, withdrawn=True)
        if wider and conditions.first_that_holds(unit, duty, about) is not None:
            now = dict.fromkeys(duty.when, unit.now)
            moments.come_round(unit, name, duty, replace(about, dates={**about.dates, **now}), [])


def _keep(unit: Unit, subject: tuple[str, int], level: str, by: int) -> None:
    kind, number = subject
    unit.session.add(
        Answer(
            subject_type=kind,
            subject_id=number,
            question=good_practice.who_may_read(unit.framework),
            kind="choice",
            label=LEVELS[level],
            given={"value": level},
            at=unit.now,
            by_id=by,
        )
    )
    unit.session.flush()


def shared(unit: Unit, row: Nomination) -> str:
    """Who may read a nomination, as it was decided: a key of `LEVELS`; private until somebody decides."""
    return _sharing(unit, row).decided
