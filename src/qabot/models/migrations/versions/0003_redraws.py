"""When a redraw that did not come about is next tried, and how often it was."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("redraw_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("redraw_attempt", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Down."""
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_column("redraw_attempt")
        batch_op.drop_column("redraw_at")
