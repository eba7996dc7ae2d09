"""An alert that was raised by mistake can be withdrawn: when, by whom and why."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    with op.batch_alter_table("alert") as table:
        table.add_column(sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("withdrawn_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("withdrawn_why", sa.String(), nullable=False, server_default=""))
        table.create_foreign_key("alert_withdrawn_by_id_fkey", "person", ["withdrawn_by_id"], ["id"])
    with op.batch_alter_table("alert") as table:
        table.alter_column("withdrawn_why", server_default=None)


def downgrade() -> None:
    """Down. An older version takes an alert that was withdrawn as acknowledged by whoever withdrew it."""
    op.execute(
        "UPDATE alert SET acknowledged_at = withdrawn_at, acknowledged_by_id = withdrawn_by_id "
        "WHERE withdrawn_at IS NOT NULL AND acknowledged_at IS NULL"
    )
    with op.batch_alter_table("alert") as table:
        table.drop_constraint("alert_withdrawn_by_id_fkey", type_="foreignkey")
        table.drop_column("withdrawn_why")
        table.drop_column("withdrawn_by_id")
        table.drop_column("withdrawn_at")
