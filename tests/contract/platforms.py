"""The platforms that the adapter contract's tests run for: the web inbox, and every folder of adapters/.

An adapter's is `on_NAME` in tests/support/NAME/platform.py: an async context manager that takes a folder and gives a
`Platform`: the whole service (`tests.support.world.World`, or a subclass whose `_outlets` gives the adapter) with this
adapter alone in front of it, and a server or client that speaks the platform's own protocol.
tests/support/web_platform.py shows one whole.
Everything in tests/contract/test_adapter_contract.py then runs for it, under its name.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Protocol

from deploy.adapters import chat_adapters
from qabot.adapter import Adapter, Address
from tests.support.world import World

PLATFORMS = {
    "web": "tests.support.web_platform:on_web",
    **{each.name: f"tests.support.{each.name}.platform:on_{each.name}" for each in chat_adapters()},
}
TRANSPORTS = {"teams-sdk": "tests.support.teams.platform:on_teams_sdk"}
"""The same platforms by another SDK: the contract holds there too."""


class Platform(Protocol):
    """What the contract's tests need of a platform. People go by the short names of `small_council`.

    `links` says whether an unknown account whose e-mail the platform has verified is offered to link.
    """

    name: str
    links: bool

    @property
    def world(self) -> World:
        """The service behind it."""

    @property
    def adapter(self) -> Adapter:
        """The adapter itself."""

    def address(self, person: str) -> Address:
        """Where somebody is reached here."""

    async def screen(self, person: str) -> list[str]:
        """The words of each message that somebody sees, with its buttons' labels, as it now is; oldest first."""

    async def press(self, person: str, action: str, token: str) -> str:
        """Somebody uses a button that carries this action and token, through the platform; what they see then."""

    async def submit(self, person: str, action: str, token: str, answers: Mapping[str, str | bool]) -> str:
        """Somebody opens the form behind a button, answers these questions and sends it; what they see then.

        It is sent even if a client of the platform's would itself ask for a missing answer first.
        """

    async def send(self, person: str, answers: Mapping[str, str | bool]) -> str:
        """Somebody answers these questions of the form that is open (a tick with True) and sends it; what they see."""

    def kept(self, question: str) -> str:
        """What stands in a question of the form that is open, as the platform shows it."""

    async def stranger(self, email: str, action: str, token: str) -> str:
        """An account that nobody linked, with this verified e-mail, uses a button; what it is shown."""


def opened(name: str, folder: Path) -> AbstractAsyncContextManager[Platform]:
    """A platform by its name in `PLATFORMS` or `TRANSPORTS`."""
    made: Any = resolve_name((PLATFORMS | TRANSPORTS)[name])
    found: AbstractAsyncContextManager[Platform] = made(folder)
    return found
