"""A list is one notice, with a line for each thing that stands on it."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

OWN = ("id", "key", "token", "deadline_id", "step", "slot", "rule", "role", "subject_type", "subject_id", "reason")


def upgrade() -> None:
    """Up. Lines that were notices of their own stay so: what waits of them goes as it is."""
    op.create_table(
        "list_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["notice.id"]),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("list_id", "deadline_id"),
    )
    op.create_index("list_line_deadline", "list_line", ["deadline_id"])


def downgrade() -> None:
    """Down. Each line is a notice again, as its list was: sent, or still to be sent."""
    connection, known = op.get_bind(), sa.MetaData()
    known.reflect(connection, only=("notice", "deadline", "list_line"))
    notice, deadline, line = (known.tables[name] for name in ("notice", "deadline", "list_line"))
    query = (
        sa.select(line, notice, deadline.c.subject_type.label("kind"), deadline.c.subject_id.label("number"))
        .join(notice, notice.c.id == line.c.list_id)
        .join(deadline, deadline.c.id == line.c.deadline_id)
        .where(notice.c.key.like("list:%"))
        .set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
    )
    for row in connection.execute(query).mappings().all():
        made = {each.name: row[f"notice_{each.name}"] for each in notice.c if each.name not in OWN}
        made |= {name: row[f"list_line_{name}"] for name in ("deadline_id", "step", "slot", "rule", "role", "reason")}
        key = f"{made['deadline_id']}:{made['step']}:{made['recipient_id']}:{made['slot']}"
        made |= {"token": secrets.token_urlsafe(16), "subject_type": row["kind"], "subject_id": row["number"]}
        there = connection.execute(sa.select(notice.c.id).where(notice.c.key == key)).first()
        if there is None:
            connection.execute(notice.insert().values(made | {"key": key}))
    op.drop_table("list_line")
    connection.execute(notice.delete().where(notice.c.key.like("list:%")))
