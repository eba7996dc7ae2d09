"""Who is who in the chats: each platform's directory is read now and then, and people are linked by verified e-mail.

A reading that breaks off is repeated soon, later and later, and what it gave is used. Between two readings whoever is
new here, or is about to be written to, is looked up alone: few at a time, because platforms allow few.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import structlog

from qabot.adapter import Adapter, DirectoryUnread, FindsPeople
from qabot.delivery.outlets import Outlets
from qabot.models.availability import is_away
from qabot.workflows.desk import Desk
from qabot.workflows.people.reach import Sought, newcomers, recipients

log = structlog.get_logger()
EVERY = 6 * 3600.0
"""Seconds from a whole reading to the next."""
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 3600.0
"""Seconds from a reading that broke off to the next: the first time, and at most, unless the platform asks for more."""
FEW = 20
"""How many are looked up in a minute. Slack allows 50; for more newcomers than this the directory is read instead."""
MINUTE = 60.0
AT_ONCE = 10
READ_ANEW = 600.0
"""Seconds at least between two whole readings, however many newcomers there are."""
ASKED_AGAIN = 3600.0
"""Seconds after which somebody who was not found is looked up again before a message to them."""
PATIENCE = 2.0
"""Seconds for which messages wait for look-ups."""


async def synchronise(desk: Desk, adapters: Iterable[Adapter]) -> int:
    """Read every directory once; the number of people newly linked. One that cannot be read stops no other."""
    return sum([(await _read(desk, each))[0] for each in adapters])


async def _read(desk: Desk, adapter: Adapter) -> tuple[int, DirectoryUnread | None]:
    """How many are newly linked, and why the reading is not whole. Raises nothing."""
    unread: DirectoryUnread | None = None
    try:
        try:
            entries = await adapter.directory()
        except DirectoryUnread as broken:
            entries, unread = broken.entries, broken
            log.warning(
                "a directory was not read whole",
                action="directory-failed",
                adapter=adapter.name,
                reason=str(broken),
                entries=len(entries),
            )
        return (await desk.meet(adapter.name, entries, whole=unread is None) if entries else 0), unread
    except Exception as failed:
        # The platform, or our database, may be away for an hour; whoever is linked already stays linked.
        if not is_away(failed):
            log.exception("a directory could not be read", action="directory-failed", adapter=adapter.name)
        return 0, unread or DirectoryUnread(type(failed).__name__)


@dataclass
class _State:
    """What is known of one directory. Moments are monotonic seconds."""

    due: float = 0.0
    failures: int = 0
    read_at: float | None = None
    """When it was last read whole."""
    quiet: float = 0.0
    """Until when the platform is not asked for anybody."""
    looked: dict[Sought, float] = field(default_factory=dict)
    """Who is not there, and when that was found."""
    recent: deque[float] = field(default_factory=deque)
    """When people were looked up, in the last minute."""


class Directories:
    """Keeps the links to every chat of this process.

    `outlets` gives its adapters, in the order in which a person's are tried; `now` tells monotonic seconds.
    """

    def __init__(self, desk: Desk, outlets: Callable[[], Outlets], now: Callable[[], float] = monotonic) -> None:
        self._desk, self._outlets, self._now = desk, outlets, now
        self._states = defaultdict[str, _State](_State)

    async def look(self) -> None:
        """Read what is due, and look up who is new. To be called every few seconds. Raises nothing."""
        await asyncio.gather(*(self._look(each) for each in self._outlets().adapters.values()))

    async def _look(self, adapter: Adapter) -> None:
        state = self._states[adapter.name]
        if self._outlets().closed(adapter.name):
            # It says itself when it is back. What could not be read until then is read at once.
            state.due = 0.0 if state.failures or state.read_at is None else state.due
            return
        try:
            if self._now() >= state.due:
                await self._read(adapter, state)
            elif isinstance(adapter, FindsPeople) and state.read_at is not None:
                await self._meet_newcomers(adapter, state)
        except Exception as failed:
            if not is_away(failed):
                log.exception("a directory could not be read", action="directory-failed", adapter=adapter.name)

    async def _read(self, adapter: Adapter, state: _State) -> None:
        _, unread = await _read(self._desk, adapter)
        now = self._now()
        if unread is not None:
            state.failures += 1
            pause = min(FIRST_PAUSE * 2 ** min(state.failures - 1, 16), LONGEST_PAUSE)
            state.due = now + max(pause, unread.seconds or 0.0)
            return
        state.failures, state.read_at, state.due = 0, now, now + EVERY
        state.looked = dict.fromkeys(await self._newcomers(adapter.name), now)

    async def _newcomers(self, adapter: str) -> Sequence[Sought]:
        return await self._desk.store.run(lambda session: newcomers(session, adapter))

    async def _meet_newcomers(self, adapter: Adapter, state: _State) -> None:
        new = [each for each in await self._newcomers(adapter.name) if each not in state.looked]
        if len(new) <= FEW:
            await self._find(adapter, state, new)
        elif self._now() - (state.read_at or 0.0) >= READ_ANEW:
            state.due = 0.0
            await self._read(adapter, state)

    async def before_sends(self) -> None:
        """Look up who is about to be written to and has no account where they could be. Never long; raises nothing."""
        outlets = self._outlets()
        finding = [
            each
            for name in outlets.order
            if isinstance(each := outlets.adapters[name], FindsPeople) and not outlets.closed(name)
        ]
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(self._before_sends(each, outlets.order) for each in finding))
        except TimeoutError:
            log.warning("a person was not looked up in time", action="lookup-failed")
        except Exception as failed:
            # Whoever is not found is written to elsewhere.
            if not is_away(failed):
                log.exception("a person could not be looked up", action="lookup-failed")

    async def _before_sends(self, adapter: Adapter, order: Sequence[str]) -> None:
        name, state = adapter.name, self._states[adapter.name]
        if self._may_ask(state):
            earlier = order[: order.index(name) + 1]
            unlinked = await self._desk.store.run(lambda session: recipients(session, name, earlier, self._desk.now()))
            ago = self._now() - ASKED_AGAIN
            await self._find(adapter, state, [each for each in unlinked if state.looked.get(each, ago) <= ago])

    def _may_ask(self, state: _State) -> int:
        """How many may be looked up now."""
        now = self._now()
        while state.recent and now - state.recent[0] >= MINUTE:
            state.recent.popleft()
        return 0 if now < state.quiet else min(FEW - len(state.recent), AT_ONCE)

    async def _find(self, adapter: Adapter, state: _State, people: Sequence[Sought]) -> None:
        now = self._now()
        batch = people[: self._may_ask(state)]
        for each in batch:
            # Noted before the answer is there, or the next round would ask too.
            state.looked[each] = now
            state.recent.append(now)
        await asyncio.gather(*(self._find_one(adapter, state, each) for each in batch))

    async def _find_one(self, adapter: Adapter, state: _State, person: Sought) -> None:
        if not isinstance(adapter, FindsPeople):
            return
        try:
            entries = await adapter.find(person.email)
        except DirectoryUnread as unread:
            log.warning("a person was not looked up", action="lookup-failed", adapter=adapter.name, reason=str(unread))
            self._wait(state, person, unread.seconds)
            return
        except asyncio.CancelledError:
            self._wait(state, person)
            raise
        # That the account is there says nothing new of one to which a message was refused.
        new = [each for each in entries if not each.active or each.external_id != person.refused]
        if new:
            await self._desk.meet(adapter.name, new)

    def _wait(self, state: _State, person: Sought, seconds: float | None = None) -> None:
        """The platform did not answer: it is left alone for a while, and this person is still to be looked up."""
        state.quiet = self._now() + max(FIRST_PAUSE, seconds or 0.0)
        state.looked.pop(person, None)
