"""The watcher finds each kind of trouble from its real cause, repairs what it can, and tells each once."""

import asyncio
import os
import resource
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult
from sqlalchemy import update
from sqlalchemy.engine import make_url
from sqlmodel import col

from qabot.delivery.supervisor import AdapterState, Standing, Supervisor
from qabot.errors import DatabaseAway
from qabot.framework.calendar import PUBLISHED_UNTIL
from qabot.models import Audit, Deadline, Meta, Notice, NoticeState, Process, RoleHolding, Store
from qabot.models.columns import table
from qabot.scheduler import gauges
from qabot.scheduler.clock import Jump
from qabot.scheduler.standstill import stand_still
from qabot.scheduler.watch import SEEN
from qabot.scheduler.watching import surroundings, telling
from qabot.scheduler.watching.findings import HARMLESS, KINDS, Finding
from qabot.scheduler.watching.telling import Operator, Relay, relay_of
from qabot.scheduler.watching.watcher import REPEATED, Place, Standpoint, Watcher
from qabot.settings import read_settings
from qabot.wiring import beside
from qabot.workflows.core.sealing import Sealer
from tests.support.faulty import Fault
from tests.support.postgres import free_port
from tests.support.surveyed import OPEN, asking
from tests.support.waiting import LONG
from tests.support.world import Node, World


class Post:
    """What the relay took."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.refuses = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses:
            return "451 not now"
        assert session.ssl, "in the clear"
        self.letters.append(envelope.content.decode())
        return "250 taken"


class Told(Operator):
    """An operator who keeps what is told, and counts the heartbeats."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []
        self.beats, self.why = 0, ""

    async def tell(self, subject: str, text: str) -> str:
        self.letters.append((subject, text))
        return ""

    async def beat(self) -> str:
        self.beats += 1
        return self.why


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await World.start()
    yield made
    made.close()


def watcher(world: World, place: Place | None = None, operator: Operator | None = None) -> Watcher:
    node = world.nodes[0]
    inside = place or Place(Standpoint.serve, own=node.engine.outlets.holder.id, inside=True)
    return Watcher(node.desk, node.engine.ticker, operator or Told(), inside)


async def kinds(looking: Watcher) -> set[str]:
    return {each.kind for each in await looking.look()}


async def test_all_is_well_and_the_heartbeat_goes(world: World) -> None:
    looking = watcher(world)
    assert await looking.look() == []
    assert isinstance(looking.operator, Told)
    assert (looking.operator.beats, looking.operator.letters) == (1, [])


async def test_a_scaled_engine_without_workers_is_told_after_two_looks(world: World) -> None:
    looking = watcher(world)
    assert await kinds(looking) == set(), "an engine that sends by itself needs none"
    looking.scaled = True
    assert await kinds(looking) == set(), "they may be starting"
    assert await kinds(looking) == {"workers-missing"}
    assert isinstance(looking.operator, Told)
    assert looking.operator.beats == 3, "what is due leaves all the same"
    with world.nodes[0].store.transaction() as session:
        session.add(Process(id="w", kind="worker", host="elsewhere", pid=1, beats=1, started_at=world.clock.now()))
    assert await kinds(looking) == set()


async def test_a_trouble_is_told_once_again_after_a_day_and_at_its_end(world: World) -> None:
    looking, told = watcher(world), Told()
    looking.operator = told
    await world.graded("red")
    for each in world.notices():
        change(world, Notice, each.id, state=NoticeState.planned, not_before=world.clock.now() - timedelta(hours=1))
    assert await kinds(looking) == {"notices-overdue"}
    await looking.look()
    assert (len(told.letters), told.beats) == (1, 0)
    subject, text = told.letters[0]
    assert subject.endswith("are due and did not go.")
    assert "Since 23 November 2026 at" in text
    assert "[notices-overdue]\n  Look at" in text
    assert "Cyrus" not in text
    again = watcher(world, operator=told)
    await again.look()
    assert len(told.letters) == 1, "a restart tells nothing anew"
    world.clock.set(world.clock.now() + timedelta(hours=24))
    await looking.look()
    assert len(told.letters) == 2
    await world.tick()
    await looking.look()
    await looking.look()
    assert "notices-overdue" not in {each.kind for each in looking.findings}
    assert [subject for subject, _ in told.letters[2:]] == ["qabot: what was told is over"]
    assert told.beats == 2


