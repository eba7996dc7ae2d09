"""Reading the platforms' directories."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import select

from qabot.adapter import DirectoryEntry
from qabot.models import Account, Store
from qabot.scheduler.directories import synchronise
from qabot.settings import read_settings
from qabot.simulation.live import beginning, fill
from qabot.simulation.run import Listener
from qabot.wiring import Qabot, build

DAY = date(2026, 10, 1)


class Chat(Listener):
    """A platform with a directory."""

    name = "chat"

    def __init__(self, *entries: DirectoryEntry) -> None:
        super().__init__()
        self.entries = entries

    async def directory(self) -> Sequence[DirectoryEntry]:
        return self.entries


class Broken(Listener):
    """A platform that is away."""

    name = "broken"

    async def directory(self) -> Sequence[DirectoryEntry]:
        raise ConnectionError("away")


async def council() -> Qabot:
    qabot = build(read_settings(), store=Store("sqlite://", inline=True), clock=beginning(DAY), adapters=[Listener()])
    await qabot.desk.run(lambda unit: fill(unit, DAY, 30))
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
