"""Redrawing: every copy of a card is brought to the newest state. What is wanted is one number on the notice's row."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlmodel import Session

from qabot.adapter import Address, Ambiguous, Outcome, Rate, RefusedForAll, RefusedForPerson, RetryAfter
from qabot.delivery import queries
from qabot.delivery.attempt import LONGEST_SEND
from qabot.delivery.cards import cards_of
from qabot.delivery.home import refresh_home
from qabot.delivery.outlets import Outlets
from qabot.delivery.record import Paced
from qabot.delivery.shards import Shard
from qabot.delivery.shared_pace import Wish, admit
from qabot.messaging.card import Card
from qabot.messaging.pictures import drawn
from qabot.models import Notice
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk
from qabot.workflows.people.accounts import WEB, as_address

log = structlog.get_logger()
BATCH = 100
FIRST_PAUSE = 10.0
LONGEST_PAUSE = 3600.0
SOONEST = 0.01
MOST_ATTEMPTS = 12
"""Attempts after which a copy stays as it is: about five hours, not counting the time for which its chat is away."""


@dataclass(frozen=True, slots=True)
class Redraw:
    """One copy to bring to state `wanted`."""

    notice_id: int
    wanted: int
    attempt: int
    adapter: str
    address: Address
    message_id: str
    card: Card | None
    """None if it cannot be drawn: the copy stays as it is. None too where each look shows it as it is."""
    wait: float = 0.0
    """Seconds that it must wait to keep to the pace of all workers."""


async def redraw(desk: Desk, outlets: Outlets, shard: Shard | None = None) -> int:
    """Bring every stale copy up to date that may be tried now; the number redrawn. Of one `shard` alone for a worker.

    1. The next stale copies are read and drawn as they should be; none in a chat that is closed.
    2. All are sent at once, each as far as its platform's pace allows.
    3. What came of it is recorded: redrawn, to be tried again later, or given up.
    4. Home tabs of whoever has a new card follow; then the next copies, until there are none.
    """
    done = 0
    while jobs := await desk.store.run(partial(_stale, desk, outlets, shard)):
        outcomes = await asyncio.gather(*(_update(job, outlets) for job in jobs))
        results = list(zip(jobs, outcomes, strict=True))
        await desk.store.run(partial(_record, desk, results))
        settled = [job for job, outcome in results if _final(outcome)]
        done += len(settled)
        for job in settled:
            if job.adapter in outlets.adapters:
                await refresh_home(outlets.adapters[job.adapter], job.address)
    return done


def _stale(desk: Desk, outlets: Outlets, shard: Shard | None, session: Session) -> list[Redraw]:
    """The next stale copies, drawn as they should be."""
    unit, closed = desk.unit(session), [name for name in outlets.adapters if outlets.closed(name)]
    query, of_shard = shard.stale() if shard else (queries.STALE, {})
    rows = session.exec(query, params={"now": unit.now, "closed": closed, "most": BATCH, **of_shard}).all()
    jobs = _drawn_anew(unit, rows, outlets) if rows else []
    return _paced(session, jobs, outlets) if outlets.shared else jobs


def _drawn_anew(unit: Unit, rows: Sequence[Notice], outlets: Outlets) -> list[Redraw]:
    people = {row.recipient_id for row in rows}
    accounts = unit.session.exec(queries.ACCOUNTS_OF, params={"people": list(people)})
    addresses = {(each.person_id, each.adapter): as_address(each) for each in accounts}
    live = {name for name, each in outlets.adapters.items() if each.limits.live}
    copies = [row for row in rows if (row.adapter or WEB) not in live]
    cards = dict(zip((row.id for row in copies), cards_of(unit, copies) if copies else (), strict=True))
    return [
        Redraw(
            row.id,
            row.wanted,
            row.redraw_attempt,
            row.adapter or WEB,
            _address(row, addresses),
            row.message_id or "",
            cards.get(row.id),
        )
        for row in rows
    ]


def _paced(session: Session, jobs: list[Redraw], outlets: Outlets) -> list[Redraw]:
    """With what each must wait, as the workers count together."""
    adapters = outlets.adapters
    wishes = [
        Wish(each.adapter, each.address.external_id, adapters[each.adapter].rate, "redraw")
        if each.adapter in adapters and each.card is not None
        else Wish("", "", Rate(), "redraw")
        for each in jobs
    ]
    return [replace(job, wait=wait) for job, wait in zip(jobs, admit(session, wishes), strict=True)]


def next_redraw(unit: Unit) -> datetime | None:
    """When a copy that had to wait may next be redrawn (UTC)."""
    moment: datetime | None = unit.session.execute(queries.NEXT_REDRAW).scalar_one()
    return moment


def _address(row: Notice, addresses: Mapping[tuple[int, str], Address]) -> Address:
    """Where the copy is: in the conversation into which it was sent, whatever the account's is now."""
    inbox = Address(row.recipient_id, str(row.recipient_id))
    address = addresses.get((row.recipient_id, row.adapter or WEB), inbox)
    return replace(address, conversation=row.conversation or address.conversation)


