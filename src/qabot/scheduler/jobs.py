"""Jobs of procrastinate: "drain this shard", "redraw this shard". They only say who does what: the outbox is the truth.

1. A transaction that leaves something due in the outbox defers the jobs for it before it commits: both, or neither.
2. A job's `lock` and `queueing_lock` are its shard. So one worker at a time has it, and one more job waits at most.
3. Whatever is lost of jobs (a worker died, a job came in the moment in which its twin ended) is deferred again by a
   sweep, of the services and of every worker, every two seconds.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Insert, Update, event, text
from sqlmodel import Session

from qabot.delivery.shards import Shard, with_due, with_stale
from qabot.models import Notice, Store
from qabot.models.alone import Work, be_alone
from qabot.models.columns import table
from qabot.workflows.core import statements

log = structlog.get_logger()
DRAIN, REDRAW = "drain", "redraw"
"""The queues, and the tasks in them."""
FIRST = 10
"""The priority of alerts; other shards have 0."""
CHANGED = "qabot-notices-changed"
"""Under this name a connection remembers that its transaction wrote notices, and whether more than a redraw follows."""
ONLY_REDRAWS = {statements.REDRAW_OF_DEADLINES, statements.REDRAW_NEWEST, statements.REDRAW}
THERE = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
QUEUED = text("SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock IS NOT NULL")
DROP = """
DROP TABLE IF EXISTS procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers
CASCADE
"""
PARTS = text(
    "SELECT 'FUNCTION ' || oid::regprocedure FROM pg_proc WHERE proname LIKE 'procrastinate\\_%' "
    "UNION ALL SELECT 'TYPE ' || oid::regtype FROM pg_type "
    "WHERE typname LIKE 'procrastinate\\_%' AND typtype IN ('c', 'e')"
)


class Jobs:
    """Defers jobs on one database, in transactions of our own."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        """`now` says what is due (UTC)."""
        self._now = now
        self._app = App(connector=SyncPsycopgConnector())
        self._store = store

    def join_transactions(self) -> None:
        """From here on each transaction of the store that wrote notices defers the jobs for what is due."""
        event.listen(self._store.engine, "after_execute", _remember)
        self._store.before_commit = self._after_notices

    def _after_notices(self, session: Session) -> None:
        session.flush()
        if changed := session.connection().info.pop(CHANGED, ""):
            self.sweep(session, only_redraws=changed == REDRAW)

    def sweep(self, session: Session, *, only_redraws: bool = False) -> int:
        """Defer a job for every shard in which something is due and for which none waits; how many."""
        now = self._now()
        due = [] if only_redraws else [(DRAIN, each) for each in with_due(session, now)]
        stale = [(REDRAW, each) for each in with_stale(session, now)]
        if not due and not stale:
            return 0
        waiting = set(session.execute(QUEUED).scalars())
        return sum(
            self._defer(session, queue, shard) for queue, shard in due + stale if _lock(queue, shard) not in waiting
        )

    def _defer(self, session: Session, queue: str, shard: Shard) -> bool:
        """One job. Where another transaction was first, its job will do."""
        lock, priority = _lock(queue, shard), FIRST if shard.number is None else 0
        try:
            with session.begin_nested():
                # Asked for inside the savepoint: before it, there would be none, and a clash would take the whole
                # transaction with it.
                raw = session.connection().connection.dbapi_connection
                self._app.configure_task(
                    queue,
                    queue=queue,
                    lock=lock,
                    queueing_lock=lock,
                    priority=priority,
                    connection=raw,
                ).defer(shard=shard.name)
        except AlreadyEnqueued:
            return False
        return True


def _lock(queue: str, shard: Shard) -> str:
    return f"{queue}:{shard.name}"


def _remember(connection: Connection, clause: Any, *_: Any) -> None:
    if isinstance(clause, Insert | Update) and clause.table is table(Notice):
        # Most presses want cards redrawn, and nothing else of the outbox: so nothing is due that was not before.
        only_redraws = clause in ONLY_REDRAWS and connection.info.get(CHANGED, REDRAW) == REDRAW
        connection.info[CHANGED] = REDRAW if only_redraws else DRAIN


def make_tables(store: Store) -> None:
    """procrastinate's tables, if they are not there yet. Several processes may come at once."""
    with store.engine.begin() as connection:
        be_alone(connection, Work.migration)
        if not are_there(connection):
            _run(connection, SchemaManager.get_schema())


def drop_tables(store: Store) -> None:
    """The database without them, as an installation of one process has it. Only while no worker runs."""
    with store.engine.begin() as connection:
        be_alone(connection, Work.migration)
        _run(connection, DROP)
        for part in connection.execute(PARTS).scalars().all():
            _run(connection, f"DROP {part} CASCADE" if part.startswith("TYPE") else f"DROP {part}")


def are_there(connection: Connection | Session) -> bool:
    """Whether the tables of jobs are there."""
    return bool(connection.execute(THERE).scalar())


def _run(connection: Connection, statements: str) -> None:
    """Several statements at once, which the driver takes only where no values are bound."""
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor:
        cursor.execute(statements)
