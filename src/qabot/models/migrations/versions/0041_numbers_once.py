"""SQLite gives no row's number to another row, also once that row is gone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. SQLite has to make each table anew. A later change of one must say `sqlite_autoincrement` as well."""
    _make_anew(sqlite_autoincrement=True)


def downgrade() -> None:
    """Down."""
    _make_anew()


def _make_anew(**how: Any) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    there = sa.MetaData()
    # All at once, which takes a third of the time.
    there.reflect(op.get_bind())
    for table in there.sorted_tables:
        if "id" in table.c and isinstance(table.c.id.type, sa.Integer):
            with op.batch_alter_table(table.name, copy_from=table, recreate="always", table_kwargs=how):
                pass
