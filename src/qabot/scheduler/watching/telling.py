"""The two ways to whoever runs the service that need no chat: an e-mail by a relay, and a heartbeat address."""

import asyncio
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import structlog

from qabot.adapter_kit.network import read_network, reason, trusted

log = structlog.get_logger()
T = TypeVar("T")
PATIENCE = 20.0
"""Seconds for a heartbeat's address, and for each answer of a relay."""
LONGEST = 120.0
"""Seconds for all that is said with a relay: one that trickles keeps to `PATIENCE` and never ends."""
SOME_REFUSED = "qabot: an address is refused"
LOST = "its answer to the letter was lost, so it may have taken it"


class AnswerLost(Exception):
    """The letter had begun to go, and nobody knows what became of it."""


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

    def send(self, message: EmailMessage) -> Collection[str]:
        """Hand it over; whom of its recipients it refuses.

        Raises what smtplib raises, where it takes it for none, and `AnswerLost` where it may have taken it.
        """
        with self._open() as relay:
            return relay.send_message(message, self.sender).keys()

    def fault(self) -> str:
        """Why it would take no e-mail, as far as that is known without one; "" if nothing speaks against it."""
        try:
            with self._open() as relay:
                relay.ehlo_or_helo_if_needed()
                if not _taken(relay.mail(self.sender)):
                    return "it takes nothing from the sender"
                refused = [each for each in self.recipients if not _taken(relay.rcpt(each))]
                relay.rset()
        except Exception as wrong:  # whatever answers there, or stands in our settings
            return _why(wrong)
        return self.refusal(refused) if refused else ""

    def refusal(self, refused: Collection[str]) -> str:
        """That it refuses some of the recipients, by their places: no letter holds an address."""
        places = [str(number) for number, each in enumerate(self.recipients, start=1) if each in refused]
        return f"it refuses address {' and '.join(places)} of the {len(self.recipients)} of QABOT_OPERATOR_EMAIL"

    @contextmanager
    def _open(self) -> Iterator[smtplib.SMTP]:
        """A connection, signed in. What was said in it stands, however it is taken leave of."""
        context = self.context or ssl.create_default_context()
        relay = (
            _EndedTls(self.host, self.port, timeout=PATIENCE, context=context)
            if self.tls == "tls"
            else _Ended(self.host, self.port, timeout=PATIENCE)
        )
        try:
            if self.tls == "starttls":
                relay.starttls(context=context)
            if self.user:
                relay.login(self.user, self.password)
            yield relay
            # A letter that was taken would be sent again at each look, if "goodbye" counted.
            with suppress(smtplib.SMTPException, OSError):
                relay.quit()
        finally:
            relay.close()


class _Ended(smtplib.SMTP):
    """A connection that ends in time, whatever the other side does."""

    _ending: threading.Timer | None = None

    def connect(self, *given: Any, **more: Any) -> tuple[int, bytes]:
        """Connect, and end it later."""
        self._ending = threading.Timer(LONGEST, self._end)
        self._ending.daemon = True
        self._ending.start()
        return super().connect(*given, **more)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand the text of a letter over. Raises `AnswerLost` also where it had not yet come to that."""
        try:
            answer = super().data(msg)
        except (smtplib.SMTPServerDisconnected, OSError) as lost:
            raise AnswerLost from lost
        if not 200 <= answer[0] < 600:  # smtplib says -1 of what is no answer
            raise AnswerLost
        return answer

    def close(self) -> None:
        """Close it now."""
        if self._ending is not None:
            self._ending.cancel()
        super().close()

    def _end(self) -> None:
        # To shut it down wakes whoever reads from it; to close it would not.
        if (held := self.sock) is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


class _EndedTls(_Ended, smtplib.SMTP_SSL):
    """The same, under TLS from the first byte."""


def _taken(answer: tuple[int, bytes]) -> bool:
    # SMTP has its numbers from where HTTP has them; what is no answer of SMTP's is -1 to smtplib.
    return HTTPStatus.OK <= answer[0] < HTTPStatus.MULTIPLE_CHOICES


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
        relay = self._relay
        try:
            refused = await _in_time(lambda: relay.send(self._letter(relay, relay.recipients, subject, text)))
            if refused:
                why = relay.refusal(refused)
                log.error("The operator's e-mail reached not all of them.", action="mail-failed", error=why)
                others = [each for each in relay.recipients if each not in refused]
                said = self._letter(relay, others, SOME_REFUSED, f"The mail relay was asked, and {why}.")
                # Whoever is reached is the only one who can hear of it; the letter itself has arrived.
                with suppress(Exception):
                    await _in_time(lambda: relay.send(said))
        except Exception as wrong:
            # Whatever it is, of the relay or of our settings: a look ends, and says so in all the other places.
            why = _why(wrong)
            log.error("The operator's e-mail was not sent.", action="mail-failed", error=why)  # noqa: TRY400
            return why
        return ""

    def _letter(self, relay: Relay, recipients: Sequence[str], subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, relay.sender, ", ".join(recipients)
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = make_msgid(domain=relay.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(text)
        return message

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


async def _in_time(work: Callable[[], T]) -> T:
    """What `work` gives, in a thread that holds up no end of the process. Raises `TimeoutError` if it takes long."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(give: Callable[[], None]) -> None:
        if not done.done():
            give()

    def run() -> None:
        try:
            result = work()
        except Exception as wrong:
            give: Callable[[], None] = partial(done.set_exception, wrong)
        else:
            give = partial(done.set_result, result)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, give)

    threading.Thread(target=run, name="qabot-letter", daemon=True).start()
    # The connection ends by itself before that; what takes longer still is the way to it, such as its handshake.
    return await asyncio.wait_for(done, LONGEST + PATIENCE)


def _why(wrong: Exception) -> str:
    """What went wrong with an e-mail. What a relay answers may repeat addresses, so it is no part of it."""
    match wrong:
        case UnicodeError():
            return "a user, password or address of QABOT_SMTP has a letter that no relay takes, such as £ or é"
        case AnswerLost():
            return LOST
        case ssl.SSLCertVerificationError():
            return f"its certificate is not believed ({wrong.verify_message})"
        case smtplib.SMTPAuthenticationError():
            return "it does not take the user and password"
        case smtplib.SMTPNotSupportedError():
            return "it offers no STARTTLS, or no way to sign in"
        case smtplib.SMTPSenderRefused():
            return "it takes nothing from the sender"
        case smtplib.SMTPRecipientsRefused():
            return "it refuses every address of QABOT_OPERATOR_EMAIL"
        case smtplib.SMTPDataError(smtp_code=code):
            return f"it did not take the letter ({code})"
        case smtplib.SMTPResponseException(smtp_code=code):
            return f"it answered {code}" if code > 0 else "what answers there is no mail relay"
        case smtplib.SMTPServerDisconnected() | ConnectionResetError():
            return "it broke off, or gave no answer in time"
        case ssl.SSLError():
            return "no TLS with it comes about: see QABOT_SMTP_TLS and QABOT_SMTP_PORT"
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
