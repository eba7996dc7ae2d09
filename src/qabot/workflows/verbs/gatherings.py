"""What people do with a gathering: see what is coming, move it, cancel it, say that it was held."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from qabot.adapter import OpenForm, Reply, Say, ShowCard
from qabot.errors import BadRequest
from qabot.framework.gatherings import AFTER
from qabot.framework.vocabulary import OCCASION
from qabot.messaging.card import Block, Button, Card, Paragraph, Row, Run, Style
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.values import weekday
from qabot.models import Deadline, Occasion, OccasionState
from qabot.workflows.access import chairing
from qabot.workflows.core import as_shown, occasions
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, Word, labelled
from qabot.workflows.core.subjects import Subject, load_one
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.programme import agenda, gatherings
from qabot.workflows.verbs import answers

MakeForm = Callable[[Pressed], Form]
TakeForm = Callable[[Pressed, dict[str, Any]], Reply]
MOVE, CANCEL, HOLD = "move-gathering", "cancel-gathering", "hold-gathering"
ON_PAGE = (HOLD, MOVE, CANCEL)
"""The buttons of a gathering's page, for those who may use them."""
REASONS = {
    "few": "Too few people could come",
    "nothing": "There is nothing to talk about this time",
    "together": "It is held together with another one",
    "other": "Something else, agreed with those who are invited",
}
"""Why a gathering is cancelled: to choose from, because the log holds nothing that a person wrote."""
NO_LONGER = "This is no longer planned, so nothing was changed."
FARTHEST = timedelta(days=366)
"""How far ahead a gathering may be moved."""
MOST_SHOWN = 10


def register(registry: Registry) -> None:
    """Its word, its buttons and its forms."""
    registry.word(
        Word(
            "gatherings",
            "Meetings and reports to come, and what each still needs",
            _coming,
            shows=True,
            also=("meetings", "reports"),
        )
    )
    verbs: tuple[tuple[str, str, Style, MakeForm, TakeForm], ...] = (
        (HOLD, "Say how it went", "primary", _hold_form, _take_hold),
        (MOVE, "Move to another day", "default", _move_form, _take_move),
        (CANCEL, "Cancel it", "danger", _cancel_form, _take_cancel),
    )
    for name, words, style, form, take in verbs:
        registry.verb(Verb(name, labelled(words), _opening(form), _planned, style, chairs=True))
        registry.form(FormSpec(name, form, take, chairs=True))
    registry.link("open-gathering", _page_label, _page, _has_page)
    registry.link(
        "calendar-file", labelled("Add to your calendar"), lambda subject: _page(subject, ".ics"), _is_about_one
    )


def _opening(form: MakeForm) -> Callable[[Pressed], Reply]:
    return lambda pressed: OpenForm(form(pressed))


def _page(subject: Subject, ending: str = "") -> str:
    return f"/gatherings/{subject.occasion.token}{ending}" if subject.occasion is not None else ""


def _page_label(subject: Subject) -> str:
    planned = subject.occasion is not None and subject.occasion.state in gatherings.TO_COME
    return labelled("See what it needs" if planned else "See its page")(subject)


def _has_page(subject: Subject) -> bool:
    """Whoever does something that was agreed there may have had no part in it, and its page is not open to them."""
    return subject.occasion is not None and subject.row is None


def _is_about_one(subject: Subject) -> bool:
    return subject.occasion is not None


def _planned(subject: Subject) -> bool:
    return subject.occasion is not None and subject.occasion.state == OccasionState.planned


def _occasion(pressed: Pressed) -> Occasion:
    """The gathering that is meant. Raises `BadRequest` if it is planned no longer."""
    occasion = pressed.subject.occasion
    if occasion is None or occasion.state != OccasionState.planned:
        raise BadRequest(NO_LONGER)
    return occasion


# -- how it went ------------------------------------------------------------------------------------------------------


def after(unit: Unit, occasion: Occasion) -> Deadline | None:
    """What asks how a gathering went, while it is open."""
    return next(iter(unit.open_deadlines((OCCASION, occasion.id), {f"{occasion.thing}{AFTER}"})), None)


def _asked_after(pressed: Pressed) -> Pressed:
    """The same press about what asks how it went. Raises `BadRequest` if nothing does any more, or not yet."""
    unit, occasion = pressed.unit, _occasion(pressed)
    deadline = after(unit, occasion)
    if deadline is None:
        raise BadRequest("Nobody is asked how this went any more. Thank you.")
    answers.check_window(unit, deadline)
    subject = load_one(unit.session, deadline, unit.framework)
    return replace(pressed, subject=subject, deadline=deadline)


def _hold_form(pressed: Pressed) -> Form:
    return replace(answers.answer_form(_asked_after(pressed)), name=HOLD)


