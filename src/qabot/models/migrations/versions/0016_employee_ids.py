"""A person has the number by which the council's lists know them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up. Nobody's number is known yet."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("employee_id", sa.String(), nullable=True))
    op.create_index("ix_person_employee_id", "person", ["employee_id"], unique=True)


def downgrade() -> None:
    """Down. Numbers are forgotten."""
    op.drop_index("ix_person_employee_id", "person")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("employee_id")
