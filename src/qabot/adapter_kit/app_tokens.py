"""Tokens of an application: fetched from an identity service when they are wanted, kept until shortly before their end.

Whoever asks while a token is being fetched waits for that one. While the service is away, one that has not ended is
good still.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

EARLY = 300.0
"""Seconds before its end at which a token is replaced."""
LASTS = 3600.0
"""Seconds that a token lasts which does not say how long."""


class TokenRefused(Exception):
    """The identity service says that our credential is wrong; the text is for the administrator."""


class TokenUnavailable(Exception):
    """The identity service did not answer; trying later may help. `seconds`: how long at least to wait, if it said."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        self.seconds = seconds
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and when it was fetched and ends, in seconds of `time.monotonic`."""

    value: str
    fetched: float
    ends: float


class Tokens:
    """Tokens by scope. `fetch` gets a new one for a scope; it raises `TokenRefused` or `TokenUnavailable`."""

    def __init__(self, fetch: Callable[[str], Awaitable[Token]]) -> None:
        self._fetch = fetch
        self.held: dict[str, Token] = {}
        self._lock = asyncio.Lock()

    async def token(self, scope: str) -> str:
        """One that is good for some minutes. Raises `TokenRefused`, `TokenUnavailable`."""
        held = self.held.get(scope)
        if held and monotonic() < _early(held):
            return held.value
        async with self._lock:
            return await self._renewed(scope)

    def forget(self, scope: str) -> bool:
        """Throw a token away that was turned down. False if it is less than a minute old: a new one would not help."""
        held = self.held.get(scope)
        if held is None or monotonic() - held.fetched < 60:
            return False
        del self.held[scope]
        return True

    async def _renewed(self, scope: str) -> str:
        held = self.held.get(scope)
        now = monotonic()
        if held and now < _early(held):
            return held.value
        try:
            self.held[scope] = await self._fetch(scope)
        except TokenUnavailable:
            if held is None or now >= held.ends:
                raise
        return self.held[scope].value


def _early(held: Token) -> float:
    return held.ends - min(EARLY, (held.ends - held.fetched) / 10)
