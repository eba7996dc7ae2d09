"""Draining the outbox: claim, send, record, until nothing is due. The same function in every engine."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import Insert, bindparam, func, insert, literal, select, text, update

from qabot.adapter import Adapter, Address, Ambiguous, Outcome, RefusedForAll, RefusedForPerson, RetryAfter, Sent
from qabot.delivery.outbox import Job, claim, finish, lost, undrawable, write_events
from qabot.delivery.pacing import Pacer
from qabot.delivery.supervisor import Supervisor
from qabot.messaging.card import Card
from qabot.models import Event, Notice, NoticeState
from qabot.models.columns import UtcDateTime, run, table
from qabot.workflows import accounts
from qabot.workflows.accounts import WEB
from qabot.workflows.desk import Desk
from qabot.workflows.unit import Unit

log = structlog.get_logger()
BATCH = 400
DRAWN_AT_ONCE = 20
LONGEST_DRAWING = 0.005
"""For how many seconds cards are drawn before the loop turns."""
FRESH = 2.0
"""For how many seconds the re-check of what was claimed holds."""
LONGEST_SEND = 20.0
"""For how many seconds at least a platform's answer is waited for."""
PAUSE = timedelta(minutes=5)
PACED = "kept to the platform's pace"
"""Why a send waits that was not tried."""


@dataclass
class Outlets:
    """The adapters, in the order in which a person's are tried, and what is known of their state."""

    adapters: Mapping[str, Adapter]
    order: Sequence[str]
    pacer: Pacer = field(default_factory=Pacer)
    recorded: Callable[[], None] = lambda: None
    """Called when what became of some sends is written down: a copy that just arrived may be out of date."""
    supervisor: Supervisor | None = None
    """Who keeps the chats; without one each is taken to be there."""

    def closed(self, name: str) -> str:
        """Why nothing is to be sent there now; "" if it may be tried."""
        return self.supervisor.closed(name) if self.supervisor else ""


Result = tuple[Job, Outcome | None]
"""None if the card could not be drawn."""


async def drain(desk: Desk, outlets: Outlets, *, batch: int = BATCH) -> int:
    """Send everything that is due now; the number of sends tried."""
    tried, prepare = 0, True
    while True:
        jobs = await desk.store.run(
            lambda session, prepare=prepare: claim(  # type: ignore[misc]
                desk.unit(session), outlets.adapters, outlets.order, batch, prepare=prepare
            )
        )
        if jobs is None and prepare:
            return tried
        # What came to be due meanwhile is gathered at the end, once more.
        prepare = jobs is None
        if jobs is None:
            continue
        results = await _send_all(jobs, outlets)
        await desk.store.run(lambda session, results=results: record(desk.unit(session), results, outlets))  # type: ignore[misc]
        outlets.recorded()
        await _refresh_homes(results, outlets)
        tried += len(results)
        if len(results) < len(jobs):
            tried_now = {job.notice_id for job, _ in results}
            late = [job for job in jobs if job.notice_id not in tried_now]
            await desk.store.run(lambda session, late=late: _put_back(desk.unit(session), late))  # type: ignore[misc]


async def _send_all(jobs: Sequence[Job], outlets: Outlets) -> list[Result]:
    """Every job once, each adapter's so many at a time; in the order in which they came back.

    Without those whose turn came when the re-check was no longer fresh: on a slow platform they are claimed again.
    """
    results: list[Result] = []
    claimed, each_adapters = monotonic(), defaultdict[str, list[Job]](list)
    for job in jobs:
        each_adapters[job.adapter].append(job)

    async def sender(cards: Cards) -> None:
        job = None
        try:
            # Nothing begins that is no longer fresh, so one limit serves all: each send has LONGEST_SEND at least.
            async with asyncio.timeout(FRESH + LONGEST_SEND):
                while (drawn := await cards.take()) is not None:
                    # At least one goes, or a machine that is slower than that would claim for ever.
                    if cards.taken > 1 and monotonic() - claimed > FRESH:
                        return
                    job, card = drawn
                    results.append((job, await send(job, card, outlets)))
                    job = None
        except TimeoutError:
            if job is not None:
                results.append((job, Ambiguous("the platform did not answer in time")))

    await asyncio.gather(
        *(
            sender(cards)
            for name, its in each_adapters.items()
            for cards in [Cards(its)]
            for _ in range(min(outlets.adapters[name].rate.at_once, len(its)))
        )
    )
    return results


