"""What a piece of work is about stands with it, in which role it is somebody's, and who asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. All the work that there is is about a case, and nobody asked for it."""
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(), nullable=False, server_default="case"))
        batch_op.add_column(sa.Column("what", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("role", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("asked_by_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("audit", schema=None) as batch_op:
        for column in ("about", "what", "role"):
            batch_op.alter_column(column, server_default=None)
        batch_op.create_foreign_key("audit_asked_by_id_fkey", "person", ["asked_by_id"], ["id"])


def downgrade() -> None:
    """Down. Work that is not about a case goes on as work without one; what it was about is lost."""
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_constraint("audit_asked_by_id_fkey", type_="foreignkey")
        for column in ("asked_by_id", "role", "what", "about"):
            batch_op.drop_column(column)
