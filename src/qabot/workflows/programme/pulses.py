"""Pulses: a short survey that a QA manager types on a page, looks at as people will see it, and sends.

Once sent it is a survey like any other: a duty, its sheets, one round, and the rules of small numbers. Whoever was
asked something within a month is left out, and so is whoever sends it.
"""

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal

import orjson
from sqlmodel import select

from qabot.errors import BadRequest, NotAllowed
from qabot.framework import pulses
from qabot.framework.duties import Promise
from qabot.framework.questions import Scale
from qabot.messaging.card import Card
from qabot.messaging.values import join_and
from qabot.models import Cycle, Deadline, Notice, Pulse, SurveySheet
from qabot.planning.recipients import runs_quality
from qabot.planning.suppression import FLOOR
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.cards.loading import Loaded
from qabot.workflows.cards.surveys import view
from qabot.workflows.core import moments, sheets
from qabot.workflows.core.sheets import Sheet
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.texts import look_at_texts
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit

Kind = Literal["scale", "choice", "text"]
Errors = dict[str, str]
MOST, CHOICES = 5, 7
"""So many questions, and so many answers to choose from, at most."""
LABEL, TITLE, ANSWER = 200, 80, 60
"""Letters of a question, of the title, and of an answer: each platform shows that much on a card."""
AGREEMENT = "agreement"
FORM = "pulse"
"""Under what name the log counts what was stopped there."""
SETTLES = timedelta(minutes=2)
"""After so long every process has looked again at what there is."""
NOT_YOURS = "Short surveys are sent by {quality}."


@dataclass(frozen=True, slots=True)
class Typed:
    """One question as it was typed. `scale` names one of `scales`; `choices` are what can be chosen."""

    label: str
    kind: Kind
    scale: str = AGREEMENT
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A pulse as it stands on the page. `roles`, `teams` and `people` are asked together; it closes in `days` working
    days. `number` tells one that is sent twice from another with the same words. `excuse` says what only looks like an
    identifier.
    """

    title: str
    questions: tuple[Typed, ...]
    promise: Promise = "anonymous"
    days: int = 10
    roles: tuple[str, ...] = ()
    teams: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    number: str = ""
    excuse: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What whoever is asked gets, and who they are. `left_out` says how many were asked something within a month."""

    card: Card
    asked: tuple[str, ...]
    left_out: int
    whom: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen on the page: roles, teams, colleagues and scales, each by key and words."""

    roles: Mapping[str, str]
    teams: Mapping[int, str]
    people: Mapping[int, str]
    scales: Mapping[str, str] = field(default_factory=dict)


def scales(unit: Unit) -> dict[str, Scale]:
    """On what can be answered: how far somebody agrees, and the scales of the council's own surveys."""
    framework = unit.framework
    questions = [framework.questions[name] for duty in framework.surveys().values() for name in duty.ask]
    # The scale of a survey that is out, and that the file has no more, may be gone as well.
    names = {each.scale for each in questions if each.scale in framework.scales and not pulses.is_own(each.scale)}
    own = {name: framework.scales[name] for name in names if name is not None}
    return {AGREEMENT: Scale(version="qabot-agreement-1", labels=pulses.AGREEMENT), **own}


def choices(unit: Unit, person_id: int) -> Choices:
    """What the page offers. Raises `NotAllowed`."""
    _check_person(unit, person_id)
    directory = unit.directory
    people = [each for each in directory.people.values() if each.active]
    return Choices(
        {name: role.title for name, role in unit.framework.roles.items() if directory.holders(name, unit.today)},
        dict(sorted(((key, team.name) for key, team in directory.teams.items()), key=lambda each: each[1])),
        {each.id: each.name for each in sorted(people, key=lambda each: each.name)},
        {name: ", ".join(scale.labels.values()) for name, scale in scales(unit).items()},
    )


