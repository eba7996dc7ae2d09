"""The days of gatherings and of imported events are subjects of their own."""

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up."""
    op.create_table(
        "occasion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("case_reference", sa.String(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("thing", "key"),
        sa.UniqueConstraint("token"),
    )
    with op.batch_alter_table("occasion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_occasion_day"), ["day"], unique=False)


def downgrade() -> None:
    """Down. An older version knows nothing of gatherings: what is open about one is withdrawn."""
    op.execute(
        "UPDATE deadline SET state = 'withdrawn', closed_why = 'Withdrawn: gatherings are no longer known', "
        "next_at = NULL WHERE state = 'open' AND subject_type = 'occasion'"
    )
    op.execute(
        "UPDATE notice SET state = 'superseded', reason = 'gatherings are no longer known' "
        "WHERE state = 'planned' AND subject_type = 'occasion'"
    )
    with op.batch_alter_table("occasion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_occasion_day"))
    op.drop_table("occasion")
