"""Which duty made a piece of work stands with it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. No work that there is was made by a duty."""
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("made_for_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("audit_made_for_id_fkey", "deadline", ["made_for_id"], ["id"])
        batch_op.create_index("ix_audit_made_for_id", ["made_for_id"], unique=False)


def downgrade() -> None:
    """Down. Work that a duty made stays, as if it had been imported."""
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_made_for_id")
        batch_op.drop_constraint("audit_made_for_id_fkey", type_="foreignkey")
        batch_op.drop_column("made_for_id")
