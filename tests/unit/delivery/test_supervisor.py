"""Chats that are away or refuse: tried again, with growing pauses, and everything else goes on."""

import asyncio
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from qabot.adapter import Ambiguous, Outcome, RefusedForAll, RetryAfter, Sent
from qabot.delivery.supervisor import LOOK_EVERY, AdapterState, Standing, Supervisor
from qabot.errors import ChatAway, ChatRefused
from qabot.scheduler.clock import DemoClock
from tests.support.faulty import FaultyAdapter

Failure = Exception | None
AWAY, REFUSED = ChatAway("Slack was away."), ChatRefused("Slack does not know the bot token.")


class Chat(FaultyAdapter):
    """An adapter whose starts fail as told; then they succeed. What it knows of itself can be set."""

    def __init__(self, *failures: Failure, name: str = "chat") -> None:
        super().__init__(name)
        self.failures = deque(failures)
        self.starts = 0
        self.stopped = 0
        self.says = ""
        self.new_secret = False
        self.ends: datetime | None = None

    async def start(self) -> None:
        self.starts += 1
        if self.failures and (failure := self.failures.popleft()):
            raise failure

    async def stop(self) -> None:
        self.stopped += 1

    def trouble(self) -> str:
        return self.says

    def renewed(self) -> bool:
        return self.new_secret

    def credential_ends(self) -> datetime | None:
        return self.ends


