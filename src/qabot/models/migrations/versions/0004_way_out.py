"""Claimed and begun in place of sending, whose claim it is, and the processes that send."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SENDING = "state = 'sending'"
HELD = "state IN ('claimed', 'begun')"


def upgrade() -> None:
    """Up. What an older version was sending may have arrived: it has begun, and nobody owns it."""
    op.create_table(
        "process",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("born", sa.String(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("notice_sending", sqlite_where=sa.text(SENDING), postgresql_where=sa.text(SENDING))
        batch_op.add_column(sa.Column("owner", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("lost_answers", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_column("lease_until")
    op.execute("UPDATE notice SET state = 'begun' WHERE state = 'sending'")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.alter_column("lost_answers", server_default=None)
        batch_op.create_index(
            "notice_held", ["owner"], unique=False, sqlite_where=sa.text(HELD), postgresql_where=sa.text(HELD)
        )


def downgrade() -> None:
    """Down. What was only claimed is planned; what had begun is being sent, with a lease that has run out."""
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("notice_held", sqlite_where=sa.text(HELD), postgresql_where=sa.text(HELD))
        batch_op.add_column(sa.Column("lease_until", UtcDateTime(), nullable=True))
        batch_op.drop_column("lost_answers")
        batch_op.drop_column("owner")
    op.execute("UPDATE notice SET state = 'planned' WHERE state = 'claimed'")
    op.execute("UPDATE notice SET state = 'sending', lease_until = created_at WHERE state = 'begun'")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(
            "notice_sending",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text(SENDING),
            postgresql_where=sa.text(SENDING),
        )
    op.drop_table("process")
