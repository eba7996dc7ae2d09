"""Moments and answers; what holds a piece of work; the date and chair of a meeting become answers."""

import re
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

HELD_BY = "red-review"
"""The one kind of deadline that held an audit before, in the one council's file that there was."""
ASKED = (("pim_on", "meeting-date", "date", "Date of PIM"), ("pim_chair_id", "chair", "person", "Chair of PIM"))
RENAMED = {"raised": "opened", "finalised": "final"}
"""Anchors that have another name."""
PUT_OFF = "Answered: not yet%"
RAISED_AGAIN = "Raised again%"
"""Why deadlines were closed that nobody had done."""


def upgrade() -> None:
    """Up. Open deadlines go on with the ladders that they were opened with."""
    op.create_table(
        "moment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("moment_subject", "moment", ["subject_type", "subject_id"], unique=False)
    answer = op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), sa.ForeignKey("deadline.id"), nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("answer_subject", "answer", ["subject_type", "subject_id"], unique=False)
    _keep_meetings(answer)
    _keep_moments()
    _rename_anchors(RENAMED)
    _keep_when_alerts_opened()
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_column("pim_on")
        batch_op.drop_column("pim_chair_id")
    with op.batch_alter_table("ladder_snapshot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("duty", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holds", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("opens_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("late_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weight", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("graded", sa.Boolean(), nullable=False, server_default=sa.true()))
    deadline = sa.table("deadline", sa.column("kind"), sa.column("holds"))
    alert = sa.table("alert", sa.column("kind"), sa.column("weight"), sa.column("graded"))
    snapshot = sa.table("ladder_snapshot", sa.column("id"), sa.column("body", sa.JSON()))
    op.execute(sa.update(deadline).where(deadline.c.kind == HELD_BY).values(holds=sa.true()))
    op.execute(sa.update(alert).where(alert.c.kind != "red").values(weight=1, graded=sa.false()))
    # What stopped a ladder is known by its duty now.
    for row in op.get_bind().execute(sa.select(snapshot)).all():
        body = {key: value for key, value in row.body.items() if key != "stop"}
        op.execute(sa.update(snapshot).where(snapshot.c.id == row.id).values(body=body))
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_column("kind")
        batch_op.alter_column("weight", server_default=None)
        batch_op.alter_column("graded", server_default=None)
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.alter_column("holds", server_default=None)
    with op.batch_alter_table("ladder_snapshot", schema=None) as batch_op:
        batch_op.alter_column("duty", server_default=None)


def _keep_meetings(answer: sa.Table) -> None:
    audit = sa.table(
        "audit",
        sa.column("id"),
        sa.column("pim_on", sa.Date()),
        sa.column("pim_chair_id"),
        sa.column("submitted_at", UtcDateTime()),
        sa.column("allocated_at", UtcDateTime()),
    )
    names = ("id", "kind", "subject_type", "subject_id", "closed_by_id")
    deadline = sa.table("deadline", *map(sa.column, names), sa.column("closed_at", UtcDateTime()))
    for row in op.get_bind().execute(sa.select(audit).where(audit.c.pim_on.is_not(None))).all():
        about = (deadline.c.kind == "pim-date", deadline.c.subject_type == "audit", deadline.c.subject_id == row.id)
        met = op.get_bind().execute(sa.select(deadline).where(*about).order_by(deadline.c.id.desc())).first()
        at = (met.closed_at if met else None) or row.submitted_at or row.allocated_at
        for column, question, kind, label in ASKED:
            value = getattr(row, column)
            if value is not None:
                op.execute(
                    sa.insert(answer).values(
                        subject_type="audit",
                        subject_id=row.id,
                        deadline_id=met.id if met else None,
                        question=question,
                        kind=kind,
                        label=label,
                        given={"value": value.isoformat() if kind == "date" else value},
                        at=at,
                        by_id=met.closed_by_id if met else None,
                    )
                )


def _keep_moments() -> None:
    """What is known of before: so that a duty which counts from it has its date."""
    for name, column in (("submitted", "submitted_at"), ("moderated", "moderated_at"), ("final", "finalised_at")):
        op.execute(
            "INSERT INTO moment (subject_type, subject_id, name, at) "  # noqa: S608 - the names are ours
            f"SELECT 'audit', id, activity || '.{name}', {column} FROM audit WHERE {column} IS NOT NULL ORDER BY id"
        )
    answered = f"state = 'met' AND closed_why NOT LIKE '{PUT_OFF}' AND closed_why NOT LIKE '{RAISED_AGAIN}'"
    for name, at, by, which in (
        ("opened", "opened_at", "NULL", "1 = 1"),
        ("done", "closed_at", "closed_by_id", answered),
        ("put-off", "closed_at", "closed_by_id", f"closed_why LIKE '{PUT_OFF}'"),
    ):
        op.execute(
            "INSERT INTO moment (subject_type, subject_id, name, at, by_id) "  # noqa: S608 - the names are ours
            "SELECT CASE WHEN moderation.id IS NULL THEN subject_type ELSE 'audit' END, "
            "COALESCE(moderation.audit_id, subject_id), "
            f"CASE WHEN kind = 'moderation' THEN moderation.layer ELSE kind END || '.{name}', {at}, {by} "
            "FROM deadline LEFT JOIN moderation ON subject_type = 'moderation' AND moderation.id = subject_id "
            f"WHERE kind <> 'audit' AND {which} ORDER BY deadline.id"
        )


def _rename_anchors(names: dict[str, str]) -> None:
    """In every ladder that a deadline was opened with, and in the dates from which it counts."""
    bind = op.get_bind()
    snapshot = sa.table("ladder_snapshot", sa.column("id"), sa.column("body", sa.JSON()))
    for row in bind.execute(sa.select(snapshot)).all():
        bind.execute(sa.update(snapshot).where(snapshot.c.id == row.id).values(body=_renamed(row.body, names)))
    deadline = sa.table("deadline", sa.column("id"), sa.column("anchors", sa.JSON()))
    for row in bind.execute(sa.select(deadline)).all():
        anchors = {names.get(name, name): day for name, day in row.anchors.items()}
        if anchors != row.anchors:
            bind.execute(sa.update(deadline).where(deadline.c.id == row.id).values(anchors=anchors))


def _renamed(ladder: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The ladder, whose offsets count from the new names."""
    word = re.compile(rf"(?<![\w.-])({'|'.join(names)})(?![\w.-])")

    def offset(text: str | None) -> str | None:
        return None if text is None else word.sub(lambda match: names[match[0]], text)

    return {
        **ladder,
        "points": {point: offset(each) for point, each in ladder["points"].items()},
        "steps": [{**step, **{key: offset(step[key]) for key in ("at", "since", "until")}} for step in ladder["steps"]],
    }


def _keep_when_alerts_opened() -> None:
    """The date of a meeting may not come before its alert: what is asked of an open deadline counts from that too."""
    bind = op.get_bind()
    deadline = sa.table("deadline", sa.column("id"), sa.column("kind"), sa.column("anchors", sa.JSON()))
    for row in bind.execute(sa.select(deadline).where(deadline.c.kind == "pim-date")).all():
        if "opened" in row.anchors:
            anchors = {**row.anchors, "alert.opened": row.anchors["opened"]}
            bind.execute(sa.update(deadline).where(deadline.c.id == row.id).values(anchors=anchors))


def downgrade() -> None:
    """Down. Answers to what older versions did not ask are lost, with the moments."""
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pim_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("pim_chair_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_audit_pim_chair_id_person", "person", ["pim_chair_id"], ["id"])
    audit = sa.table("audit", sa.column("id"), sa.column("pim_on", sa.Date()), sa.column("pim_chair_id"))
    answer = sa.table(
        "answer",
        sa.column("id"),
        sa.column("subject_type"),
        sa.column("subject_id"),
        sa.column("question"),
        sa.column("given", sa.JSON()),
    )
    for column, question, kind, _ in ASKED:
        query = sa.select(answer).where(answer.c.question == question, answer.c.subject_type == "audit")
        for row in op.get_bind().execute(query.order_by(answer.c.id)).all():
            value = date.fromisoformat(row.given["value"]) if kind == "date" else row.given["value"]
            op.execute(sa.update(audit).where(audit.c.id == row.subject_id).values({column: value}))
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="red"))
    op.execute("UPDATE alert SET kind = 'immediate' WHERE weight > 0")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.alter_column("kind", server_default=None)
        batch_op.drop_column("weight")
        batch_op.drop_column("graded")
    snapshot = sa.table("ladder_snapshot", sa.column("id"), sa.column("body", sa.JSON()))
    for row in op.get_bind().execute(sa.select(snapshot)).all():
        alert = any(step["lane"] == "alert" for step in row.body["steps"])
        body = {**row.body, "stop": "acknowledged" if alert else "completed"}
        body["steps"] = [{key: each for key, each in step.items() if key != "called"} for step in body["steps"]]
        op.execute(sa.update(snapshot).where(snapshot.c.id == row.id).values(body=body))
    _rename_anchors({new: old for old, new in RENAMED.items()})
    with op.batch_alter_table("ladder_snapshot", schema=None) as batch_op:
        batch_op.drop_column("duty")
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_column("late_at")
        batch_op.drop_column("opens_on")
        batch_op.drop_column("holds")
    op.drop_table("answer")
    op.drop_table("moment")
