"""A deadline may stand beside another one: of those who must agree to more time, or to letting off."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.add_column(sa.Column("beside_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_deadline_beside_id_deadline", "deadline", ["beside_id"], ["id"])


def downgrade() -> None:
    """Down. What somebody was asked to agree to is closed: an older version does not know what it was."""
    op.execute(
        "UPDATE deadline SET state = 'withdrawn', closed_why = 'No longer needed', next_at = NULL, "
        "closed_at = opened_at WHERE beside_id IS NOT NULL AND state = 'open'"
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_constraint("fk_deadline_beside_id_deadline", type_="foreignkey")
        batch_op.drop_column("beside_id")