def check(unit: Unit, draft: Draft, person_id: int) -> Errors:
    """What is wrong, by the field in which it is; nothing if it can be sent. Raises `NotAllowed`."""
    _check_person(unit, person_id)
    errors: Errors = {}
    if not draft.title or len(draft.title) > TITLE:
        errors["title"] = f"Give it a title of up to {TITLE} letters, such as “How we share the load”."
    if not 1 <= draft.days <= 20:
        errors["days"] = "Choose from 1 to 20 working days."
    if not draft.questions:
        errors["label-1"] = "Ask at least one question."
    for number, each in enumerate(draft.questions[:MOST], start=1):
        errors |= _check_question(unit, number, each)
    if len(draft.questions) > MOST:
        errors[f"label-{MOST}"] = f"Ask up to {MOST} questions: a pulse is short."
    texts = _texts(draft)
    checked = look_at_texts(unit, FORM, texts, draft.excuse)
    checked.count_blocked(unit)
    errors |= checked.errors
    if len(_asked(unit, draft, person_id)) < FLOOR:
        errors["whom"] = f"Choose at least {FLOOR} people: the answers of fewer are never shown."
    return errors


def _texts(draft: Draft) -> dict[str, str]:
    """All that was typed, by field."""
    texts = {"title": draft.title}
    for number, each in enumerate(draft.questions, start=1):
        texts |= {f"label-{number}": each.label, f"choices-{number}": "\n".join(each.choices)}
    return texts


def _check_question(unit: Unit, number: int, each: Typed) -> Errors:
    errors: Errors = {}
    if not each.label or len(each.label) > LABEL:
        errors[f"label-{number}"] = f"Write the question in up to {LABEL} letters."
    if each.kind == "scale" and each.scale not in scales(unit):
        errors[f"scale-{number}"] = "Choose one of the scales."
    if each.kind == "choice":
        if not 2 <= len(each.choices) <= CHOICES:
            errors[f"choices-{number}"] = (
                f"Write from 2 to {CHOICES} answers to choose from, each on a line of its own."
            )
        elif len({said.casefold() for said in each.choices}) < len(each.choices):
            errors[f"choices-{number}"] = "Two of the answers are the same."
        elif any(len(said) > ANSWER for said in each.choices):
            errors[f"choices-{number}"] = f"Shorten the answers to {ANSWER} letters each: they stand on buttons."
    return errors


def preview(unit: Unit, draft: Draft, person_id: int) -> Preview:
    """What those who are asked will get, and how many they are. Nothing is kept. Raises `NotAllowed`."""
    _check_person(unit, person_id)
    name = pulses.name_of(0)
    framework = copy.copy(unit.framework)
    pulses.take_in(framework, {name: _says(unit, draft)})
    seen = Unit(unit.session, unit.now, replace(unit.situation, framework=framework), unit.tools)
    due = unit.situation.calendar.add_days(unit.today, draft.days)
    duty, whom = framework.duties[name], _whom(unit, draft)
    deadline = Deadline(
        id=0,
        kind=name,
        rule=duty.rule,
        subject_type="cycle",
        subject_id=0,
        owner_id=person_id,
        due_on=due,
        ladder_id=0,
        opened_at=unit.now,
    )
    row = SurveySheet(key="preview", round_id=0, deadline_id=0, person_id=person_id, sealed=b"")
    row.sealed = Sheet({}).sealed(row.key, unit.tools.sealer)
    subject = Subject(deadline=deadline, duty=duty)
    asking = {each: framework.questions[each] for each in duty.ask}
    shown = replace(view(seen, subject, asking, None, row, duty), whom=whom)
    notice = Notice(
        id=0,
        key="",
        deadline_id=0,
        message="survey",
        rule=duty.rule,
        lane="due",
        recipient_id=person_id,
        subject_type="cycle",
        subject_id=0,
        created_at=unit.now,
        not_before=unit.now,
    )
    card = Drawing(seen, Loaded(subjects={0: subject}, surveys={0: shown})).card(notice)
    people = _asked(unit, draft, person_id)
    able = [each for each in people if not sheets.why_not(unit, duty, each)]
    names = tuple(sorted(unit.directory.name(each) for each in able))
    return Preview(card, names, len(people) - len(able), whom)


