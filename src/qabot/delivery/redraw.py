"""Redrawing: every copy of a card is brought to the newest state. What is wanted is one number on the notice's row."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import bindparam, update
from sqlmodel import col, select

from qabot.adapter import Address, Ambiguous, Outcome, RefusedForAll, RetryAfter
from qabot.delivery.cards import cards_of
from qabot.delivery.drain import LONGEST_SEND, PACED, Outlets, refresh_home
from qabot.messaging.card import Card
from qabot.models import Account, Notice, NoticeState
from qabot.models.columns import table
from qabot.workflows.accounts import WEB, as_address
from qabot.workflows.desk import Desk
from qabot.workflows.unit import Unit

log = structlog.get_logger()
BATCH = 100


@dataclass(frozen=True, slots=True)
class Redraw:
    """One copy to bring to state `wanted`."""

    notice_id: int
    wanted: int
    adapter: str
    address: Address
    message_id: str
    card: Card | None
    """None if it cannot be drawn: the copy stays as it is."""


async def redraw(desk: Desk, outlets: Outlets) -> int:
    """Bring every stale copy up to date; the number redrawn. A copy that must wait is left for the next round."""
    passed: set[int] = set()
    done = 0
    while True:
        jobs = await desk.store.run(lambda session: wanted(desk.unit(session), passed))  # noqa: B023 - awaited at once
        if not jobs:
            return done
        outcomes = await asyncio.gather(*(_update(job, outlets) for job in jobs))
        settled = [job for job, outcome in zip(jobs, outcomes, strict=True) if _final(outcome)]
        passed |= {job.notice_id for job in jobs} - {job.notice_id for job in settled}
        await desk.store.run(lambda session, settled=settled: _record(desk.unit(session), settled))  # type: ignore[misc]
        done += len(settled)
        for job in settled:
            if job.adapter in outlets.adapters:
                await refresh_home(outlets.adapters[job.adapter], job.address)


def wanted(unit: Unit, passed: set[int]) -> list[Redraw]:
    """The next stale copies, drawn as they should be."""
    query = (
        select(Notice)
        .where(
            col(Notice.wanted) > col(Notice.drawn),
            col(Notice.message_id).is_not(None),
            Notice.state == NoticeState.sent,
            col(Notice.id).not_in(passed),
        )
        .limit(BATCH)
    )
    rows = list(unit.session.exec(query))
    if not rows:
        return []
    people = {row.recipient_id for row in rows}
    known = {
        (each.person_id, each.adapter): as_address(each)
        for each in unit.session.exec(select(Account).where(col(Account.person_id).in_(people)))
    }
    cards = cards_of(unit, rows)
    return [
        Redraw(row.id or 0, row.wanted, row.adapter or WEB, _address(row, known), row.message_id or "", card)
        for row, card in zip(rows, cards, strict=True)
    ]


def _address(row: Notice, known: dict[tuple[int, str], Address]) -> Address:
    found = known.get((row.recipient_id, row.adapter or WEB), Address(row.recipient_id, str(row.recipient_id)))
    return Address(found.person_id, found.external_id, row.conversation or found.conversation, found.details)


async def _update(job: Redraw, outlets: Outlets) -> Outcome | None:
    adapter = outlets.adapters.get(job.adapter)
    if adapter is None or job.card is None:
        return None
    if why := outlets.closed(job.adapter):
        return RefusedForAll(why)
    wait = outlets.pacer.wait(job.adapter, job.address.external_id, adapter.rate, "redraw")
    if wait > 0:
        return RetryAfter(wait, PACED)
    try:
        async with asyncio.timeout(LONGEST_SEND):
            outcome = await adapter.update(job.address, job.message_id, job.card)
    except Exception:
        # Drawing the same card twice harms nobody, so it is tried again in the next round.
        log.exception("a card was not redrawn", action="redraw-failed", adapter=job.adapter, notice=job.notice_id)
        return RetryAfter(60, "the adapter failed")
    if isinstance(outcome, RetryAfter):
        outlets.pacer.block(job.adapter, job.address.external_id, outcome.seconds)
    return outcome


def _final(outcome: Outcome | None) -> bool:
    """A redraw that the platform refused for good is over; one that may not have arrived is done again."""
    return not isinstance(outcome, RetryAfter | Ambiguous | RefusedForAll)


def _record(unit: Unit, settled: Sequence[Redraw]) -> None:
    if not settled:
        return
    notices = table(Notice)
    unit.session.connection().execute(
        update(notices).where(notices.c.id == bindparam("b_id")).values(drawn=bindparam("b_drawn")),
        [{"b_id": job.notice_id, "b_drawn": job.wanted} for job in settled],
    )
