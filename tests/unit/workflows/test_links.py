"""A person's link to a chat when its directory knows several accounts: what is kept, taken, and asked about."""

from dataclasses import replace

import pytest
from sqlmodel import col

from qabot.adapter import Address, Command, DirectoryEntry, Press, Say, Who
from qabot.errors import NotFound
from qabot.models import Account, AccountClash
from qabot.workflows.people import accounts
from tests.support.faulty import Fault
from tests.support.world import World

OLD, NEW = DirectoryEntry("U-mina", "mina@council.example"), DirectoryEntry("U-again", "Mina@Council.example ")
GONE = replace(OLD, active=False, email=None)


async def meet(world: World, *entries: DirectoryEntry, whole: bool = False) -> int:
    return await world.run(lambda unit: accounts.meet(unit, "chat", entries, whole=whole))


async def leave(world: World, account: str = "U-mina", *, gone: bool = False) -> None:
    await world.run(lambda unit: accounts.leave(unit, "chat", account, "No.", gone=gone))


async def begun(world: World) -> None:
    """Mina's chat with the bot has begun."""
    details = {"service_url": "https://old.example"}
    await meet(world, replace(OLD, conversation="D-old", details=details))


def kept(world: World, person: str = "mina") -> Account:
    return world.all(Account, col(Account.person_id) == world.ids[person])[0]


def asked(world: World) -> list[tuple[str, str]]:
    rows = world.all(AccountClash, col(AccountClash.settled_at).is_(None))
    return [(world.name(each.person_id), each.external_id) for each in rows]


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param([(OLD, NEW), (GONE, NEW)], id="the new one first"),
        pytest.param([(GONE,), (GONE, NEW)], id="the old one ends first"),
        pytest.param([(NEW, GONE)], id="both at once"),
        pytest.param([(OLD, NEW), (GONE,)], id="the end alone comes as an event"),
        pytest.param([(NEW,)], id="the old one is deleted and in no list any more"),
    ],
)
async def test_an_account_made_anew_gets_a_chat_of_its_own(
    world: World, readings: list[tuple[DirectoryEntry, ...]]
) -> None:
    await begun(world)
    for entries in readings:
        await meet(world, *entries, whole=len(entries) > 1 or entries == (NEW,))
    row = kept(world)
    assert (row.external_id, row.conversation, row.details, row.reachable) == ("U-again", None, {}, True)
    assert asked(world) == []


async def test_an_alert_goes_to_the_account_made_anew(world: World) -> None:
    await begun(world)
    await meet(world, GONE, NEW)
    seen: list[Address] = []
    world.chat.watch = lambda address, card: seen.append(address)
    await world.graded()
    minas = next(each for each in seen if each.person_id == world.ids["mina"])
    assert (minas.external_id, minas.conversation, dict(minas.details)) == ("U-again", None, {})


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)], ids=["old first", "new first"])
@pytest.mark.parametrize("in_use", [True, False])
async def test_of_two_active_accounts_the_linked_one_is_kept_and_the_other_asked_about(
    world: World, order: tuple[DirectoryEntry, ...], in_use: bool
) -> None:
    if in_use:
        await begun(world)
    for _ in range(2):
        await meet(world, *order, whole=True)
        assert (kept(world).external_id, kept(world).conversation) == ("U-mina", "D-old" if in_use else None)
        assert asked(world) == [("mina", "U-again")]
    assert len(world.events("account-clash")) == 1
    await meet(world, OLD, whole=True)
    assert asked(world) == [], "it is gone, so there is nothing to ask"


async def test_a_part_of_a_directory_takes_no_link_that_is_in_use(world: World) -> None:
    await begun(world)
    await meet(world, NEW)
    assert kept(world).external_id == "U-mina"
    assert asked(world) == [("mina", "U-again")]
    await meet(world, DirectoryEntry("U-other", "somebody@council.example"))
    assert asked(world) == [("mina", "U-again")], "what was not read is not known to be gone"
    assert kept(world).reachable


