"""The way out: requests to the Bot Framework's connector over one session, with one token. Nothing waits or repeats."""

from functools import lru_cache
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from qabot.adapter import retry_after
from qabot.adapter_kit.network import NEVER_SENT, Network, reason
from qabot_teams.outcomes import Answer
from qabot_teams.settings import Settings
from qabot_teams.tokens_out import Credential, TokenRefused, TokenUnavailable

CONNECTIONS = 10
TIMEOUT = aiohttp.ClientTimeout(total=15, connect=10, sock_connect=5)
"""A connection that does not stand in time is no lost answer, so it gets less of the time than the whole."""
BETWEEN = "Something between qabot and Teams, such as a web filter,"
OF_TEAMS = {401, 408, 412, 429}
"""Refusals that mean the same whoever gives them."""


def new_session(network: Network) -> aiohttp.ClientSession:
    """The adapter's one session: at most `CONNECTIONS` connections, no cookies."""
    return network.session(limit=CONNECTIONS, keepalive=60, timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())


class Connector:
    """Sends one request and says what came of it."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, credential: Credential) -> None:
        self._settings, self._session, self._credential = settings, session, credential

    async def request(self, method: str, service_url: str, path: tuple[str, ...], body: Any = None) -> Answer:
        """`path` holds the parts below `/v3`, unescaped. Raises nothing for what the network or Teams does."""
        if not self._settings.has_chats(service_url):
            return Answer(fault="elsewhere")
        try:
            token = await self._credential.token()
        except TokenRefused as refused:
            return Answer(fault="token-refused", detail=str(refused))
        except TokenUnavailable as unavailable:
            return Answer(fault="no-token", detail=str(unavailable))
        answer = await self._exchange(method, _address(service_url, path), token, body)
        if answer.status == 401 and self._credential.forget():
            return Answer(fault="stale-token")
        return answer

    async def _exchange(self, method: str, url: URL, token: str, body: Any) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else orjson.dumps(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=False
            ) as response:
                status, said = response.status, await response.read()
                if _is_strange(status, said):
                    return Answer(fault="between", detail=f"{BETWEEN} answered {status}")
                return Answer(status, _object(said), retry_after(response.headers))
        except (*NEVER_SENT, aiohttp.InvalidURL) as wrong:
            return Answer(fault="unreachable", detail=f"Teams could not be reached: {reason(wrong)}")
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            return Answer(fault="lost", detail=f"Teams' answer was lost: {reason(wrong)}")


@lru_cache(maxsize=10_000)
def _address(service_url: str, path: tuple[str, ...]) -> URL:
    """The whole address. A person's chat is asked for often."""
    return URL("/".join([service_url.rstrip("/"), "v3", *(quote(part, safe="") for part in path)]), encoded=True)


def _is_strange(status: int, body: bytes) -> bool:
    """Whether this is no answer of Teams': it leads nowhere else, and says in JSON what it refuses a person for."""
    refused = 400 <= status < 500 and status not in OF_TEAMS
    return 300 <= status < 400 or (refused and body.strip() != b"" and _object(body) is None)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