async def test_what_comes_and_goes_is_told_once(world: World) -> None:
    """As a disk with about as much free space as there should be: an e-mail for each look, and nobody reads them."""
    troubles: list[Finding] = []
    told, place = Told(), Place(Standpoint.serve, around=lambda: list(troubles), inside=True)
    found = Finding("disk-short", "The database's disk has 499 MB left.", world.clock.now())
    for number in range(10):
        troubles[:] = [found] if number % 2 == 0 else []
        # Another process each time, as with `qabot watch --once`.
        looking = watcher(world, place, told)
        assert await kinds(looking) == ({"disk-short"} if number % 2 == 0 else set())
    assert [subject for subject, _ in told.letters] == ["qabot: The database's disk has 499 MB left."]
    assert told.beats == 5, "the heartbeat goes by what is there now"
    troubles.clear()
    await watcher(world, place, told).look()
    await watcher(world, place, told).look()
    assert [subject for subject, _ in told.letters[1:]] == ["qabot: what was told is over"]


async def test_a_heartbeat_that_does_not_arrive_is_told_from_the_second_look_on_and_its_end(world: World) -> None:
    told = Told()
    looking = watcher(world, operator=told)
    for why in ("no answer in time", "", "no answer in time", "no answer in time", "no answer in time"):
        told.why = why
        assert await kinds(looking) == ({"heartbeat-failed"} if why else set())
    [(subject, _)] = told.letters
    assert subject == "qabot: The heartbeat's address could not be reached."
    told.why = ""
    assert await kinds(looking) == set()
    assert await kinds(looking) == set()
    assert [subject for subject, _ in told.letters[1:]] == ["qabot: what was told is over"]


async def test_what_was_forgotten_stuck_or_lost_goes_on(world: World) -> None:
    audit = await world.graded("red")
    alert = world.deadline("alert", audit)
    change(world, Deadline, alert.id, next_at=None)
    [sent, *_] = [each for each in world.notices(state="sent") if each.message_id]
    change(world, Notice, sent.id, wanted=sent.drawn + 1)
    stuck = world.notices()[-1]
    change(world, Notice, stuck.id, state=NoticeState.claimed, owner="nobody")
    woken: list[str] = []
    place = Place(
        Standpoint.serve, woken=lambda: woken.append("woken"), own=world.nodes[0].engine.outlets.holder.id, inside=True
    )
    looking = watcher(world, place)
    assert await kinds(looking) >= {"deadlines-forgotten", "notices-orphaned"}
    assert await kinds(looking) >= {"redraws-lost"}
    assert woken
    assert world.deadline("alert", audit).next_at == world.clock.now()
    assert world.all(Notice, col(Notice.id) == stuck.id)[0].state == NoticeState.planned
    await world.tick()
    assert await kinds(looking) <= {"redraws-lost"}


async def test_what_reached_nobody_or_cannot_be_drawn_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fail(Fault.lost_after, Fault.lost_after, Fault.lost_after, Fault.lost_after)
    await world.graded("red")
    await world.forward("5 minutes")
    looking = watcher(world)
    assert await kinds(looking) == {"notices-ambiguous"}
    from qabot.delivery import outbox

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "card_of", lambda drawing, notice: None)
        await world.graded("red", "bea")
    assert await kinds(looking) == {"notices-ambiguous", "card-undrawable"}
    [first, *_] = world.notices()
    change(world, Notice, first.id, state=NoticeState.failed, closed_at=world.clock.now(), reason="no platform")
    assert await kinds(looking) >= {"notices-failed"}


async def test_planning_that_stops_or_fails_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.audit("cyrus", due="2026-11-24")
    from qabot.scheduler import tick

    def broken(*_: Any) -> None:
        raise ArithmeticError

    with monkeypatch.context() as patched:
        patched.setattr(tick, "plan", broken)
        await world.jump("2026-11-25 10:00")
    assert await kinds(watcher(world)) >= {"planning-failed"}
    world.clock.set(world.clock.now() + timedelta(hours=4))
    assert await kinds(watcher(world)) >= {"deadlines-overdue"}


async def test_a_duty_that_is_gone_and_a_calendar_that_ends(world: World) -> None:
    audit = await world.audit("cyrus")
    change(world, Deadline, world.deadline("audit", audit).id, kind="no-such-duty")
    looking = watcher(world)
    [found] = await looking.look()
    assert (found.kind, found.about) == ("framework-changed", "no-such-duty")
    assert isinstance(looking.operator, Told)
    assert looking.operator.beats == 1, "the service works"
    world.clock.set(datetime(PUBLISHED_UNTIL, 11, 1, tzinfo=UTC))
    assert await kinds(looking) >= {"holidays-ending"}


