"""Help that somebody asks for: open until one of those who can help has answered, and then told to whoever asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.card import Confirm
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.values import capital, join_and
from qabot.models import Deadline, DeadlineState, HelpRequest, Notice, Receipt
from qabot.planning.directory import Staff
from qabot.planning.recipients import runs_quality
from qabot.workflows.access import owing, presses
from qabot.workflows.cards import pressed as pressed_cards
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Undo, Verb, about, labelled
from qabot.workflows.core.subjects import HELP_ANSWERS, HELP_ID, HELP_TAKEN_BACK, Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.verbs import easing, undoing

FORM, ASKED = "help-answer", "help-asked"
LONGEST_NOTE = 300
OPTIONS = tuple(Option(*each) for each in HELP_ANSWERS.items())
MORE_TIME, UNTIL = "date", "until"
"""The answer that there will be more time, and the question until when."""
WHY_LATER = {"help": "Help or more time was asked for"}
"""Why a date is later then."""


def register(registry: Registry) -> None:
    """Asking for help, and answering whoever asked."""
    registry.verb(
        Verb(
            "more-time",
            labelled("I need help or more time"),
            _ask,
            asks=_asks,
            undo=UNDO,
        )
    )
    registry.verb(Verb(FORM, lambda subject: f"Answer: {about(subject)}".rstrip(": "), _open, _waits))
    registry.form(FormSpec(FORM, _form, _take, also=_wrong))


def _waits(subject: Subject) -> bool:
    return subject.help is not None and subject.help.closed_at is None


def _asks(subject: Subject) -> Confirm:
    """It names nothing: under a list it is about all of it."""
    return Confirm(
        "Do you need help or more time?",
        "Those who can help are told, and your manager is one of them where we know who that is. They are asked to get "
        "in touch. Nothing is counted against anybody, and the date stands until they answer.",
        "Yes, please ask them",
    )


def _ask(pressed: Pressed) -> Reply:
    """The line manager and quality assurance are asked to get in touch. Nothing is counted against anybody."""
    unit, person = pressed.unit, pressed.person
    listed = owing.take_listed(pressed)
    deadlines = [each.deadline for each in listed if each.deadline]
    replied = {str(each.id): each.replied_at.isoformat() if each.replied_at else "" for each in deadlines}
    before = {each.id for each in asked_by(unit, person.id)}
    requests = [ask_for_help(unit, each, person) for each in deadlines]
    said = Say(
        f"Thank you for saying so. {_who_was_told(unit, person)} asked to get in touch and see what would help. You "
        "will hear here what becomes of it."
    )
    fresh = [each.id for each in requests if each.id not in before]
    named = listed[0] if len(listed) == 1 else Subject()
    if not fresh:
        return Say(
            "You have asked for this already, and it is open: nothing was added. You will hear here what becomes of it."
        )
    return undoing.keep(pressed, "more-time", said, named, requests=fresh, replied=replied)


def _take_back(pressed: Pressed, receipt: Receipt) -> tuple[str, set[int]]:
    """What nobody has answered yet is asked no longer."""
    unit, person = pressed.unit, pressed.person.id
    people: set[int] = set()
    query = select(HelpRequest).where(col(HelpRequest.id).in_(receipt.before["requests"]))
    # Whoever answers in this very moment is waited for.
    requests = unit.session.exec(query.where(col(HelpRequest.closed_at).is_(None)).with_for_update()).all()
    if not requests:
        raise BadRequest("This was answered meanwhile, so nothing was changed. The answer comes to you here.")
    for each in requests:
        each.answer, each.closed_at, each.closed_by_id = HELP_TAKEN_BACK, unit.now, person
        unit.session.add(each)
        notices = select(Notice).where(Notice.message == ASKED, Notice.deadline_id == each.deadline_id)
        of_it = [one.id for one in unit.session.exec(notices) if one.params.get(HELP_ID) == str(each.id)]
        people |= undoing.recall(unit, person, col(Notice.id).in_(of_it))
        deadline = unit.session.get_one(Deadline, each.deadline_id)
        if deadline.replied_at == receipt.at:
            before = receipt.before["replied"][str(deadline.id)]
            deadline.replied_at = datetime.fromisoformat(before) if before else None
            unit.session.add(deadline)
        unit.redraw_deadlines([deadline.id])
    return "This is taken back: nobody is asked for help.", people


UNDO = Undo(_take_back, "If you no longer need help, say so to your manager or {quality} when they get in touch.")


def ask_for_help(unit: Unit, deadline: Deadline, person: Staff) -> HelpRequest:
    """Tell those who can help that somebody asked for help or more time with a deadline.

    While that is open, asking again is the same request.
    """
    waiting = select(HelpRequest).where(
        HelpRequest.deadline_id == deadline.id,
        HelpRequest.asked_by_id == person.id,
        col(HelpRequest.closed_at).is_(None),
    )
    request = unit.session.exec(waiting).first()
    if request is not None:
        return request
    request = HelpRequest(deadline_id=deadline.id, asked_by_id=person.id, asked_at=unit.now)
    unit.session.add(request)
    unit.session.flush()
    subject = (deadline.subject_type, deadline.subject_id)
    for each in sorted(who_can_help(unit, person)):
        unit.notify(
            ASKED,
            each,
            rule=deadline.rule,
            subject=subject,
            key=f"help:{request.id}:{each}",
            deadline=deadline.id,
            reason=f"{person.name} asked for help or more time",
            params={"by": person.name, HELP_ID: str(request.id)},
        )
    deadline.replied_at = unit.now
    unit.session.add(deadline)
    unit.redraw_deadlines([deadline.id])
    unit.event_of(deadline, "help-asked", actor=person.id)
    return request


def who_can_help(unit: Unit, person: Staff) -> set[int]:
    """Who is told: the line manager, and whoever runs quality assurance."""
    people = {person.line_manager_id, *runs_quality(unit.directory, unit.framework, unit.today)} - {None, person.id}
    return {each for each in people if each is not None and unit.directory.person(each)}


def _who_was_told(unit: Unit, person: Staff) -> str:
    """Who was told, as the beginning of a sentence: a manager by name, and only one who was."""
    people = who_can_help(unit, person)
    names = [unit.directory.name(person.line_manager_id)] if person.line_manager_id in people else []
    if people - {person.line_manager_id}:
        names.append(unit.framework.quality if names else capital(unit.framework.quality))
    return f"{join_and(names)} {'are' if len(names) > 1 else 'is'}" if names else "We know of nobody else who could be"


def _open(pressed: Pressed) -> Reply:
    return OpenForm(_form(pressed))


def _form(pressed: Pressed) -> Form:
    request = _asked(pressed)
    name = pressed.unit.directory.name(request.asked_by_id)
    named = about(pressed.subject)
    may, why_not = _later(pressed, request)
    options = OPTIONS if may is not None else tuple(each for each in OPTIONS if each.value != MORE_TIME)
    return Form(
        name=FORM,
        title=f"Answer {name}: {named}" if named else f"Answer {name}",
        intro=f"{name} hears what you answer here, and so do the others who were asked. Talk first, if you can.",
        fields=(
            Field("answer", "What became of it?", "choice", options=options, hint=why_not),
            *((_until(may),) if may is not None else ()),
            Field(
                "note",
                "Anything else that they should know",
                "long-text",
                required=False,
                max_length=LONGEST_NOTE,
                hint="Nothing about a child or a family",
            ),
        ),
        submit="Send the answer",
        token=pressed.token,
    )


def _later(pressed: Pressed, request: HelpRequest) -> tuple[easing.Later | None, str]:
    """Which later dates this person may give; else who can, or why nobody: "more time" without a date is no answer."""
    unit, deadline = pressed.unit, pressed.unit.session.get_one(Deadline, request.deadline_id)
    if deadline.state != DeadlineState.open:
        return None, "What it is about is no longer waiting for anybody."
    try:
        return easing.later(unit, deadline, by=pressed.person), ""
    except BadRequest as refused:
        return None, f"You cannot give a later date here. {refused}"


def _until(may: easing.Later) -> Field:
    agreed = f" It counts once it is agreed: {may.who_agrees} is asked." if may.who_agrees else ""
    return Field(
        UNTIL,
        "Until when, if there will be more time?",
        "date",
        hint=f"For example {may.first.isoformat()}.{agreed}",
        required=False,
        earliest=may.first,
        latest=may.last,
    )


def _wrong(pressed: Pressed, clean: Mapping[str, Any]) -> dict[str, str]:
    """More time has a date, and no other answer gives one."""
    if pressed.subject.help is None or pressed.subject.help.closed_at is not None or not clean.get("answer"):
        return {}
    if clean["answer"] == MORE_TIME and clean.get(UNTIL) is None:
        return {UNTIL: "Give the date until which there is more time: that is what they wait for."}
    if clean["answer"] != MORE_TIME and clean.get(UNTIL) is not None:
        return {UNTIL: f"Choose “{HELP_ANSWERS[MORE_TIME]}” if this date is to count; else leave it out."}
    return {}


def _asked(pressed: Pressed) -> HelpRequest:
    request = pressed.unit.session.get(HelpRequest, pressed.subject.help.id) if pressed.subject.help else None
    if request is None:
        raise BadRequest("Nobody asks for help here any more. Thank you.")
    return request


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, request = pressed.unit, _asked(pressed)
    name = unit.directory.name(request.asked_by_id)
    what, note, by = clean["answer"], clean.get("note") or "", pressed.person
    until, (may, _) = clean.get(UNTIL), _later(pressed, request)
    agreeing = f", once it is agreed ({may.who_agrees} is asked)" if may is not None and may.who_agrees else ""
    if not answer(unit, request, what, note, by=by.id, until=f"{say_day(until)}{agreeing}" if until else ""):
        said = f"{unit.directory.name(request.closed_by_id)} had answered {name} already. Thank you."
    else:
        deadline, asker = unit.session.get_one(Deadline, request.deadline_id), request.asked_by_id
        moved = easing.extend(unit, deadline, until, "help", by=by, reasons=WHY_LATER, hears=asker) if until else ""
        said = f"Thank you. {name} hears of it. {moved}".strip()
    return pressed_cards.answered(pressed, said)


def answer(unit: Unit, request: HelpRequest, what: str, note: str, *, by: int, until: str = "") -> bool:
    """Close a request with an answer; False if somebody has done so before. Whoever asked is told.

    `until`: the new date, in words for whoever asked; to move it is the caller's.
    """
    if what not in HELP_ANSWERS:
        raise BadRequest(f"{what!r} is no answer; the answers are {', '.join(HELP_ANSWERS)}.")
    closed = unit.changed(
        update(HelpRequest)
        .where(col(HelpRequest.id) == request.id, col(HelpRequest.closed_at).is_(None))
        .values(answer=what, note=note, closed_at=unit.now, closed_by_id=by)
        .execution_options(synchronize_session=False)
    )
    unit.session.refresh(request)
    if not closed:
        return False
    deadline = unit.session.get_one(Deadline, request.deadline_id)
    subject = (deadline.subject_type, deadline.subject_id)
    unit.redraw_deadlines([deadline.id])
    unit.event_of(deadline, "help-answered", actor=by, why=HELP_ANSWERS[what])
    if request.asked_by_id != by and unit.directory.person(request.asked_by_id) is not None:
        unit.notify(
            "help-answered",
            request.asked_by_id,
            rule=deadline.rule,
            subject=subject,
            key=f"help-answered:{request.id}",
            deadline=deadline.id,
            reason=f"{unit.directory.name(by)} answered",
            params={HELP_ID: str(request.id), **({"until": until} if until else {})},
        )
    return True


def asked_of(unit: Unit, person: Staff) -> list[HelpRequest]:
    """The open requests that this person can answer, the longest waiting first."""
    waiting = select(HelpRequest).where(col(HelpRequest.closed_at).is_(None)).order_by(col(HelpRequest.id))
    requests = []
    for each in unit.session.exec(waiting):
        if presses.can_answer(unit, person, each):
            requests.append(each)
    return requests


def asked_by(unit: Unit, person_id: int) -> list[HelpRequest]:
    """The open requests of this person."""
    waiting = select(HelpRequest).where(HelpRequest.asked_by_id == person_id, col(HelpRequest.closed_at).is_(None))
    return list(unit.session.exec(waiting.order_by(col(HelpRequest.id))))
