"""Somebody who is not in the list of people can be nominated, by their e-mail address."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    with op.batch_alter_table("nomination") as table:
        table.alter_column("nominee_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("nominee_email", sa.String(), nullable=True))


def downgrade() -> None:
    """Down. An older version knows nobody outside the list, so what was said of them goes."""
    op.execute("DELETE FROM nomination WHERE nominee_id IS NULL")
    with op.batch_alter_table("nomination") as table:
        table.drop_column("nominee_email")
        table.alter_column("nominee_id", existing_type=sa.Integer(), nullable=False)
