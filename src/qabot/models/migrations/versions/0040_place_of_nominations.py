"""A nomination keeps in which service its nominee worked, so that a move changes no quarter that is past."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. Of what is there today's service is the best that is known."""
    op.add_column("nomination", sa.Column("place", sa.String(), nullable=False, server_default=""))
    op.execute(
        "UPDATE nomination SET place = coalesce((SELECT service.name FROM person"
        " JOIN team ON team.id = person.team_id JOIN service ON service.id = team.service_id"
        " WHERE person.id = nomination.nominee_id), '')"
    )


def downgrade() -> None:
    """Down."""
    op.drop_column("nomination", "place")