async def test_somebodys_own_press_on_another_account_asks_them(world: World) -> None:
    await begun(world)
    await meet(world, OLD, NEW)
    desk, who = world.nodes[0].desk, Who("chat", "U-again", "mina@council.example", conversation="D-new")
    reply = await desk.press(Press(who, "mine"))
    assert isinstance(reply, Say)
    assert reply.card is not None
    assert kept(world).external_id == "U-mina"
    await desk.press(Press(who, "link", reply.card.buttons[0].token))
    assert (kept(world).external_id, kept(world).conversation) == ("U-again", "D-new")
    assert asked(world) == []


async def test_who_is_refused_on_one_account_and_uses_another_is_written_to_there(world: World) -> None:
    await begun(world)
    await meet(world, replace(NEW, conversation="D-new"))
    assert kept(world).external_id == "U-mina"
    await leave(world)
    assert (kept(world).external_id, kept(world).conversation, kept(world).reachable) == ("U-again", "D-new", True)


async def test_a_refusal_alone_gives_the_link_to_no_account_that_nobody_uses(world: World) -> None:
    await begun(world)
    await meet(world, OLD, NEW, whole=True)
    await leave(world)
    assert (kept(world).external_id, kept(world).reachable) == ("U-mina", False)
    await meet(world, NEW, OLD, whole=True)
    assert (kept(world).external_id, asked(world)) == ("U-mina", [("mina", "U-again")])


@pytest.mark.parametrize("decision", ["U-mina", "U-again"])
async def test_what_an_administrator_decides_holds(world: World, decision: str) -> None:
    await begun(world)
    await meet(world, OLD, NEW, whole=True)
    await world.run(lambda unit: accounts.decide(unit, "chat", world.ids["mina"], decision))
    await meet(world, NEW, OLD, whole=True)
    assert (kept(world).external_id, asked(world)) == (decision, [])
    await leave(world, decision)
    await meet(world, OLD if decision == "U-again" else NEW)
    assert kept(world).external_id == decision, "a refusal may pass"
    await meet(world, replace(OLD, external_id=decision, active=False))
    await meet(world, OLD if decision == "U-again" else NEW, whole=True)
    assert kept(world).external_id != decision, "an account that is gone cannot be anybody's"


async def test_only_an_account_that_is_asked_about_can_be_decided_for(world: World) -> None:
    with pytest.raises(NotFound, match="U-mina"):
        await world.run(lambda unit: accounts.decide(unit, "chat", world.ids["mina"], "U-ade"))


async def test_a_further_address_is_tried_where_the_first_is_nobodys(world: World) -> None:
    entry = DirectoryEntry("U-1", "m.sharpe@council.example", aliases=("mina@council.example",))
    assert await meet(world, entry) == 1
    assert kept(world).external_id == "U-1"


@pytest.mark.parametrize("turned", [True, False])
async def test_a_first_address_says_more_than_a_further_one(world: World, turned: bool) -> None:
    await leave(world, gone=True)
    further = DirectoryEntry("U-admin", "adm@council.example", aliases=("mina@council.example",))
    entries = [further, DirectoryEntry("U-1", "mina@council.example")]
    await meet(world, *(reversed(entries) if turned else entries), whole=True)
    assert (kept(world).external_id, asked(world)) == ("U-1", [("mina", "U-admin")])


async def test_an_account_with_the_addresses_of_two_people_stays_where_it_is(world: World) -> None:
    both = DirectoryEntry("U-ade", "mina@council.example", aliases=("ade@council.example",))
    await meet(world, both, whole=True)
    assert kept(world, "ade").external_id == "U-ade"
    assert kept(world).external_id == "U-mina"
    assert asked(world) == [("mina", "U-ade")]
    await world.run(lambda unit: accounts.decide(unit, "chat", world.ids["mina"], "U-ade"))
    await meet(world, both, whole=True)
    assert (kept(world).external_id, asked(world)) == ("U-ade", [])


async def test_one_address_of_two_people_here_links_neither_until_it_is_decided(world: World) -> None:
    world.change("ade", email="MINA@council.example")
    await meet(world, NEW, whole=True)
    assert (kept(world).external_id, kept(world, "ade").external_id) == ("U-mina", "U-ade")
    assert sorted(asked(world)) == [("ade", "U-again"), ("mina", "U-again")]

    await world.run(lambda unit: accounts.decide(unit, "chat", world.ids["mina"], "U-again"))
    await meet(world, NEW, whole=True)
    assert (kept(world).external_id, asked(world)) == ("U-again", [])


