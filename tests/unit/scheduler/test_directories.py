"""Reading the platforms' directories: soon again where one broke off, and one person where one is enough."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest
from sqlmodel import col, select

from qabot.adapter import DirectoryEntry, DirectoryUnread
from qabot.delivery.outlets import Outlets
from qabot.models import Account, Person, Store
from qabot.scheduler.directories import EVERY, FEW, READ_ANEW, Directories, synchronise
from qabot.settings import read_settings
from qabot.simulation.live import beginning, fill
from qabot.simulation.run import Listener
from qabot.wiring import Qabot, build
from qabot.workflows.core.situation import people_changed
from qabot.workflows.people.accounts import leave
from tests.support.faulty import FaultyAdapter
from tests.support.invented import newham_council
from tests.support.waiting import within
from tests.support.world import World

DAY = date(2026, 10, 1)


class Chat(Listener):
    """A platform with a directory, which may break off after its first so many entries."""

    name = "chat"

    def __init__(self, *entries: DirectoryEntry) -> None:
        super().__init__()
        self.entries = list(entries)
        self.broken: list[Exception] = []
        self.readings = 0
        self.found: list[str] = []

    async def directory(self) -> Sequence[DirectoryEntry]:
        self.readings += 1
        if self.broken:
            raise self.broken.pop(0)
        return self.entries

    async def find(self, email: str) -> Sequence[DirectoryEntry]:
        self.found.append(email)
        return [each for each in self.entries if each.email == email]


class Broken(Listener):
    """A platform that is away."""

    name = "broken"

    async def directory(self) -> Sequence[DirectoryEntry]:
        raise ConnectionError("away")


async def council() -> Qabot:
    qabot = build(read_settings(), store=Store("sqlite://", inline=True), clock=beginning(DAY), adapters=[Listener()])
    invented = newham_council(30, today=DAY)
    await qabot.desk.run(lambda unit: fill(unit, invented))
    return qabot


async def test_people_are_linked_by_verified_email_and_only_once() -> None:
    qabot = await council()
    email = (await qabot.desk.run(lambda unit: unit.directory.people[1])).email
    chat = Chat(DirectoryEntry("U1", email.upper()), DirectoryEntry("U2", "stranger@council.example"))
    assert await synchronise(qabot.desk, [Broken(), chat]) == 1
    assert await synchronise(qabot.desk, [chat]) == 0


async def test_a_deactivated_account_is_no_longer_reachable() -> None:
    qabot = await council()
    email = (await qabot.desk.run(lambda unit: unit.directory.people[1])).email
    await synchronise(qabot.desk, [Chat(DirectoryEntry("U1", email))])
    await synchronise(qabot.desk, [Chat(DirectoryEntry("U1", email, active=False))])
    with qabot.store.transaction() as session:
        account = session.exec(select(Account)).one()
    assert not account.reachable
    assert account.reason


@dataclass
class Desk:
    """A council with a chat, and seconds that a test lets pass."""

    qabot: Qabot
    chat: Chat
    seconds: float = 1000.0
    directories: Directories = field(init=False)

    def __post_init__(self) -> None:
        outlets = Outlets({"chat": self.chat}, ["chat"])
        self.directories = Directories(self.qabot.desk, lambda: outlets, lambda: self.seconds)

    async def after(self, seconds: float) -> None:
        """Time passes, and the directories are looked at."""
        self.seconds += seconds
        await self.directories.look()

    def hire(self, *names: str) -> None:
        """People are imported."""
        with self.qabot.store.transaction() as session:
            for name in names:
                session.add(Person(name=name, email=f"{name}@council.example"))
            people_changed(session)

    def linked(self) -> list[str]:
        with self.qabot.store.transaction() as session:
            return sorted(each.external_id for each in session.exec(select(Account).where(Account.adapter == "chat")))


def entry(name: str) -> DirectoryEntry:
    return DirectoryEntry(f"U-{name}", f"{name}@council.example")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk(await council(), Chat())
    yield made
    made.qabot.store.close()


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        pytest.param(lambda: DirectoryUnread("503"), [30, 60, 120], id="it says nothing"),
        pytest.param(lambda: DirectoryUnread("429", seconds=90.0), [90, 90, 120], id="it asks for a pause"),
        pytest.param(lambda: TimeoutError(), [30, 60, 120], id="the adapter raises"),
    ],
)
async def test_a_reading_that_fails_is_repeated_soon_and_later_and_later(
    desk: Desk, error: Callable[[], Exception], pauses: list[int]
) -> None:
    desk.hire("ann")
    desk.chat.entries = [entry("ann")]
    desk.chat.broken = [error() for _ in pauses]
    await desk.after(0)
    for number, pause in enumerate(pauses, 1):
        await desk.after(pause - 1)
        assert (desk.chat.readings, desk.linked()) == (number, [])
        await desk.after(1)
        assert desk.chat.readings == number + 1
    assert desk.linked() == ["U-ann"]
    await desk.after(EVERY - 1)
    assert desk.chat.readings == len(pauses) + 1
    await desk.after(1)
    assert desk.chat.readings == len(pauses) + 2


async def test_a_chat_that_is_away_is_not_asked_and_is_read_as_soon_as_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = {"chat": ""}
    monkeypatch.setattr(Outlets, "closed", lambda self, name: away[name])
    desk.chat.broken = [DirectoryUnread("503"), DirectoryUnread("503")]
    await desk.after(0)
    await desk.after(30)
    away["chat"] = "it is away"
    await desk.after(1)
    await desk.after(3600)
    assert desk.chat.readings == 2
    away["chat"] = ""
    await desk.after(1)
    assert desk.chat.readings == 3
    away["chat"] = "it is away"
    await desk.after(1)
    away["chat"] = ""
    await desk.after(1)
    assert desk.chat.readings == 3, "what was read stays so"


async def test_it_is_tried_at_least_every_hour(desk: Desk) -> None:
    desk.chat.broken = [DirectoryUnread("503") for _ in range(30)]
    for _ in range(30):
        await desk.after(3600)
    assert desk.chat.readings == 30


async def test_a_part_of_a_directory_links_whom_it_names_and_unlinks_nobody(desk: Desk) -> None:
    desk.hire("ann", "ben")
    desk.chat.entries = [entry("ann")]
    await desk.after(0)
    desk.chat.broken = [DirectoryUnread("500", [entry("ben")])]
    await desk.after(EVERY)
    assert desk.linked() == ["U-ann", "U-ben"]
    with desk.qabot.store.transaction() as session:
        assert all(each.reachable for each in session.exec(select(Account)))


async def test_who_is_imported_is_looked_up_at_the_next_look_and_once(desk: Desk) -> None:
    await desk.after(0)
    desk.hire("ann", "ben")
    desk.chat.entries = [entry("ann")]
    await desk.after(10)
    assert (desk.linked(), desk.chat.found) == (["U-ann"], ["ann@council.example", "ben@council.example"])
    for _ in range(5):
        await desk.after(600)
    assert (len(desk.chat.found), desk.chat.readings) == (2, 1)


async def test_somebody_whose_address_is_corrected_is_looked_up_again(desk: Desk) -> None:
    desk.hire("anne")
    desk.chat.entries = [entry("ann")]
    await desk.after(0)
    with desk.qabot.store.transaction() as session:
        session.exec(select(Person).where(col(Person.name) == "anne")).one().email = "ann@council.example"
        people_changed(session)
    await desk.after(10)
    assert (desk.linked(), desk.chat.found) == (["U-ann"], ["ann@council.example"])


async def test_a_whole_departments_import_is_read_and_not_looked_up_one_by_one(desk: Desk) -> None:
    await desk.after(0)
    names = [f"p{number}" for number in range(FEW + 1)]
    desk.hire(*names)
    desk.chat.entries = [entry(each) for each in names]
    await desk.after(READ_ANEW - 1)
    assert (desk.chat.readings, desk.chat.found) == (1, [])
    await desk.after(1)
    assert (desk.chat.readings, desk.chat.found, len(desk.linked())) == (2, [], FEW + 1)


async def test_no_more_are_looked_up_in_a_minute_than_the_platform_allows(desk: Desk) -> None:
    await desk.after(0)
    for number in range(4):
        desk.hire(*(f"p{number}-{each}" for each in range(FEW // 2)))
        await desk.after(5)
    assert len(desk.chat.found) == FEW
    await desk.after(60)
    assert FEW < len(desk.chat.found) <= 2 * FEW


class ChatThatFinds(FaultyAdapter):
    """A platform of which one person can be asked."""

    def __init__(self) -> None:
        super().__init__()
        self.there: dict[str, DirectoryEntry] = {}
        self.asked: list[str] = []
        self.wrong: Exception | None = None
        self.hangs = False

    async def find(self, email: str) -> Sequence[DirectoryEntry]:
        self.asked.append(email)
        if self.hangs:
            await asyncio.Event().wait()
        if self.wrong:
            raise self.wrong
        return [self.there[email]] if email in self.there else []


@pytest.fixture
async def finding(world: World) -> ChatThatFinds:
    """Nobody but who submits is linked; the platform can be asked."""
    chat = ChatThatFinds()
    world.chat = chat
    world.nodes[0].engine.outlets = world._outlets()
    with world.nodes[0].store.transaction() as session:
        for row in session.exec(select(Account).where(Account.external_id != "U-cyrus")):
            session.delete(row)
    return chat


MINA = "mina@council.example"


async def test_who_is_about_to_be_alerted_is_looked_up_first(world: World, finding: ChatThatFinds) -> None:
    finding.there[MINA] = DirectoryEntry("U-new", MINA)
    await world.graded()
    assert {each.adapter for each in world.notices("mina", lane="alert", state="sent")} == {"chat"}
    assert "hanif@council.example" in finding.asked
    asked = len(finding.asked)
    await world.graded()
    assert len(finding.asked) == asked, "who was not found a moment ago is not asked for again"


async def test_a_look_up_that_fails_holds_nothing_up(world: World, finding: ChatThatFinds) -> None:
    finding.wrong = DirectoryUnread("429", seconds=600)
    await world.graded()
    assert {each.adapter for each in world.notices("mina", lane="alert", state="sent")} == {"web"}
    asked = len(finding.asked)
    await world.graded()
    assert len(finding.asked) == asked, "the platform is left alone"


async def test_a_look_up_that_hangs_holds_nothing_up(
    world: World, finding: ChatThatFinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qabot.scheduler.directories.PATIENCE", 0.0)
    finding.hangs = True
    await within(world.graded())
    assert {each.adapter for each in world.notices("mina", lane="alert", state="sent")} == {"web"}


async def test_an_account_that_refused_a_message_is_not_taken_for_a_new_one(
    world: World, finding: ChatThatFinds
) -> None:
    finding.there[MINA] = DirectoryEntry("U-mina", MINA)
    await world.nodes[0].desk.meet("chat", [finding.there[MINA]])
    await world.run(lambda unit: leave(unit, "chat", "U-mina", "Blocked."))
    await world.graded()
    assert MINA in finding.asked
    assert not world.all(Account, col(Account.external_id) == "U-mina")[0].reachable
    assert {each.adapter for each in world.notices("mina", lane="alert", state="sent")} == {"web"}


async def test_an_account_made_anew_is_found_before_the_next_message(world: World, finding: ChatThatFinds) -> None:
    await world.nodes[0].desk.meet("chat", [DirectoryEntry("U-mina", MINA, conversation="D-old")])
    await world.run(lambda unit: leave(unit, "chat", "U-mina", "Gone.", gone=True))
    finding.there[MINA] = DirectoryEntry("U-new", MINA)
    await world.graded()
    (row,) = world.all(Account, col(Account.person_id) == world.ids["mina"])
    assert (row.external_id, row.reachable, row.conversation) == ("U-new", True, None)
