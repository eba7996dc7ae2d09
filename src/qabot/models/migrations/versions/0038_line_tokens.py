"""Each line of a list has a token of its own, so that what is pressed there says on which card it stood."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. A line that is there, or that an older process writes, has none: its buttons name its deadline."""
    op.add_column("list_line", sa.Column("token", sa.String(), nullable=True))
    op.create_index("ix_list_line_token", "list_line", ["token"], unique=True)


def downgrade() -> None:
    """Down."""
    op.drop_index("ix_list_line_token", "list_line")
    op.drop_column("list_line", "token")
