"""Lists page by page: each goes on after the last id that was given, so that nothing is missed or given twice."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

Row = TypeVar("Row")
USUAL = 50


def rows_of(
    session: Session, query: SelectOfScalar[Row], column: Any, cursor: str | None, limit: int
) -> tuple[Sequence[Row], str | None]:
    """The rows of one page in the order of their ids (`column`), and the cursor of the next page."""
    after = int(cursor[1:]) if cursor else 0
    rows = session.exec(query.where(column > after).order_by(column).limit(limit + 1)).all()
    following = f"c{getattr(rows[limit - 1], column.key)}" if len(rows) > limit else None
    return rows[:limit], following
