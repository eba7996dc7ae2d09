"""Each chat's state: it is started, watched and tried again, and nothing waits for it.

starting   it is being connected for the first time
running    it takes what is sent
away       it cannot be reached, or asks to wait: tried again with growing pauses
refused    it does not let us in: tried again, rarely, because somebody may renew a secret

While a chat is not running nothing is sent to it: alerts go to the next adapter of each person, the rest is kept.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from qabot.adapter import Adapter, Ambiguous, Outcome, RefusedForAll, RetryAfter, Sent, Watched, storable
from qabot.errors import ChatAway, ChatRefused
from qabot.models.availability import is_away

log = structlog.get_logger()
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
RARE_PAUSE = 300.0
"""Seconds before somebody is asked again who does not let us in."""
RAREST_PAUSE = 1800.0
LONGEST_START = 30.0
FIRST_PATIENCE = 5.0
"""For how many seconds the service's start waits for its chats."""
LOOK_EVERY = 10.0
DOUBTS = 3
"""Sends in a row that may not have arrived, after which the chat itself is asked; once in `ASK_EVERY` at most."""
ASK_EVERY = timedelta(minutes=1)
WARN_AHEAD = timedelta(days=30)
"""How long before a secret ends the administrator hears of it."""
NOT_YET = "it is being connected"


class Standing(StrEnum):
    """What a chat's state can be."""

    starting = "starting"
    running = "running"
    away = "away"
    refused = "refused"


@dataclass(frozen=True, slots=True)
class AdapterState:
    """How it is with one chat, since when (UTC), and why; `trouble` is what does not work although it is running.

    `ends` is when its secret ends (UTC), if that is known and near.
    """

    adapter: str
    standing: Standing
    since: datetime
    why: str = ""
    trouble: str = ""
    ends: datetime | None = None

    @property
    def well(self) -> bool:
        """Whether there is nothing for an administrator to do."""
        return self.standing is Standing.running and not self.trouble


Changed = Callable[[AdapterState, frozenset[int]], Awaitable[None]]


async def _nothing(state: AdapterState, held: frozenset[int]) -> None:
    """What follows a change where nobody asked for anything."""


