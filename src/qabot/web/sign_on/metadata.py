"""What an issuer publishes: where to go, and its keys. Asked for when it is needed, and kept for a day."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from qabot.adapter_kit.network import Network, reason
from qabot.web.adapter import LOOPBACK
from qabot.web.sign_on.refusals import Refusal

LASTS = timedelta(hours=24)
ENDS = timedelta(days=5)
"""After which what could not be asked for anew is not believed any more: a key may have been withdrawn since."""
PAUSE = timedelta(seconds=30)
"""Between two askings for a key that is not there, so that whoever sends odd tokens cannot have us ask for ever."""
SHORT_PAUSE = timedelta(seconds=2)
"""Between two askings of an issuer that does not answer."""
PATIENCE = 8.0
LARGEST = 512 * 1024
"""Bytes of an answer: Microsoft's keys, the most of any, are some thirty thousand."""


@dataclass(frozen=True, slots=True)
class Published:
    """What an issuer says of itself, and its keys by their ids ("" of one that has none)."""

    document: Mapping[str, Any]
    keys: Mapping[str, Key]
    at: datetime

    def address(self, name: str) -> str:
        """One of its addresses, which must be https. Raises `Refusal`."""
        value = self.document.get(name)
        if not isinstance(value, str) or not is_safe(value):
            raise Refusal("set-up", f"its document has no https address as {name}")
        return value


def is_safe(address: str) -> bool:
    """Whether what is sent to an address cannot be read on the way."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


class Issuer:
    """Asks one issuer. `now` gives UTC."""

    def __init__(self, issuer: str, network: Network, now: Callable[[], datetime]) -> None:
        self._issuer, self._network, self._now = issuer, network, now
        self._held: Published | None = None
        self._tried: datetime | None = None
        self._wrong: Refusal | None = None
        self._lock = asyncio.Lock()

    async def published(self) -> Published:
        """What it publishes, a day old at most where it answers. Raises `Refusal`."""
        if self._held is None or self._now() - self._held.at > LASTS:
            await self._ask(SHORT_PAUSE)
        held = self._held
        if held is None or self._now() - held.at > ENDS:
            raise self._wrong or Refusal("away", "it has not answered yet")
        return held

    async def key(self, kid: str) -> Key:
        """The key of this id; keys change, so one that is not held is asked for. Raises `Refusal`."""
        held = await self.published()
        if kid not in held.keys:
            await self._ask(PAUSE)
            held = await self.published()
        if kid not in held.keys:
            raise Refusal("token", "it is signed with a key that the issuer does not publish")
        return held.keys[kid]

    async def post(self, address: str, body: str, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Send a form; the status and what it says. Raises `Refusal` if nothing that can be read comes back."""
        sent = {**headers, "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return await self._once("POST", address, data=body, headers=sent)

    async def _ask(self, pause: timedelta) -> None:
        async with self._lock:
            now = self._now()
            if self._tried is not None and timedelta(0) <= now - self._tried < pause:
                return
            self._tried = now
            try:
                self._held, self._wrong = await self._read(now), None
            except Refusal as wrong:
                # What is held stays good for some days: an issuer that is away for a while shuts nobody out by it.
                self._wrong = wrong

    async def _read(self, now: datetime) -> Published:
        document = await self._get(get_well_known_url(self._issuer, external=True))
        said = str(document.get("issuer", ""))
        if said.rstrip("/") != self._issuer.rstrip("/"):
            raise Refusal("set-up", f"it calls itself {said[:200]}, and not {self._issuer}")
        published = Published(document, {}, now)
        given = await self._get(published.address("jwks_uri"))
        try:
            keys = KeySet.import_key_set({"keys": [each for each in given["keys"] if _signs(each)]}).keys
        except (JoseError, KeyError, TypeError, ValueError) as wrong:
            raise Refusal("set-up", f"its keys cannot be read ({type(wrong).__name__})") from None
        return Published(document, {str(each.dict_value.get("kid", "")): each for each in keys}, now)

    async def _get(self, address: str) -> dict[str, Any]:
        status, said = await self._once("GET", address)
        if status >= 500:
            raise Refusal("away", f"{urlsplit(address).hostname} answered {status}")
        if status != 200 or not isinstance(said, dict):
            raise Refusal("set-up", f"{address.partition('?')[0]} answered {status}, and not with a document")
        return said

    async def _once(self, method: str, address: str, **more: Any) -> tuple[int, Any]:
        limit = aiohttp.ClientTimeout(total=PATIENCE)
        try:
            async with (
                self._network.session(limit=2, keepalive=1, timeout=limit) as session,
                session.request(method, address, allow_redirects=False, **more) as answer,
            ):
                body = b""
                async for part in answer.content.iter_any():
                    body += part
                    if len(body) > LARGEST:
                        raise Refusal("away", f"{urlsplit(address).hostname} sent more than anybody needs")
                return answer.status, orjson.loads(body) if body.lstrip().startswith(b"{") else None
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            raise Refusal("away", reason(wrong)) from wrong
        except ValueError:
            raise Refusal("away", f"{urlsplit(address).hostname} sent what cannot be read") from None


def _signs(key: Mapping[str, Any]) -> bool:
    """Whether it is a public key for signatures, of a kind that we know."""
    return key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
