"""Pictures on cards in Teams: part of the card itself, within what Teams takes, and left out where it does not."""

from dataclasses import replace

import pytest

from qabot.adapter import RefusedForPerson, Sent
from qabot.messaging.card import Button, Card, Note, Paragraph, Picture, text
from qabot_teams.cards import MAX_PICTURED, draw, size
from qabot_teams.lint import lint
from tests.support.teams.cards import shown
from tests.support.teams.connector import Fault, Person
from tests.support.teams.world import World

FEW, MANY = b"\x89PNG" + b"x" * 3000, b"\x89PNG" + b"y" * 28_000


def card(*pngs: bytes) -> Card:
    pictures = [Picture(f"Chart {at}", f"Safeguarding {at}: 75%.", "<svg/>", png) for at, png in enumerate(pngs, 1)]
    link = Button("open-results", "See the results", url="https://qabot.example/surveys/t")
    words = Paragraph(text("This survey has closed."))
    note = Note(text("You get this because you read it."))
    return Card("Results", "There is something.", "news", (words, *pictures, note), (link,))


def images(drawn: dict[str, object]) -> list[str]:
    return [each["altText"] for each in drawn["body"] if each["type"] == "Image"]  # type: ignore[attr-defined]


def test_it_is_part_of_the_card_with_its_figures_in_words() -> None:
    drawn = draw(card(FEW, MANY))
    assert images(drawn) == ["Safeguarding 1: 75%.", "Safeguarding 2: 75%."]
    assert lint(drawn) == []
    assert "Chart 1\nSafeguarding 1: 75%.\nChart 2" in shown(drawn)
    # Counted as UTF-16, as Teams counts words, it is under its 100 KB with the pictures too.
    assert 2 * size(drawn) < 100 * 1000


def test_the_first_ones_that_fit_are_shown_and_those_that_were_not_made_are_not() -> None:
    drawn = draw(card(MANY, MANY, b"", FEW))
    assert images(drawn) == ["Safeguarding 1: 75%.", "Safeguarding 4: 75%."]
    assert size(drawn) <= MAX_PICTURED
    assert draw(card(b"")) == draw(replace(card(), blocks=card().blocks))


@pytest.mark.parametrize("status", [400, 413])
async def test_what_teams_does_not_take_goes_once_more_in_words_alone(teams: World, priya: Person, status: int) -> None:
    teams.connector.faults = [Fault("POST", status)]
    assert isinstance(await teams.adapter.send(teams.address(priya), card(FEW)), Sent)
    [message] = teams.connector.of(priya)
    assert images(message["attachments"][0]["content"]) == []
    assert "This survey has closed." in teams.clients.see(priya)


async def test_a_redraw_that_teams_does_not_take_is_in_words_alone(teams: World, priya: Person) -> None:
    sent = await teams.adapter.send(teams.address(priya), card(FEW))
    assert isinstance(sent, Sent)
    teams.connector.faults = [Fault("PUT", 413)]
    assert isinstance(await teams.adapter.update(teams.address(priya), sent.message_id, card(FEW)), Sent)
    [message] = teams.connector.of(priya)
    assert images(message["attachments"][0]["content"]) == []


async def test_words_that_are_refused_are_not_sent_twice(teams: World, priya: Person) -> None:
    teams.connector.faults = [fault := Fault("POST", 413, times=9)]
    assert isinstance(await teams.adapter.send(teams.address(priya), card()), RefusedForPerson)
    assert fault.times == 8