class Supervisor:
    """Starts and watches adapters. `changed` is told of each change, and of the notices held meanwhile once it is back.

    An adapter that it was not given, or before `start`, counts as running.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        changed: Changed = _nothing,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now, self._changed, self._sleep = now, changed, sleep
        self._adapters: dict[str, Adapter] = {}
        self._states: dict[str, AdapterState] = {}
        self._noted: dict[str, asyncio.Event] = {}
        self._tried: dict[str, asyncio.Event] = {}
        self._proved: set[str] = set()
        self._doubts: dict[str, int] = {}
        self._asked: dict[str, datetime] = {}
        self._held: dict[str, set[int]] = {}
        self._to_tell: set[str] = set()
        self._warned: dict[str, datetime] = {}
        self._tasks: list[asyncio.Task[None]] = []

    # -- what the delivery asks and tells -----------------------------------------------------------------------------

    def closed(self, name: str) -> str:
        """Why nothing is to be sent there now; "" if it may be tried."""
        state = self._states.get(name)
        return "" if state is None or state.standing is Standing.running else state.why or NOT_YET

    def note(self, name: str, outcome: Outcome) -> None:
        """What came of a send. One that is refused for all closes the chat until it lets us in again."""
        state = self._states.get(name)
        if state is None or state.standing is not Standing.running:
            return
        match outcome:
            case Sent():
                self._proved.add(name)
                self._doubts[name] = 0
            case RefusedForAll(reason):
                self._set(name, Standing.refused, reason)
                self._noted[name].set()
            case RetryAfter() | Ambiguous():
                self._doubts[name] = self._doubts.get(name, 0) + 1
                if self._doubts[name] >= DOUBTS and self._now() - self._asked[name] >= ASK_EVERY:
                    self._noted[name].set()

    def hold(self, name: str, notice_id: int) -> None:
        """This notice waits until the chat is back."""
        if name in self._states:
            self._held.setdefault(name, set()).add(notice_id)

    def states(self) -> list[AdapterState]:
        """How it is with each chat, in the order in which people are tried."""
        return list(self._states.values())

    # -- its life -----------------------------------------------------------------------------------------------------

    async def start(self, adapters: Iterable[Adapter]) -> None:
        """Begin to keep these; returns when each was tried once, or after `FIRST_PATIENCE`."""
        for each in adapters:
            self._adapters[each.name] = each
            self._states[each.name] = AdapterState(each.name, Standing.starting, self._now())
            self._noted[each.name], self._tried[each.name] = asyncio.Event(), asyncio.Event()
            self._tasks.append(asyncio.create_task(self._keep(each)))
        tried = asyncio.ensure_future(self._all_tried())
        patience = asyncio.ensure_future(self._sleep(FIRST_PATIENCE))
        await asyncio.wait({tried, patience}, return_when=asyncio.FIRST_COMPLETED)
        tried.cancel()
        patience.cancel()

    async def _all_tried(self) -> None:
        for each in self._tried.values():
            await each.wait()

    async def stop(self) -> None:
        """Stop watching, and stop each adapter. Raises nothing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in reversed(list(self._adapters.values())):
            try:
                await each.stop()
            except Exception:
                log.exception("a chat did not stop cleanly", action="chat-stop-failed", adapter=each.name)

    async def _keep(self, adapter: Adapter) -> None:
        failures = 0
        while True:
            pause = await self._attempt(adapter, failures)
            self._tried[adapter.name].set()
            if pause is None:
                await self._watch(adapter)
                if self._states[adapter.name].standing is Standing.running:
                    continue
                failures = 0 if adapter.name in self._proved else failures
                pause = _growing(RARE_PAUSE, failures, RAREST_PAUSE)
            failures += 1
            await self._rest(adapter, pause)

    async def _attempt(self, adapter: Adapter, failures: int) -> float | None:
        """Start it, or ask whether it lets us in again; None if it does, else for how many seconds to leave it."""
        name = adapter.name
        self._asked[name], self._doubts[name] = self._now(), 0
        self._noted[name].clear()
        try:
            async with asyncio.timeout(LONGEST_START):
                await adapter.start()
        except ChatRefused as refused:
            pause = _growing(RARE_PAUSE, failures, RAREST_PAUSE)
            self._set(name, Standing.refused, str(refused))
        except ChatAway as away:
            pause = max(_growing(FIRST_PAUSE, failures, LONGEST_PAUSE), away.seconds or 0.0)
            self._set(name, Standing.away, str(away))
        except Exception as wrong:
            # Whatever a chat does: the clock, the other chats and the web inbox go on.
            pause = _growing(FIRST_PAUSE, failures, LONGEST_PAUSE)
            log.exception("a chat could not be connected", action="chat-start-failed", adapter=name)
            self._set(name, Standing.away, f"it could not be connected ({type(wrong).__name__})")
        else:
            if self._states[name].standing is not Standing.running:
                self._proved.discard(name)
            self._set(name, Standing.running, "")
            return None
        await self._tell(name)
        return pause

    async def _watch(self, adapter: Adapter) -> None:
        """Until a send is refused for all, or several in a row may not have arrived."""
        while not self._noted[adapter.name].is_set():
            self._look(adapter)
            await self._tell(adapter.name)
            await self._wait(adapter.name, LOOK_EVERY)
        await self._tell(adapter.name)

    async def _rest(self, adapter: Adapter, seconds: float) -> None:
        """Leave it for some seconds, or until a secret's file has changed."""
        while seconds > 0:
            await self._tell(adapter.name)
            await self._sleep(min(seconds, LOOK_EVERY))
            seconds -= LOOK_EVERY
            if isinstance(adapter, Watched) and adapter.renewed():
                return

    async def _wait(self, name: str, seconds: float) -> None:
        timer, noted = asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._noted[name].wait())
        try:
            await asyncio.wait({timer, noted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            noted.cancel()

    # -- what is known of them ----------------------------------------------------------------------------------------

    def _look(self, adapter: Adapter) -> None:
        """Ask an adapter what it knows of itself."""
        if not isinstance(adapter, Watched):
            return
        state, trouble, ends = self._states[adapter.name], storable(adapter.trouble()), adapter.credential_ends()
        ends = ends if ends is not None and ends - self._now() <= WARN_AHEAD else None
        if trouble and not state.trouble:
            log.error("a chat works in part", action="chat-impaired", adapter=adapter.name, why=trouble)
        if state.trouble and not trouble:
            log.info("a chat works again", action="chat-back", adapter=adapter.name)
        since = self._now() if bool(trouble) != bool(state.trouble) else state.since
        self._states[adapter.name] = AdapterState(adapter.name, state.standing, since, state.why, trouble, ends)
        if ends is not None:
            self._warn(adapter.name, ends)

    def _warn(self, name: str, ends: datetime) -> None:
        """Once a day."""
        last, now = self._warned.get(name), self._now()
        if last is None or now - last >= timedelta(days=1):
            self._warned[name] = now
            log.error(
                "A chat's secret ends soon. Make a new one, and put it where the old one stands.",
                action="secret-ending",
                adapter=name,
                ends=ends.isoformat(),
            )

    def _set(self, name: str, standing: Standing, why: str) -> None:
        before, why = self._states[name], storable(why)
        if before.standing is standing and before.why == why:
            return
        since = before.since if before.standing is standing else self._now()
        self._states[name] = AdapterState(name, standing, since, why)
        if standing is not before.standing:
            self._to_tell.add(name)
        if standing is Standing.running:
            log.info("a chat is connected", action="chat-back", adapter=name)
        else:
            log.error("a chat is not connected", action=f"chat-{standing}", adapter=name, why=why)

    async def _tell(self, name: str) -> None:
        """What follows a change is done once, and tried again if it fails: the database may be away as well."""
        if name not in self._to_tell:
            return
        state, held = self._states[name], self._held.get(name, set())
        try:
            await self._changed(state, frozenset(held))
        except Exception as wrong:
            if not is_away(wrong):
                log.exception("a chat's change was not recorded", action="chat-unrecorded", adapter=name)
            return
        self._to_tell.discard(name)
        if state.standing is Standing.running:
            self._held.pop(name, None)


def _growing(first: float, failures: int, longest: float) -> float:
    """Doubled with each failure, without ever being more than `longest`."""
    return min(longest, first * math.pow(2, min(failures, 20)))
