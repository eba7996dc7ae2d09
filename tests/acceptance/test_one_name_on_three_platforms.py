"""Two colleagues of one name, in one team: told apart where one is chosen or read of, on every platform."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.mixed import IN_SLACK, IN_WEB, MixedCouncil, mixed_council
from tests.support.slack.council import user
from tests.support.teams.cards import parts

NAMES = ["Cyrus Patel, East (cyrus)", "Cyrus Patel, East (dinah)"]
WHICH = "Cyrus Patel (cyrus)"


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[MixedCouncil]:
    """Dinah has Cyrus's name and team. Cyrus grades a review RED, which all three managers are told in the end."""
    async with mixed_council(tmp_path) as found:
        world = found.world
        world.change("dinah", name="Cyrus Patel", team_id=world.ids["east"])
        await world.submit(await world.audit("cyrus", team="stratford"), "red")
        await world.forward("2 working days")
        yield found


async def test_in_slack(council: MixedCouncil) -> None:
    slack, me = council.slack, user(IN_SLACK)
    assert WHICH in "\n".join(each.words() for each in slack.to(me)), "on the card of an alert"
    await slack.slash(me, "nominate")
    await slack.until(lambda: slack.workspace.top(me))
    assert [each["text"]["text"] for each in await slack.suggest(me, "nominee", "cyrus")] == NAMES
    assert [each["text"]["text"] for each in await slack.suggest(me, "nominee", NAMES[0])] == NAMES[:1]


async def test_in_teams(council: MixedCouncil) -> None:
    assert WHICH in council.clients.see(council.mina), "on the card of an alert"
    await council.clients.say(council.mina, "nominate")
    [picker] = [each for each in parts(_last(council)) if str(each.get("id")) == "person:nominee"]
    assert [each["title"] for each in picker["choices"] if "Cyrus" in each["title"]] == NAMES


def _last(council: MixedCouncil) -> object:
    return council.clients.last(council.mina)["attachments"][0]["content"]


async def test_on_the_web(council: MixedCouncil) -> None:
    inbox = await council.page(IN_WEB, "/inbox")
    cards = [(await council.page(IN_WEB, f"/n/{each.token}")).words for each in inbox.cards]
    assert any(WHICH in each for each in cards), "on the card of an alert"
    form = (await council.page(IN_WEB, "/forms/nominate")).form("Send nomination")
    assert [each for each in form.choices["answer:nominee"] if "Cyrus" in each] == NAMES