async def test_an_activity_and_a_role_that_are_gone_are_told(world: World) -> None:
    audit = await world.audit("cyrus")
    change(world, Audit, audit.id, activity="visit")
    with world.nodes[0].store.transaction() as session:
        session.add(RoleHolding(person_id=world.ids["ade"], role="champion"))
        session.add(RoleHolding(person_id=world.ids["bea"], role="champion"))
    world.restart()
    found = {each.about: each for each in await watcher(world).look()}
    assert {each.kind for each in found.values()} == {"framework-changed"}
    assert found["activity visit"].sentence == (
        "The framework has no activity visit any more, and 1 piece of it is open. It can be sent in as it was "
        "asked; of what follows, only alerts are raised."
    )
    assert found["role champion"].sentence == (
        "The framework has no role champion any more, and 2 people hold it: nothing goes to them by it."
    )


async def test_chats_clock_and_rounds_beside_the_engine(world: World) -> None:
    engine, now = world.nodes[0].engine, world.clock.now()
    supervisor = Supervisor(world.clock.now)
    supervisor._states = {
        "slack": AdapterState("slack", Standing.refused, now, "invalid_auth"),
        "teams": AdapterState("teams", Standing.away, now - timedelta(hours=1), "no answer"),
        "web": AdapterState("web", Standing.running, now, "", "cards only", now + timedelta(days=3)),
    }
    engine.watch.clock = Still(Jump(timedelta(hours=3), now))  # type: ignore[assignment]
    world.clock.set(now + timedelta(minutes=4))
    engine.outlets.supervisor = supervisor
    looking = watcher(world, beside(engine))
    found = await looking.look()
    assert {each.kind for each in found} >= {
        "chat-refused",
        "chat-away",
        "chat-impaired",
        "secret-ending",
        "clock-jumped",
        "service-silent",
    }
    assert isinstance(looking.operator, Told)
    assert "invalid_auth" not in looking.operator.letters[0][1], "a platform's words stay here"


async def test_answers_that_no_key_opens_are_told_by_the_service_that_has_the_keys(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=2)
    await world.advance(OPEN)
    assert "surveys-sealed" not in await kinds(watcher(world))
    desk = world.nodes[0].desk
    desk.tools = replace(desk.tools, sealer=Sealer("another secret key, which is long enough"))
    found = {each.kind: each.sentence for each in await watcher(world).look()}
    assert found["surveys-sealed"].startswith("6 survey sheets are sealed with a secret key that is not here")
    assert "surveys-sealed" not in await kinds(watcher(world, Place(Standpoint.watch))), "it may have no key at all"
    world.close()


async def test_rounds_that_have_failed_from_the_start_are_found_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.nodes[0]
    node = Node.start(Store(world.url), world.clock, old.engine.outlets, world.framework)
    assert node.engine.quiet_since is None

    async def away(*_: object, **__: object) -> None:
        raise DatabaseAway

    monkeypatch.setattr(node.store, "run", away)
    await node.engine.start()
    try:
        world.clock.set(world.clock.now() + timedelta(minutes=4))
        around = beside(node.engine).around()
        assert [each.kind for each in around] == ["service-silent"]
        with old.store.transaction() as session:
            page = gauges.page(session, world.clock.now(), quiet_since=node.engine.quiet_since).decode()
        assert "\nqabot_tick_age_seconds 240.0\n" in page, "without a number the rule QabotRoundsStopped never holds"
    finally:
        await node.engine.stop()
        node.store.close()


class Still:
    """A clock that has jumped."""

    def __init__(self, jump: Jump) -> None:
        self.jump = jump


async def test_from_outside_a_silent_service_a_dead_process_and_a_chat_that_is_away(world: World) -> None:
    now = world.clock.now()
    with world.nodes[0].store.transaction() as session:
        session.add(Process(id="dead", host="there", pid=1, beats=7, started_at=now))
        session.merge(Meta(key=SEEN, value=(now - timedelta(minutes=11)).isoformat()))
        unit = world.nodes[0].desk.unit(session)
        unit.event("chat-away", why="revoked", adapter="slack", state="refused")
    looking = watcher(world, Place(Standpoint.watch, own=world.nodes[0].engine.outlets.holder.id))
    assert await kinds(looking) == {"service-silent", "chat-refused"}
    assert "process-dead" in await kinds(looking), "its beats stood still between two looks"
    assert not [each for each in world.all(Process) if each.id == "dead"]
    with world.nodes[0].store.transaction() as session:
        session.merge(Meta(key=SEEN, value=(now + timedelta(minutes=11)).isoformat()))
    assert "clock-stopped" in await kinds(looking)


