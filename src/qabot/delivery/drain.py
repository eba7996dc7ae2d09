"""Draining the outbox: claim, send, record, until nothing is due. The same function in every engine."""

import asyncio
from functools import partial
from math import inf
from time import monotonic

from sqlmodel import Session

from qabot.delivery import sending
from qabot.delivery.home import refresh_homes
from qabot.delivery.outbox import Job, claim
from qabot.delivery.outlets import Outlets
from qabot.delivery.sending import Batch
from qabot.delivery.shards import Shard
from qabot.workflows.desk import Desk

LARGEST_BATCH, SMALLEST_BATCH = 200, 20
"""A larger one holds the database's thread longer while it is claimed, and whoever presses meanwhile waits: with 400
99 of 100 presses beside 5,000 notices took 72 to 101 ms, with 200 55 to 65. A smaller one sends less: 100 a tenth."""


async def drain(desk: Desk, outlets: Outlets, *, shard: Shard | None = None, seconds: float = inf) -> int:
    """Send everything that is due now; the number of sends tried. Of one `shard`, and for so many seconds, if given.

    1. A batch is claimed: what is due is gathered, re-checked and marked as this process's. It is as large as what goes
       out while its re-check holds: else most of it would be given back each time, and be claimed again.
    2. It is sent in small groups. What is about to begin is marked in the transaction that records what came back.
    3. What was not begun is given back, to be claimed and re-checked again; home tabs follow.

    What a chat does not answer soon is recorded when it comes, and keeps nothing from the others (`Outlets.slow`).
    """
    outlets.slow.look()
    tried, prepare, began = 0, True, monotonic()
    while not outlets.holder.stopping and monotonic() - began < seconds:
        jobs = await desk.store.run(partial(_claim, desk, outlets, outlets.batch, prepare, shard))
        if jobs is None and (prepare or shard is not None):
            return tried
        # What came to be due meanwhile is gathered at the end, once more.
        prepare = jobs is None
        if jobs is None:
            continue
        batch, claimed = Batch(desk, outlets, jobs), monotonic()
        task = asyncio.create_task(batch.send())
        try:
            await batch.until_others_are_through(task)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not task.done():
            outlets.slow.leave(asyncio.create_task(_late(task, batch, outlets)), batch.waited)
        results = batch.take()
        outlets.batch = _next_batch(outlets.batch, len(jobs), batch.in_vain, monotonic() - claimed)
        await refresh_homes(results, outlets)
        tried += len(results)
    return tried


async def _late(task: asyncio.Task[None], batch: Batch, outlets: Outlets) -> None:
    """What follows the last answers of a batch that was left to a slow chat."""
    await task
    await refresh_homes(batch.take(), outlets)


def _next_batch(last: int, claimed: int, in_vain: int, seconds: float) -> int:
    """How many to claim next, after so many were claimed, so many of them in vain, and on their way for so long."""
    if in_vain:
        return max(SMALLEST_BATCH, min(last, claimed - in_vain))
    return min(LARGEST_BATCH, 2 * last) if seconds < sending.FRESH / 2 else last


def _claim(
    desk: Desk, outlets: Outlets, limit: int, prepare: bool, shard: Shard | None, session: Session
) -> list[Job] | None:
    return claim(
        desk.unit(session),
        outlets.adapters,
        outlets.order,
        limit,
        outlets.holder,
        prepare=prepare,
        pilot=outlets.pilot,
        shard=shard,
    )
