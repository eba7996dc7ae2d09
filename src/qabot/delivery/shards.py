"""Parts of the outbox that are drained one by one, each by one worker at a time.

A shard is a part of the people, by their ids, whatever chat each of them has: which chat a notice goes by is only known
once it is claimed, and changes when one refuses. So what one person is told keeps its order. Alerts have a shard of
their own besides, which is taken first: no alert waits behind a thousand reminders of somebody else's shard.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session

from qabot.delivery import queries

SHARDS = 16
"""More workers than these have nothing to do. To be changed only while no worker runs."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The notices of the people whose id leaves `number` when divided by `SHARDS`; everybody's alerts without one."""

    number: int | None = None

    @property
    def name(self) -> str:
        """How jobs call it."""
        return "alerts" if self.number is None else str(self.number)

    @property
    def lanes(self) -> Sequence[str]:
        """What is drained of it, first to last."""
        return queries.LANES[:1] if self.number is None else queries.LANES

    def due(self) -> tuple[Select[Any], dict[str, int]]:
        """The statement that reads what is due of it, with its values."""
        if self.number is None:
            return queries.DUE, {}
        return queries.DUE_IN_SHARD, {"shard": self.number, "shards": SHARDS}

    def stale(self) -> tuple[Any, dict[str, int]]:
        """The statement that reads what is to be redrawn of it, with its values."""
        return queries.STALE_IN_SHARD, {"shard": self.number or 0, "shards": SHARDS}


def named(name: str) -> Shard:
    """The shard of a job. Raises `ValueError` for a name that no job of this version has."""
    return Shard(None if name == "alerts" else int(name))


def with_due(session: Session, now: datetime) -> list[Shard]:
    """Where something is due (UTC) that may be claimed: the alerts first."""
    values = {"now": now, "shards": SHARDS, "last": SHARDS - 1}
    alerts = [Shard()] if session.connection().execute(queries.ALERTS_DUE, values).scalar() else []
    return alerts + [Shard(each) for each in session.connection().execute(queries.SHARDS_DUE, values).scalars()]


def with_stale(session: Session, now: datetime) -> list[Shard]:
    """Where a copy of a card does not show what is wanted, and may be redrawn now (UTC)."""
    values = {"now": now, "shards": SHARDS, "last": SHARDS - 1}
    return [Shard(each) for each in session.connection().execute(queries.SHARDS_STALE, values).scalars()]
