"""What was read out of keys stands in columns: who handed an alert on, an absence, a chat, a day; steps and slots."""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BATCH = 1000
ADDED = ("handed_on_by_id", "absence_id", "brought_to")
notice = sa.table("notice", *map(sa.column, ("id", "key", "message", "lane", "slot", *ADDED)))
deadline = sa.table("deadline", sa.column("id"), sa.column("fired", sa.JSON()))
absence = sa.table("absence", sa.column("id"))


def upgrade() -> None:
    """Up. What the keys of notices that exist say is read out of them a last time."""
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("handed_on_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("absence_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("brought_to", sa.String(), nullable=True))
        batch_op.create_foreign_key("fk_notice_handed_on_by_id_person", "person", ["handed_on_by_id"], ["id"])
        batch_op.create_foreign_key("fk_notice_absence_id_absence", "absence", ["absence_id"], ["id"])
    known = set(op.get_bind().execute(sa.select(absence.c.id)).scalars())
    for number, key in _rows(notice.c.key, notice.c.key.like("handed-on:%")):
        _set(notice, number, handed_on_by_id=int(key.split(":")[2]))
    for number, key in _rows(notice.c.key, notice.c.key.like("covering:%"), notice.c.key.not_like("%:ended:%")):
        away = int(key.split(":")[1])
        _set(notice, number, absence_id=away if away in known else None)
    for number, key in _rows(notice.c.key, notice.c.key.like("%@%"), notice.c.lane == "alert"):
        _set(notice, number, brought_to=key.rpartition("@")[2].partition(":")[0].partition(">")[0])
    for number, key in _rows(notice.c.key, notice.c.message == "digest"):
        _set(notice, number, slot=key.rpartition(":")[2])
    _rewrite_fired(lambda mark: mark.split("|", 1))


def downgrade() -> None:
    """Down. The keys say it still."""
    op.execute(sa.update(notice).where(notice.c.message == "digest").values(slot=""))
    _rewrite_fired("|".join)
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint("fk_notice_absence_id_absence", type_="foreignkey")
        batch_op.drop_constraint("fk_notice_handed_on_by_id_person", type_="foreignkey")
        batch_op.drop_column("brought_to")
        batch_op.drop_column("absence_id")
        batch_op.drop_column("handed_on_by_id")


def _rewrite_fired(mark: Callable[[Any], Any]) -> None:
    for number, fired in _rows(deadline.c.fired, deadline.c.id > 0):
        if fired:
            _set(deadline, number, fired=[mark(each) for each in fired])


def _rows(column: Any, *where: sa.ColumnElement[bool]) -> Iterator[tuple[int, Any]]:
    """The id and this column of each row that fits, a batch at a time."""
    table, since = column.table, 0
    query = sa.select(table.c.id, column).where(*where).order_by(table.c.id).limit(BATCH)
    while rows := op.get_bind().execute(query.where(table.c.id > since)).all():
        yield from ((number, value) for number, value in rows)
        since = rows[-1][0]


def _set(table: Any, number: int, **values: Any) -> None:
    op.execute(sa.update(table).where(table.c.id == number).values(values))