class Cards:
    """One adapter's jobs of a batch with their cards, drawn some at a time.

    One by one, the processor would go back and forth. The loop turns after each time, however quickly adapters send.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = deque(jobs)
        self._drawn: deque[tuple[Job, Card | None]] = deque()
        self._may_draw = True
        self.taken = 0

    async def take(self) -> tuple[Job, Card | None] | None:
        """The next; None if that was all."""
        while not self._drawn:
            if not self._jobs:
                return None
            if self._may_draw:
                self._may_draw = False
                asyncio.get_running_loop().call_soon(self._turned)
                self._draw_some()
            else:
                await asyncio.sleep(0)
        self.taken += 1
        return self._drawn.popleft()

    def _turned(self) -> None:
        self._may_draw = True

    def _draw_some(self) -> None:
        began = monotonic()
        while self._jobs and len(self._drawn) < DRAWN_AT_ONCE and monotonic() - began < LONGEST_DRAWING:
            job = self._jobs.popleft()
            self._drawn.append((job, job.card()))


async def send(job: Job, card: Card | None, outlets: Outlets) -> Outcome | None:
    """One send. Whatever an adapter does, the outcome is one of the closed set; None if there is nothing to send."""
    if card is None:
        return None
    adapter = outlets.adapters[job.adapter]
    if why := outlets.closed(job.adapter):
        return RefusedForAll(why)
    wait = outlets.pacer.wait(job.adapter, job.address.external_id, adapter.rate, job.lane)
    if wait > 0:
        return RetryAfter(wait, PACED)
    try:
        outcome = await adapter.send(job.address, card)
    except Exception as error:
        # An adapter must not raise; if one does, nobody knows whether the message left.
        log.exception("an adapter failed", action="send-failed", adapter=job.adapter, notice=job.notice_id)
        return Ambiguous(f"the adapter failed ({type(error).__name__})")
    if outlets.supervisor:
        outlets.supervisor.note(job.adapter, outcome)
    if isinstance(outcome, RetryAfter):
        outlets.pacer.block(job.adapter, job.address.external_id, outcome.seconds)
    elif isinstance(outcome, RefusedForAll):
        log.error("an adapter cannot send", action="adapter-paused", adapter=job.adapter, reason=outcome.reason)
    return outcome


def record(unit: Unit, results: Sequence[Result], outlets: Outlets) -> None:
    """Write what became of each send, in one transaction."""
    results = _ours(unit, results)
    _record_sent(unit, [(job, outcome) for job, outcome in results if isinstance(outcome, Sent)])
    _pace(
        unit,
        [(job, came.seconds) for job, came in results if isinstance(came, RetryAfter) and came.reason is PACED],
    )
    for job, outcome in results:
        match outcome:
            case RetryAfter(_, reason) if reason is PACED:
                continue
            case RetryAfter(seconds, reason):
                _later(unit, job, unit.now + timedelta(seconds=seconds), reason)
            case Ambiguous(reason):
                row = unit.session.get(Notice, job.notice_id)
                if row is not None and row.state == NoticeState.sending:
                    row.adapter = job.adapter
                    lost(unit, row, reason)
            case None:
                undrawable(unit, unit.session.get_one(Notice, job.notice_id))
            case RefusedForPerson(reason, of_card):
                if of_card:
                    log.error("a platform refused a card", action="card-refused", adapter=job.adapter, reason=reason)
                another = not of_card and accounts.leave(unit, job.adapter, job.address.external_id, reason)
                _elsewhere(unit, job, reason, another=another)
            case RefusedForAll(reason):
                if job.lane == "alert" and job.adapter != WEB and WEB in outlets.adapters:
                    _elsewhere(unit, job, reason)
                else:
                    _later(unit, job, unit.now + PAUSE, f"{job.adapter} cannot send: {reason}")
                    if outlets.supervisor:
                        outlets.supervisor.hold(job.adapter, job.notice_id)


def _pace(unit: Unit, waiting: Sequence[tuple[Job, float]]) -> None:
    """What must wait for its turn gets the moment of it; one line of the log says so for all of them."""
    if waiting:
        ids, longest = [job.notice_id for job, _ in waiting], max(seconds for _, seconds in waiting)
        until = unit.now + timedelta(seconds=longest)
        unit.event("held", why=PACED, notices=ids, until=until.isoformat())
        notices = table(Notice)
        unit.session.connection().execute(
            update(notices)
            .where(notices.c.id == bindparam("b_id"), notices.c.state == NoticeState.sending)
            .values(state=NoticeState.planned.value, lease_until=None, not_before=bindparam("b_at")),
            [{"b_id": job.notice_id, "b_at": unit.now + timedelta(seconds=seconds)} for job, seconds in waiting],
        )


def _put_back(unit: Unit, late: Sequence[Job]) -> None:
    """What was claimed and never tried waits to be claimed, and re-checked, again."""
    notices = table(Notice).c
    ours = (notices.id == bindparam("b_id"), notices.attempt == bindparam("b_attempt"))
    unit.session.connection().execute(
        update(table(Notice))
        .where(*ours, notices.state == NoticeState.sending)
        .values(state=NoticeState.planned.value, lease_until=None),
        [{"b_id": job.notice_id, "b_attempt": job.attempt} for job in late],
    )


_notice = table(Notice).c
_HELD = (
    select(_notice.id, _notice.attempt)
    .where(_notice.id.in_(bindparam("ids", expanding=True)), _notice.state == NoticeState.sending)
    .with_for_update()
)
_TAKEN = (
    update(table(Notice))
    .where(_notice.id == bindparam("b_id"))
    .values(adapter=bindparam("adapter"), message_id=bindparam("message_id"), conversation=bindparam("conversation"))
)


def _ours(unit: Unit, results: Sequence[Result]) -> list[Result]:
    """Without the answers that came after their lease had run out: those rows have been given up or sent again since.

    Such an answer is kept in the log and changes nothing, or it would undo what another worker does meanwhile.
    """
    held = {
        (number, attempt)
        for number, attempt in run(unit.session, _HELD, {"ids": [job.notice_id for job, _ in results]})
    }
    late = [(job, outcome) for job, outcome in results if (job.notice_id, job.attempt) not in held]
    write_events(
        unit,
        [
            {"what": "late-answer", "notice_id": job.notice_id, "why": type(outcome).__name__, "detail": {}}
            for job, outcome in late
        ],
    )
    return [(job, outcome) for job, outcome in results if (job.notice_id, job.attempt) in held]


def _record_sent(unit: Unit, sent: list[tuple[Job, Sent]]) -> None:
    if not sent:
        return
    ids = [number for job, _ in sent for number in (job.notice_id, *job.children)]
    # What is the same for all is written once for all: values that are bound for each row cost more than the write.
    finish(unit, ids, NoticeState.sent, sent_at=unit.now)
    unit.session.connection().execute(
        _TAKEN,
        [
            {
                "b_id": job.notice_id,
                "adapter": job.adapter,
                "message_id": done.message_id,
                "conversation": done.conversation,
            }
            for job, done in sent
        ],
    )
    unit.redraw_notices([number for job, _ in sent for number in job.older])
    _log_sent(unit, ids)
    for job, done in sent:
        if done.conversation and done.conversation != job.address.conversation:
            accounts.reached(unit, job.adapter, job.address.external_id, done.conversation)


def _log_sent(unit: Unit, ids: list[int]) -> None:
    """A line of the log for each, made inside the database."""
    unit.session.connection().execute(_sent_lines(unit.session.get_bind().dialect.name), {"at": unit.now, "ids": ids})


@lru_cache
def _sent_lines(dialect: str) -> Insert:
    made = func.json_object if dialect == "sqlite" else func.json_build_object
    line: dict[str, Any] = {
        "at": bindparam("at", type_=UtcDateTime), "what": literal("sent"), "notice_id": _notice.id,
        "deadline_id": _notice.deadline_id, "subject_type": _notice.subject_type, "subject_id": _notice.subject_id,
        "rule": _notice.rule, "why": _notice.reason,
        "detail": made(
            text("'adapter'"), func.coalesce(_notice.adapter, ""), text("'message'"), _notice.message,
            text("'recipient'"), _notice.recipient_id,
        ),
    }  # fmt: skip
    query = select(*line.values()).where(_notice.id.in_(bindparam("ids", expanding=True)))
    return insert(table(Event)).from_select(list(line), query)


def _later(unit: Unit, job: Job, at: datetime, reason: str) -> None:
    notices = table(Notice)
    unit.session.execute(
        update(notices)
        .where(notices.c.id == job.notice_id, notices.c.state == NoticeState.sending)
        .values(state=NoticeState.planned, not_before=at, lease_until=None)
    )
    write_events(
        unit, [{"what": "held", "notice_id": job.notice_id, "why": reason, "detail": {"until": at.isoformat()}}]
    )


def _elsewhere(unit: Unit, job: Job, reason: str, *, another: bool = False) -> None:
    """The next adapter that this person has is tried at once. An alert does not wait for a revoked token.

    `another`: this adapter now has another account of theirs, which is tried first.
    """
    row = unit.session.get(Notice, job.notice_id)
    if row is not None and row.state == NoticeState.sending:
        row.state, row.not_before, row.lease_until = NoticeState.planned, unit.now, None
        row.refused_by = row.refused_by if another else f"{row.refused_by} {job.adapter}".strip()
        unit.session.add(row)
    write_events(
        unit, [{"what": "refused", "notice_id": job.notice_id, "why": reason, "detail": {"adapter": job.adapter}}]
    )


async def _refresh_homes(results: Sequence[Result], outlets: Outlets) -> None:
    """Home tabs of whoever was told something show it too."""
    seen: dict[tuple[str, str], Job] = {}
    for job, outcome in results:
        if isinstance(outcome, Sent):
            seen[job.adapter, job.address.external_id] = job
    for job in seen.values():
        await refresh_home(outlets.adapters[job.adapter], job.address)


async def refresh_home(adapter: Adapter, address: Address) -> None:
    """Have a home tab redrawn. Never raises."""
    try:
        await adapter.home_changed(address)
    except Exception:
        # A home tab is a convenience; the notice itself has been sent and recorded.
        log.exception("a home tab was not redrawn", action="home-failed", adapter=adapter.name)
