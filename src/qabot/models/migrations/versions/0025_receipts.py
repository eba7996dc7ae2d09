"""What was done with one press can be taken back for five minutes."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_receipt_person_id", "receipt", ["person_id"])
    with op.batch_alter_table("notice") as batch:
        batch.add_column(sa.Column("taken_back_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("taken_back_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("notice_taken_back_by", "person", ["taken_back_by_id"], ["id"])


def downgrade() -> None:
    """Down."""
    with op.batch_alter_table("notice") as batch:
        batch.drop_constraint("notice_taken_back_by", type_="foreignkey")
        batch.drop_column("taken_back_by_id")
        batch.drop_column("taken_back_at")
    op.drop_table("receipt")
