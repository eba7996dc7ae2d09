"""Home tabs of whoever was told something show it too."""

from collections.abc import Sequence

import structlog

from qabot.adapter import Adapter, Address, Sent
from qabot.delivery.outbox import Job
from qabot.delivery.outlets import Outlets
from qabot.delivery.record import Result

log = structlog.get_logger()


async def refresh_homes(results: Sequence[Result], outlets: Outlets) -> None:
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
