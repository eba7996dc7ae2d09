"""A chain of hashes over the lines of the event log."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. Lines that are there already are sealed by the running service."""
    op.create_table(
        "log_mark",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("gone_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_log_mark_event_id", "log_mark", ["event_id"])
    op.create_index("ix_log_mark_gone_by", "log_mark", ["gone_by"])


def downgrade() -> None:
    """Down. An older version keeps no marks; a later upgrade begins the chain anew."""
    op.drop_table("log_mark")
