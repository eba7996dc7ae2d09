"""One attempt to send one card by one chat."""

import asyncio
from time import monotonic

import structlog

from qabot.adapter import Ambiguous, Outcome, RefusedForAll, RefusedForPerson, RetryAfter, Sent
from qabot.delivery.outbox import Job
from qabot.delivery.outlets import Outlets
from qabot.messaging.card import Card

log = structlog.get_logger()
LONGEST_SEND = 20.0
"""For how many seconds a platform's answer is waited for."""
OUTCOMES = {
    Sent: "sent",
    Ambiguous: "ambiguous",
    RetryAfter: "retry-after",
    RefusedForPerson: "refused-person",
    RefusedForAll: "refused-all",
}
"""What measures call each outcome."""


async def send(job: Job, card: Card, outlets: Outlets) -> Outcome:
    """One send, and how long it took. Whatever an adapter does, the outcome is one of the closed set."""
    began = monotonic()
    outcome = await _send(job, card, outlets)
    name = OUTCOMES.get(type(outcome), "ambiguous")
    outlets.measures.answered(job.adapter, job.notice.message, monotonic() - began, name)
    return outcome


async def _send(job: Job, card: Card, outlets: Outlets) -> Outcome:
    adapter = outlets.adapters[job.adapter]
    try:
        async with asyncio.timeout(LONGEST_SEND):
            outcome = await adapter.send(job.address, card)
    except TimeoutError:
        outcome = Ambiguous("the platform did not answer in time")
    except Exception as error:
        # An adapter must not raise; if one does, nobody knows whether the message left.
        log.exception("an adapter failed", action="send-failed", adapter=job.adapter, notice=job.notice_id)
        return Ambiguous(f"the adapter failed ({type(error).__name__})")
    if outlets.supervisor:
        outlets.supervisor.note(job.adapter, outcome)
    if isinstance(outcome, RetryAfter):
        outlets.pacer.block(job.adapter, job.address.external_id, outcome.seconds)
    elif isinstance(outcome, RefusedForAll):
        about = {"notice": job.notice_id, "adapter": job.adapter, "reason": outcome.reason}
        log.error("an adapter cannot send", action="adapter-paused", **about)
    return outcome