async def test_a_copy_that_waits_hides_what_it_holds_up(world: World) -> None:
    with world.nodes[0].store.transaction() as session:
        stand_still(world.nodes[0].desk.unit(session))
    world.clock.set(world.clock.now() + timedelta(days=3))
    assert await kinds(watcher(world)) == {"copy-waiting"}


async def test_a_full_disk_and_a_database_that_is_away(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    looking = watcher(world)
    looking.disk_megabytes = 10**9
    assert await kinds(looking) == {"disk-short"}
    with world.nodes[0].store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")  # each write now fails, as on a full disk
        connection.commit()
    assert await kinds(looking) == {"disk-short", "database-away"}
    world.close()


async def test_a_disk_that_takes_no_more_is_found_although_all_can_be_read(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    looking = watcher(world)
    assert await kinds(looking) == set()
    written_ahead, before = f"{make_url(world.url).database}-wal", resource.getrlimit(resource.RLIMIT_FSIZE)
    world.clock.set(world.clock.now() + timedelta(seconds=1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.stat(written_ahead).st_size, before[1]))
    try:
        assert await kinds(looking) == {"database-away"}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert await kinds(looking) == set()
    world.close()


async def test_what_nobody_foresaw_is_told_as_well(world: World) -> None:
    looking = watcher(world)
    told = looking.operator
    assert isinstance(told, Told)
    _rename(world, "notice", "gone")
    assert await kinds(looking) == {"look-failed"}
    assert (len(told.letters), told.beats) == (1, 0)
    assert "qabot doctor" in told.letters[0][1]
    _rename(world, "gone", "notice")
    assert await kinds(looking) == set()
    assert await kinds(looking) == set()
    assert "what was told is over" in told.letters[1][0]


def _rename(world: World, old: str, new: str) -> None:
    with world.nodes[0].store.engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")
        connection.commit()


def test_a_folder_that_is_gone_ends_no_look(world: World) -> None:
    assert list(surroundings.disk("sqlite:////nowhere/at/all/qabot.sqlite3", 1, world.clock.now())) == []


# -- the ways to the operator ------------------------------------------------------------------------------------------


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def post() -> Post:
    return Post()


def anybody(*_: object) -> AuthResult:
    return AuthResult(success=True)


@pytest.fixture
async def relay(post: Post, authority: trustme.CA) -> AsyncIterator[Relay]:
    """A relay that takes nothing without TLS."""
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(post, tls_context=theirs, require_starttls=True, authenticator=anybody), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    yield Relay("127.0.0.1", port, "starttls", "qabot@council.example", ("it@council.example",), context=ours)
    server.close()


async def test_the_letter_goes_by_a_relay_with_tls_and_waits_while_it_takes_none(
    world: World, relay: Relay, post: Post
) -> None:
    looking = watcher(world, operator=Operator(world.clock.now, {}, relay, ""))
    with world.nodes[0].store.transaction() as session:
        stand_still(world.nodes[0].desk.unit(session))
    post.refuses = True
    assert await kinds(looking) == {"copy-waiting", "mail-failed"}
    post.refuses = False
    assert await kinds(looking) == {"copy-waiting"}
    await looking.look()
    [letter] = post.letters
    assert "Auto-Submitted: auto-generated" in letter
    assert "To: it@council.example" in letter
    assert "qabot release" in letter


async def test_a_relay_that_offers_no_tls_gets_nothing(relay: Relay) -> None:
    stranger = Relay(relay.host, relay.port, "starttls", relay.sender, relay.recipients)
    operator = Operator(lambda: datetime(2026, 11, 23, tzinfo=UTC), {}, stranger, "")
    assert (await operator.tell("subject", "text")).startswith("its certificate is not believed")


async def test_authorities_of_the_council_count_for_its_relay_too(
    relay: Relay, post: Post, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    settings = read_settings(
        database_url="sqlite://", operator_email="it@council.example", smtp_host=relay.host, smtp_port=relay.port
    )
    for environ, believed in (({}, False), ({"QABOT_CA_FILE": str(tmp_path / "ca.pem")}, True)):
        operator = Operator(lambda: datetime(2026, 11, 23, tzinfo=UTC), {}, relay_of(settings, environ), "")
        assert (await operator.tell("subject", "text") == "") is believed
    assert len(post.letters) == 1


async def test_a_relay_is_looked_at_without_a_letter(relay: Relay, post: Post) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, ""),
        ({"user": "qabot", "password": "right"}, ""),
        ({"user": "qabot", "password": "ten £ a month"}, "QABOT_SMTP"),
        ({"context": None}, "its certificate is not believed"),
        ({"port": free_port()}, "nothing listens there"),
        ({"tls": "tls"}, "no TLS with it comes about"),
    ]
    for given, said in cases:
        why = await asyncio.to_thread(replace(relay, **given).fault)
        assert said in why if said else why == "", given
    assert not post.letters


# -- relays as they are in a bad night ---------------------------------------------------------------------------------


class Sullen:
    """A relay in the clear on this machine; what it answers to each word, and whether a trickle of greeting ends."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.letters, self.asked = answers, 0, list[str]()
        self.texts: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.answers.get("greeting") == "endless":
            with suppress(ConnectionError):
                while not writer.is_closing():
                    writer.write(b"220-one moment\r\n")
                    await writer.drain()
            return
        writer.write(b"<html>\r\n" if "greeting" in self.answers else b"220 here\r\n")
        while line := (await reader.readline()).decode():
            self.asked.append(line.strip())
            word = line.split(":")[0].split()[0].lower()
            said = next((said for each, said in self.answers.items() if each in line.lower()), "250 well")
            if word == "data":
                writer.write(b"354 go on\r\n")
                text = b""
                while (written := await reader.readline()) != b".\r\n":
                    text += written
                self.letters += 1
                self.texts.append(text.decode())
                if self.answers.get("text") == "nothing":
                    break
                said = self.answers.get("text", said)
            writer.write(f"{said}\r\n".encode())
        writer.close()


@asynccontextmanager
async def sullen(**answers: str) -> AsyncIterator[tuple[Relay, Sullen]]:
    """One, and the way to it: two people are written to, of whom Zed is the second."""
    made = Sullen(**answers)
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    people = ("it@council.example", "zed@council.example")
    yield Relay("127.0.0.1", port, "none", "qabot@council.example", people), made
    server.close()


@pytest.mark.parametrize("goodbye", ["421 busy", "500 what"])
async def test_a_letter_that_was_taken_is_sent_once_however_the_relay_says_goodbye(world: World, goodbye: str) -> None:
    async with sullen(quit=goodbye) as (relay, server):
        looking = watcher(world, operator=Operator(world.clock.now, {}, relay, ""))
        with world.nodes[0].store.transaction() as session:
            stand_still(world.nodes[0].desk.unit(session))
        for _ in range(3):
            assert await kinds(looking) == {"copy-waiting"}
        assert server.letters == 1


@pytest.mark.parametrize("text", ["nothing", "no answer of SMTP's"])
async def test_a_letter_that_may_have_been_taken_is_sent_once_more_and_says_so(world: World, text: str) -> None:
    async with sullen(text=text) as (relay, server):
        with world.nodes[0].store.transaction() as session:
            stand_still(world.nodes[0].desk.unit(session))
        found = []
        for _ in range(4):
            # Each in a process of its own, as cron has it: what is known is in the database alone.
            found.append(await kinds(watcher(world, operator=Operator(world.clock.now, {}, relay, ""))))
        assert found[:2] == [{"copy-waiting", "mail-failed"}] * 2
        assert [REPEATED in each for each in server.texts] == [False, True]


async def test_one_that_was_surely_not_taken_is_no_repeat(world: World) -> None:
    async with sullen(text="451 later") as (relay, server):
        looking = watcher(world, operator=Operator(world.clock.now, {}, relay, ""))
        with world.nodes[0].store.transaction() as session:
            stand_still(world.nodes[0].desk.unit(session))
        for _ in range(3):
            assert await kinds(looking) == {"copy-waiting", "mail-failed"}
        assert [REPEATED in each for each in server.texts] == [False] * 3
        server.answers["text"] = "250 taken"
        assert await kinds(looking) == {"copy-waiting"}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"mail": "hello"}, "it takes nothing from the sender"),
        ({"rcpt": "hello"}, "it refuses address 1 and 2 of the 2 of QABOT_OPERATOR_EMAIL"),
        ({"greeting": "garbage"}, "what answers there is no mail relay"),
    ],
)
async def test_what_is_no_answer_of_a_relay_is_not_taken_for_one(answers: dict[str, str], why: str) -> None:
    async with sullen(**answers) as (relay, _):
        assert await asyncio.to_thread(relay.fault) == why


async def test_an_address_that_is_refused_is_told_to_those_who_are_reached_and_by_the_doctor() -> None:
    async with sullen(zed="550 nobody of that name") as (relay, server):
        operator = Operator(lambda: datetime(2026, 11, 23, tzinfo=UTC), {}, relay, "")
        assert await operator.tell("subject", "text") == "", "it was told, and is not told again at each look"
        assert server.letters == 2
        assert sum("zed@" in each for each in server.asked) == 1
        why = await asyncio.to_thread(relay.fault)
        assert why == "it refuses address 2 of the 2 of QABOT_OPERATOR_EMAIL"
        assert server.letters == 2
        assert (
            await Operator(operator._now, {}, replace(relay, recipients=relay.recipients[1:]), "").tell("s", "t")
        ) != ""
    async with sullen(mail="550 not from you") as (relay, server):
        assert await asyncio.to_thread(relay.fault) == "it takes nothing from the sender"


async def test_a_relay_that_trickles_without_end_holds_up_no_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "LONGEST", 0.2)
    async with sullen(greeting="endless") as (relay, _):
        looking = watcher(world, operator=Operator(world.clock.now, {}, relay, ""))
        with world.nodes[0].store.transaction() as session:
            stand_still(world.nodes[0].desk.unit(session))
        assert await asyncio.wait_for(kinds(looking), LONG) == {"copy-waiting", "mail-failed"}
        assert await asyncio.wait_for(asyncio.to_thread(relay.fault), LONG) != ""


async def test_a_password_that_no_relay_takes_is_said_and_the_look_ends(world: World, relay: Relay) -> None:
    by_name = replace(relay, user="qabot", password="ten £ a month")
    looking = watcher(world, operator=Operator(world.clock.now, {}, by_name, ""))
    with world.nodes[0].store.transaction() as session:
        stand_still(world.nodes[0].desk.unit(session))
    assert await kinds(looking) == {"copy-waiting", "mail-failed"}, "the pages and /health say what the e-mail cannot"
    assert "QABOT_SMTP" in await looking.operator.tell("subject", "text")


async def test_the_heartbeat_is_asked_over_https(authority: trustme.CA, tmp_path: Path) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPFound("/ping")

    application = web.Application()
    application.router.add_get("/ping", answer)
    application.router.add_get("/moved", elsewhere)
    runner = web.AppRunner(application)
    await runner.setup()
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=theirs)
    await site.start()
    address = f"https://127.0.0.1:{runner.addresses[0][1]}"
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    environ, now = {"QABOT_CA_FILE": str(tmp_path / "ca.pem")}, lambda: datetime(2026, 11, 23, tzinfo=UTC)
    assert await Operator(now, environ, None, f"{address}/ping").beat() == ""
    assert await Operator(now, environ, None, f"{address}/other").beat() == "it answered 404"
    assert await Operator(now, environ, None, f"{address}/moved").beat() == "it answered 302, and leads elsewhere"
    assert await Operator(now, {}, None, f"{address}/ping").beat() != "", "who it is, is checked"
    assert asked == ["/ping"]
    await runner.cleanup()


def test_every_kind_is_in_the_docs_with_what_to_do() -> None:
    page = Path("docs/watching.md").read_text("utf-8")
    for kind, advice in KINDS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{kind}` |"))
        assert row.endswith(f"| {advice} | {'goes on' if kind in HARMLESS else 'stops'} |")


def change(world: World, model: Any, number: int, **values: Any) -> None:
    with world.nodes[0].store.transaction() as session:
        session.connection().execute(update(table(model)).where(table(model).c.id == number).values(**values))


async def test_two_services_whose_clocks_differ_are_told_of(world: World) -> None:
    """The one that is ahead sends the other's steps before their time, and neither clock has jumped."""
    looking = watcher(world)
    for ahead, told in ((timedelta(minutes=1), set()), (timedelta(days=7), {"clocks-apart"})):
        with world.nodes[0].store.transaction() as session:
            session.merge(Meta(key=SEEN, value=(world.clock.now() + ahead).isoformat()))
        assert await kinds(looking) == told
