"""What a happening of a scenario names: people by e-mail, pieces of work, and what is open about them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import col, select

from qabot.errors import BadFile, Problem
from qabot.framework.calendar import local_day
from qabot.framework.duties import Question
from qabot.framework.loader import did_you_mean
from qabot.framework.vocabulary import ROW
from qabot.models import AnswerRow, Audit, Deadline, Person
from qabot.simulation.scenario import AuditChoice, Happening
from qabot.workflows.core import dates
from qabot.workflows.core.questions import asked
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import answers


class Player:
    """One happening in a unit of work: looks up what it names. Raises `BadFile` at its line if that is not there."""

    def __init__(self, unit: Unit, file: str, happening: Happening) -> None:
        self.unit = unit
        self.file = file
        self.happening = happening

    def wrong(self, what: str) -> BadFile:
        """This happening cannot happen."""
        return BadFile([Problem(self.file, self.happening.line, 1, self.happening.name, what)])

    def answer(self, deadline: Deadline, given: Mapping[str, Any], by: int | None) -> None:
        """Somebody answers what a deadline asks."""
        answers.check_window(self.unit, deadline)
        _, questions = asked(self.unit, deadline)
        values = answers_of(self, questions, given)
        left_out = [each.label for name, each in questions.items() if not each.optional and values.get(name) is None]
        if left_out:
            raise self.wrong(f"this has no answer: {', '.join(left_out)}")
        wrong = answers.faults(self.unit, deadline, questions, values, by=by)
        if wrong:
            raise self.wrong(" ".join(wrong.values()))
        if not answers.answer(self.unit, deadline, values, by=by):
            raise self.wrong("this was answered already")

    def person(self, email: str | None, instead: int | None = None) -> int:
        """The id of a person by e-mail, or `instead` if none is named."""
        if email is None and instead is not None:
            return instead
        number = self.unit.session.exec(select(Person.id).where(Person.email == email)).first()
        if number is None:
            raise self.wrong(f"nobody with the e-mail {email} works here")
        return number

    def audit(self, choice: AuditChoice) -> Audit:
        """The audit that is meant: the newest cycle's first."""
        query = select(Audit).order_by(col(Audit.cycle_id).desc().nulls_last(), col(Audit.id))
        if choice.reference:
            query = query.where(Audit.reference == choice.reference)
        elif choice.case:
            query = query.where(Audit.case_reference == choice.case)
        else:
            query = query.where(Audit.auditor_id == self.person(choice.auditor))
        audits = list(self.unit.session.exec(query))
        if len(audits) < choice.nth:
            raise self.wrong(f"there is no {_say(choice)} on {local_day(self.unit.now)}")
        return audits[choice.nth - 1]

    def deadline(self, audit: Audit, *kinds: str, row: int | None = None, by: int | None = None) -> Deadline:
        """The open deadline of an audit of one of these kinds; of several rows the first one's, or that of a `row`.

        Of several people's, such as those who judge an answer, that of whoever it is done `by`.
        """
        deadlines = [each for each in self.waiting(audit, by) if each.kind in kinds]
        if row is not None:
            deadlines = [each for each in deadlines if self.number(each) == row]
        if not deadlines:
            of_row = f" for row {row}" if row is not None else ""
            raise self.wrong(f"{audit.reference} waits for nothing of this kind{of_row} on {local_day(self.unit.now)}")
        return deadlines[0]

    def number(self, deadline: Deadline) -> int | None:
        """The number of the row that a deadline is about; None of one about something else."""
        of_row = deadline.subject_type == ROW
        return self.unit.session.get_one(AnswerRow, deadline.subject_id).number if of_row else None

    def waiting(self, audit: Audit, person: int | None) -> list[Deadline]:
        """What is open about an audit and its rows: what is this person's own comes first."""
        return sorted(dates.running(self.unit, ("audit", audit.id)), key=lambda each: each.owner_id != person)


def _say(choice: AuditChoice) -> str:
    """Which audit was meant, in words."""
    if choice.reference:
        return f"audit {choice.reference}"
    return f"audit of case {choice.case}" if choice.case else f"audit number {choice.nth} of {choice.auditor}"


def answers_of(player: Player, questions: Mapping[str, Question], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a scenario answers, by question: people by id, dates as days."""
    return {name: _value(player, questions, name, each) for name, each in given.items()}


def _value(player: Player, questions: Mapping[str, Question], name: str, given: Any) -> Any:
    question = questions.get(name)
    if question is None:
        raise player.wrong(f"{name!r} is not asked: expected one of {', '.join(questions)}")
    if question.kind == "rows":
        return [_row(player, name, question, each) for each in _listed(player, name, given)]
    return _cell(player, question.kind, given)


def _cell(player: Player, kind: str, given: Any) -> Any:
    if kind == "person":
        return player.person(str(given))
    if kind != "date":
        return given
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise player.wrong(f"expected a day such as 2026-11-30, found {str(given)!r}") from None


def _listed(player: Player, name: str, given: Any) -> list[Any]:
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise player.wrong(f"{name!r} is answered in rows: expected a list of them, each with its columns")
    return given


def _row(player: Player, name: str, question: Question, given: dict[str, Any]) -> dict[str, Any]:
    unknown = [each for each in given if each not in question.rows]
    if unknown:
        guess = did_you_mean(unknown[0], list(question.rows)) or f": expected {', '.join(question.rows)}"
        raise player.wrong(f"{name!r} has no column {unknown[0]!r}{guess}")
    return {
        column: None if given.get(column) is None else _cell(player, kind, given[column])
        for column, kind in question.rows.items()
    }
