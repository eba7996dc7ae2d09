"""Who is who in the chats: each platform's directory is read now and then, and people are linked by verified e-mail."""

from collections.abc import Iterable

import structlog

from qabot.adapter import Adapter
from qabot.workflows.desk import Desk

log = structlog.get_logger()
EVERY_HOURS = 6


async def synchronise(desk: Desk, adapters: Iterable[Adapter]) -> int:
    """Read every directory once; the number of people newly linked. One that cannot be read stops no other."""
    linked = 0
    for adapter in adapters:
        try:
            entries = await adapter.directory()
            if entries:
                linked += await desk.meet(adapter.name, entries)
        except Exception:
            # The platform may be away for an hour; whoever is linked already stays linked.
            log.exception("a directory could not be read", action="directory-failed", adapter=adapter.name)
    return linked
