"""How a webhook that an administrator tries is called, as the pages see it."""

from typing import Protocol

from qabot.errors import NotFound


class CallEnd(Protocol):
    """How a test of a webhook ended."""

    @property
    def taken(self) -> bool:
        """Whether its program took it."""

    @property
    def why(self) -> str:
        """How it ended, as the end of a sentence."""


async def no_call(name: str) -> CallEnd:
    """Where nothing can be called. Raises `NotFound`."""
    raise NotFound("This service calls no webhooks.")
