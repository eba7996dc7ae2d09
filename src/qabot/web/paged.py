"""One page of a long list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, func, select
from sqlmodel.sql.expression import SelectOfScalar

PAGE = 50


@dataclass(frozen=True, slots=True)
class Paged:
    """One page of rows: `number` counts from 1, `total` rows in all."""

    rows: Sequence[object]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def count(session: Session, query: SelectOfScalar[Any]) -> int:
    """How many rows a query has, on all its pages."""
    return session.exec(select(func.count()).select_from(query.subquery())).one()
