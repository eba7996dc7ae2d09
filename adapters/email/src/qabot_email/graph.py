"""Microsoft Graph in place of a relay: the same mail, handed over as MIME to the sender's mailbox (sendMail)."""

from base64 import b64encode
from email.message import Message
from typing import Any

import aiohttp
import structlog

from qabot.adapter import Ambiguous, Outcome, RefusedForAll, RefusedForPerson, RetryAfter, Sent, retry_after
from qabot.adapter_kit.network import NEVER_SENT, reason
from qabot_email.entra import PATIENCE, WAIT, Credential
from qabot_email.settings import Entra, Settings

log = structlog.get_logger()
CONNECTIONS = 4
OF_THE_PERSON = "ErrorInvalidRecipients"
"""Graph's code for an address that no mail can go to; whatever else it does not take is about the mail."""


class Graph:
    """Sends mails."""

    def __init__(self, settings: Settings, entra: Entra) -> None:
        self._settings, self._entra = settings, entra
        self._tokens = Credential(entra, f"{entra.graph_url}/.default", settings.network)
        self._session: aiohttp.ClientSession | None = None

    async def look(self) -> RetryAfter | RefusedForAll | None:
        """Whether Entra ID lets qabot in; None if it does. Whether it may send shows with the first mail."""
        token = await self._tokens.token()
        return None if isinstance(token, str) else token

    async def send(self, mail: Message, recipient: str) -> Outcome:
        """One mail to one person, tried once; again only if its token was turned down: nothing had gone."""
        outcome = await self._try(mail)
        if outcome is None and self._tokens.forget():
            outcome = await self._try(mail)
        result = outcome or RefusedForAll("Microsoft Graph does not accept the token that Entra ID gives (401).")
        if not isinstance(result, Sent):
            log.warning("Graph did not take a mail", action="email-send-failed", step="graph", error=result.reason)
        return result

    async def close(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _try(self, mail: Message) -> Outcome | None:
        """What came of it; None if the token was turned down."""
        token = await self._tokens.token()
        if not isinstance(token, str):
            return token
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
        url = f"{self._entra.graph_url}/v1.0/users/{self._settings.sender}/sendMail"
        try:
            async with self._open().post(
                url, data=b64encode(mail.as_bytes()), headers=headers, allow_redirects=False
            ) as answer:
                if answer.status == 202:
                    return Sent(str(mail["Message-ID"]))
                return _outcome(answer.status, await _code(answer), retry_after(answer.headers))
        except NEVER_SENT as wrong:
            return RetryAfter(WAIT, f"Microsoft Graph could not be reached: {reason(wrong)}.")
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            return Ambiguous(f"Microsoft Graph's answer was lost: {reason(wrong)}")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=PATIENCE)
            self._session = self._settings.network.session(limit=CONNECTIONS, keepalive=30, timeout=limit)
        return self._session


async def _code(answer: aiohttp.ClientResponse) -> str:
    """Graph's name for what was wrong; "" where its answer says none."""
    try:
        said: Any = await answer.json(content_type=None)
        return str(said["error"]["code"])[:60]
    except (aiohttp.ClientError, ValueError, KeyError, TypeError):
        return ""


def _outcome(status: int, code: str, wait: float | None) -> Outcome | None:
    """What an answer other than 202 means. None: the token was turned down, and nothing has gone."""
    said = f"({status}{' ' + code if code.isascii() and code.isalnum() else ''})"
    if status == 401:
        return None
    if status == 429 or (status == 503 and wait):
        return RetryAfter(wait or WAIT, f"Microsoft Graph asks to wait {said}.")
    if status >= 500:
        return Ambiguous(f"Microsoft Graph failed {said}")
    if status < 400 or (status != 413 and not code):
        return RefusedForAll(f"Something between qabot and Microsoft Graph, such as a web filter, answered {status}.")
    if status == 400 and code == OF_THE_PERSON:
        return RefusedForPerson(f"Microsoft Graph does not take mail for this person {said}.")
    if status in (403, 404):
        return RefusedForAll(
            f"Microsoft Graph lets qabot send no mail as QABOT_EMAIL_FROM {said}: it needs a mailbox of that address, "
            "and the application permission Mail.Send for it."
        )
    return RefusedForPerson(f"Microsoft Graph does not take this e-mail {said}.", of_card=True)
