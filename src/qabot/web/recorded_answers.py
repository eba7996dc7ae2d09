"""What was answered about a piece of work, in words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from qabot.framework.schema import Framework
from qabot.framework.vocabulary import ROW
from qabot.messaging.values import weekday
from qabot.models import Answer
from qabot.web import labels
from qabot.workflows.access.records import About


def of(session: Session, about: About, framework: Framework) -> list[tuple[str, str]]:
    """What was answered about it and about its rows: the question's words, and the newest answer to each question."""
    query = select(Answer).where(about(Answer), col(Answer.deadline_id).is_not(None)).order_by(col(Answer.id))
    newest = {(each.subject_type, each.subject_id, each.question): each for each in session.exec(query)}
    people = names(session, newest.values(), framework)
    of_rows = {key[:2] for key in newest if key[0] == ROW}
    rows = labels.subject_labels(session, of_rows)
    return [
        (f"{each.label} ({rows[key[:2]]})" if key[:2] in rows else each.label, in_words(each, people, framework))
        for key, each in newest.items()
    ]


def names(session: Session, answers: Iterable[Answer], framework: Framework) -> Mapping[int, str]:
    """The name of everybody whom these answers name, by their number."""
    return labels.names(session, [person for each in answers for person in _people(each, framework)])


def _columns(given: Answer, framework: Framework) -> Mapping[str, str]:
    """What stands in each column of its rows, by the column's name."""
    question = framework.questions.get(given.question)
    return question.rows if question is not None else {}


def _people(given: Answer, framework: Framework) -> Iterator[int]:
    """Everybody whom an answer names."""
    if given.kind == "person":
        yield given.value
    elif given.kind == "rows":
        named = [column for column, kind in _columns(given, framework).items() if kind == "person"]
        yield from (row[column] for row in given.value for column in named if row.get(column) is not None)


def _row(row: Mapping[str, Any], columns: Mapping[str, str], people: Mapping[int, str]) -> str:
    said = {"person": lambda value: people.get(value, ""), "date": lambda value: weekday(date.fromisoformat(value))}
    return ", ".join(said.get(kind, str)(row[column]) for column, kind in columns.items() if row.get(column))


def in_words(given: Answer, people: Mapping[int, str], framework: Framework) -> str:
    """What somebody said, as a person reads it; `people` are the names of those whom it names."""
    question = framework.questions.get(given.question)
    match given.kind:
        case "date":
            return weekday(date.fromisoformat(given.value))
        case "person":
            return people.get(given.value, "")
        case "choice" if question is not None:
            return question.choice.get(given.value, str(given.value))
        case "scale":
            return framework.grade_label(given.value)
        case "rows":
            columns = _columns(given, framework)
            return "; ".join(_row(each, columns, people) for each in given.value) or "None"
    return str(given.value).capitalize() if given.kind == "tick" else str(given.value)
