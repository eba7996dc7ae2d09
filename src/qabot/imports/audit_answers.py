"""What the own forms of work ask, as columns of the audits file: one for each question, of rows one for each cell."""

from collections.abc import Iterator, Mapping
from typing import Any

from qabot.errors import IdentifierFound
from qabot.framework import Framework
from qabot.framework.activities import Activity
from qabot.framework.duties import Question
from qabot.imports.cells import Reading
from qabot.imports.mapping import plain
from qabot.messaging.identifiers import check_text
from qabot.workflows.core.forms import day_fault, number_fault

LONGEST_TEXT = 300
MOST_DIGITS = 9
"""So many characters and digits as a form takes."""


def columns(framework: Framework, name: str) -> Iterator[str]:
    """The headings of a question: its name, or of rows `name.1.column` and so on, as on the form."""
    question = framework.questions[name]
    if not question.rows:
        yield name
    for number in range(1, question.most + 1):
        yield from (f"{name}.{number}.{column}" for column in question.rows)


def answers(reading: Reading, framework: Framework, activity: Activity) -> dict[str, Any]:
    """The answers of a row, by question: keys of a scale or choice, days, people as they are named, rows."""
    own = {heading for name in activity.ask for heading in columns(framework, name)}
    every = {each for other in framework.activities.values() for name in other.ask for each in columns(framework, name)}
    for heading in sorted(every - own):
        if reading.record.text(heading):
            reading.wrong(heading, f"is not asked of {activity.title}: expected this cell to be empty")
    given = {name: _answer(reading, framework, name) for name in activity.ask}
    return {name: value for name, value in given.items() if value not in (None, [])}


def _answer(reading: Reading, framework: Framework, name: str) -> Any:
    question = framework.questions[name]
    if question.rows:
        return list(_rows(reading, framework, name, question))
    if question.kind in ("choice", "scale"):
        return _choice(reading, framework, name, question) if reading.record.text(name) else None
    return _cell(reading, framework, name, question.kind, question)


def _rows(reading: Reading, framework: Framework, name: str, question: Question) -> Iterator[dict[str, Any]]:
    for number in range(1, question.most + 1):
        headings = {column: f"{name}.{number}.{column}" for column in question.rows}
        if not any(map(reading.record.text, headings.values())):
            continue
        for heading in headings.values():
            if not reading.record.text(heading):
                reading.wrong(heading, "is missing: fill in the whole row, or leave it empty")
        yield {
            column: _cell(reading, framework, heading, question.rows[column], question)
            for column, heading in headings.items()
        }


def _cell(reading: Reading, framework: Framework, heading: str, kind: str, question: Question) -> Any:
    match kind:
        case _ if not reading.record.text(heading):
            return None
        case "date":
            day = reading.day(heading)
            if day is not None and (what := day_fault(framework.calendar(), question, day)):
                reading.wrong(heading, what)
            return day
        case "person":
            return reading.colleague(heading) or None
        case "tick":
            return "yes" if reading.yes(heading) else "no"
        case "number":
            return _number(reading, heading, question)
    return _text(reading, heading, framework.council.case_reference)


def _choice(reading: Reading, framework: Framework, heading: str, question: Question) -> str | None:
    """The key of an answer written as its key, its label, or of a grade both as qabot shows it."""
    given = reading.record.text(heading)
    scale = framework.scales.get(question.scale or "")
    labels = scale.labels if scale else question.choice
    for key, label in labels.items():
        shown = scale.label(key) if scale else label
        if plain(given) in {plain(key), plain(label), plain(shown)}:
            return key
    what = "a grade" if scale else "an answer"
    expected = ", ".join(f"{key} or {label}" for key, label in labels.items())
    reading.wrong(heading, f"'{given}' is not {what}: expected {expected}")
    return None


def _number(reading: Reading, heading: str, question: Question) -> int | None:
    given = reading.record.text(heading)
    if not given.isdecimal() or len(given) > MOST_DIGITS:
        reading.wrong(heading, f"'{given}' is not a whole number of at most {MOST_DIGITS} digits")
        return None
    if what := number_fault(question, int(given)):
        reading.wrong(heading, f"is {given}: {what[:1].lower()}{what[1:]}")
    return int(given)


def _text(reading: Reading, heading: str, case_reference: str) -> str:
    given = reading.record.text(heading)
    if len(given) > LONGEST_TEXT:
        reading.wrong(heading, f"has {len(given)} characters: expected at most {LONGEST_TEXT}")
    try:
        check_text(given, case_reference=case_reference)
    except IdentifierFound as found:
        reading.wrong(heading, str(found))
    return given


def emails(answers: Mapping[str, Any], framework: Framework) -> Iterator[tuple[str, str]]:
    """Everybody whom answers name: the heading, and how (by e-mail once that is known)."""
    for name, value in answers.items():
        question = framework.questions[name]
        if question.kind == "person":
            yield name, value
        for number, row in enumerate(value if question.rows else (), start=1):
            named = (column for column, kind in question.rows.items() if kind == "person" and row[column])
            yield from ((f"{name}.{number}.{column}", row[column]) for column in named)


def with_people(answers: Mapping[str, Any], framework: Framework, people: Mapping[Any, Any]) -> dict[str, Any]:
    """The same with everybody named as `people` says: ids in place of e-mails, or the other way round."""
    return {name: _with_people(framework.questions.get(name), value, people) for name, value in answers.items()}


def _with_people(question: Question | None, value: Any, people: Mapping[Any, Any]) -> Any:
    if question is None or question.kind not in ("person", "rows"):
        return value
    if question.kind == "person":
        return people.get(value)
    kinds = question.rows
    return [
        {name: people.get(each) if kinds.get(name) == "person" else each for name, each in row.items()} for row in value
    ]