async def test_an_account_in_use_whose_address_is_somebody_elses_now_is_asked_about(world: World) -> None:
    await begun(world)
    await leave(world, "U-ade", gone=True)
    moved = replace(OLD, email="ade@council.example")
    for _ in range(2):
        await meet(world, moved, whole=True)
        assert kept(world, "ade").external_id == "U-mina", "what is written there is read by them"
        assert world.all(Account, col(Account.person_id) == world.ids["mina"]) == []
        assert asked(world) == [("mina", "U-mina")]
    await world.run(lambda unit: accounts.decide(unit, "chat", world.ids["mina"], "U-mina"))
    for _ in range(2):
        await meet(world, moved, whole=True)
        assert (kept(world).external_id, asked(world)) == ("U-mina", [])


async def test_whoever_has_another_account_meanwhile_is_asked_no_more(world: World) -> None:
    await begun(world)
    moved = replace(OLD, email="ade@council.example")
    await meet(world, moved, whole=True)
    assert ("mina", "U-mina") in asked(world)
    await meet(world, moved, NEW, whole=True)
    assert kept(world).external_id == "U-again"
    await meet(world, moved, NEW, whole=True)
    assert ("mina", "U-mina") not in asked(world)


async def test_two_people_can_exchange_their_accounts(world: World) -> None:
    await meet(world, replace(OLD, external_id="U-ade"), DirectoryEntry("U-mina", "ade@council.example"), whole=True)
    assert (kept(world).external_id, kept(world, "ade").external_id) == ("U-ade", "U-mina")


async def test_whoever_uses_the_bot_is_in_reach_again(world: World) -> None:
    desk = world.nodes[0].desk
    for number, use in enumerate(("press", "command", "home")):
        await leave(world, gone=bool(number))
        who = Who("chat", "U-mina", None, conversation=f"D-{number}", details={"service_url": "https://new.example"})
        match use:
            case "press":
                await desk.press(Press(who, "nothing"))
            case "command":
                await desk.command(Command(who, "mine"))
            case _:
                await desk.home(who)
        row = kept(world)
        assert (row.reachable, row.conversation, row.reason, row.lost_at) == (True, f"D-{number}", "", None)
        assert row.details == {"service_url": "https://new.example"}
    assert len(world.events("account-back")) == 3


async def test_a_guest_who_uses_the_bot_is_nobody(world: World) -> None:
    await leave(world)
    await world.nodes[0].desk.press(Press(Who("chat", "U-mina", trusted=False), "mine"))
    assert not kept(world).reachable


async def test_who_was_refused_is_tried_again_once_a_day(world: World) -> None:
    await leave(world)
    tries: list[int] = []
    world.chat.watch = lambda address, card: tries.append(address.person_id)
    await world.acknowledge("hanif", await world.graded())
    assert world.ids["mina"] not in tries
    await world.advance("2026-11-24 10:01")
    world.fail(*[Fault.refused] * 9)
    await world.graded()
    assert tries.count(world.ids["mina"]) == 1
    assert kept(world).lost_at == world.clock.now()
    assert {each.adapter for each in world.notices("mina", state="sent", lane="alert")} == {"web"}, (
        "each went elsewhere at once"
    )
    world.chat.faults.clear()
    await world.graded()
    assert tries.count(world.ids["mina"]) == 1, "not twice on a day"
    await world.advance("2026-11-25 10:02")
    await world.graded()
    assert tries.count(world.ids["mina"]) > 1
    assert {each.adapter for each in world.notices("mina", state="sent", lane="alert")} == {"web", "chat"}


async def test_an_account_that_is_gone_is_not_tried(world: World) -> None:
    await leave(world, gone=True)
    tries: list[int] = []
    world.chat.watch = lambda address, card: tries.append(address.person_id)
    await world.advance("2026-11-27 10:30")
    await world.graded()
    assert world.ids["mina"] not in tries
