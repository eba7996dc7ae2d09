"""What workers count together, and which kind of process each is."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. Processes that run meanwhile are services."""
    op.create_table(
        "pace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adapter", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("pace_adapter", "pace", ["adapter", "at"])
    op.create_index("pace_conversation", "pace", ["adapter", "conversation", "at"])
    op.add_column("process", sa.Column("kind", sa.String(), nullable=False, server_default="serve"))


def downgrade() -> None:
    """Down. An older version counts its own sends alone."""
    with op.batch_alter_table("process") as process:
        process.drop_column("kind")
    op.drop_table("pace")
