"""Answers in Teams: tried until Teams takes them, and in the end always said."""

import asyncio
from dataclasses import replace

import pytest

from qabot.adapter import Press, Reply, Say, Sent
from qabot.adapter_kit import persistence
from qabot_teams import endpoint
from tests.support.patience import without_pauses
from tests.support.teams import service as samples
from tests.support.teams.connector import Fault, Person
from tests.support.teams.world import World


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return without_pauses(monkeypatch)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", 429, times=3, headers={"Retry-After": "7"}),
        Fault("POST", 429, times=3, headers={"Retry-After": "nan"}),
        *(Fault("POST", status, times=3) for status in (408, 412, 500, 502, 503, 504)),
        Fault("POST", reset=True, times=3),
    ],
    ids=lambda fault: f"{fault.status} {fault.headers.get('Retry-After', '')}",
)
async def test_a_word_is_answered_when_teams_takes_it(
    teams: World, priya: Person, pauses: list[float], fault: Fault
) -> None:
    fault.times = 3
    before = len(teams.connector.of(priya))
    teams.connector.faults = [fault]
    await teams.clients.say(priya, "mine")
    assert len(teams.connector.of(priya)) == before + 1
    assert len(pauses) == 3
    assert all(each >= (7 if fault.headers.get("Retry-After") == "7" else 1) for each in pauses)


async def test_a_card_that_is_gone_is_answered_with_a_new_one(teams: World, priya: Person, pauses: list[float]) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())
    teams.connector.faults = [Fault("PUT", 404)]
    await teams.clients.press_old(priya, "Acknowledge alert QA-1042")
    assert "Acknowledged by Priya Raman" in teams.clients.see(priya)


@pytest.mark.parametrize(("elsewhere", "seen"), [(False, "It waits again"), (True, "Acknowledged by Priya Raman")])
async def test_a_card_that_teams_takes_late_covers_nothing_that_came_after_it(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch, elsewhere: bool, seen: str
) -> None:
    """While the answer to a press is tried again, the service redraws the same card: somebody has done more.

    A message of that number in another conversation is another one.
    """
    shown = await teams.adapter.send(teams.address(priya), samples.alert_card())
    assert isinstance(shown, Sent)
    where = replace(teams.address(priya), conversation="another") if elsewhere else teams.address(priya)
    pauses: list[float] = []

    async def meanwhile(seconds: float) -> None:
        pauses.append(seconds)
        newer = replace(samples.alert_card(), title="It waits again")
        assert isinstance(await teams.adapter.update(where, shown.message_id, newer), Sent) is not elsewhere

    monkeypatch.setattr(persistence, "sleep", meanwhile)
    teams.connector.faults = [Fault("PUT", 503)]
    await teams.clients.press_old(priya, "Acknowledge alert QA-1042")
    assert len(pauses) == 1
    assert seen in teams.clients.see(priya)


async def test_a_card_that_teams_does_not_take_is_said_in_words(
    teams: World, priya: Person, pauses: list[float]
) -> None:
    before = len(teams.connector.of(priya))
    teams.connector.faults = [Fault("POST", 413)]
    await teams.clients.say(priya, "mine")
    assert [each["text"] for each in teams.connector.of(priya)[before:]]


@pytest.mark.parametrize("fails", [True, False])
async def test_a_press_that_came_too_late_for_its_answer_is_answered_in_the_chat(
    teams: World, priya: Person, pauses: list[float], monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr(endpoint, "IN_TIME", 0.0)
    held = asyncio.Event()

    async def press(press: Press) -> Reply:
        await held.wait()
        if fails:
            raise RuntimeError("the database is gone")
        return Say("It is done now.")

    await teams.adapter.send(teams.address(priya), samples.alert_card())
    monkeypatch.setattr(teams.service, "press", press)
    await teams.clients.press(priya, "Acknowledge alert QA-1042", settle=False)
    held.set()
    await teams.clients.settled()
    assert ("Something went wrong" if fails else "It is done now.") in teams.clients.see(priya)


@pytest.mark.parametrize("name", ["task/fetch", "task/submit"])
async def test_a_dialog_that_came_too_late_is_answered_in_the_chat(
    teams: World, priya: Person, pauses: list[float], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(endpoint, "IN_TIME", 0.0)
    held = asyncio.Event()

    async def late(*asked: object) -> Reply:
        await held.wait()
        return Say("It is done now.")

    for each in ("press", "submit", "command"):
        monkeypatch.setattr(teams.service, each, late)
    data = {"form": "nominate"} if name == "task/submit" else {"open": {"word": "nominate"}}
    response = await teams.clients.post(teams.clients.activity(priya, type="invoke", name=name, value={"data": data}))
    assert "takes a little longer" in response.text
    held.set()
    await teams.clients.settled()
    assert "It is done now." in teams.clients.see(priya)
