"""Work that one process at a time may do: the others wait for its transaction to end, and then see what it did.

Whoever knows names holds them beside others (`Work.names`), and an erasure alone: it waits until nobody is left who
would write one that it takes away, and whoever comes after it reads anew.
"""

from enum import IntEnum

from sqlalchemy import Connection, Function, func, select
from sqlalchemy.orm import Session


class Work(IntEnum):
    """The numbers of PostgreSQL's advisory locks; "qabot" in letters, so that no other use of the database has them."""

    migration = 0x7161626F7401
    imports = 0x7161626F7402
    sealing = 0x7161626F7403
    pace = 0x7161626F7404
    references = 0x7161626F7405
    rounds = 0x7161626F7406
    names = 0x7161626F7407


def be_alone(transaction: Connection | Session, work: Work) -> None:
    """Wait until no other process is at this work. On SQLite every transaction is the only writer anyway."""
    if work is Work.imports:
        # Always in this order: two that took them in different ones would wait for one another.
        be_beside(transaction, Work.names)
    _take(transaction, func.pg_advisory_xact_lock(work.value))


def be_beside(transaction: Connection | Session, work: Work) -> None:
    """Wait until nobody is alone at this work; others may be at it too. On SQLite as `be_alone`."""
    _take(transaction, func.pg_advisory_xact_lock_shared(work.value))


def _take(transaction: Connection | Session, lock: Function[None]) -> None:
    connection = transaction.connection() if isinstance(transaction, Session) else transaction
    if connection.dialect.name == "postgresql":
        connection.execute(select(lock))
