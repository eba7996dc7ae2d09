"""Who calls us: the check of the token that the Bot Framework puts on every request (Teams' documented rules).

Signed with RS256 by a key of the connector, issued by it, for this bot, not expired (five minutes of leeway), bound to
the activity's service URL, by a key endorsed for the activity's channel, and from a tenant on the allow-list. Whatever
goes wrong on the way is `Unauthorised`.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import structlog

from qabot.adapter_kit.network import reason
from qabot_teams.settings import Settings, is_local, is_safe

LEEWAY = 300.0
KEYS_LAST = 24 * 3600.0
"""Seconds after which keys are fetched anew, as the Bot Framework asks."""
KEYS_END = 5 * 24 * 3600.0
"""Seconds after which keys that could not be fetched anew are trusted no longer: one may have been withdrawn since."""
MIN_INTERVAL = 60.0
log = structlog.get_logger(__name__)


LONGEST_REASON = 200
"""Characters of a reason in the log: whoever calls can make it long."""
LONGEST_FETCH = 2.0
"""Seconds for the key server's two answers together: the press that waits for them has three."""


class Unauthorised(Exception):
    """The request is answered with 401 and not handled. The text is for the log, never for the caller."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What of an activity the token must agree with."""

    service_url: str
    channel: str
    tenant: str


@dataclass(frozen=True, slots=True)
class Caller:
    """What a token says of whoever brought it: the service URL that it is for, and the channels it may speak for."""

    service_url: str = ""
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Key:
    key: Any
    endorsements: frozenset[str]


class Keys:
    """The connector's public keys, fetched when an unknown one is met, at most once in `min_interval` seconds.

    Keys older than a day are fetched anew beside the requests, which go on with those that we hold until `KEYS_END`.
    """

    def __init__(self, session: aiohttp.ClientSession, openid_url: str, min_interval: float = MIN_INTERVAL) -> None:
        self._session, self._url, self._min_interval = session, openid_url, min_interval
        self._keys: dict[str, _Key] = {}
        self._fetched = float("-inf")
        self._tried = float("-inf")
        self._lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def get(self, kid: str) -> _Key:
        """The key of this id. Raises `Unauthorised` if the connector has none such, or if all are too old."""
        if kid not in self._keys or self._age() > KEYS_END:
            await self._refresh(kid)
        elif self._age() > KEYS_LAST and (self._renewal is None or self._renewal.done()):
            self._renewal = asyncio.create_task(self._refresh(kid))
        if kid not in self._keys:
            raise Unauthorised("signed with an unknown key")
        if self._age() > KEYS_END:
            raise Unauthorised("the keys are too old to be trusted, and new ones could not be fetched")
        return self._keys[kid]

    async def close(self) -> None:
        """End what is under way."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait([self._renewal])

    def _age(self) -> float:
        return time.monotonic() - self._fetched

    async def warm(self) -> None:
        """Fetch the keys ahead of the first request; an outage now is no error."""
        await self._refresh("")

    async def fetch(self) -> int:
        """Fetch the keys now and count them. Raises whatever an odd answer leads to."""
        async with asyncio.timeout(LONGEST_FETCH):
            return await self._fetch()

    async def _fetch(self) -> int:
        keys = {}
        metadata = await self._json(self._url)
        if not is_safe(metadata["jwks_uri"]):
            raise ValueError("the keys' address is not https")
        for each in (await self._json(metadata["jwks_uri"]))["keys"]:
            if each.get("kty") == "RSA" and each.get("kid"):
                key = jwt.PyJWK.from_dict(each, algorithm="RS256").key
                keys[each["kid"]] = _Key(key, frozenset(each.get("endorsements", ())))
        if not keys:
            raise ValueError("the key server gave no keys")
        self._keys, self._fetched = keys, time.monotonic()
        return len(keys)

    async def _refresh(self, kid: str) -> None:
        async with self._lock:
            now = time.monotonic()
            fresh = kid in self._keys and self._age() <= KEYS_LAST
            if fresh or now - self._tried < self._min_interval:
                return
            self._tried = now
            try:
                await self.fetch()
            except Exception as wrong:
                # Keys that we hold stay good for some days: an outage of the key server must not shut everybody out.
                log.warning("could not fetch the connector's keys", action="teams-keys-failed", error=reason(wrong))

    async def _json(self, url: str) -> Any:
        async with self._session.get(url) as response:
            response.raise_for_status()
            return await response.json(content_type=None)


class TokenCheck:
    """Says whether a request may be handled."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._settings, self._keys = settings, keys

    async def caller(self, headers: Mapping[str, str]) -> Caller:
        """Who signed the token, before anything of the body is looked at. Raises `Unauthorised`."""
        if self._settings.anonymous:
            return Caller()
        try:
            return await self._of_token(headers.get("authorization", ""))
        except Unauthorised:
            raise
        except Exception as wrong:
            raise Unauthorised(repr(wrong)[:LONGEST_REASON]) from wrong

    def check(self, caller: Caller, claimed: Claimed) -> None:
        """Raises `Unauthorised` unless the activity is one that this caller may bring."""
        try:
            if self._settings.anonymous:
                return self._check_local(claimed)
            self._check_binding(caller, claimed)
            self._check_tenant(claimed.tenant)
        except ValueError as wrong:  # an address that is none
            raise Unauthorised(repr(wrong)[:LONGEST_REASON]) from wrong

    def _check_local(self, claimed: Claimed) -> None:
        from_here = claimed.service_url.split("//", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
        if not is_local(from_here.strip("[]")):
            raise Unauthorised("anonymous mode answers to this machine alone")

    async def _of_token(self, header: str) -> Caller:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorised("no bearer token")
        unchecked = jwt.get_unverified_header(token)
        if unchecked.get("alg") != "RS256":
            raise Unauthorised("not signed with RS256")
        key = await self._keys.get(str(unchecked["kid"]))
        claims = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            audience=self._settings.app_id,
            issuer=self._settings.cloud.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iss", "aud"]},
        )
        return Caller(str(claims.get("serviceurl") or claims.get("serviceUrl") or ""), key.endorsements)

    def _check_binding(self, caller: Caller, claimed: Claimed) -> None:
        bound = caller.service_url
        if not bound or bound.rstrip("/") != claimed.service_url.rstrip("/"):
            raise Unauthorised("the token is not for this service URL")
        if not self._settings.has_chats(claimed.service_url):
            raise Unauthorised(f"Teams has no chats at {claimed.service_url[:200]}: see QABOT_TEAMS_SERVICE_HOSTS")
        if claimed.channel not in caller.channels:
            raise Unauthorised("the key is not endorsed for this channel")

    def _check_tenant(self, tenant: str) -> None:
        if tenant.lower() not in self._settings.allowed_tenants:
            raise Unauthorised("the tenant is not on the allow-list")
