"""A process dies before or after each commit of a short story: what people did stands once, and they are told once.

People do again what was not answered, and another process takes over.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col

from qabot.adapter import Address
from qabot.messaging.card import Card
from qabot.models import Audit, Deadline, Event, Nomination, Notice, Store
from tests.support.faulty import Killed
from tests.support.world import World

Act = Callable[[], Awaitable[object]]
PRAISE = {"difference": "Much.", "seen_in": "Meeting", "seen_on": "2026-11-20", "no_child": True}
GRADES = {"manager-overall": "red", "actions": "yes"}
OF_A_LOST_ANSWER = {"answer-lost"}


class Death:
    """What may befall the only process of a world."""

    def __init__(self, world: World) -> None:
        self.world, self.passing, self.after, self.is_here, self.deaths = world, -1, False, False, 0
        world.chat.watch = self._sends

    def comes(self, passing: int, *, after: bool) -> None:
        """The process dies at its next commit but `passing`: before that counts, or right after it."""
        self.passing, self.after, self.is_here = passing, after, False
        self.world.nodes[0].store.transaction = self._transaction  # type: ignore[method-assign]

    def _sends(self, address: Address, card: Card) -> None:
        if self.is_here:
            raise Killed

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        if self.is_here:
            raise Killed
        self.passing, now = self.passing - 1, self.passing == 0
        with Store.transaction(self.world.nodes[0].store) as session:
            yield session
            self._die(now and not self.after)
        self._die(now)

    def _die(self, now: bool) -> None:
        if now:
            self.is_here = True
            raise Killed

    async def survived(self, act: Act) -> None:
        """It is done. If the process dies of it, what it had under way goes with it, and it is done once more."""
        try:
            await act()
        except Killed:
            self.deaths += 1
            under_way = asyncio.all_tasks() - {asyncio.current_task()}
            for each in under_way:
                each.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
            self.world.restart()
            self.is_here = False
            await act()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path)
    yield made
    made.close()


def stands(world: World, audit: Audit) -> dict[str, Counter[Any]]:
    """How all about a review is, and who was told of what."""
    deadlines = [each for each in world.all(Deadline) if world.is_about(each, audit)]
    notices = [each for each in world.all(Notice) if world.is_about(each, audit)]
    numbers = {each.id for each in deadlines}
    events = world.all(Event, col(Event.what).not_in(OF_A_LOST_ANSWER))
    return {
        "owed": Counter((each.kind, each.state, each.owner_id, each.closed_by_id) for each in deadlines),
        "told": Counter((each.message, each.recipient_id, each.state) for each in notices),
        "log": Counter(each.what for each in events if each.deadline_id in numbers),
    }


async def story(world: World, death: Death, audit: Audit, what: str, begin: Callable[[], None] | None = None) -> None:
    """An alert is raised, sent and taken on; good practice is told of; all who are to hear of it hear."""
    token, nominee = world.deadline("audit", audit).token, str(world.ids["sofia"])
    acts: tuple[Act, ...] = (
        lambda: world.send_form("cyrus", "submit-grades", token, **GRADES),
        world.tick,
        lambda: world.acknowledge("mina", audit),
        lambda: world.send_form("ben", "nominate", "", nominee=nominee, what=what, **PRAISE),
        world.tick,
    )
    if begin is not None:
        begin()
    for act in acts:
        await death.survived(act)
    death.passing = -1


@pytest.mark.parametrize("after", [False, True])
async def test_whatever_commit_a_process_dies_at_it_comes_to_the_same(world: World, after: bool) -> None:
    death, audit = Death(world), await world.audit("cyrus")
    await story(world, death, audit, "She listened.")
    expected = stands(world, audit)
    for passing in count():
        audit, what = await world.audit("cyrus"), f"She listened {passing} times."
        await story(world, death, audit, what, partial(death.comes, passing, after=after))
        assert stands(world, audit) == expected, f"at commit {passing}"
        assert len(world.all(Nomination, col(Nomination.what) == what)) == 1
        if death.deaths == passing:
            break
    assert passing > 12
    rows = {each.token: each for each in world.all(Notice)}
    for token, copies in Counter(each.token for each in world.chat.copies.values()).items():
        assert copies == 1 or (copies == 2 and rows[token].possible_repeat)
