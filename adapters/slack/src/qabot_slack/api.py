"""Calls of Slack's Web API: one shared session, no retries, and every failure as one `CallFailed`."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import aiohttp
import orjson
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from qabot.adapter import retry_after, wait_before_again
from qabot.adapter_kit.latest import Latest
from qabot.adapter_kit.network import NEVER_SENT, reason
from qabot.adapter_kit.persistence import PATIENCE, persist
from qabot_slack.outcomes import LOST, NEVER_CONNECTED, NO_JSON, CallFailed, outcome
from qabot_slack.secrets import Secrets
from qabot_slack.settings import Settings

# Slack closes idle connections; a post on one that it has just closed is a lost answer, so ours end sooner than its.
_KEEP_ALIVE_SECONDS = 15.0
RESPONSE_PATIENCE = 30.0
TOKEN_REFUSED = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
T = TypeVar("T")
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
# At the level "debug" the SDK writes down the proxy with its password.
_quiet = logging.getLogger("qabot_slack.sdk")
_quiet.setLevel(logging.INFO)


class Api:
    """The Web API with the bot's token, and with the app's for Socket Mode."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.secrets = Secrets(settings)
        self._latest = Latest()
        self._session: aiohttp.ClientSession | None = None
        self._bot: AsyncWebClient | None = None
        self._app: AsyncWebClient | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session of everything that this adapter asks of the network; opened on first use."""
        if self._session is None or self._session.closed:
            self._session = self._settings.network.session(
                limit=100, keepalive=_KEEP_ALIVE_SECONDS, timeout=_TIMEOUT, json_serialize=_serialise
            )
            self._bot = self._app = None
        return self._session

    def _client(self, as_app: bool) -> AsyncWebClient:
        """The SDK's client with the token that is in use now."""
        session, held = self.session, self._app if as_app else self._bot
        token = self.secrets.app_token if as_app else self.secrets.bot_token
        if held is None or held.token != token:
            held = web_client(self._settings, token, session)
            if as_app:
                self._app = held
            else:
                self._bot = held
        return held

    async def connect(self, url: str, heartbeat: float | None = None) -> aiohttp.ClientWebSocketResponse:
        """Open a web socket."""
        return await self.session.ws_connect(url, heartbeat=heartbeat)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Slack's answer. Raises `CallFailed` for every other one."""
        return (await self.answer(method, **arguments))[0]

    async def call_as_app(self, method: str) -> dict[str, Any]:
        """The same with the app-level token."""
        return (await self.answer(method, as_app=True))[0]

    async def answer(
        self, method: str, *, as_app: bool = False, form: bool = False, **arguments: Any
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """Slack's answer and its headers. Raises `CallFailed`."""
        client = self._client(as_app)
        try:
            return await self._answer(client, method, arguments, form)
        except CallFailed as failed:
            if failed.error not in TOKEN_REFUSED:
                raise
            self.secrets.renew()
            if (renewed := self._client(as_app)) is client:
                raise
        # A token that Slack refused has done nothing, so another one may do it.
        return await self._answer(renewed, method, arguments, form)

    async def _answer(
        self, client: AsyncWebClient, method: str, arguments: dict[str, Any], form: bool
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        try:
            given: dict[str, Any] = {"params" if form else "json": arguments}
            response = await client.api_call(method, **given)
        except SlackApiError as refused:
            raise _refused(method, refused) from refused
        except NEVER_SENT as failed:
            raise CallFailed(method, NEVER_CONNECTED, status=0, detail=reason(failed)) from failed
        # Whatever it was that came back: the SDK fails in a dozen ways on a body that is not what it says it is.
        except Exception as lost:
            raise CallFailed(method, LOST, status=0) from lost
        if not isinstance(response.data, dict):
            raise CallFailed(method, NO_JSON, response.status_code)
        return response.data, response.headers

    async def upload(self, data: bytes, name: str, alt: str, title: str) -> str:
        """Put a file into the workspace, shared with nobody; its id. Raises `CallFailed`.

        Slack takes these methods' arguments as a form alone, and the file itself at an address of its own.
        """
        place = await self._fill("files.getUploadURLExternal", filename=name, length=len(data), alt_txt=alt)
        try:
            async with self.session.post(str(place.get("upload_url")), data=data) as answer:
                if answer.status != 200:
                    raise CallFailed("upload", NO_JSON, answer.status)
        except NEVER_SENT as failed:
            raise CallFailed("upload", NEVER_CONNECTED, status=0, detail=reason(failed)) from failed
        except (aiohttp.ClientError, TimeoutError, ConnectionError, ValueError) as lost:
            raise CallFailed("upload", LOST, status=0) from lost
        file = str(place.get("file_id"))
        named = orjson.dumps([{"id": file, "title": title}]).decode()
        await self._fill("files.completeUploadExternal", files=named)
        return file

    async def _fill(self, method: str, **arguments: Any) -> dict[str, Any]:
        return (await self.answer(method, form=True, **arguments))[0]

    async def persist(self, method: str, *, patience: float = PATIENCE, **arguments: Any) -> dict[str, Any]:
        """An answer to a person: tried until Slack takes or refuses it. Raises `CallFailed`.

        A modal in which another one was put meanwhile stays as that one is.
        """
        view = str(arguments.get("view_id", ""))
        number = self._latest.begin(view)

        async def call() -> dict[str, Any]:
            if view and not self._latest.stands(view, number):
                return {}
            return await self.call(method, **arguments)

        return await self._persist(call, patience)

    async def persist_response(self, response_url: str, payload: dict[str, Any]) -> None:
        """The same through a response URL, for half a minute: after that it is said elsewhere. Raises `CallFailed`."""
        await self._persist(lambda: self.respond(response_url, payload), RESPONSE_PATIENCE)

    async def _persist(self, call: Callable[[], Awaitable[T]], patience: float) -> T:
        async def attempt() -> T | CallFailed:
            try:
                return await call()
            except CallFailed as failed:
                return failed

        def wait_of(result: T | CallFailed) -> float | None:
            return wait_before_again(outcome(result)) if isinstance(result, CallFailed) else None

        result = await persist(attempt, wait_of, patience)
        if isinstance(result, CallFailed):
            raise result
        return result

    async def respond(self, response_url: str, payload: dict[str, Any]) -> None:
        """Answer through a response URL (5 uses in 30 minutes). Raises `CallFailed`."""
        try:
            async with self.session.post(response_url, json=payload) as response:
                if response.status != 200:
                    said = (await response.content.read(60)).decode(errors="replace")
                    raise CallFailed("response_url", said or NO_JSON, response.status, retry_after(response.headers))
        except NEVER_SENT as failed:
            raise CallFailed("response_url", NEVER_CONNECTED, status=0, detail=reason(failed)) from failed
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as lost:
            raise CallFailed("response_url", LOST, status=0) from lost


def web_client(
    settings: Settings, token: str | None = None, session: aiohttp.ClientSession | None = None
) -> AsyncWebClient:
    """The SDK's client. Where the way goes is the session's own affair.

    Without a `token` for Bolt, which hears it with each request, and warns of any other that it is ignored.
    """
    # The SDK's default handlers send a post again after a lost answer, and the person gets it twice.
    client = AsyncWebClient(token=token, base_url=settings.api_url, session=session, retry_handlers=[], logger=_quiet)
    # The SDK knows no NO_PROXY.
    client.proxy = None
    return client


def _serialise(payload: Any) -> str:
    return orjson.dumps(payload).decode()


def _refused(method: str, refused: SlackApiError) -> CallFailed:
    response = refused.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    error = data.get("error", NO_JSON) if isinstance(data, dict) else NO_JSON
    return CallFailed(method, str(error), status, retry_after(getattr(response, "headers", {})))
