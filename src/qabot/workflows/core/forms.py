"""Questions on a form, whoever asks them: a duty, or a piece of work itself. Fields, gathered answers, their faults."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qabot.errors import IdentifierFound
from qabot.framework.calendar import Calendar
from qabot.framework.duties import Question
from qabot.framework.offsets import Moment as When
from qabot.framework.offsets import Offset
from qabot.framework.secret_lint import hidden_from
from qabot.messaging.form import Field, Kind, Option
from qabot.messaging.identifiers import check_text
from qabot.messaging.values import weekday
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day

YES_NO = (Option("yes", "Yes"), Option("no", "No"))
FIELDS: dict[str, Kind] = {"date": "date", "person": "person", "number": "number", "text": "long-text"}
"""What a question of each type is on a form, where it is not a choice."""
LATEST = Offset(("today",), 366, "day")


@dataclass(frozen=True)
class Asking:
    """Questions that are asked together: from which days their offsets count, and whose work they are about."""

    unit: Unit
    questions: Mapping[str, Question]
    dates: Mapping[str, When] = field(default_factory=dict)
    practitioner_id: int | None = None
    auditor_id: int | None = None

    def window(self, question: Question) -> tuple[date | None, date | None]:
        """The first and the last day that a question takes."""
        known: dict[str, When] = {**self.dates, "today": self.unit.today}
        calendar = self.unit.situation.calendar
        earliest = question.earliest.day(known, calendar) if question.earliest else None
        return earliest, (question.latest or LATEST).day(known, calendar)


def fields(asking: Asking) -> tuple[Field, ...]:
    """What stands on the form, in the questions' order."""
    return tuple(each for name, question in asking.questions.items() for each in _fields(asking, name, question))


def _fields(asking: Asking, name: str, question: Question) -> Iterator[Field]:
    required = not question.optional
    match question.kind:
        case "tick":
            yield Field(name, question.label, "choice", options=YES_NO, required=required, hint=question.hint)
        case "choice" | "scale":
            options = tuple(Option(key, label) for key, label in choices(asking.unit, question).items())
            yield Field(name, question.label, "choice", options=options, required=required, hint=question.hint)
        case "rows":
            yield from _rows(asking, name, question)
        case kind:
            earliest, latest = asking.window(question) if kind == "date" else (None, None)
            yield Field(
                name,
                question.label,
                FIELDS[kind],
                required=required,
                hint=question.hint or _bounds(question),
                earliest=earliest,
                latest=latest,
            )


def _rows(asking: Asking, name: str, question: Question) -> Iterator[Field]:
    for row in range(1, question.most + 1):
        for column, kind in question.rows.items():
            earliest, latest = asking.window(question) if kind == "date" else (None, None)
            yield Field(
                f"{name}.{row}.{column}",
                f"{question.label} {row}: {column.replace('-', ' ')}",
                FIELDS[kind],
                required=False,
                hint=question.hint if row == 1 else "",
                earliest=(earliest or asking.unit.today) if kind == "date" else None,
                latest=latest,
            )


def _bounds(question: Question) -> str:
    """What a number may be, said before anybody gives another one."""
    match question.least, question.greatest:
        case None, None:
            return ""
        case least, None:
            return f"{least:g} or more."
        case None, greatest:
            return f"{greatest:g} at most."
        case least, greatest:
            return f"From {least:g} to {greatest:g}."
    return ""


def choices(unit: Unit, question: Question) -> Mapping[str, str]:
    """What can be chosen, key and words: of a choice or a scale."""
    if question.kind == "choice":
        return question.choice
    scale = unit.framework.scales.get(question.scale or "")
    return {key: scale.label(key) for key in scale.labels} if scale else {}


def gathered(questions: Mapping[str, Question], clean: Mapping[str, Any]) -> dict[str, Any]:
    """The answers by question; of rows all, in their places on the form."""
    values: dict[str, Any] = {}
    for name, question in questions.items():
        if question.kind != "rows":
            values[name] = clean.get(name)
            continue
        values[name] = [
            {column: clean.get(f"{name}.{row}.{column}") for column in question.rows}
            for row in range(1, question.most + 1)
        ]
    return values


