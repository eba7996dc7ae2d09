"""What the scaled engine needs besides, for whoever has it: its library costs a service without workers memory."""

import time

from qabot.delivery.outlets import Outlets
from qabot.errors import SetupError
from qabot.models import Store
from qabot.models.migrate import upgrade, version
from qabot.rights.ending import living
from qabot.scheduler.ways import ByWorkers
from qabot.workflows.desk import Desk

BEATS_FROM = "0004"
"""From this version of the database on processes say that they live."""
LISTS_FROM = "0037"
"""From this version on a list of the week is one notice, which older processes cannot draw."""


def bring_up(store: Store, engine: str) -> None:
    """Bring the database up to this version, with the tables of the workers' jobs where there are workers.

    Raises `SetupError` while a process is at work that may not go on beside this version (docs/upgrade.md).
    """
    if BEATS_FROM <= (version(store) or "") < LISTS_FROM and living(store, time.sleep):
        raise SetupError(
            "A qabot of an older version is at work on this database. It would record messages of this version as "
            "ones that reached nobody: stop it first (serve, and every worker), then start this one. Nothing was "
            "changed. Where it was killed just now, give this again in a moment."
        )
    upgrade(store)
    if _has_workers(store, engine):
        from qabot.scheduler.jobs import make_tables

        make_tables(store)


def way_of(engine: str, desk: Desk, outlets: Outlets) -> ByWorkers | None:
    """Workers send, where there are any: from here on each transaction that leaves something due defers their jobs."""
    if not _has_workers(desk.store, engine):
        return None
    from qabot.scheduler.jobs import Jobs

    jobs = Jobs(desk.store, desk.now)
    jobs.join_transactions()
    outlets.shared = True
    return ByWorkers(desk, outlets, jobs.sweep)


def _has_workers(store: Store, engine: str) -> bool:
    """A SQLite database beside these settings is one on paper, of a simulation or a rehearsal: nobody works on it."""
    return engine == "scaled" and not store.sqlite
