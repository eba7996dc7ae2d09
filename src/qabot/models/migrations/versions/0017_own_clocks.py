"""Each person can have a clock of their own for an activity, which asks for the next piece of work about them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    op.create_table(
        "own_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("activity", "person_id"),
    )
    op.create_index("ix_own_clock_activity", "own_clock", ["activity"])
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clock_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("audit_clock_id_fkey", "own_clock", ["clock_id"], ["id"])
        batch_op.create_index("ix_audit_clock_id", ["clock_id"])


def downgrade() -> None:
    """Down. What the clocks asked for stays, as work like any other."""
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_clock_id")
        batch_op.drop_constraint("audit_clock_id_fkey", type_="foreignkey")
        batch_op.drop_column("clock_id")
    op.drop_index("ix_own_clock_activity", "own_clock")
    op.drop_table("own_clock")
