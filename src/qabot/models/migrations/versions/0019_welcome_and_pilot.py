"""Who was welcomed is kept with the person; notices can be held while a pilot runs, and are found again at once."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
HELD = "state = 'held'"


def upgrade() -> None:
    """Up. Whoever was linked before knows qabot already, and is not welcomed."""
    op.add_column("person", sa.Column("welcomed_at", UtcDateTime(), nullable=True))
    op.execute(
        "UPDATE person SET welcomed_at = (SELECT min(coalesce(account.linked_at, '2026-01-01 00:00:00')) FROM account "
        "WHERE account.person_id = person.id)"
    )
    op.create_index(
        "notice_held_back", "notice", ["recipient_id"], sqlite_where=sa.text(HELD), postgresql_where=sa.text(HELD)
    )


def downgrade() -> None:
    """Down. An older version knows no notice that is held: it sends it once its reason was checked again."""
    op.execute("UPDATE notice SET state = 'planned' WHERE state = 'held'")
    op.drop_index("notice_held_back", "notice")
    op.drop_column("person", "welcomed_at")
