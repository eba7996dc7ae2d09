"""Each row of an answer is a subject of its own, so that duties can open on it. What was answered before stays."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ABOUT = ("answer", "deadline", "event", "moment", "notice")
"""Tables whose rows are about a subject."""


def upgrade() -> None:
    """Up."""
    op.create_table(
        "answer_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("answer_row", schema=None) as batch_op:
        batch_op.create_index("answer_row_subject", ["subject_type", "subject_id"], unique=False)


def downgrade() -> None:
    """Down. What is about a row goes on as being about the work that the row was answered about."""
    for table in ABOUT:
        number = f"(SELECT subject_id FROM answer_row WHERE answer_row.id = {table}.subject_id)"  # noqa: S608 - ours
        kind = f"(SELECT subject_type FROM answer_row WHERE answer_row.id = {table}.subject_id)"  # noqa: S608 - ours
        op.execute(f"UPDATE {table} SET subject_type = {kind}, subject_id = {number} WHERE subject_type = 'row'")  # noqa: S608
    with op.batch_alter_table("answer_row", schema=None) as batch_op:
        batch_op.drop_index("answer_row_subject")
    op.drop_table("answer_row")
