"""The Teams adapter keeps the contract of `qabot.adapter`: every reply in every way in, every promise of a send."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

import qabot_teams.settings
from qabot.adapter import OpenForm, Reply, Say, Sent, ShowCard
from qabot_teams import Teams
from qabot_teams.sdks import NEEDED
from tests.support.teams import service as samples
from tests.support.teams.cards import problems
from tests.support.teams.connector import Fault, Person
from tests.support.teams.world import World, world

ROOT = Path(__file__).parents[2]
REPLIES: dict[str, Reply] = {
    "a card": ShowCard(samples.alert_card()),
    "a card with a sentence": ShowCard(samples.alert_card("QA-1", "Tom Reed"), "Thank you."),
    "a form": OpenForm(samples.date_form()),
    "a form with errors": OpenForm(samples.nomination_form({"what": "x"})),
    "a sentence": Say("Thank you."),
    "a sentence with an offer": Say("Is this you?", samples.reminder_card()),
}


@pytest.fixture(params=list(NEEDED))
async def teams(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with world({"QABOT_TEAMS_SDK": request.param}) as made:
        yield made


@pytest.fixture
async def priya(teams: World) -> Person:
    person = teams.connector.add("Priya Raman")
    await teams.clients.install(person)
    await teams.adapter.send(teams.address(person), samples.reminder_card())
    return person


def test_it_is_found_by_its_entry_points() -> None:
    assert [each.load().__module__ for each in entry_points(group="qabot.adapters", name="teams")] == ["qabot_teams"]
    assert [each.load() for each in entry_points(group="qabot.limits", name="teams")] == [Teams]
    assert [each.load().__name__ for each in entry_points(group="qabot.packages", name="teams")] == ["write_package"]


def test_it_says_how_fast_it_may_be_used(teams: World) -> None:
    assert teams.adapter.rate.everybody == ((50, 1.0),)
    assert teams.adapter.rate.conversation == ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
    assert teams.adapter.app() is not None


def _answering(reply: Reply) -> Callable[..., Awaitable[Reply]]:
    async def answer(*_: Any) -> Reply:
        return reply

    return answer


@pytest.fixture(params=list(REPLIES))
def replying(request: pytest.FixtureRequest, teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch) -> Reply:
    reply = REPLIES[request.param]
    for name in ("press", "submit", "command", "form"):
        monkeypatch.setattr(teams.service, name, _answering(reply))
    return reply


def _is_shown(reply: Reply, seen: str) -> bool:
    match reply:
        case ShowCard(card, said):
            return card.title in seen or said in seen
        case OpenForm(form):
            return form.title in seen
        case Say(said, _):
            return said in seen


async def test_every_reply_to_a_press_is_shown(teams: World, priya: Person, replying: Reply) -> None:
    body = await teams.clients.press(priya, "Confirm done: update the chronology")
    assert _is_shown(replying, teams.clients.see(priya) + str(body["value"]))


async def test_every_reply_to_an_older_press_is_shown(teams: World, priya: Person, replying: Reply) -> None:
    await teams.clients.press_old(priya, "Confirm done: update the chronology")
    assert _is_shown(replying, teams.clients.see(priya))


async def test_every_reply_to_a_word_is_shown(teams: World, priya: Person, replying: Reply) -> None:
    await teams.clients.say(priya, "mine")
    assert _is_shown(replying, teams.clients.see(priya))


@pytest.mark.parametrize("data", [{"form": "not-yet", "token": "t"}, {"open": {"word": "nominate"}}, {}])
async def test_every_reply_to_a_dialog_is_a_proper_task(
    teams: World, priya: Person, replying: Reply, data: dict[str, Any]
) -> None:
    name = "task/submit" if "form" in data else "task/fetch"
    task = (await teams.clients.invoke(priya, name, {"data": data}))["task"]
    if task["type"] == "continue":
        assert problems(task["value"]["card"]["content"]) == []
        assert not [each for each in str(task).split("'") if each == "Action.Execute"]
    else:
        assert task == {"type": "message", "value": replying.text if isinstance(replying, Say) else ""}


async def test_a_reply_that_teams_does_not_take_is_logged_and_breaks_nothing(teams: World, priya: Person) -> None:
    teams.connector.faults = [Fault("POST", 403)]
    await teams.clients.say(priya, "mine")
    await teams.clients.say(priya, "mine")
    assert "What you owe" in teams.clients.see(priya)


async def test_a_send_and_a_redraw_keep_the_message_and_its_place(teams: World, priya: Person) -> None:
    sent = await teams.adapter.send(teams.address(priya), samples.alert_card())
    assert isinstance(sent, Sent)
    redrawn = await teams.adapter.update(teams.address(priya), sent.message_id, samples.alert_card("QA-1042", "Tom"))
    assert redrawn == sent
    await teams.adapter.home_changed(teams.address(priya))


def test_every_setting_is_in_the_docs() -> None:
    told = (ROOT / "docs/teams.md").read_text(encoding="utf-8")
    known = set(re.findall(r"QABOT_TEAMS_[A-Z_]+", str(qabot_teams.settings.__doc__)))
    assert len(known) > 10
    assert {name for name in known if name not in told} == set()
    assert set(re.findall(r"QABOT_TEAMS_[A-Z_]+", told)) == known
