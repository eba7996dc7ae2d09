"""What a locked screen shows of every message and every answer, in both chats: only that there is something to see."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qabot.messaging.card import Button, Card
from qabot.messaging.files import Catalogue
from qabot.messaging.offers import asks_for_something
from qabot.messaging.samples import VARIANTS, sample_buttons, sample_context, show
from qabot.workflows.registrations import new_registry
from qabot_slack import blocks
from qabot_teams.cards import is_urgent, written
from qabot_teams.replies import _note
from qabot_teams.sdk import Message, Reference, posted

ACTIONS = new_registry().names() | {"link"}
CATALOGUE = Catalogue.load([Path(__file__).parents[2] / "messages"], buttons=ACTIONS)
LABELS = {action: f"{action.replace('-', ' ').capitalize()} QA-1042" for action in ACTIONS}
SAID = "Audit QA-1042 of Priya Nair is RED (Inadequate)."
HERE = Reference("https://smba.example", "a:1")
TELLING = ("teams", "service managers", "practice lead", "head of service", "early help", "carefirst", "your service")
"""Whose it is and where it comes from: a role, a service or a system tells a passer-by what it is about."""


def slack(card: Card) -> str:
    return str(blocks.message(card)["text"])


def teams(message: Message) -> dict[str, Any]:
    return posted({"type": "message", "attachments": [{}]}, HERE, message)


def cards(name: str) -> list[Card]:
    return [show(CATALOGUE, name, sample_buttons(LABELS), variant=variant) for variant in VARIANTS]


def names_in(name: str) -> set[str]:
    """Every name and reference that a message's sample knows."""

    def values(thing: Any) -> list[str]:
        if isinstance(thing, str):
            return [thing]
        slots = getattr(thing, "__dataclass_fields__", ())
        return [each for slot in slots for each in values(getattr(thing, slot))]

    found = [each for thing in sample_context(CATALOGUE.get(name).sample).values() for each in values(thing)]
    return {each for each in found if (len(each.split()) > 1 and each[:1].isupper()) or any(map(str.isdigit, each))}


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_a_preview_names_no_work_no_colleague_no_grade_and_no_reason(name: str) -> None:
    for card in cards(name):
        marked = teams(Message(card.summary, written(card), important=is_urgent(card)))
        assert slack(card) == marked["summary"] == CATALOGUE.get(name).summary, "it is the same whatever it is about"
        assert "text" not in marked, "Teams would show it beside the summary"
    preview = CATALOGUE.get(name).summary
    assert CATALOGUE.house.telling(preview) is None
    assert not [each for each in names_in(name) if each in preview]
    assert not [each for each in TELLING if each in preview.lower()]


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_an_alert_is_told_apart_from_everything_else_on_a_locked_screen(name: str) -> None:
    """Slack has no mark for it, so its words tell it apart; Teams marks it as important as well."""
    card = cards(name)[0]
    waits = card.lane == "alert" and asks_for_something(each.action for each in card.buttons)
    assert ("alert" in card.summary and "was withdrawn" not in card.summary) == waits, card.summary
    marked = teams(Message(card.summary, written(card), important=is_urgent(card)))
    assert (marked.get("importance") == "high") == waits


def test_no_answer_says_on_a_locked_screen_what_it_says_on_an_open_one() -> None:
    button = Button("undo", "Undo: QA-1042", "t")
    for said in (blocks.say(SAID), blocks.say(SAID, None, (button,)), blocks.in_words(SAID)):
        assert CATALOGUE.house.telling(said["text"]) is None
        assert "QA-1042" not in said["text"]
    answer = _note(SAID, (button,))
    for message in (answer, replace(answer, card=None)):
        said = teams(message)
        assert CATALOGUE.house.telling(said["summary"]) is None
        assert "Priya Nair" not in said["summary"]
