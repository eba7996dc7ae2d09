"""Who we are: one credential for the whole adapter.

With a managed identity that is the bot's own the token comes from the host; else from the tenant's own authority, for
one of the proofs in `proofs.py`. Everything is fetched over the adapter's session, so nothing blocks the event loop.
"""

from contextlib import AbstractAsyncContextManager
from time import monotonic

import aiohttp

from qabot.adapter import retry_after, seconds_of
from qabot.adapter_kit.app_tokens import LASTS, Token, TokenRefused, Tokens, TokenUnavailable
from qabot.adapter_kit.network import reason
from qabot.errors import SetupError
from qabot_teams.proofs import proof
from qabot_teams.settings import Settings

__all__ = ["Credential", "TokenRefused", "TokenUnavailable"]
TIMEOUT = aiohttp.ClientTimeout(total=10)
Request = AbstractAsyncContextManager[aiohttp.ClientResponse]


class Credential:
    """Tokens by scope."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self._settings, self._session = settings, session
        self.tokens = Tokens(self._fetch)
        self.proof = proof(settings, self._exchanged)

    async def token(self, scope: str = "") -> str:
        """A token that is good for some minutes; "" in anonymous mode. Raises `TokenRefused`, `TokenUnavailable`.

        Without a scope it is one for the connector.
        """
        return "" if self._settings.anonymous else await self.tokens.token(scope or self._settings.cloud.scope)

    async def renew(self) -> None:
        """Ask whether we are still let in: by a token that is new, or was fetched in this minute."""
        self.forget()
        await self.token()

    def forget(self, scope: str = "") -> bool:
        """Throw a token away that was turned down. False if it is less than a minute old: a new one would not help."""
        return self.tokens.forget(scope or self._settings.cloud.scope)

    async def _fetch(self, scope: str) -> Token:
        if identity := self._settings.managed_identity:
            return await self._of_host(scope.removesuffix("/.default"), identity)
        settings = self._settings
        url = f"{settings.login_url}/{settings.tenant_id}/oauth2/v2.0/token"
        try:
            proving = await self.proof.form(url)
        except SetupError as wrong:
            raise TokenRefused(str(wrong)) from wrong
        form = {"grant_type": "client_credentials", "client_id": settings.app_id, "scope": scope} | proving
        return await self._answer(self._session.post(url, data=form, timeout=TIMEOUT))

    async def _exchanged(self) -> str:
        """The host's token that stands in for an assertion. It is asked for with each token of ours, and not kept."""
        return (await self._of_host(self._settings.cloud.exchange, self._settings.federated_identity)).value

    async def _of_host(self, resource: str, identity: str) -> Token:
        url, secret = self._settings.identity_url, self._settings.identity_header
        query = {"resource": resource} | ({} if identity == "system" else {"client_id": identity})
        # App Service and Container Apps give a header; a virtual machine wants one.
        version = "2019-08-01" if secret else "2018-02-01"
        header = {"X-IDENTITY-HEADER": secret} if secret else {"Metadata": "true"}
        request = self._session.get(url, params={"api-version": version} | query, headers=header, timeout=TIMEOUT)
        return await self._answer(request, of_host=True)

    async def _answer(self, request: Request, of_host: bool = False) -> Token:
        since = monotonic()
        try:
            async with request as response:
                status, body = response.status, await response.json(content_type=None)
                wait = retry_after(response.headers)
        except Exception as wrong:  # whatever it is that came back
            raise TokenUnavailable(f"The identity service did not answer: {reason(wrong)}.") from wrong
        if status == 200 and isinstance(body, dict) and _is_token(body.get("access_token")):
            return Token(body["access_token"], since, since + (seconds_of(body.get("expires_in")) or LASTS))
        if _passes(status, body, of_host):
            raise TokenUnavailable(f"The identity service answered {status}.", wait)
        raise TokenRefused(_why(body, status))


def _passes(status: int, body: object, of_host: bool) -> bool:
    """Whether this answer says nothing of our credential. A host's is away (404, 410) while it restarts."""
    restarting = of_host and status in (404, 410)
    busy = isinstance(body, dict) and body.get("error") == "temporarily_unavailable"
    return status in (200, 408, 429) or status >= 500 or restarting or busy


def _is_token(given: object) -> bool:
    return isinstance(given, str) and given != "" and given.isascii() and given.isprintable()


def _why(body: object, status: int) -> str:
    description = body.get("error_description", "") if isinstance(body, dict) else ""
    first_line = str(description).strip()[:500].splitlines()[0] if str(description).strip() else f"it answered {status}"
    return f"The identity service refuses the bot's credential: {first_line}"
