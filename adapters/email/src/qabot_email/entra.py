"""Tokens of an application in the council's own tenant, for Exchange Online: no mailbox's password is kept."""

import asyncio
import json
from time import monotonic

import aiohttp

from qabot.adapter import RefusedForAll, RetryAfter, retry_after, seconds_of
from qabot.adapter_kit.network import Network, reason
from qabot_email.settings import Entra

PATIENCE = 8.0
"""Seconds for a request; the service waits 20 for the whole."""
EARLY = 300.0
"""Seconds before its end at which a token is replaced."""
LASTS = 3600.0
"""Seconds that a token lasts which does not say how long."""
WAIT = 15.0


class Tokens:
    """Tokens for one scope. Whoever asks while one is fetched waits for that one."""

    def __init__(self, entra: Entra, scope: str, network: Network) -> None:
        self._entra, self._scope, self._network = entra, scope, network
        self._lock = asyncio.Lock()
        self._held, self._ends = "", 0.0

    async def token(self) -> str | RetryAfter | RefusedForAll:
        """One that is good for some minutes; or why there is none."""
        async with self._lock:
            if not self._held or monotonic() >= self._ends:
                fetched = await self._fetch()
                if not isinstance(fetched, str):
                    return fetched
                self._held = fetched
            return self._held

    def forget(self) -> None:
        """What is held was turned down: the next one is fetched."""
        self._held = ""

    async def _fetch(self) -> str | RetryAfter | RefusedForAll:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._entra.client_id,
            "client_secret": self._entra.secret,
            "scope": self._scope,
        }
        url = f"{self._entra.login_url}/{self._entra.tenant}/oauth2/v2.0/token"
        since, limit = monotonic(), aiohttp.ClientTimeout(total=PATIENCE)
        try:
            async with (
                self._network.session(limit=1, keepalive=1, timeout=limit) as session,
                session.post(url, data=form, allow_redirects=False) as answer,
            ):
                status, body, wait = answer.status, _read(await answer.read()), retry_after(answer.headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            return RetryAfter(WAIT, f"Entra ID did not answer: {reason(wrong)}.")
        token = body.get("access_token")
        if status == 200 and isinstance(token, str) and token.isascii() and token.isprintable() and token:
            lasts = seconds_of(body.get("expires_in")) or LASTS
            self._ends = since + lasts - min(EARLY, lasts / 10)
            return token
        if status in (200, 408, 429) or status >= 500 or body.get("error") == "temporarily_unavailable":
            return RetryAfter(wait or WAIT, f"Entra ID gives no token just now ({status}).")
        return RefusedForAll(f"Entra ID does not accept QABOT_EMAIL_CLIENT_ID and its secret ({_why(body, status)}).")


def _read(text: bytes) -> dict[str, object]:
    """What it says; nothing where that is no document."""
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _why(body: dict[str, object], status: int) -> str:
    """The code of Microsoft's error (AADSTS7000222: the secret has ended), without the sentences around it."""
    code = str(body.get("error_description", "")).partition(":")[0].strip()
    plain = "".join(letter for letter in code[:30] if letter.isascii() and letter.isalnum())
    return plain or str(status)
