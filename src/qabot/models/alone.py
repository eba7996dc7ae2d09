"""Work that one process at a time may do: the others wait for its transaction to end, and then see what it did."""

from enum import IntEnum

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session


class Work(IntEnum):
    """The numbers of PostgreSQL's advisory locks; "qabot" in letters, so that no other use of the database has them."""

    migration = 0x7161626F7401
    imports = 0x7161626F7402
    sealing = 0x7161626F7403
    pace = 0x7161626F7404
    references = 0x7161626F7405
    rounds = 0x7161626F7406


def be_alone(transaction: Connection | Session, work: Work) -> None:
    """Wait until no other process is at this work. On SQLite every transaction is the only writer anyway."""
    connection = transaction.connection() if isinstance(transaction, Session) else transaction
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(work.value)))
