"""When mailboxes say that people will be away, read each hour where a setting says so: they are asked about it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from qabot.adapter import OutOfOffice
from qabot.scheduler.readings import Reading
from qabot.workflows.desk import Desk
from qabot.workflows.people import out_of_office

log = structlog.get_logger()
KEY = "out-of-office-reading"
Read = Callable[[Sequence[str]], Awaitable[Mapping[str, OutOfOffice | None]]]
"""What the mailboxes of these accounts say. Raises `DirectoryUnread`, or `SetupError`."""


class OutOfOfficeReading(Reading):
    """Reads the automatic replies' dates of everybody who works here."""

    key = KEY
    every = timedelta(hours=1)

    def __init__(self, desk: Desk, source: str, mailboxes: Read) -> None:
        super().__init__(desk, source)
        self._mailboxes = mailboxes

    async def read(self) -> None:
        """Ask whoever will be away, and is not noted so, whether that holds here too."""
        people = await self.desk.store.run(lambda session: out_of_office.accounts(self.desk.unit(session)))
        said = await self._mailboxes(list(people.values()))
        replies = {person: said[account] for person, account in people.items() if account in said}
        number = await self.desk.run(lambda unit: out_of_office.propose(unit, replies))
        log.info("automatic replies were read", action="mailboxes-asked", read=len(replies), asked=number)

    def say(self, why: str) -> None:
        """Nobody is asked before it works again."""
        log.warning("automatic replies were not read", action="mailboxes-unread", why=why)
