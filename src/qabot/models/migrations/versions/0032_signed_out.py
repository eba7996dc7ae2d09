"""When somebody was signed out everywhere."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. Nobody was signed out everywhere yet."""
    op.add_column("person", sa.Column("signed_out_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Down. An older version knows no such end of a session."""
    with op.batch_alter_table("person") as person:
        person.drop_column("signed_out_at")
