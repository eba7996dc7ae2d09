"""The two ways to whoever runs the service that need no chat: an e-mail by a relay, and a heartbeat address."""

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog

from qabot.adapter_kit.network import read_network, reason, trusted

log = structlog.get_logger()
PATIENCE = 20.0
"""Seconds for a relay or a heartbeat's address."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where e-mails are handed over. `tls`: starttls, tls from the first byte, or none for a relay on this machine."""

    host: str
    port: int
    tls: str
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = ""
    context: ssl.SSLContext | None = None

    def send(self, message: EmailMessage) -> None:
        """Hand it over. Raises what smtplib raises."""
        with self._open() as relay:
            relay.send_message(message, self.sender, self.recipients)

    def fault(self) -> str:
        """Why it would take no e-mail, as far as that is known without one; "" if nothing speaks against it."""
        try:
            with self._open() as relay:
                relay.noop()
        except Exception as wrong:  # whatever answers there, or stands in our settings
            return _why(wrong)
        return ""

    @contextmanager
    def _open(self) -> Iterator[smtplib.SMTP]:
        """A connection, signed in."""
        context = self.context or ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE, context=context)
            if self.tls == "tls"
            else smtplib.SMTP(self.host, self.port, timeout=PATIENCE) as relay
        ):
            if self.tls == "starttls":
                relay.starttls(context=context)
            if self.user:
                relay.login(self.user, self.password)
            yield relay


class Operator:
    """Whoever runs the service."""

    def __init__(
        self, now: Callable[[], datetime], environ: Mapping[str, str], relay: Relay | None, heartbeat: str
    ) -> None:
        """`heartbeat` is an https address, or ""."""
        self._now, self._relay, self._heartbeat = now, relay, heartbeat
        self._network = read_network(environ) if heartbeat else None

    async def tell(self, subject: str, text: str) -> str:
        """Send one e-mail; "" or why that failed. Without a relay it is the log's and the pages' to tell."""
        if self._relay is None:
            return ""
        relay, message = self._relay, EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, relay.sender, ", ".join(relay.recipients)
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = make_msgid(domain=relay.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(text)
        try:
            await asyncio.to_thread(relay.send, message)
        except Exception as wrong:
            # Whatever it is, of the relay or of our settings: a look ends, and says so in all the other places.
            why = _why(wrong)
            log.error("The operator's e-mail was not sent.", action="mail-failed", error=why)  # noqa: TRY400
            return why
        return ""

    async def beat(self) -> str:
        """Ask the heartbeat's address; "" or why that failed."""
        if self._network is None:
            return ""
        limit = aiohttp.ClientTimeout(total=PATIENCE)
        try:
            async with (
                self._network.session(limit=1, keepalive=1, timeout=limit) as session,
                session.get(self._heartbeat, allow_redirects=False) as answer,
            ):
                answer.raise_for_status()
                if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                    # Whoever waits for it hears nothing: another page answers, such as a proxy's for signing in.
                    return self._not_reached(f"it answered {answer.status}, and leads elsewhere")
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            return self._not_reached(reason(wrong))
        return ""

    def _not_reached(self, why: str) -> str:
        log.warning("The heartbeat's address was not reached.", action="heartbeat-failed", error=why)
        return why


def _why(wrong: Exception) -> str:
    """What went wrong with an e-mail. What a relay answers may repeat addresses, so it is no part of it."""
    match wrong:
        case UnicodeError():
            return "a user, password or address of QABOT_SMTP has a letter that no relay takes, such as £ or é"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not believed ({wrong.verify_message})"
        case smtplib.SMTPAuthenticationError():
            return "it does not take the user and password"
        case smtplib.SMTPNotSupportedError():
            return "it offers no STARTTLS, or no way to sign in"
        case socket.gaierror():
            return "its name is not known here"
        case TimeoutError():
            return "no answer in time"
        case ConnectionRefusedError():
            return "nothing listens there"
    return type(wrong).__name__


def relay_of(settings: Any, environ: Mapping[str, str]) -> Relay | None:
    """The relay of the settings; None if nobody is to be written to. Raises `SetupError` as `trusted` does."""
    if not settings.operator_email or not settings.smtp_host:
        return None
    return Relay(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_tls,
        settings.smtp_from or settings.operator_email[0],
        settings.operator_email,
        settings.smtp_user,
        settings.smtp_password,
        trusted(environ),
    )
