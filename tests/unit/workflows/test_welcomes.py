"""Whoever is linked is welcomed: one message, once only, in their hours, and not everybody in the same minute."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from sqlmodel import Session, select

from qabot.adapter import DirectoryEntry
from qabot.framework.calendar import LONDON
from qabot.models import Account, Person
from qabot.workflows.people import accounts
from tests.support import small_council
from tests.support.world import World, local
from tests.unit.workflows.test_joining_and_leaving import imported


def _new(session: Session, ids: dict[str, int]) -> None:
    """Nobody is linked yet, and nobody was welcomed."""
    for account in session.exec(select(Account)):
        session.delete(account)
    for person in session.exec(select(Person)):
        person.welcomed_at = None
        session.add(person)


async def _start(folder: Path, at: str = "2026-11-23 10:00") -> World:
    return await World.start(folder, at, before=_new)


async def _link(world: World, *people: str, again: str = "") -> None:
    entries = [
        DirectoryEntry(f"U-{each}{again}", f"{each}@council.example", conversation=f"D-{each}{again}")
        for each in people
    ]
    await world.run(lambda unit: accounts.meet(unit, "chat", entries))
    await world.tick()


async def test_whoever_is_linked_is_welcomed_once_whatever_becomes_of_their_account(tmp_path: Path) -> None:
    world = await _start(tmp_path)
    await _link(world, "cyrus")
    assert world.messages("cyrus") == ["welcome"]
    [card] = world.cards("cyrus")
    assert card.title == "Welcome to qabot"

    await world.run(lambda unit: accounts.leave(unit, "chat", "U-cyrus", "The app was removed.", gone=True))
    await _link(world, "cyrus")
    await _link(world, "cyrus", again="-new")
    await world.forward("2 working days")
    assert world.messages("cyrus").count("welcome") == 1
    world.close()


async def test_whoever_signs_in_to_the_web_inbox_before_any_chat_is_welcomed_there(tmp_path: Path) -> None:
    world = await _start(tmp_path)
    await world.nodes[0].desk.arrived(world.ids["cyrus"])
    await world.tick()
    [notice] = world.notices("cyrus", message="welcome")
    assert (notice.state, notice.adapter) == ("sent", "web")
    await _link(world, "cyrus")
    assert len(world.notices("cyrus", message="welcome")) == 1
    world.close()


async def test_a_welcome_waits_for_working_hours_and_for_whoever_is_away(tmp_path: Path) -> None:
    world = await _start(tmp_path, "2026-11-21 22:00")
    await world.away("mina", "2026-11-23", "2026-11-24")
    await _link(world, "cyrus", "mina")
    assert world.messages("cyrus") == world.messages("mina") == []
    await world.advance("2026-11-23 09:30")
    assert world.messages("cyrus") == ["welcome"]
    assert "welcome" not in world.messages("mina")
    await world.advance("2026-11-25 10:00")
    assert "welcome" in world.messages("mina")
    world.close()


async def test_a_whole_council_is_not_welcomed_in_the_same_minute(tmp_path: Path) -> None:
    world = await _start(tmp_path, "2026-11-20 16:28")
    await _link(world, *small_council.PEOPLE)
    moments = sorted(each.not_before for each in world.notices(message="welcome"))
    assert len(moments) == len(small_council.PEOPLE) > 6
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert min(gaps) >= timedelta(seconds=20)
    assert moments[0] == local("2026-11-20 16:28")
    # What does not fit into Friday goes on on Monday at nine, one after another too.
    assert {each.astimezone(LONDON).strftime("%a") for each in moments} == {"Fri", "Mon"}
    await world.advance("2026-11-23 10:00")
    assert all("welcome" in world.messages(each) for each in small_council.PEOPLE)
    world.close()


async def test_whoever_leaves_before_it_and_comes_back_is_welcomed_then(tmp_path: Path) -> None:
    world = await _start(tmp_path, "2026-11-21 22:00")
    await _link(world, "cyrus", "mina")
    row = "name,email,active\nCyrus Patel,cyrus@council.example"
    await imported(world, tmp_path, f"{row},no\n")
    await world.advance("2026-11-23 10:00")
    assert world.messages("cyrus") == []
    await imported(world, tmp_path, f"{row},yes\n")
    await world.advance("2026-11-24 10:00")
    assert world.messages("cyrus") == ["welcome"]
    await imported(world, tmp_path, f"{row},no\n")
    await imported(world, tmp_path, f"{row},yes\n")
    await _link(world, "cyrus", again="-new")
    await world.advance("2026-11-26 10:00")
    assert world.messages("cyrus") == ["welcome"], "once only"
    assert world.messages("mina").count("welcome") == 1
    world.close()


async def test_whoever_came_back_without_a_chat_is_welcomed_as_they_are_linked_or_sign_in(tmp_path: Path) -> None:
    world = await _start(tmp_path, "2026-11-21 22:00")
    await world.nodes[0].desk.arrived(world.ids["cyrus"])
    row = "name,email,active\nCyrus Patel,cyrus@council.example"
    await imported(world, tmp_path, f"{row},no\n")
    await world.advance("2026-11-23 10:00")
    await imported(world, tmp_path, f"{row},yes\n")
    await world.advance("2026-11-24 10:00")
    assert world.messages("cyrus") == []
    await _link(world, "cyrus")
    assert world.messages("cyrus") == ["welcome"]
    world.close()
