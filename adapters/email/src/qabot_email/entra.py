"""Tokens of an application in the council's own tenant, for Exchange Online: no mailbox's password is kept."""

import json
from time import monotonic

import aiohttp

from qabot.adapter import RefusedForAll, RetryAfter, retry_after, seconds_of
from qabot.adapter_kit.app_tokens import LASTS, Token, TokenRefused, Tokens, TokenUnavailable
from qabot.adapter_kit.network import Network, reason
from qabot_email.settings import Entra

PATIENCE = 8.0
"""Seconds for a request; the service waits 20 for the whole."""
WAIT = 15.0


class Credential:
    """Tokens for one scope."""

    def __init__(self, entra: Entra, scope: str, network: Network) -> None:
        self._entra, self._scope, self._network = entra, scope, network
        self._tokens = Tokens(self._fetch)

    async def token(self) -> str | RetryAfter | RefusedForAll:
        """One that is good for some minutes; or why there is none."""
        try:
            return await self._tokens.token(self._scope)
        except TokenUnavailable as away:
            return RetryAfter(away.seconds or WAIT, str(away))
        except TokenRefused as wrong:
            return RefusedForAll(str(wrong))

    def forget(self) -> bool:
        """Throw a token away that was turned down; False if a new one would not help."""
        return self._tokens.forget(self._scope)

    async def _fetch(self, scope: str) -> Token:
        entra, limit = self._entra, aiohttp.ClientTimeout(total=PATIENCE)
        form = {
            "grant_type": "client_credentials",
            "client_id": entra.client_id,
            "client_secret": entra.secret,
            "scope": scope,
        }
        url = f"{entra.login_url}/{entra.tenant}/oauth2/v2.0/token"
        since = monotonic()
        try:
            async with (
                self._network.session(limit=1, keepalive=1, timeout=limit) as session,
                session.post(url, data=form, allow_redirects=False) as answer,
            ):
                status, body, wait = answer.status, _read(await answer.read()), retry_after(answer.headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            raise TokenUnavailable(f"Entra ID did not answer: {reason(wrong)}.") from wrong
        token = body.get("access_token")
        if status == 200 and isinstance(token, str) and token.isascii() and token.isprintable() and token:
            return Token(token, since, since + (seconds_of(body.get("expires_in")) or LASTS))
        if status in (200, 408, 429) or status >= 500 or body.get("error") == "temporarily_unavailable":
            raise TokenUnavailable(f"Entra ID gives no token just now ({status}).", wait)
        raise TokenRefused(f"Entra ID does not accept QABOT_EMAIL_CLIENT_ID and its secret ({_why(body, status)}).")


def _read(text: bytes) -> dict[str, object]:
    """What it says; nothing where that is no document."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _why(body: dict[str, object], status: int) -> str:
    """The code of Microsoft's error (AADSTS7000222: the secret has ended), without the sentences around it."""
    code = str(body.get("error_description", "")).partition(":")[0].strip()
    plain = "".join(letter for letter in code[:30] if letter.isascii() and letter.isalnum())
    return plain or str(status)
