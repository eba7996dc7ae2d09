"""`qabot serve` killed, put to sleep, ended and cut off in mid-send, on both databases (promises 3, 4 and 6).

`make torture` is the long run of the same. One file, so that the council that all begin with is made once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Set

import pytest

from qabot.delivery.fates import REPEAT_AFTER
from tests.faults.answers import PROMPT, Moody
from tests.faults.databases import PostgresDatabase, rows
from tests.faults.machine import off_the_loop, until
from tests.faults.process import Serve, command
from tests.faults.scene import TOLD_EACH, Scene

A_FEW = 5
"""Lines that a database which is away for a while may take up: one a minute, on the slowest machine."""
A_MOMENT = 0.1
"""Seconds that each send takes, so that trouble meets as many as the chats have at once."""


def check(it: Scene, perhaps: Set[str] = frozenset(), in_hand: Set[str] = frozenset()) -> None:
    """Nothing is lost, nothing comes twice without a mark, and what is marked may have been lost.

    Only what somebody who slept had `in_hand` may come after its marked repeat.
    """
    counts = it.count()
    assert counts.kept, counts
    assert it.marked() <= perhaps
    assert counts.overtaken <= in_hand


async def test_killed_alone_and_beside_another(it: Scene) -> None:
    it.slow(A_MOMENT)
    alone = await it.serve(wait=False)
    await it.taken(40)
    await it.kill(alone)
    first = await it.serve(wait=False)
    await it.serve(wait=False)
    await it.taken(140)
    await it.kill(first)
    await it.all_told()
    assert it.kills[0].on_the_wire, "the first kill met no send"
    assert all(kill.on_the_wire <= kill.begun for kill in it.kills), "a send was under way and not written down"
    check(it, {token for kill in it.kills for token in kill.begun})


async def sleep_and_wake(it: Scene, asleep: Callable[[Serve], Awaitable[None]]) -> None:
    """One is put to sleep in mid-send, as `asleep` does it; another sends all that is left, and then it wakes."""
    it.slow(A_MOMENT)
    first = await it.serve()
    await it.taken(60)
    await asleep(first)
    begun = it.begun()
    await it.serve()
    await it.all_told()
    first.thaw()
    assert await it.end(first) == 0, it.words()
    check(it, begun, in_hand=begun)


async def test_one_that_sleeps_is_taken_over_from_and_does_no_harm_when_it_wakes(it: Scene) -> None:
    await sleep_and_wake(it, lambda first: first.freeze_at_rest(it.database.is_held))


@pytest.mark.parametrize("full_council", ["postgres"], indirect=True)
async def test_one_that_sleeps_in_a_transaction_holds_up_no_other_for_long(it: Scene) -> None:
    """What it had claimed, planned or was recording is the other's, and it says so itself when it wakes.

    The one lock of a SQLite file is let go of by nobody but its process.
    """
    assert isinstance(it.database, PostgresDatabase)
    it.database.ask(f"ALTER DATABASE {it.database.database} SET idle_in_transaction_session_timeout = '3s'")
    holds_locks = it.database.holds_locks
    await sleep_and_wake(it, lambda first: first.freeze_at_work(holds_locks))
    assert "Traceback" not in it.log(), it.words()


async def test_asked_to_end_it_finishes_what_is_under_way(it: Scene) -> None:
    it.slow(A_MOMENT)
    first = await it.serve()
    await it.taken(60)
    assert await it.end(first) == 0, it.words()
    await until(lambda: not it.chats.platform.open, "every send has its answer")
    assert not it.begun()
    assert it.sent() == len(it.chats.platform.taken) < 2 * it.raised, "it has sent all, or not recorded some"
    await it.serve()
    await it.all_told()
    check(it)


async def test_what_came_back_is_recorded_however_the_database_behaves(it: Scene) -> None:
    it.slow(A_MOMENT)
    await it.serve()
    await it.taken(60)
    await asyncio.to_thread(it.database.disturb)
    await it.taken(120)
    async with off_the_loop(it.database.away()):
        await until(lambda: not it.chats.platform.open, "every send has its answer")
        if it.database.name == "postgres":
            await until(lambda: it.said("database-away"), "it says that the database is away")
    await it.all_told()
    check(it)
    assert "Traceback" not in it.log(), it.words()
    assert len(it.said("database-away")) <= A_FEW, "it says it again and again"
    assert len(it.said("database-back")) == len(it.said("database-away"))


async def test_destroyed_in_mid_send_it_comes_back_from_a_copy(it: Scene) -> None:
    """Nothing goes before somebody says until when the lost one sent; then open alerts alone go again, marked."""
    it.slow(A_MOMENT)
    first, copy = await it.serve(), it.folder / "copy.db"
    await it.taken(40)
    await command(it.environ, "backup", str(copy))
    await it.taken(120)
    await it.kill(first)
    await asyncio.to_thread(it.database.destroy)
    await until(lambda: not it.chats.platform.open, "every send has its answer")
    before = len(it.chats.platform.taken)
    [(sent,)] = rows(f"sqlite:///{copy}", "SELECT count(*) FROM notice WHERE lane = 'alert' AND state = 'sent'")

    await command(it.environ, "restore", str(copy))
    await it.serve()
    assert "Nothing is sent" in await command(it.environ, "release")
    assert len(it.chats.platform.taken) == before, "it sends before anybody has said that it may"
    await command(it.environ, "release", "--sent-until", it.now().isoformat())
    await it.all_told()
    counts = it.count()
    assert counts.kept, counts
    assert counts.repeats == it.raised * TOLD_EACH - sent > 0, "what the copy had not sent says that it may be a repeat"


async def test_platforms_that_answer_anything(it: Scene) -> None:
    """What may have been lost is repeated once, marked; the rest comes as it should. A minute later they are well."""
    chance = random.Random(7)
    moody, on_slack = Moody(chance), Moody(chance, kinds=PROMPT)
    it.answer(lambda chat, tokens: (on_slack if chat == "slack" else moody)(chat, tokens))
    first = await it.serve()
    await it.all_told(but_later=True)
    assert await it.end(first) == 0, it.words()
    it.slow(0)
    it.later(REPEAT_AFTER.total_seconds())
    await it.serve()
    await it.all_told()
    check(it, moody.perhaps | on_slack.perhaps)
