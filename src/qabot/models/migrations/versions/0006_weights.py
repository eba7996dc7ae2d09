"""Which condition opened a duty stands with each deadline, so that several alerts about one audit stay apart."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ALERTS = (
    "SELECT deadline.id FROM deadline JOIN ladder_snapshot ON ladder_snapshot.id = deadline.ladder_id "
    "WHERE deadline.subject_type = 'audit' AND CAST(ladder_snapshot.body AS TEXT) LIKE '%\"lane\": \"alert\"%'"
)
"""Deadlines whose ladder speaks as an alert."""


def upgrade() -> None:
    """Up. What an alert knew goes to its deadlines."""
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weight", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE deadline SET weight = "  # noqa: S608 - the names are ours
        "COALESCE((SELECT weight FROM alert WHERE alert.audit_id = deadline.subject_id), 0) "
        f"WHERE id IN ({ALERTS})"
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.alter_column("weight", server_default=None)
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_column("weight")


def downgrade() -> None:
    """Down. The alert knows the weightiest of its deadlines again."""
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weight", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE alert SET weight = COALESCE((SELECT MIN(weight) FROM deadline "  # noqa: S608 - the names are ours
        f"WHERE subject_id = alert.audit_id AND id IN ({ALERTS})), 0)"
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.alter_column("weight", server_default=None)
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_column("weight")
