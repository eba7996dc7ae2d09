"""What changes because of a survey is kept with it: its words, when it was sent, and by whom."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    with op.batch_alter_table("survey_round") as table:
        table.add_column(sa.Column("changes", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("changes_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("changes_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key("survey_round_changes_by_id_fkey", "person", ["changes_by_id"], ["id"])
    with op.batch_alter_table("survey_round") as table:
        table.alter_column("changes", server_default=None)


def downgrade() -> None:
    """Down. What was sent stays with those who got it for as long as their message stands."""
    with op.batch_alter_table("survey_round") as table:
        table.drop_constraint("survey_round_changes_by_id_fkey", type_="foreignkey")
        table.drop_column("changes_by_id")
        table.drop_column("changes_at")
        table.drop_column("changes")