def _take_hold(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    reply = answers.take_answer(_asked_after(pressed), clean)
    return OpenForm(replace(reply.form, name=HOLD)) if isinstance(reply, OpenForm) else reply


# -- another day ------------------------------------------------------------------------------------------------------


def _move_form(pressed: Pressed) -> Form:
    occasion, today = _occasion(pressed), pressed.unit.today
    return Form(
        name=MOVE,
        title=f"Move: {occasion.title}",
        intro=f"It is planned for {weekday(occasion.day)}. What people bring moves with it, and they are told.",
        fields=(Field("day", "The new day", "date", earliest=today, latest=today + FARTHEST),),
        submit="Move it",
        token=as_shown.marked(pressed.token, occasion.day),
    )


def _overtaken(pressed: Pressed, occasion: Occasion, form: Form) -> Reply | None:
    """The form once more, if a colleague has moved it to a day that whoever sent this has not seen."""
    if not as_shown.is_overtaken(pressed.shown, occasion.day):
        return None
    said = f"It was moved after you opened this, to {weekday(occasion.day)}, so nothing was changed yet."
    return OpenForm(replace(form, intro=f"{said} Send this again if you still mean it. {form.intro}"))


def _take_move(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, occasion, day = pressed.unit, _occasion(pressed), clean["day"]
    if what := day_fault(unit, occasion, day):
        form = _move_form(pressed)
        form.values["day"], form.errors["day"] = day.isoformat(), what
        return OpenForm(form)
    if again := _overtaken(pressed, occasion, _move_form(pressed)):
        return again
    gatherings.move(unit, occasion, day, by=pressed.person.id)
    return Say(f"{occasion.title} is on {weekday(day)} now. Whoever was told of the day hears of the new one.")


def day_fault(unit: Unit, occasion: Occasion, day: date) -> str:
    """Why a gathering cannot be moved to a day; "" if it can."""
    if day == occasion.day:
        return f"It is on {weekday(day)} already. Give another date."
    if not unit.situation.calendar.is_working(day):
        return f"{weekday(day)} is not a working day. Give another date."
    return ""


# -- not at all -------------------------------------------------------------------------------------------------------


def _cancel_form(pressed: Pressed) -> Form:
    occasion = _occasion(pressed)
    return Form(
        name=CANCEL,
        title=f"Cancel: {occasion.title}",
        intro=f"{occasions.name(occasion)} is taken out of everybody's plans, and nothing is brought to it.",
        fields=(
            Field("why", "Why?", "choice", options=tuple(Option(key, label) for key, label in REASONS.items())),
            Field("sure", f"Yes, cancel it on {say_day(occasion.day)}", "tick"),
        ),
        submit="Cancel it",
        token=as_shown.marked(pressed.token, occasion.day),
    )


def _take_cancel(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    occasion = _occasion(pressed)
    if again := _overtaken(pressed, occasion, _cancel_form(pressed)):
        return again
    gatherings.cancel(pressed.unit, occasion, REASONS[clean["why"]], by=pressed.person.id)
    return Say(f"{occasions.name(occasion)} is cancelled. Whoever was told of it hears so.")


# -- what is coming ---------------------------------------------------------------------------------------------------


def _coming(pressed: Pressed) -> Reply:
    """A card of the gatherings that this person may see, with the buttons of those that they run."""
    unit, person = pressed.unit, pressed.person
    theirs = [each for each in agenda.coming(unit) if chairing.may_see(unit, person, each)]
    if not theirs:
        return Say("No meeting or report is planned that you are part of. Thank you.")
    needs = agenda.needs(unit, theirs[:MOST_SHOWN])
    blocks: list[Block] = [
        Row((Run(say(each, needs.get(each.id, []))),), buttons(pressed, each)) for each in theirs[:MOST_SHOWN]
    ]
    if len(theirs) > MOST_SHOWN:
        blocks.append(Paragraph((Run(f"And {len(theirs) - MOST_SHOWN} more."),)))
    return ShowCard(Card("What is coming", "Meetings and reports to come.", blocks=tuple(blocks)))


def say(occasion: Occasion, needs: list[agenda.Need]) -> str:
    """One line: which one it is, and what it still needs from whom."""
    waiting = [
        f"{each.title} ({each.owner or 'nobody named'}{f', due {say_day(each.due)}' if each.due else ''})"
        for each in needs
        if not each.brought
    ]
    rest = f" Still to come: {'; '.join(waiting)}." if waiting else " Nothing is missing." if needs else ""
    return f"{occasions.name(occasion)}.{rest}"


def buttons(pressed: Pressed, occasion: Occasion) -> tuple[Button, ...]:
    """The link to its page, and what somebody who runs it can do with it."""
    unit, subject = pressed.unit, Subject(occasion=occasion)
    registry, base = unit.tools.registry, unit.tools.base_url
    names = ("open-gathering", *(ON_PAGE if chairing.may_run(unit, pressed.person, occasion) else ()))
    if unit.today < occasion.day:
        names = tuple(each for each in names if each != HOLD)
    made = (registry.button(each, subject, occasion.token, base, base) for each in names)
    return tuple(each for each in made if each is not None)
