"""Sending e-mails beside plain SMTP sends of the same mails.

    python benchmarks/bench_email.py [--quick]

The adapter composes each card as a mail of text and HTML and hands it to a relay, in a process of its own, over kept
connections under TLS; then the very same mails are sent with plain aiosmtplib over as many. Rounds alternate; the
medians of the rounds' shares are given, for the adapter alone and for the whole delivery (claimed, re-checked, drawn,
sent, recorded, logged on SQLite). A council's relay allows far less than either.
"""

import asyncio
import ssl
import statistics
import time
from collections.abc import Sequence
from email.message import Message
from pathlib import Path

from aiosmtplib import SMTP
from sqlmodel import select
from support import MORNING, TEN, council, folder, helper, options, report, seed, staff

from qabot.adapter import Address, DirectoryEntry, Outcome, Rate, Sent
from qabot.delivery.drain import drain
from qabot.messaging.card import Card
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import show
from qabot.models import Person
from qabot.scheduler import calm
from qabot.scheduler.tick import tick
from qabot.wiring import Qabot
from qabot_email import Email
from qabot_email.relay import CONNECTIONS
from qabot_email.settings import Settings

MESSAGES = Path(__file__).resolve().parent.parent / "messages"
SENDER, DOMAIN = "qabot@council.example", "council.example"
Mail = tuple[str, bytes]
"""Who gets it, and all of it."""


class Unpaced(Email):
    """Without the pace of e-mail, of which the measurement would be one; keeps what goes out."""

    rate = Rate(at_once=CONNECTIONS)

    def __init__(self, settings: Settings) -> None:
        super().__init__(None, settings)  # type: ignore[arg-type]
        self.noted: list[tuple[str, Message]] = []
        self._hand_over = self._relay.send
        self._relay.send = self._note  # type: ignore[method-assign]

    async def _note(self, mail: Message, recipient: str) -> Outcome:
        self.noted.append((recipient, mail))
        return await self._hand_over(mail, recipient)

    def mails(self) -> list[Mail]:
        """What went out."""
        return [(recipient, mail.as_bytes()) for recipient, mail in self.noted]


def settings_of(line: str) -> Settings:
    """The adapter's settings for the relay that has said this of itself."""
    port, authority = line.split(maxsplit=1)
    return Settings(
        "localhost",
        SENDER,
        "https://qabot.council.example",
        frozenset({DOMAIN}),
        port=int(port),
        trust=ssl.create_default_context(cafile=authority.strip()),
    )


async def plain(settings: Settings, mails: Sequence[Mail]) -> float:
    """Send them again over as many connections as the adapter keeps; the number a second."""
    clients = [
        SMTP(hostname=settings.host, port=settings.port, start_tls=True, tls_context=settings.trust, timeout=20)
        for _ in range(CONNECTIONS)
    ]
    for each in clients:
        await each.connect()
    waiting = iter(mails)

    async def worker(client: SMTP) -> None:
        for recipient, body in waiting:
            await client.mail(SENDER)
            await client.rcpt(recipient)
            await client.data(body)

    started = time.perf_counter()
    await asyncio.gather(*map(worker, clients))
    took = time.perf_counter() - started
    for each in clients:
        await each.quit()
    return len(mails) / took


async def adapter_alone(adapter: Email, cards: Sequence[Card]) -> float:
    """Cards a second, drawn and sent."""
    waiting = iter(enumerate(cards))

    async def worker() -> None:
        for number, card in waiting:
            outcome = await adapter.send(Address(number, f"person{number % 400}@{DOMAIN}"), card)
            assert isinstance(outcome, Sent), outcome

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
    return len(cards) / (time.perf_counter() - started)


async def sending(count: int, rounds: int, settings: Settings) -> dict[str, float]:
    """The adapter alone, and its share of plain sends."""
    catalogue = Catalogue.load([MESSAGES])
    shown = [
        show(catalogue, name) for name in ("red-alert", "review-reminder", "actions-confirm", "digest", "moderation")
    ]
    cards = (shown * count)[:count]
    adapter = Unpaced(settings)
    await adapter_alone(adapter, cards)
    mails = adapter.mails()
    rates, plains, shares = [], [], []
    for _ in range(rounds):
        rates.append(await adapter_alone(adapter, cards))
        plains.append(await plain(settings, mails))
        shares.append(rates[-1] / plains[-1])
    await adapter.stop()
    return {
        "sent_a_second": round(statistics.median(rates)),
        "plain_a_second": round(statistics.median(plains)),
        "share_of_plain": round(statistics.median(shares), 3),
        "mail_kb": round(statistics.mean(len(body) for _, body in mails) / 1000, 1),
    }


async def link_everybody(qabot: Qabot) -> None:
    """Let all staff be reached by e-mail alone."""
    with qabot.store.transaction() as session:
        staff = [each.email for each in session.exec(select(Person))]
    await qabot.desk.meet("email", [DirectoryEntry(each, each) for each in staff])


async def delivering(count: int, rounds: int, settings: Settings) -> dict[str, float]:
    """The whole delivery through the adapter, and its share of plain sends of the same mails.

    The memory is kept as the running service keeps it.
    """
    rates, shares = [], []
    adapter = Unpaced(settings)
    with folder() as where:
        qabot, clock = council(where, adapter, size=staff(), start=MORNING)  # type: ignore[arg-type]
        await link_everybody(qabot)
        clock.set(TEN)
        calm.begin()
        for number in range(rounds + 1):
            await qabot.store.run(lambda session: seed(qabot.desk.unit(session), "alert", count))
            await tick(qabot.store, qabot.ticker, qabot.desk.unit)
            adapter.noted.clear()
            began = time.perf_counter()
            await drain(qabot.desk, qabot.outlets)
            calm.tidy()
            # What waits too long on a busy machine is tried again, and has been sent once all the same.
            sent = len(adapter.noted)
            assert sent > 0
            rate = sent / (time.perf_counter() - began)
            again = await plain(settings, adapter.mails())
            if number:
                rates.append(rate)
                shares.append(rate / again)
        calm.end()
        await adapter.stop()
        qabot.store.close()
    return {
        "delivered_a_second": round(statistics.median(rates)),
        "delivered_share": round(statistics.median(shares), 3),
    }


async def measure(quick: bool) -> dict[str, float]:
    """All figures."""
    with folder() as where, helper("sink_email.py", str(where)) as sink:
        settings = settings_of(sink.line())
        alone = await sending(50 if quick else 500, 1 if quick else 7, settings)
        whole = await delivering(50 if quick else 500, 1 if quick else 7, settings)
    return alone | whole


def main() -> None:
    """Measure and report."""
    figures = asyncio.run(measure(options(__doc__ or "").quick))
    rows = [
        ("sent through the adapter, a second", f"{figures['sent_a_second']:.0f}", ""),
        ("plain SMTP sends of the same, a second", f"{figures['plain_a_second']:.0f}", ""),
        ("share, adapter alone", f"{figures['share_of_plain']:.3f}", "at least 0.3"),
        ("notices delivered through it, a second", f"{figures['delivered_a_second']:.0f}", ""),
        ("share, whole delivery", f"{figures['delivered_share']:.3f}", ""),
        ("a mail, KB", f"{figures['mail_kb']}", ""),
    ]
    report("email", "E-mail", rows, figures)


if __name__ == "__main__":
    main()
