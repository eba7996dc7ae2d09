"""Entra ID and Microsoft Graph for tests: strict, over HTTP on loopback, and saying what a test asks."""

from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any

from aiohttp import web

from qabot_email.settings import Entra, Settings
from tests.support.email.relay import BASE_URL

TENANT, CLIENT, SECRET = "council.onmicrosoft.com", "an-application", "a secret for the tests"
SENDER = "qabot@council.example"


@dataclass
class Exchange:
    """What it took, and what it says. `answers` are used up one by one: a status, Graph's code, and seconds to wait."""

    url: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    answers: list[tuple[int, str, int]] = field(default_factory=list)
    refuses: str = ""
    """An error of Entra ID, such as invalid_client."""
    drop: bool = False
    good: str = "token-1"
    scopes: list[str] = field(default_factory=list)

    async def token(self, request: web.Request) -> web.Response:
        """Entra ID's token endpoint."""
        form = await request.post()
        assert request.match_info["tenant"] == TENANT
        self.scopes.append(str(form["scope"]))
        if self.refuses == "busy":
            return web.Response(status=503, text="busy")
        right = (form["grant_type"], form["client_id"], form["client_secret"]) == (
            "client_credentials",
            CLIENT,
            SECRET,
        )
        if self.refuses or not right:
            said = {"error": self.refuses or "invalid_client", "error_description": "AADSTS7000222: It has ended."}
            return web.json_response(said, status=401)
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "access_token": self.good})

    async def send_mail(self, request: web.Request) -> web.Response:
        """Graph's sendMail with MIME: base64 of the whole message, as text/plain."""
        assert request.match_info["user"] == SENDER
        if request.headers.get("Authorization") != f"Bearer {self.good}":
            return web.json_response({"error": {"code": "InvalidAuthenticationToken"}}, status=401)
        if request.content_type != "text/plain":
            return web.json_response({"error": {"code": "ErrorMimeContentInvalid"}}, status=400)
        parsed: Any = message_from_bytes(b64decode(await request.read(), validate=True), policy=POLICY)
        if self.answers:
            status, code, wait = self.answers.pop(0)
            headers = {"Retry-After": str(wait)} if wait else {}
            return web.json_response({"error": {"code": code}}, status=status, headers=headers)
        self.taken.append(parsed)
        if self.drop:
            transport: Any = request.transport
            transport.abort()
        return web.Response(status=202)

    def settings(self, **more: Any) -> Settings:
        """The adapter's settings for this Graph."""
        entra = Entra(TENANT, CLIENT, more.pop("secret", SECRET), self.url, self.url)
        given: dict[str, Any] = {
            "host": "",
            "sender": SENDER,
            "base_url": BASE_URL,
            "domains": frozenset({"council.example"}),
            "entra": entra,
            "by_graph": True,
        }
        return Settings(**given | more)


@asynccontextmanager
async def exchange() -> AsyncIterator[Exchange]:
    """Both, on a port of their own."""
    made = Exchange()
    application = web.Application()
    application.router.add_post("/{tenant}/oauth2/v2.0/token", made.token)
    application.router.add_post("/v1.0/users/{user}/sendMail", made.send_mail)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
