"""What is owed may be due at an hour of its day."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
OPEN = sa.text("state = 'open' AND late_at IS NULL")


def upgrade() -> None:
    """Up. All that there is is due with its day."""
    for table in ("deadline", "audit"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("due_at", UtcDateTime(), nullable=True))
    op.create_index("deadline_due_at", "deadline", ["due_at"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    """Down. What was due at an hour is due with its day."""
    op.drop_index("deadline_due_at", "deadline")
    for table in ("audit", "deadline"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("due_at")
