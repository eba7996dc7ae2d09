"""Two hundred open things: each is reached inside Slack and inside Teams, by paging, by a form and by a word."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlmodel import select

from qabot.models import Deadline, Notice, NoticeState
from qabot.workflows.core.unit import Unit
from tests.support.mixed import IN_SLACK, IN_TEAMS, MixedCouncil, mixed_council
from tests.support.much_work import much_work
from tests.support.slack.council import user
from tests.support.teams.cards import parts

MANY = 200
NEXT = re.compile(r"Write “(mine \d+)” for the next")
Say = Callable[[str], Awaitable[str]]
"""Write something to qabot, and read what it answers."""


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path) as found:
        yield found


async def read_through(say: Say) -> list[str]:
    """Every reference that is seen by writing "mine", and then what each answer says comes next."""
    seen, word = [], "mine"
    while word:
        said = await say(word)
        seen += re.findall(r"QA-\d+(?= \()", said)
        following = NEXT.search(said)
        word = following[1] if following else ""
    return seen


def in_teams(council: MixedCouncil) -> Say:
    async def say(words: str) -> str:
        council.connector.of(council.mina).clear()
        await council.clients.say(council.mina, words)
        await council.clients.settled()
        return council.clients.see(council.mina)

    return say


def in_slack(council: MixedCouncil) -> Say:
    async def say(words: str) -> str:
        before = len(council.slack.to(user(IN_SLACK)))
        await council.slack.write(user(IN_SLACK), words)
        await council.slack.until(lambda: len(council.slack.to(user(IN_SLACK))) > before)
        return council.slack.last(user(IN_SLACK)).words()

    return say


async def test_all_of_them_are_reached_in_teams(council: MixedCouncil) -> None:
    references = await much_work(council.world, IN_TEAMS, MANY)
    say = in_teams(council)
    assert await read_through(say) == references
    assert re.findall(r"QA-\d+(?= \()", await say(f"mine {references[150]}")) == [references[150]]
    # Without typing: a button, and a form that says which part.
    await say("mine")
    body = await council.clients.press(council.mina, "Find in the list")
    [which] = [each for each in parts(body["value"]) if str(each.get("id", "")).endswith(":first")]
    last = which["choices"][-1]["value"]
    body = await council.clients.press(council.mina, "Show", {which["id"]: last})
    assert references[-1] in str(body["value"])


async def test_whoever_answers_a_form_far_down_the_list_goes_on_there_in_teams(council: MixedCouncil) -> None:
    """The first rows came back, and one had lost one's place."""
    references = await much_work(council.world, IN_TEAMS, 20)

    async def put_off(reference: str) -> str:
        body = await council.clients.press(council.mina, f"Remind me later: {reference}")
        [until] = [each for each in parts(body["value"]) if str(each.get("id", "")).endswith(":until")]
        choice = {until["id"]: until["choices"][0]["value"]}
        return str((await council.clients.press(council.mina, "Remind me then", choice))["value"])

    await in_teams(council)("mine 7")
    shown = await put_off(references[8])
    assert re.findall(r"QA-\d+(?= \()", shown) == references[6:12]
    assert "next reminder" in shown
    await in_teams(council)("mine")
    assert re.findall(r"QA-\d+(?= \()", await put_off(references[1]))[:2] == references[:2]


async def test_all_of_them_are_reached_in_slack(council: MixedCouncil) -> None:
    references = await much_work(council.world, IN_SLACK, MANY)
    say = in_slack(council)
    assert await read_through(say) == references
    assert re.findall(r"QA-\d+(?= \()", await say(f"mine {references[150]}")) == [references[150]]
    # Without typing: a button, and a form that says which part.
    await say("mine")
    await council.slack.click(user(IN_SLACK), "look", message=council.slack.last(user(IN_SLACK)))
    await council.slack.until(lambda: council.slack.workspace.top(user(IN_SLACK)))
    await council.slack.submit(user(IN_SLACK), first="199")
    await council.slack.until(lambda: references[-1] in council.slack.last(user(IN_SLACK)).words())


async def test_the_form_offers_every_part_of_what_waits_for_others_too(council: MixedCouncil) -> None:
    """Of those who owe nothing themselves the form said "1 to 0"."""
    await much_work(council.world, "cyrus", 20)
    await council.world.run(lambda unit: _tell(unit, council.world.ids[IN_TEAMS]))
    await council.clients.say(council.mina, "mine")
    body = await council.clients.press(council.mina, "Find in the list")
    [which] = [each for each in parts(body["value"]) if str(each.get("id", "")).endswith(":first")]
    assert [each["title"] for each in which["choices"]] == ["1 to 6", "7 to 12", "13 to 18", "19 to 20"]


def _tell(unit: Unit, person: int) -> None:
    """Somebody was told of everything that is open."""
    for each in unit.session.exec(select(Deadline)).all():
        about = (each.subject_type, each.subject_id)
        unit.notify("duty-late", person, rule=each.rule, subject=about, key=f"{each.id}", reason="", deadline=each.id)
    for told in unit.session.exec(select(Notice).where(Notice.message == "duty-late")).all():
        told.state = NoticeState.sent
