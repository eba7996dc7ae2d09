"""E-mail for the adapter contract's tests: people read their mails, and press on the pages that the links open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qabot.adapter import Address, DirectoryEntry
from qabot.delivery.outlets import Outlets
from qabot.delivery.pacing import Pacer
from qabot.framework import Framework
from qabot.models import Account
from qabot.workflows.people.accounts import as_address
from qabot_email import Email
from tests.support import small_council
from tests.support.email.relay import Relay, relay
from tests.support.web_platform import OnWeb, WebWorld, on_web


class EmailWorld(WebWorld):
    """A world whose people get e-mails; the web inbox is where they press."""

    email: Email | None = None

    def _outlets(self) -> Outlets:
        if self.email is None:
            return super()._outlets()
        pacer = Pacer(lambda: self.clock.now().timestamp())
        return Outlets({"email": self.email, "web": self.web}, ["email", "web"], pacer)


@dataclass
class OnEmail:
    """E-mail as a `Platform`."""

    pages: OnWeb
    relay: Relay
    email: Email
    name: str = "email"
    links: bool = False
    _: Any = field(default=None, repr=False)

    def __getattr__(self, name: str) -> Any:
        # Whatever people do, they do on the pages.
        return getattr(self.pages, name)

    @property
    def adapter(self) -> Email:
        """The adapter itself."""
        return self.email

    def address(self, person: str) -> Address:
        """What the service keeps of somebody."""
        [row] = self.pages.world.all(
            Account, Account.adapter == "email", Account.person_id == self.pages.world.ids[person]
        )
        return as_address(row)

    async def screen(self, person: str) -> list[str]:
        """Somebody's mails, a follow-up in place of what it follows; oldest first."""
        mine: dict[str, str] = {}
        for mail in self.relay.taken:
            if str(mail["To"]) == self.address(person).external_id:
                body = mail.get_body(("plain",))
                assert body is not None
                *_, follows = str(mail["In-Reply-To"]).split()
                mine[follows if follows in mine else str(mail["Message-ID"])] = " ".join(body.get_content().split())
        return list(mine.values())


@asynccontextmanager
async def on_email(folder: Path, framework: Framework | None = None) -> AsyncIterator[Any]:
    """The small council with e-mail in front of it, on a Monday at ten."""
    with relay() as server:
        async with on_web(folder, framework, EmailWorld) as pages:
            world, node = pages.world, pages.world.nodes[0]
            assert isinstance(world, EmailWorld)
            world.email = email = Email(node.desk, server.settings())
            node.engine.outlets = world._outlets()
            found = [
                entry for person in small_council.PEOPLE for entry in await email.find(f"{person}@council.example")
            ]
            await node.desk.meet("email", [DirectoryEntry(each.external_id, each.email) for each in found])
            yield OnEmail(pages, server, email)
            await email.stop()
