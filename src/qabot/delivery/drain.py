"""Draining the outbox: claim, send, record, until nothing is due. The same function in every engine."""

from functools import partial
from math import inf
from time import monotonic

from sqlmodel import Session

from qabot.delivery.home import refresh_homes
from qabot.delivery.outbox import Job, claim
from qabot.delivery.outlets import Outlets
from qabot.delivery.sending import Batch
from qabot.delivery.shards import Shard
from qabot.workflows.desk import Desk

BATCH = 400


async def drain(
    desk: Desk, outlets: Outlets, *, batch: int = BATCH, shard: Shard | None = None, seconds: float = inf
) -> int:
    """Send everything that is due now; the number of sends tried. Of one `shard`, and for so many seconds, if given.

    1. A batch is claimed: what is due is gathered, re-checked and marked as this process's.
    2. It is sent in small groups. What is about to begin is marked in the transaction that records what came back.
    3. What was not begun is given back, to be claimed and re-checked again; home tabs follow.
    """
    tried, prepare, began = 0, True, monotonic()
    while not outlets.holder.stopping and monotonic() - began < seconds:
        jobs = await desk.store.run(partial(_claim, desk, outlets, batch, prepare, shard))
        if jobs is None and prepare:
            return tried
        # What came to be due meanwhile is gathered at the end, once more.
        prepare = jobs is None
        if jobs is None:
            continue
        results = await Batch(desk, outlets, jobs).send()
        await refresh_homes(results, outlets)
        tried += len(results)
    return tried


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