class Night:
    """A supervisor whose time is moved by hand: sleeps end when `pass_` says so."""

    def __init__(self) -> None:
        self.clock = DemoClock(datetime(2026, 11, 23, 10, tzinfo=UTC))
        self.changes: list[tuple[Standing, frozenset[int]]] = []
        self.record_fails = 0
        self.sleeping: list[tuple[datetime, asyncio.Event]] = []
        self.supervisor = Supervisor(self.clock.now, self.changed, self.sleep)

    async def changed(self, state: AdapterState, held: frozenset[int]) -> None:
        if self.record_fails:
            self.record_fails -= 1
            raise OSError("the database is away")
        self.changes.append((state.standing, held))

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        mine = (self.clock.now() + timedelta(seconds=seconds), woken)
        self.sleeping.append(mine)
        try:
            await woken.wait()
        finally:
            self.sleeping.remove(mine)

    async def pass_(self, seconds: float) -> None:
        """Let time pass, through everybody's waking."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            due = min((at for at, woken in self.sleeping if not woken.is_set()), default=end)
            if due >= end:
                break
            self.clock.set(due)
            for at, woken in list(self.sleeping):
                if at <= due:
                    woken.set()
        self.clock.set(end)

    def state(self, number: int = 0) -> AdapterState:
        return self.supervisor.states()[number]


@pytest.fixture
def night() -> Night:
    return Night()


async def test_a_chat_that_is_there_runs_at_once(night: Night) -> None:
    chat = Chat()
    await night.supervisor.start([chat])
    assert night.state().standing is Standing.running
    assert night.supervisor.closed("chat") == ""
    await night.supervisor.stop()
    assert chat.stopped == 1


@pytest.mark.parametrize("failure", [AWAY, REFUSED, OSError("no such host"), TimeoutError()])
async def test_a_chat_that_fails_at_the_start_stops_nothing_and_is_tried_again(night: Night, failure: Failure) -> None:
    bad, good = Chat(failure, failure, name="bad"), Chat(name="good")
    await night.supervisor.start([bad, good])
    assert night.state(1).standing is Standing.running
    assert night.state(0).standing is (Standing.refused if failure is REFUSED else Standing.away)
    assert night.state(0).since == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert night.state(0).why
    assert night.supervisor.closed("bad") == night.state(0).why
    await night.pass_(2000)
    assert night.state(0).standing is Standing.running
    assert bad.starts == 3
    assert [each[0] for each in night.changes if each[0] is not Standing.running]
    await night.supervisor.stop()


async def test_the_pauses_grow_and_a_refusal_is_tried_rarely_but_for_ever(night: Night) -> None:
    away, refused = Chat(*[AWAY] * 1000, name="away"), Chat(*[REFUSED] * 1000, name="refused")
    await night.supervisor.start([away, refused])
    await night.pass_(3600)
    assert 10 <= away.starts <= 20
    assert 2 <= refused.starts <= 5
    await night.pass_(24 * 3600)
    assert 24 * 2 - 3 <= refused.starts <= 24 * 2 + 6
    await night.supervisor.stop()


async def test_a_platform_that_says_how_long_to_wait_is_left_alone_for_that_long(night: Night) -> None:
    chat = Chat(ChatAway("Slack asked to wait.", 600.0))
    await night.supervisor.start([chat])
    await night.pass_(590)
    assert chat.starts == 1
    await night.pass_(20)
    assert chat.starts == 2
    await night.supervisor.stop()


async def test_a_start_that_hangs_holds_up_the_service_for_seconds_only(night: Night) -> None:
    class Hanging(Chat):
        async def start(self) -> None:
            await asyncio.Event().wait()

    starting = asyncio.ensure_future(night.supervisor.start([Hanging(), Chat(name="good")]))
    await night.pass_(6)
    assert starting.done()
    assert night.state().standing is Standing.starting
    assert night.supervisor.closed("chat")
    await night.supervisor.stop()


async def test_a_send_that_is_refused_for_all_closes_the_chat_until_it_lets_us_in_again(night: Night) -> None:
    chat = Chat(None, REFUSED)
    await night.supervisor.start([chat])
    night.supervisor.note("chat", Sent("1"))
    night.supervisor.note("chat", RefusedForAll("the token was revoked"))
    assert night.state().standing is Standing.refused
    assert night.supervisor.closed("chat") == "the token was revoked"
    night.supervisor.hold("chat", 7)
    await night.pass_(1)
    assert chat.starts == 1, "who has just refused us is not asked at once"
    await night.pass_(2000)
    assert night.state().standing is Standing.running
    assert night.changes == [
        (Standing.running, frozenset()),
        (Standing.refused, frozenset({7})),
        (Standing.running, frozenset({7})),
    ]
    await night.supervisor.stop()


async def test_a_new_secret_is_tried_at_once(night: Night) -> None:
    chat = Chat(REFUSED)
    await night.supervisor.start([chat])
    chat.new_secret = True
    await night.pass_(LOOK_EVERY + 1)
    assert night.state().standing is Standing.running
    await night.supervisor.stop()


@pytest.mark.parametrize("outcome", [Ambiguous("503"), RetryAfter(5, "no connection")])
async def test_sends_that_may_not_have_arrived_have_the_chat_itself_asked(night: Night, outcome: Outcome) -> None:
    chat = Chat(None, AWAY)
    await night.supervisor.start([chat])
    await night.pass_(61)
    for _ in range(2):
        night.supervisor.note("chat", outcome)
    await night.pass_(1)
    assert chat.starts == 1
    for _ in range(100):
        night.supervisor.note("chat", outcome)
    await night.pass_(1)
    assert chat.starts == 2
    assert night.state().standing is Standing.away
    await night.supervisor.stop()


async def test_a_storm_of_lost_answers_asks_once_a_minute(night: Night) -> None:
    chat = Chat()
    await night.supervisor.start([chat])
    for _ in range(60):
        await night.pass_(2)
        for _ in range(50):
            night.supervisor.note("chat", RetryAfter(1, "429"))
    assert 2 <= chat.starts <= 3
    assert night.state().standing is Standing.running
    await night.supervisor.stop()


async def test_what_a_chat_knows_of_itself_is_shown_and_does_not_close_it(night: Night) -> None:
    chat = Chat()
    await night.supervisor.start([chat])
    chat.says = "Socket Mode could not be opened."
    await night.pass_(LOOK_EVERY + 1)
    assert night.state().trouble == chat.says
    assert not night.state().well
    assert night.supervisor.closed("chat") == ""
    chat.says = ""
    await night.pass_(LOOK_EVERY + 1)
    assert night.state().well
    await night.supervisor.stop()


async def test_a_secret_that_ends_soon_is_said(night: Night) -> None:
    chat = Chat()
    chat.ends = night.clock.now() + timedelta(days=31)
    await night.supervisor.start([chat])
    await night.pass_(LOOK_EVERY + 1)
    assert night.state().ends is None
    chat.ends = night.clock.now() + timedelta(days=29)
    await night.pass_(LOOK_EVERY + 1)
    assert night.state().ends == chat.ends
    assert night.state().well
    await night.supervisor.stop()


async def test_a_change_that_could_not_be_recorded_is_recorded_later(night: Night) -> None:
    night.record_fails = 3
    await night.supervisor.start([Chat()])
    await night.pass_(LOOK_EVERY * 5)
    assert night.changes == [(Standing.running, frozenset())]
    await night.supervisor.stop()


async def test_without_a_supervisor_nothing_is_closed(night: Night) -> None:
    assert night.supervisor.closed("chat") == ""
    night.supervisor.note("chat", RefusedForAll("no"))
    assert night.supervisor.states() == []
