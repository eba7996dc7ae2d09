"""What was answered with a piece of work stands where every other answer does: the grades of before go there."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from qabot.models.columns import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LABELS = {
    "practitioner-part-a": "PART A: Practitioners Judgement (Compliance)",
    "practitioner-overall": "Overall Grade (Practitioner)",
    "manager-part-a": "Part A: Manager's Overall Judgement - COMPLIANCE",
    "manager-overall": "Overall Grade (Manager)",
}
"""The words that people read, in the one council's file that shipped; others' are the names of their parts."""
BATCH = 1000
AUDIT = sa.table(
    "audit",
    *map(sa.column, ("id", "auditor_id", "scale_version")),
    sa.column("grades", sa.JSON()),
    sa.column("submitted_at", UtcDateTime()),
    sa.column("allocated_at", UtcDateTime()),
)
ANSWER = sa.table(
    "answer",
    *map(sa.column, ("id", "subject_type", "subject_id", "deadline_id", "question", "kind", "label", "by_id")),
    sa.column("given", sa.JSON()),
    sa.column("at", UtcDateTime()),
)
EVENT = sa.table(
    "event", *map(sa.column, ("id", "what", "subject_type", "subject_id", "actor_id")), sa.column("at", UtcDateTime())
)


def upgrade() -> None:
    """Up. Each grade with its moment, who gave it, and the version of its scale."""
    bind = op.get_bind()
    given_by = _given_by(bind)
    answers: list[dict[str, Any]] = []
    for audit in bind.execute(sa.select(AUDIT).order_by(AUDIT.c.id)).all():
        at, by = given_by.get(audit.id, (audit.submitted_at or audit.allocated_at, audit.auditor_id))
        answers += _answers(audit, at, by)
    for first in range(0, len(answers), BATCH):
        bind.execute(sa.insert(ANSWER), answers[first : first + BATCH])
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_column("grades")


def _given_by(bind: sa.Connection) -> dict[int, tuple[Any, int | None]]:
    """When the grades of each audit were given or last corrected, and by whom."""
    about = (EVENT.c.subject_type == "audit", EVENT.c.what.in_(("audit-submitted", "grades-corrected")))
    return {
        row.subject_id: (row.at, row.actor_id)
        for row in bind.execute(sa.select(EVENT).where(*about).order_by(EVENT.c.id)).all()
    }


def _answers(audit: Any, at: Any, by: int | None) -> Iterator[dict[str, Any]]:
    for part, grade in (audit.grades or {}).items():
        yield {
            "subject_type": "audit",
            "subject_id": audit.id,
            "deadline_id": None,
            "question": part,
            "kind": "scale",
            "label": LABELS.get(part, part.replace("-", " ").capitalize()),
            "given": {"value": grade, "version": audit.scale_version},
            "at": at,
            "by_id": by,
        }


def downgrade() -> None:
    """Down. What is no grade stays an answer; who gave a grade, and what it was before a correction, is lost."""
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("grades", sa.JSON(), nullable=False, server_default="{}"))
    bind = op.get_bind()
    with_work = (ANSWER.c.subject_type == "audit", ANSWER.c.deadline_id.is_(None), ANSWER.c.kind == "scale")
    grades: dict[int, dict[str, Any]] = {}
    for row in bind.execute(sa.select(ANSWER).where(*with_work).order_by(ANSWER.c.id)).all():
        grades.setdefault(row.subject_id, {})[row.question] = row.given["value"]
    for number, parts in grades.items():
        given = {part: grade for part, grade in parts.items() if grade is not None}
        bind.execute(sa.update(AUDIT).where(AUDIT.c.id == number).values(grades=given))
    bind.execute(sa.delete(ANSWER).where(*with_work))
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.alter_column("grades", server_default=None)
    _forget_own_forms(bind)


def _forget_own_forms(bind: sa.Connection) -> None:
    """An older version takes what a ladder keeps beside it for a duty's: of work itself it must keep nothing."""
    snapshot = sa.table("ladder_snapshot", sa.column("id"), sa.column("duty", sa.JSON()))
    for row in bind.execute(sa.select(snapshot)).all():
        if row.duty and not row.duty.get("duty"):
            bind.execute(sa.update(snapshot).where(snapshot.c.id == row.id).values(duty={}))
