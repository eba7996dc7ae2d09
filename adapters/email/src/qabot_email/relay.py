"""The council's mail relay: a few connections that are kept, always under TLS, and one mail at a time on each."""

from email.message import Message

import structlog
from aiosmtplib import SMTP, SMTPException, SMTPServerDisconnected

from qabot.adapter import Outcome, RefusedForAll, RefusedForPerson, RetryAfter, Sent
from qabot_email.entra import Credential
from qabot_email.outcomes import Step, outcome
from qabot_email.settings import Settings

log = structlog.get_logger()
CONNECTIONS = 4
SCOPE = "https://outlook.office365.com/.default"
"""What a token must be for, that Exchange Online's relay is to take it (SMTP.SendAsApp)."""
BARRED = 3
"""So many people in a row for whom it takes nothing of qabot's, and it takes nothing at all."""
PATIENCE = 8.0
"""Seconds for each step; the service waits 20 for the whole."""


class Relay:
    """Sends mails."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tokens = Credential(settings.entra, SCOPE, settings.network) if settings.entra else None
        self._idle: list[SMTP] = []
        self._barred: set[str] = set()

    async def send(self, mail: Message, recipient: str) -> Outcome:
        """One mail to one person, tried once; on a fresh connection if a kept one turns out to be gone."""
        while self._idle:
            kept = self._idle.pop()
            if kept.is_connected and (result := await self._on(kept, mail, recipient, kept=True)) is not None:
                return result
            kept.close()
        opened = await self.open()
        if not isinstance(opened, SMTP):
            return opened
        result = await self._on(opened, mail, recipient, kept=False)
        return result or RetryAfter(15.0, "The mail relay closed the connection.")

    async def open(self) -> SMTP | RetryAfter | RefusedForAll:
        """A connection, signed in; or why there is none."""
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            tls_context=settings.trust,
            timeout=PATIENCE,
            local_hostname=settings.sender.partition("@")[2],
        )
        step: Step = "connect"
        try:
            await client.connect()
            step = "sign-in"
            if self._tokens is not None:
                token = await self._tokens.token()
                if not isinstance(token, str):
                    client.close()
                    return token
                await client.auth_xoauth2(settings.user or settings.sender, token)
            elif settings.user:
                await client.login(settings.user, settings.password)
        except (SMTPException, OSError, TimeoutError, ValueError) as failed:
            client.close()
            result = outcome(step, failed)
            if self._tokens is not None and step == "sign-in":
                self._tokens.forget()
            log.warning("the mail relay was not reached", action="email-not-open", step=step, error=repr(failed)[:200])
            return result if isinstance(result, RetryAfter | RefusedForAll) else RetryAfter(15.0, "It is not open.")
        except BaseException:
            client.close()
            raise
        return client

    async def look(self) -> RetryAfter | RefusedForAll | None:
        """Whether the relay is there and lets qabot in; None if it does."""
        opened = await self.open()
        if isinstance(opened, SMTP):
            opened.close()
            return None
        return opened

    async def close(self) -> None:
        """Close every kept connection."""
        idle, self._idle = self._idle, []
        for each in idle:
            try:
                await each.quit()
            except (SMTPException, OSError, TimeoutError):
                each.close()

    async def _on(self, client: SMTP, mail: Message, recipient: str, *, kept: bool) -> Outcome | None:
        """What came of it; None if a `kept` connection was gone before anything went."""
        step: Step = "sender"
        try:
            await client.mail(self._settings.sender)
            step = "person"
            await client.rcpt(recipient)
            step = "text"
            await client.data(mail.as_bytes())
        except (SMTPException, OSError, TimeoutError) as failed:
            client.close()
            if kept and step == "sender" and isinstance(failed, SMTPServerDisconnected | ConnectionError):
                return None
            log.warning(
                "the mail relay did not take a mail", action="email-send-failed", step=step, error=type(failed).__name__
            )
            result = outcome(step, failed)
            return self._all_told(recipient, result) if step == "person" else result
        except BaseException:
            client.close()
            raise
        self._barred.clear()
        if len(self._idle) < CONNECTIONS:
            self._idle.append(client)
        else:
            client.close()
        return Sent(str(mail["Message-ID"]))

    def _all_told(self, recipient: str, result: Outcome) -> Outcome:
        """What came of it, with what came of the others before: a relay that bars qabot says so of each person."""
        if not isinstance(result, RefusedForPerson) or not result.of_card:
            return result
        self._barred.add(recipient)
        if len(self._barred) < BARRED:
            return result
        return RefusedForAll("The mail relay takes mail of qabot's for nobody: see that it lets this machine send.")
