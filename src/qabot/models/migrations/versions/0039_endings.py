"""What was read out of sentences and keys has columns: how things ended, who holds a message, what a draw is of."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

SAID_ELSEWHERE = ("notice.date_of_id", "notice.held_by_id", "draw.day")
"""Keys, params and purposes say these in the version before: with the columns nothing is lost."""
BATCH = 1000
HELD_BY = "held_by"
"""Of a notice's `params` until now: the id of whoever holds it back."""
COLUMNS = ("id", "key", "message", "state", "reason", "date_of_id", "held_by_id", "passed_on")
notice = sa.table("notice", *map(sa.column, COLUMNS), sa.column("params", sa.JSON()))
deadline = sa.table("deadline", *map(sa.column, ("id", "closed_why", "ended")))
occasion = sa.table("occasion", *map(sa.column, ("id", "state", "why", "missed")))
draw = sa.table("draw", *map(sa.column, ("id", "purpose", "kind", "thing")), sa.column("day", sa.Date()))
person = sa.table("person", sa.column("id"))
ENDED = {
    "not-brought": deadline.c.closed_why.like("No longer asked: %"),
    "survey-closed": deadline.c.closed_why == "The survey has closed",
    "kept": deadline.c.closed_why.like("%; held"),
}
KINDS = {"allocation": "cases", "sample": "sample", "turns": "turns", "sharing": "sharing"}
"""What a draw is for that is of a day, by how its purpose begins."""


def upgrade() -> None:
    """Up. What sentences and keys say is read out of them a last time."""
    with op.batch_alter_table("deadline") as table:
        table.add_column(sa.Column("ended", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("occasion") as table:
        table.add_column(sa.Column("missed", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("date_of_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("held_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("passed_on", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_foreign_key("fk_notice_date_of_id_deadline", "deadline", ["date_of_id"], ["id"])
        table.create_foreign_key("fk_notice_held_by_id_person", "person", ["held_by_id"], ["id"])
    with op.batch_alter_table("draw") as table:
        table.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="cases"))
        table.add_column(sa.Column("thing", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("day", sa.Date(), nullable=True))
        table.create_index("draw_of", ["kind", "thing", "day"])
    for ended, which in ENDED.items():
        op.execute(sa.update(deadline).where(which).values(ended=ended))
    missed = (occasion.c.state == "cancelled", occasion.c.why == "It was not held")
    op.execute(sa.update(occasion).where(*missed).values(missed=sa.true()))
    passed_on = (notice.c.state == "superseded", notice.c.reason.like("passed on: %"))
    op.execute(sa.update(notice).where(*passed_on).values(passed_on=sa.true()))
    _read_keys()
    for row in _rows(draw, draw.c.purpose):
        op.execute(sa.update(draw).where(draw.c.id == row["id"]).values(_of_draw(row["purpose"])))


def downgrade() -> None:
    """Down. Sentences, keys and purposes say it still; who holds a message stands in its params again."""
    for row in _rows(notice, notice.c.held_by_id, notice.c.params, where=notice.c.held_by_id.is_not(None)):
        params = {**(row["params"] or {}), HELD_BY: str(row["held_by_id"])}
        op.execute(sa.update(notice).where(notice.c.id == row["id"]).values(params=params))
    with op.batch_alter_table("draw") as table:
        table.drop_index("draw_of")
        table.drop_column("day")
        table.drop_column("thing")
        table.drop_column("kind")
    with op.batch_alter_table("notice") as table:
        table.drop_constraint("fk_notice_held_by_id_person", type_="foreignkey")
        table.drop_constraint("fk_notice_date_of_id_deadline", type_="foreignkey")
        table.drop_column("passed_on")
        table.drop_column("held_by_id")
        table.drop_column("date_of_id")
    with op.batch_alter_table("occasion") as table:
        table.drop_column("missed")
    with op.batch_alter_table("deadline") as table:
        table.drop_column("ended")


def _read_keys() -> None:
    known = set(op.get_bind().execute(sa.select(deadline.c.id)).scalars())
    for row in _rows(notice, notice.c.key, where=notice.c.key.like("date:%")):
        number = int(row["key"].split(":")[1])
        of = number if number in known else None
        op.execute(sa.update(notice).where(notice.c.id == row["id"]).values(date_of_id=of))
    people = set(op.get_bind().execute(sa.select(person.c.id)).scalars())
    for row in _rows(notice, notice.c.params, where=notice.c.reason.like("held back: %")):
        params = dict(row["params"] or {})
        by = int(params.pop(HELD_BY, 0))
        held = {"held_by_id": by if by in people else None, "params": params}
        op.execute(sa.update(notice).where(notice.c.id == row["id"]).values(held))


def _of_draw(purpose: str) -> Mapping[str, Any]:
    """What a draw is of, by its purpose: "sample:heads:all:2026-04", "turns:audit:pool:2026-04-01" and the like."""
    began, _, rest = purpose.partition(":")
    parts = rest.split(":")
    if began not in KINDS:
        return {"kind": "again"}
    day = parts[1] if began == "sharing" else parts[-1]
    thing = ":".join(parts[:-1]) if began == "turns" else parts[0]
    return {"kind": KINDS[began], "thing": thing, "day": date.fromisoformat(day if len(day) > 7 else f"{day}-01")}


def _rows(table: Any, *columns: Any, where: sa.ColumnElement[bool] | None = None) -> Iterator[Mapping[str, Any]]:
    """The id and these columns of each row that fits, a batch at a time."""
    since, query = 0, sa.select(table.c.id, *columns).order_by(table.c.id).limit(BATCH)
    query = query.where(where) if where is not None else query
    while rows := op.get_bind().execute(query.where(table.c.id > since)).mappings().all():
        yield from (dict(row) for row in rows)
        since = rows[-1]["id"]
