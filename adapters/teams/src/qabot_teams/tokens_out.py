"""Who we are: one credential for the whole adapter, its tokens kept until shortly before they end.

With a client secret the token comes from the tenant's own authority; with a managed identity, from the host.
Everything is fetched over the adapter's session, so that nothing blocks the event loop.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from qabot.adapter import retry_after, seconds_of
from qabot.adapter_kit.network import reason
from qabot_teams.settings import Settings

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
class _Token:
    value: str
    fetched: float
    ends: float


class Credential:
    """Tokens by scope. Callers who ask while a token is being fetched wait for that one."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self._settings, self._session = settings, session
        self._tokens: dict[str, _Token] = {}
        self._lock = asyncio.Lock()

    async def token(self, scope: str = "") -> str:
        """A token that is good for some minutes; "" in anonymous mode. Raises `TokenRefused`, `TokenUnavailable`.

        Without a scope it is one for the connector.
        """
        if self._settings.anonymous:
            return ""
        scope = scope or self._settings.cloud.scope
        held = self._tokens.get(scope)
        if held and time.monotonic() < self._early(held):
            return held.value
        async with self._lock:
            return await self._renewed(scope)

    async def renew(self) -> None:
        """Ask whether we are still let in: by a token that is new, or was fetched in this minute."""
        self.forget()
        await self.token()

    def forget(self, scope: str = "") -> bool:
        """Throw a token away that was turned down. False if it is less than a minute old: a new one would not help."""
        scope = scope or self._settings.cloud.scope
        held = self._tokens.get(scope)
        if held is None or time.monotonic() - held.fetched < 60:
            return False
        del self._tokens[scope]
        return True

    def _early(self, held: _Token) -> float:
        return held.ends - min(EARLY, (held.ends - held.fetched) / 10)

    async def _renewed(self, scope: str) -> str:
        held = self._tokens.get(scope)
        now = time.monotonic()
        if held and now < self._early(held):
            return held.value
        try:
            self._tokens[scope] = await self._fetch(scope)
        except TokenUnavailable:
            if held is None or now >= held.ends:
                raise
        return self._tokens[scope].value

    async def _fetch(self, scope: str) -> _Token:
        asked = time.monotonic()
        try:
            async with self._request(scope) as response:
                status, body = response.status, await response.json(content_type=None)
                wait = retry_after(response.headers)
        except Exception as wrong:  # whatever it is that came back
            raise TokenUnavailable(f"The identity service did not answer: {reason(wrong)}.") from wrong
        if status == 200 and isinstance(body, dict) and _is_token(body.get("access_token")):
            return _Token(body["access_token"], asked, asked + (seconds_of(body.get("expires_in")) or LASTS))
        if self._passes(status, body):
            raise TokenUnavailable(f"The identity service answered {status}.", wait)
        raise TokenRefused(_why(body, status))

    def _passes(self, status: int, body: object) -> bool:
        """Whether this answer says nothing of our credential. A host's is away (404, 410) while it restarts."""
        restarting = self._settings.managed_identity and status in (404, 410)
        busy = isinstance(body, dict) and body.get("error") == "temporarily_unavailable"
        return status in (200, 408, 429) or status >= 500 or restarting or busy

    def _request(self, scope: str) -> Any:
        settings, timeout = self._settings, aiohttp.ClientTimeout(total=10)
        if settings.managed_identity:
            asked = {"resource": scope.removesuffix("/.default"), "client_id": settings.app_id}
            app_service = {"api-version": "2019-08-01"} | asked
            machine = {"api-version": "2018-02-01"} | asked
            header = (
                {"X-IDENTITY-HEADER": settings.identity_header} if settings.identity_header else {"Metadata": "true"}
            )
            params = app_service if settings.identity_header else machine
            return self._session.get(settings.identity_url, params=params, headers=header, timeout=timeout)
        form = {"grant_type": "client_credentials", "client_id": settings.app_id, "scope": scope}
        form["client_secret"] = settings.secret
        url = f"{settings.login_url}/{settings.tenant_id}/oauth2/v2.0/token"
        return self._session.post(url, data=form, timeout=timeout)


def _is_token(given: object) -> bool:
    return isinstance(given, str) and given != "" and given.isascii() and given.isprintable()


def _why(body: object, status: int) -> str:
    told = body.get("error_description", "") if isinstance(body, dict) else ""
    first_line = str(told).strip()[:500].splitlines()[0] if str(told).strip() else f"it answered {status}"
    return f"The identity service refuses the bot's credential: {first_line}"