def send(unit: Unit, draft: Draft, person_id: int) -> int:
    """Ask them; how many are asked. The same draft once more is the same pulse.

    Raises `NotAllowed`, or `BadRequest` if fewer are left than may ever be shown.
    """
    _check_person(unit, person_id)
    says, once = _says(unit, draft), _once(draft, person_id)
    known = unit.session.exec(select(Pulse).where(Pulse.once == once)).first()
    if known is not None:
        raise BadRequest("This was sent already. Nobody is asked twice.")
    row = Pulse(says=says, made_at=unit.now, made_by_id=person_id, once=once)
    unit.session.add(row)
    unit.session.flush()
    name = pulses.name_of(row.id)
    people_changed(unit.session)
    framework = copy.copy(unit.framework)
    pulses.take_in(framework, {**_there(unit), name: says})
    opening = Unit(unit.session, unit.now, replace(unit.situation, framework=framework), unit.tools)
    duty = framework.duties[name]
    people = [each for each in _asked(unit, draft, person_id) if not sheets.why_not(opening, duty, each)]
    if len(people) < FLOOR:
        raise BadRequest(
            f"Of these, {len(people)} may be asked: the others were asked something within a month. At least {FLOOR} "
            "are needed, since the answers of fewer are never shown."
        )
    due = unit.situation.calendar.add_days(unit.today, draft.days)
    turn = Cycle(activity=name, name=_whom(unit, draft), starts_on=unit.today, due_on=due, created_at=unit.now)
    turn.opened_at = unit.now
    unit.session.add(turn)
    unit.session.flush()
    opened = moments.open_for(opening, name, duty, About.cycle(turn), people)
    for each in opened:
        # Another process may have begun a round of its own before it could know of this survey.
        each.next_at = unit.now + SETTLES
    look_at_texts(unit, FORM, _texts(draft), draft.excuse).note_kept(unit, person_id)
    unit.event("pulse-sent", actor=person_id, subject=("cycle", turn.id), rule=duty.rule, people=len(opened), duty=name)
    return len(opened)


def _there(unit: Unit) -> dict[str, Any]:
    return {pulses.name_of(each.id): each.says for each in unit.session.exec(select(Pulse))}


def _once(draft: Draft, person_id: int) -> str:
    said = orjson.dumps([person_id, draft.number, draft.title], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(said).hexdigest()


def _check_person(unit: Unit, person_id: int) -> None:
    if person_id not in runs_quality(unit.directory, unit.framework, unit.today):
        raise NotAllowed(NOT_YOURS.format(quality=unit.framework.quality))


def _says(unit: Unit, draft: Draft) -> dict[str, Any]:
    reads = unit.framework.doing("runs-quality")
    questions = [_question(each) for each in draft.questions]
    return pulses.says(draft.title, questions, scales(unit), promise=draft.promise, reads=reads, days=draft.days)


def _question(each: Typed) -> dict[str, Any]:
    """As a file says it."""
    match each.kind:
        case "scale":
            return {"label": each.label, "scale": each.scale, "optional": True}
        case "choice":
            return {
                "label": each.label,
                "choice": dict(zip(map(str, range(1, 9)), each.choices, strict=False)),
                "optional": True,
            }
    return {"label": each.label, "type": "text", "optional": True}


def _asked(unit: Unit, draft: Draft, but: int) -> list[int]:
    """Everybody whom it names, each once, without whoever sends it."""
    directory = unit.directory
    held = [person for role in draft.roles for person in directory.holders(role, unit.today)]
    teams = [each.id for each in directory.people.values() if each.team_id in draft.teams]
    people = dict.fromkeys([*held, *teams, *draft.people])
    return [each for each in people if each != but and directory.person(each) is not None]


def _whom(unit: Unit, draft: Draft) -> str:
    """Who is asked, in words for them."""
    roles = [
        f"everybody who is {unit.framework.roles[each].title}" for each in draft.roles if each in unit.framework.roles
    ]
    teams = [f"the team {unit.directory.teams[each].name}" for each in draft.teams if each in unit.directory.teams]
    return join_and([*roles, *teams, *(["some colleagues by name"] if draft.people else [])])
