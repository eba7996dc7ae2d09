"""What a choice of cases was made from, whether a case was in its auditor's line, and cases that were picked."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. Of choices that were made before, nothing but the pool is known."""
    with op.batch_alter_table("draw", schema=None) as batch_op:
        batch_op.add_column(sa.Column("terms", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_line", sa.Boolean(), nullable=True))
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cases_wanted", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("cases_picked", sa.Integer(), nullable=False, server_default="0"))
    for table, column in (("draw", "terms"), ("cycle", "cases_wanted"), ("cycle", "cases_picked")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, server_default=None)
    op.create_table(
        "picked_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("auditor_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["auditor_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cycle_id", "reference"),
    )


def downgrade() -> None:
    """Down. Work whose case was picked keeps it."""
    op.drop_table("picked_case")
    columns = (("cycle", "cases_picked"), ("cycle", "cases_wanted"), ("audit", "in_line"), ("draw", "terms"))
    for table, column in columns:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
