"""Surveys: their rounds, sealed sheets, and what was counted of them."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    op.create_table(
        "survey_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("reads", sa.JSON(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_survey_round_duty", "survey_round", ["duty"])
    op.create_table(
        "survey_sheet",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("asked_before", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"]),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("deadline_id"),
    )
    op.create_index("ix_survey_sheet_round_id", "survey_sheet", ["round_id"])
    op.create_index("ix_survey_sheet_person_id", "survey_sheet", ["person_id"])
    op.create_table(
        "survey_figure",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("place_in_form", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_survey_figure_round_id", "survey_figure", ["round_id"])
    op.create_table(
        "survey_comment",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("place_in_form", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["survey_round.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_survey_comment_round_id", "survey_comment", ["round_id"])


def downgrade() -> None:
    """Down."""
    for table in ("survey_comment", "survey_figure", "survey_sheet", "survey_round"):
        op.drop_table(table)
