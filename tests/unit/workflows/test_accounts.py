"""Accounts in chats: a platform's directory says whose each one is now."""

import pytest
from sqlmodel import col

from qabot.adapter import Command, DirectoryEntry, Press, Say, Who
from qabot.models import Account
from qabot.workflows.people import accounts
from tests.support.world import World


def holders(world: World, external_id: str) -> list[str]:
    return [world.name(row.person_id) for row in world.all(Account, col(Account.external_id) == external_id)]


@pytest.mark.parametrize("active", [True, False])
async def test_an_account_goes_to_whoever_has_it_now(world: World, active: bool) -> None:
    world.change("cyrus", active=active)
    entries = [
        DirectoryEntry("U-cyrus", "ade@council.example"),
        DirectoryEntry("U-new-dinah", "dinah@council.example"),
    ]
    assert await world.run(lambda unit: accounts.meet(unit, "chat", entries)) == 2
    assert holders(world, "U-cyrus") == ["ade"]
    assert holders(world, "U-new-dinah") == ["dinah"]
    assert [event.subject_id for event in world.events("account-lost")] == [world.ids["cyrus"]]


async def test_somebody_may_link_an_account_that_was_a_leavers(world: World) -> None:
    world.change("cyrus", active=False)
    who = Who("chat", "U-cyrus", "ade@council.example")
    reply = await world.nodes[0].desk.press(Press(who, "mine", ""))
    assert isinstance(reply, Say)
    assert reply.card is not None
    await world.nodes[0].desk.press(Press(who, "link", reply.card.buttons[0].token))
    assert holders(world, "U-cyrus") == ["ade"]


async def test_a_session_of_the_web_inbox_makes_no_further_link(world: World) -> None:
    reply = await world.nodes[0].desk.command(Command(Who("web", str(world.ids["ade"]), None), "Link "))
    assert isinstance(reply, Say)
    assert reply.card is None
    assert world.events("link-made") == []
    await world.nodes[0].desk.command(Command(world.who("ade"), "link"))
    assert len(world.events("link-made")) == 1
