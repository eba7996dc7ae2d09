"""A mail relay for tests: aiosmtpd over TLS, with a certificate that is made for it, which says what a test asks."""

import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from functools import cache
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from qabot_email.settings import Settings

USER, PASSWORD = "qabot", "a password for the tests"
BASE_URL = "https://qabot.council.example"


@cache
def authority() -> trustme.CA:
    """Who signs the relay's certificate: one for all tests, as keys take a moment."""
    return trustme.CA()


@cache
def certificate() -> trustme.LeafCert:
    """The relay's certificate."""
    return authority().issue_cert("localhost")


def trust() -> ssl.SSLContext:
    """A client that believes the authority, and the system's."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


@dataclass
class Relay:
    """What it took, and what it says. Answers are lines ("550 No such user"); `drop` breaks off after the text."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    sender: str = ""
    person: str = ""
    text: str = ""
    drop: bool = False
    connections: int = 0
    secure: list[bool] = field(default_factory=list)
    token: str = ""
    """What XOAUTH2 must bring, where a test has it."""

    @property
    def trust(self) -> ssl.SSLContext:
        """A client that believes it."""
        return trust()

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """Exchange Online's way in: the mailbox and a token in one line (Google's XOAUTH2)."""
        given = b64decode(args[1]).decode()
        good = given == f"user=qabot@council.example\1auth=Bearer {self.token}\1\1"
        return AuthResult(success=good, handled=False)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count who comes."""
        session.host_name = hostname
        self.connections += session.ssl is not None or server._tls_protocol is not None
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, or say what a test asks."""
        if self.sender:
            return self.sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or say what a test asks."""
        if self.person:
            return self.person
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail, or say what a test asks."""
        if self.text:
            return self.text
        content = envelope.content
        assert isinstance(content, bytes)
        parsed: Any = message_from_bytes(content, policy=POLICY)
        self.taken.append(parsed)
        self.recipients += envelope.rcpt_tos
        self.secure.append(session.ssl is not None)
        if self.drop:
            transport: Any = server.transport
            transport.abort()
        return "250 OK"

    def settings(self, **more: Any) -> Settings:
        """The adapter's settings for this relay."""
        given: dict[str, Any] = {
            "host": "localhost",
            "port": self.port,
            "sender": "qabot@council.example",
            "base_url": BASE_URL,
            "domains": frozenset({"council.example"}),
            "user": USER,
            "password": PASSWORD,
            "trust": trust(),
        }
        return Settings(**given | more)


def _sign_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=good)


class OnAnyPort(Controller):
    """A controller on a port of the system's choice, which its own first connection has to know."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def relay(*, from_the_first_byte: bool = False) -> Iterator[Relay]:
    """A relay on a port of its own that asks for STARTTLS, or speaks TLS from the first byte; and for a sign-in."""
    context, made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), Relay()
    certificate().configure_cert(context)
    controller = OnAnyPort(
        made,
        hostname="localhost",
        port=0,
        **({"ssl_context": context} if from_the_first_byte else {"tls_context": context, "require_starttls": True}),
        auth_require_tls=not from_the_first_byte,
        auth_required=True,
        authenticator=_sign_in,
    )
    controller.start()
    try:
        made.port = controller.port
        yield made
    finally:
        controller.stop()
