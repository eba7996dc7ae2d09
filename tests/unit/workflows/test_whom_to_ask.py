"""Whom to ask is said in the council's own words, in every kind of reply: by its role's title."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.adapter import Command, OpenForm, Press, Reply, Who
from qabot.errors import NotAllowed
from qabot.framework.loader import load
from qabot.messaging.card import plain_card
from qabot.workflows.core.registry import Pressed
from qabot.workflows.people import feeds
from qabot.workflows.programme import pulses
from tests.support.councils import RULES
from tests.support.web_platform import OnWeb, WebWorld, on_web
from tests.support.world import World

TITLE = "Practice Office"
CALLED = "the Practice Office"
ELSEWHERE = ("QA service", "Quality Assurance")
"""What this council never says."""


class Both(WebWorld):
    """With the chat in front of it too."""

    _outlets = World._outlets


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    path = tmp_path / "council.yaml"
    path.write_text(f"{RULES}roles: {{quality-assurance: {{title: {TITLE}}}}}", "utf-8")
    async with on_web(tmp_path, load(path, [Path("frameworks")]), Both) as opened:
        yield opened


@pytest.fixture
def world(web: OnWeb) -> World:
    return web.world


def check(said: Reply | str) -> str:
    text = said if isinstance(said, str) else str(said)
    assert CALLED in text or f"The {TITLE}" in text
    assert not [each for each in ELSEWHERE if each in text]
    return text


async def write(world: World, person: str, words: str) -> Reply:
    word, _, rest = words.partition(" ")
    return await world.nodes[0].desk.command(Command(world.who(person), word, rest))


async def test_help_is_asked_for_and_taken_back(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    said = await world.press("cyrus", "more-time", audit)
    assert f"Marcus Reid and {CALLED} are asked" in check(said)
    await world.forward("10 minutes")
    check(await write(world, "cyrus", "undo"))


async def test_somebody_unknown_is_told_whom_to_ask(world: World) -> None:
    check(plain_card(await world.nodes[0].desk.home(Who("chat", "U-nobody", "nobody@elsewhere.example"))))
    check(await world.nodes[0].desk.press(Press(Who("chat", "U-nobody", "nobody@elsewhere.example"), "more-time")))


@pytest.mark.parametrize("words", ["change-date QA-9", "withdraw-alert QA-9"])
async def test_what_a_person_may_not_do_by_a_word(world: World, words: str) -> None:
    check(await write(world, "cyrus", words))


async def test_what_went_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(pressed: Pressed) -> Reply:
        raise RuntimeError

    words = world.nodes[0].desk.registry.words
    monkeypatch.setitem(words, "mine", type(words["mine"])("mine", "", fail))
    assert "Sorry, that did not work" in check(await write(world, "cyrus", "mine"))


async def test_who_reads_a_nomination(world: World) -> None:
    form = await write(world, "cyrus", "nominate")
    assert isinstance(form, OpenForm)
    check(form.form.intro)
    check(next(each.hint for each in form.form.fields if each.name == "case_reference"))


async def test_what_is_for_others(world: World) -> None:
    with pytest.raises(NotAllowed) as calendar:
        await world.run(lambda unit: feeds.make(unit, world.ids["cyrus"], "programme"))
    with pytest.raises(NotAllowed) as survey:
        await world.run(lambda unit: pulses.choices(unit, world.ids["cyrus"]))
    check(str(calendar.value))
    check(str(survey.value))


@pytest.mark.parametrize(
    "path",
    [
        "/audits/QA-1001",
        "/people/1",
        "/programme",
        "/programme/figures",
        "/programme/reports",
        "/administration",
        "/gatherings/none",
        "/picking/1",
    ],
)
async def test_a_page_that_is_not_theirs(web: OnWeb, path: str) -> None:
    await web.world.audit("ade")
    check((await web.open("cyrus", path)).words)