async def _update(job: Redraw, outlets: Outlets) -> Outcome | Paced | None:
    adapter = outlets.adapters.get(job.adapter)
    if adapter is None or job.card is None:
        return None
    own = Rate() if outlets.shared else adapter.rate
    wait = job.wait or outlets.pacer.wait(job.adapter, job.address.external_id, own, "redraw")
    if wait > 0:
        return Paced(wait)
    try:
        card = await drawn(job.card) if adapter.limits.pictures else job.card
        async with asyncio.timeout(LONGEST_SEND):
            outcome = await adapter.update(job.address, job.message_id, card)
    except Exception:
        # Drawing the same card twice harms nobody, so it is tried again.
        log.exception("a card was not redrawn", action="redraw-failed", adapter=job.adapter, notice=job.notice_id)
        return RetryAfter(60, "the adapter failed")
    if outlets.supervisor:
        outlets.supervisor.note(job.adapter, outcome)
    if isinstance(outcome, RetryAfter):
        outlets.pacer.block(job.adapter, job.address.external_id, outcome.seconds)
    return outcome


def _final(outcome: Outcome | Paced | None) -> bool:
    """A redraw that the platform refused for good is over; one that may not have arrived is done again."""
    return not isinstance(outcome, Paced | RetryAfter | Ambiguous | RefusedForAll)


def _record(desk: Desk, results: Sequence[tuple[Redraw, Outcome | Paced | None]], session: Session) -> None:
    """What was redrawn is; the rest is tried again, later and later, and not for ever.

    What a platform refuses for good stays as it was, and the log says so: its buttons may still be there.
    """
    unit, done, later = desk.unit(session), [], []
    for job, outcome in results:
        if isinstance(outcome, Paced):
            later.append(_again(unit, job, outcome.seconds, job.attempt))
        elif isinstance(outcome, RefusedForPerson) or (not _final(outcome) and job.attempt + 1 >= MOST_ATTEMPTS):
            done.append(_drawn(job))
            unit.event("redraw-ended", notice=job.notice_id, why=_why(outcome), adapter=job.adapter)
            log.warning(
                "a card is not redrawn any more", action="redraw-ended", notice=job.notice_id, why=_why(outcome)
            )
        elif _final(outcome):
            done.append(_drawn(job))
        else:
            pause = outcome.seconds if isinstance(outcome, RetryAfter) else 0.0
            later.append(_again(unit, job, max(pause, _pause(job.attempt)), job.attempt + 1))
    if done:
        unit.session.connection().execute(queries.DRAWN, done)
    if later:
        unit.session.connection().execute(queries.REDRAW_LATER, later)


def _drawn(job: Redraw) -> dict[str, Any]:
    return {"b_id": job.notice_id, "b_drawn": job.wanted}


def _again(unit: Unit, job: Redraw, seconds: float, attempt: int) -> dict[str, Any]:
    at = unit.now + timedelta(seconds=max(seconds, SOONEST))
    return {"b_id": job.notice_id, "b_wanted": job.wanted, "b_at": at, "b_attempt": attempt}


def _pause(attempt: int) -> float:
    return min(FIRST_PAUSE * 2.0**attempt, LONGEST_PAUSE)


def _why(outcome: Outcome | Paced | None) -> str:
    return str(getattr(outcome, "reason", ""))
