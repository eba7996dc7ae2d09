"""Rows of answers: each is a subject of its own, on which duties open; what it holds, and what it is about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from qabot.framework.duties import Question
from qabot.framework.schema import Framework
from qabot.framework.vocabulary import ROW
from qabot.models import AnswerRow
from qabot.workflows.core.questions import stored
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import held

__all__ = ["ROW", "about", "held", "ids_about", "keep", "opening"]

_ABOUT = (
    select(AnswerRow)
    .where(AnswerRow.subject_type == bindparam("about"), AnswerRow.subject_id == bindparam("number"))
    .order_by(col(AnswerRow.id))
)


def opening(framework: Framework) -> frozenset[str]:
    """The questions on whose rows some duty opens."""
    when = (moment.partition(".") for duty in framework.duties.values() for moment in duty.when)
    return frozenset(thing for thing, _, name in when if name == ROW)


def about(unit: Unit, subject: tuple[str, int]) -> Sequence[AnswerRow]:
    """The rows that were answered about a piece of work, cycle or nomination, in their order."""
    return unit.session.exec(_ABOUT, params={"about": subject[0], "number": subject[1]}).all()


def ids_about(kind: str, number: int) -> SelectOfScalar[int]:
    """The same as a query of their ids, for a condition on the tables whose rows are about a subject."""
    return select(AnswerRow.id).where(AnswerRow.subject_type == kind, AnswerRow.subject_id == number)


def keep(
    unit: Unit,
    subject: tuple[str, int],
    questions: Mapping[str, Question],
    values: Mapping[str, Any],
    *,
    by: int | None,
) -> list[AnswerRow]:
    """Keep each row that was answered about a piece of work, cycle or nomination (`subject`); those kept, in order."""
    kept = list(_given(unit, subject, questions, values, by))
    unit.session.add_all(kept)
    unit.session.flush()
    return kept


def _given(
    unit: Unit, subject: tuple[str, int], questions: Mapping[str, Question], values: Mapping[str, Any], by: int | None
) -> Iterator[AnswerRow]:
    for name, question in questions.items():
        given = values.get(name) if question.rows else None
        before = _count(unit, subject, name) if given else 0
        for number, row in enumerate(given or (), start=before + 1):
            yield AnswerRow(
                subject_type=subject[0],
                subject_id=subject[1],
                question=name,
                label=question.label,
                number=number,
                columns=dict(question.rows),
                given={column: stored(each) for column, each in row.items()},
                at=unit.now,
                by_id=by,
            )


def _count(unit: Unit, subject: tuple[str, int], question: str) -> int:
    query = (
        select(func.count())
        .select_from(AnswerRow)
        .where(AnswerRow.subject_type == subject[0], AnswerRow.subject_id == subject[1], AnswerRow.question == question)
    )
    return unit.session.exec(query).one()
