"""Who is in reach on a platform, and what is said of whoever is not."""

import pytest

from qabot.adapter import DirectoryEntry, OutOfReach
from qabot.models import Account
from qabot.workflows.people import accounts
from qabot.workflows.people.reach import counted, standing
from tests.support.world import World

CHATTY = OutOfReach("No account.", ("Do this.",), no_chat="No chat.")
PLAIN = OutOfReach("No account.", ("Do this.",))
EVERYBODY = 17


async def missing(world: World, words: OutOfReach) -> tuple[int, int]:
    return await world.run(lambda unit: counted(unit.session, "chat", words))


def mina(world: World) -> Account:
    return world.all(Account, Account.external_id == "U-mina")[0]


async def meet(world: World, conversation: str | None = None) -> None:
    entry = DirectoryEntry("U-mina", "mina@council.example", conversation=conversation)
    await world.run(lambda unit: accounts.meet(unit, "chat", [entry]))


async def leave(world: World) -> None:
    await world.run(lambda unit: accounts.leave(unit, "chat", "U-mina", "They blocked the app."))


async def test_an_account_is_enough_where_the_platform_says_so(world: World) -> None:
    assert await missing(world, PLAIN) == (0, EVERYBODY)
    await leave(world)
    assert await missing(world, PLAIN) == (1, EVERYBODY)
    assert standing(PLAIN, mina(world)) == (False, "They blocked the app.")


async def test_elsewhere_a_chat_must_have_begun(world: World) -> None:
    assert await missing(world, CHATTY) == (EVERYBODY, EVERYBODY)
    assert standing(CHATTY, mina(world)) == (False, "No chat.")
    await meet(world, "chat-1")
    assert await missing(world, CHATTY) == (EVERYBODY - 1, EVERYBODY)
    assert standing(CHATTY, mina(world)) == (True, "")


async def test_a_directory_alone_does_not_hide_why_the_last_message_was_refused(world: World) -> None:
    await meet(world, "chat-1")
    await leave(world)
    await meet(world)
    assert mina(world).reachable, "it is tried again"
    assert standing(CHATTY, mina(world)) == (False, "They blocked the app.")
    await meet(world, "chat-2")
    assert standing(CHATTY, mina(world)) == (True, "")
    assert mina(world).reason == ""


async def test_whoever_has_left_the_council_is_not_counted(world: World) -> None:
    await leave(world)
    world.change("mina", active=False)
    assert await missing(world, PLAIN) == (0, EVERYBODY - 1)


@pytest.mark.parametrize(("words", "said"), [(PLAIN, "No account."), (None, "")])
def test_somebody_without_an_account(words: OutOfReach | None, said: str) -> None:
    assert standing(words, None) == (False, said)