def without_empty_rows(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same, without the rows of the form that were left empty."""
    return {
        name: [row for row in value if _begun(row)] if isinstance(value, list) else value
        for name, value in values.items()
    }


def _begun(row: Mapping[str, Any]) -> bool:
    return any(each is not None for each in row.values())


def as_given(value: Any) -> Any:
    """A clean value as a form shows it again."""
    return value.isoformat() if isinstance(value, date) else value


def faults(asking: Asking, values: Mapping[str, Any]) -> dict[str, str]:
    """What cannot be right about the answers, by field."""
    errors: dict[str, str] = {}
    for name, question in asking.questions.items():
        value = values.get(name)
        if value is None:
            continue
        match question.kind:
            case "date" if what := day_fault(asking.unit.situation.calendar, question, value):
                errors[name] = what
            case "person" if what := _person_fault(asking, question, value, values):
                errors[name] = what
            case "number" if what := number_fault(question, value):
                errors[name] = what
            case "tick" | "choice" | "scale" if what := _choice_fault(asking.unit, question, value):
                errors[name] = what
            case "text" if what := _text_fault(asking, value):
                errors[name] = what
            case "rows":
                errors |= _row_faults(asking, name, question, value)
    return errors


def day_fault(calendar: Calendar, question: Question, day: date) -> str:
    """What is wrong with a day that answers a question, or stands in a row of one; "" if nothing is."""
    if question.days == "working" and not calendar.is_working(day):
        return f"{weekday(day)} is not a working day. Give another date."
    return ""


def _person_fault(asking: Asking, question: Question, person_id: int, values: Mapping[str, Any]) -> str:
    unit = asking.unit
    person = unit.directory.person(person_id)
    if person is None:
        return "Choose a person from the list."
    own = {"practitioner": asking.practitioner_id, "auditor": asking.auditor_id}
    for word in question.never:
        if person.id == own[word]:
            return f"This is about the work of {person.name}. Choose somebody else."
    day = values.get(question.present_on or "")
    if isinstance(day, date) and day >= unit.today and person.absence(day):
        return f"{person.name} is away on that day. Choose another person, or another date."
    return ""


def _choice_fault(unit: Unit, question: Question, value: Any) -> str:
    """What a form never lets through, and a file may hold."""
    known = ["yes", "no", True, False] if question.kind == "tick" else list(choices(unit, question))
    return (
        ""
        if value in known
        else f"{value!r} is no answer to '{question.label}': expected one of {', '.join(map(str, known))}."
    )


def _text_fault(asking: Asking, value: Any) -> str:
    """What a form or a file has checked already, with what somebody said of look-alikes; the rest is checked again."""
    try:
        check_text(str(value), case_reference=asking.unit.framework.council.case_reference, excused=True)
    except IdentifierFound as found:
        return str(found)
    return ""


def number_fault(question: Question, value: float) -> str:
    """What is wrong with a number that answers a question; "" if nothing is."""
    if question.least is not None and value < question.least:
        return f"Give a number from {question.least:g} on."
    if question.greatest is not None and value > question.greatest:
        return f"Give a number no greater than {question.greatest:g}."
    return ""


def _row_faults(asking: Asking, name: str, question: Question, given: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    errors: dict[str, str] = {}
    hidden = hidden_from(asking.unit.framework, name)
    for number, row in enumerate(given, start=1):
        for column, kind in question.rows.items() if _begun(row) else ():
            if what := _cell_fault(asking, question, kind, row.get(column), secret=column in hidden):
                errors[f"{name}.{number}.{column}"] = what
    return errors


def _cell_fault(asking: Asking, question: Question, kind: str, value: Any, *, secret: bool) -> str:
    """What is wrong with one column of a row.

    Where what follows stands behind a grade (`secret`), it is for nobody whose work it is: no grade reaches them.
    """
    match kind:
        case _ if value is None:
            return "Fill in the whole row, or leave it empty."
        case "person" if what := _person_fault(asking, question, value, {}):
            return what
        case "person" if secret and value == asking.practitioner_id:
            name = asking.unit.directory.name(value)
            return f"This is about the work of {name}, who hears of it from a person first. Choose somebody else."
        case "date":
            return day_fault(asking.unit.situation.calendar, question, value)
    return ""


def say_answer(unit: Unit, kind: str, question: Question | None, value: Any) -> str:
    """An answer as people read it."""
    match kind:
        case "date" if value:
            return say_day(date.fromisoformat(value))
        case "person" if value:
            return unit.directory.name(value)
        case "choice" | "scale" if question is not None:
            return choices(unit, question).get(value, str(value))
        case "rows" if question is not None:
            return "; ".join(_say_row(unit, question, row) for row in value or ())
    return str(value) if value is not None else ""


def _say_row(unit: Unit, question: Question, row: Mapping[str, Any]) -> str:
    return ", ".join(say_answer(unit, kind, None, row.get(column)) for column, kind in question.rows.items())
