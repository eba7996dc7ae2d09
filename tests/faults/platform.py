"""What stands for the platforms: it takes messages over HTTP, keeps each with its time, and can answer anything.

A middleware in front of the fakes of Slack and Teams and of the gateway's own endpoint. It lives in the process of the
test, so it outlives every qabot; what a killed qabot had sent is taken all the same, as it would be.
"""

import asyncio
import itertools
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from qabot.workflows.cards.states import POSSIBLE_REPEAT
from tests.faults.machine import pause, seconds

TOKEN = re.compile(r"(?<![\w-])[\w-]{22}(?![\w-])")
"""What looks like a notice's token: in an address, or in a button."""
SENDS = (
    ("gateway", "POST", re.compile(r"/messages$")),
    ("slack", "POST", re.compile(r"/api/chat\.postMessage$")),
    ("teams", "POST", re.compile(r"/v3/conversations/[^/]+/activities$")),
)
PATIENCE = 9.0
"""Seconds after which an adapter may have given up waiting."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Answer:
    """How one send is answered. `kind`: taken, status, reset, silence or garbage.

    `takes`: whether the person gets the message, whatever the answer says. `seconds`: how long the answer takes.
    """

    kind: str = "taken"
    takes: bool = True
    seconds: float = 0.0
    status: int = 0
    retry_after: str = ""

    @property
    def loses(self) -> bool:
        """Whether qabot cannot know from this answer what became of the message."""
        lost = self.kind in {"reset", "silence", "garbage"} or self.status == 408 or self.status >= 500
        return lost or self.seconds >= PATIENCE


TAKEN = Answer()


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a person got. `at`: monotonic seconds; `tokens`: the notices that it names."""

    at: float
    chat: str
    tokens: frozenset[str]
    marked: bool
    body: str


@dataclass
class Platform:
    """All chats at once. `answering` says how each send is answered, by its chat and the notices that it names."""

    answering: Callable[[str, frozenset[str]], Answer] = lambda chat, tokens: TAKEN
    taken: list[Message] = field(default_factory=list)
    lost: list[frozenset[str]] = field(default_factory=list)
    """Sends whose answer was lost by this platform's own doing."""
    open: dict[int, frozenset[str]] = field(default_factory=dict)
    """Sends under way: their request has come in and was not answered yet."""
    tried: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @web.middleware
    async def around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a send as `answering` says; leave every other request alone."""
        chat = _chat(request)
        if not chat:
            return await handler(request)
        body = await request.text()
        tokens = frozenset(TOKEN.findall(body))
        answer, number = self.answering(chat, tokens), next(self._numbers)
        self.open[number] = tokens
        self.tried += 1
        if answer.loses:
            self.lost.append(tokens)
        self._poke()
        try:
            response = await handler(request) if answer.takes else web.Response(status=503)
            if answer.takes and _accepted(response):
                self.taken.append(Message(seconds(), chat, tokens, POSSIBLE_REPEAT in body, body))
                self._poke()
            return await _answered(request, answer, response)
        finally:
            del self.open[number]

    def _poke(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def under_way(self) -> set[str]:
        """The notices of the sends under way."""
        return {token for tokens in self.open.values() for token in tokens}

    def copies(self, token: str) -> list[Message]:
        """Every message that names this notice, the first first."""
        return [each for each in self.taken if token in each.tokens]


def _chat(request: web.Request) -> str:
    return next((chat for chat, method, path in SENDS if request.method == method and path.search(request.path)), "")


def _accepted(response: web.StreamResponse) -> bool:
    """Slack says no with status 200."""
    if response.status >= 300 or not isinstance(response, web.Response):
        return False
    return bool(json.loads(response.body or b"{}").get("ok", True))  # type: ignore[arg-type]


async def _answered(request: web.Request, answer: Answer, response: web.StreamResponse) -> web.StreamResponse:
    await pause(answer.seconds)
    match answer.kind:
        case "taken":
            return response
        case "status":
            headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
            return web.Response(status=answer.status, text='{"ok": false, "error": "trouble"}', headers=headers)
        case "garbage":
            return web.Response(text="<html>\x00 not what you expect", content_type="text/html")
        case "silence":
            while request.transport and not request.transport.is_closing():
                await pause(0.2)
    if request.transport:
        request.transport.abort()
    return web.Response()
