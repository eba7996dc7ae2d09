"""Closing surveys: on its due day a survey takes no more answers; once all of a round have closed it is counted, once.

1. Whatever is open past its day closes, and so does what somebody was asked who has left.
2. A round is over when nothing of it is open; one of a quarter, when the quarter is over too.
3. Its figures are written in the order of their random keys. The sheets of an anonymous survey go in the same moment.
4. A quarter with too few answers counts with the next one. A turn with too few is never shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Self

from sqlalchemy import delete, update
from sqlalchemy import select as select_rows
from sqlmodel import col, select

from qabot.framework.calendar import at_local, local_day
from qabot.models import (
    Deadline,
    DeadlineState,
    Ending,
    RoundState,
    SurveyComment,
    SurveyFigure,
    SurveyRound,
    SurveySheet,
    columns,
)
from qabot.models.deadline import is_over
from qabot.planning.counting import ANSWERED, ASKED, Asked, Counted, Filled, count
from qabot.workflows.core import in_turn
from qabot.workflows.core.sheets import NOT_SAID, Sheet, options, promises_as, quarter, questions_of
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import survey_news

LEFT = "Whoever was asked has left"
CLOSED = "The survey has closed"
OPEN = select(SurveyRound).where(SurveyRound.state == RoundState.open)
_round, _sheet, _deadline = columns.table(SurveyRound).c, columns.table(SurveySheet).c, columns.table(Deadline).c
UNANSWERED = (
    select_rows(
        _sheet.round_id,
        _deadline.id,
        _deadline.owner_id,
        _deadline.due_on,
        _deadline.due_at,
        _deadline.subject_type,
        _deadline.subject_id,
    )
    .join_from(columns.table(SurveySheet), columns.table(Deadline), _sheet.deadline_id == _deadline.id)
    .join(columns.table(SurveyRound), _round.id == _sheet.round_id)
    .where(_round.state == RoundState.open, _deadline.state == DeadlineState.open)
    .order_by(_sheet.round_id, _deadline.id)
)
"""What is open of the surveys that are. As columns: in each day of a large council's survey these are thousands."""
ORDER_OF_RATES = {ASKED: 0, ANSWERED: 1}


def run(unit: Unit) -> None:
    """Close what has to close today, and count what is over."""
    rounds = list(unit.session.exec(OPEN))
    still_open = _close_sheets(unit) if rounds else set()
    for each in rounds:
        if each.id not in still_open and (each.cycle_id is not None or each.ends_on < unit.today):
            _close(unit, each)


def _asked(unit: Unit, survey: SurveyRound) -> list[Deadline]:
    query = select(Deadline).join(SurveySheet, col(SurveySheet.deadline_id) == col(Deadline.id))
    return list(unit.session.exec(query.where(SurveySheet.round_id == survey.id).order_by(col(Deadline.id))))


def _close_sheets(unit: Unit) -> set[int]:
    """Close what is open past its day, and what those were asked who have left; the rounds of which more is open.

    Whoever sends their answers in this moment was let in: they are kept first, and are counted.
    """
    for subject in sorted({each.subject for each in _unanswered(unit) if each.why is not None}):
        in_turn.take(unit.session, subject)
    unanswered = _unanswered(unit)
    closing = {each.deadline: each.why for each in unanswered if each.why is not None}
    deadlines = unit.session.exec(select(Deadline).where(col(Deadline.id).in_(closing))) if closing else ()
    by_id = {each.id: each for each in deadlines}
    for number, (why, ended) in closing.items():
        unit.close(by_id[number], why, withdrawn=True, ended=ended)
    return {each.survey for each in unanswered if each.why is None}


@dataclass(frozen=True, slots=True)
class _Unanswered:
    """What somebody is asked and has not answered. `why` it closes today, and how that is counted; None if not yet."""

    survey: int
    deadline: int
    subject: tuple[str, int]
    why: tuple[str, Ending] | None


def _unanswered(unit: Unit) -> list[_Unanswered]:
    rows = []
    for survey, number, owner, due_on, due_at, kind, of in columns.run(unit.session, UNANSWERED):
        why = (LEFT, Ending.usual) if unit.directory.person(owner) is None else None
        if is_over(due_on, due_at, unit.today, unit.now):
            why = CLOSED, Ending.survey_closed
        rows.append(_Unanswered(survey, number, (kind, of), why))
    return rows


def _close(unit: Unit, survey: SurveyRound) -> None:
    rows = unit.session.exec(select(SurveySheet).where(SurveySheet.round_id == survey.id)).all()
    sheets = [(row, Sheet.opened(row, unit.tools.sealer)) for row in rows]
    if lost := sum(not sheet.readable for _, sheet in sheets):
        # It is counted once. Without these it would say something else for ever, and theirs would go.
        why = "sealed with a secret key that is not here: the survey is not counted before it is, or they are given up"
        unit.event("survey-unreadable", subject=("survey", survey.id), rule=survey.rule, why=why, sheets=lost)
        return
    counted = count([_filled(row, sheet) for row, sheet in sheets])
    if counted.empty and survey.cycle_id is None and _joins_next(unit, survey):
        return
    survey.state = RoundState.too_few if counted.empty else RoundState.published
    deadlines = _asked(unit, survey)
    survey.closed_at = min(unit.now, _end(survey, deadlines))
    if survey.cycle_id is not None:
        # Its turn may go on long after nobody could answer any more.
        survey.ends_on = min(survey.ends_on, local_day(survey.closed_at - timedelta.resolution))
    unit.session.add(survey)
    said = {
        (_key(name, each), str(each["value"])): each["said"]
        for _, sheet in sheets
        for name, each in sheet.answers.items()
    }
    _write(unit, survey, counted, _Form.of(unit, deadlines), said)
    if survey.promise == "anonymous":
        unit.session.execute(delete(SurveySheet).where(col(SurveySheet.round_id) == survey.id))
    unit.event("survey-closed", subject=("survey", survey.id), rule=survey.rule, state=str(survey.state))
    if survey.state == RoundState.published:
        survey_news.tell_results(unit, survey)


def _end(survey: SurveyRound, deadlines: Sequence[Deadline]) -> datetime:
    """When the last of those who were asked could answer no more (UTC): what is counted on the next day, or after the
    service was away, has closed with its last day all the same. Of a quarter not before that is over.
    """
    days = [each.due_on for each in deadlines if each.due_on is not None and each.due_at is None]
    days += [] if survey.cycle_id is not None and deadlines else [survey.ends_on]
    moments = [each.due_at for each in deadlines if each.due_at is not None]
    return max([*moments, *(at_local(day + timedelta(days=1), time(0, 0)) for day in days)])


def _joins_next(unit: Unit, survey: SurveyRound) -> bool:
    """A quarter with too few answers to be shown counts with the one that runs now, or goes on until that ends.

    False where none of the same promise comes any more: it is over, and is not shown.
    """
    query = select(SurveyRound).where(
        SurveyRound.duty == survey.duty,
        SurveyRound.state == RoundState.open,
        SurveyRound.id != survey.id,
        col(SurveyRound.cycle_id).is_(None),
    )
    same = SurveyRound.promise == survey.promise
    rounds = unit.session.exec(query.where(same).order_by(col(SurveyRound.id)))
    later = next((each for each in rounds if each.reads == survey.reads), None)
    if later is None:
        duty = unit.framework.surveys().get(survey.duty)
        if duty is None or not promises_as(survey, duty):
            return False
        survey.ends_on = quarter(unit.today)[1]
        unit.session.add(survey)
        return True
    unit.session.execute(update(SurveySheet).where(col(SurveySheet.round_id) == survey.id).values(round_id=later.id))
    later.starts_on = min(later.starts_on, survey.starts_on)
    survey.state, survey.closed_at = RoundState.joined, unit.now
    unit.session.add_all([later, survey])
    unit.event("survey-joined", subject=("survey", survey.id), rule=survey.rule, why="fewer than five answers")
    return True


def _key(name: str, answer: dict[str, str]) -> Asked:
    return Asked(name, answer["label"], answer["version"])


def _filled(row: SurveySheet, sheet: Sheet) -> Filled:
    closed = {name: each for name, each in sheet.answers.items() if each["said"]}
    return Filled(
        row.place,
        {_key(name, each): str(each["value"]) for name, each in closed.items()},
        {_key(name, each): str(each["value"]) for name, each in sheet.answers.items() if name not in closed},
        sheet.sent,
    )


@dataclass(frozen=True, slots=True)
class _Form:
    """Where each question and each answer of a survey stands, and what stands above it."""

    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, unit: Unit, deadlines: Sequence[Deadline]) -> Self:
        """As it was asked last; what only an earlier one asked comes behind it."""
        questions: dict[str, tuple[str, ...]] = {}
        for deadline in reversed(deadlines):
            for name, each in questions_of(unit, deadline).items():
                questions.setdefault(name, tuple(options(unit, each)))
        sections: dict[str, str] = {}
        for form in unit.framework.forms_of(questions):
            sections |= unit.framework.forms[form].section_of(form)
        return cls(questions, sections)

    def place(self, name: str) -> int:
        """Which question it is, from 1; 0 of no question."""
        return [*self.questions].index(name) + 1 if name in self.questions else 0

    def order(self, name: str, answer: str) -> int:
        """Which answer it is, from 1; one that is no longer offered comes first."""
        known = self.questions.get(name, ())
        return known.index(answer) + 1 if answer in known else 0


def _write(
    unit: Unit, survey: SurveyRound, counted: Counted, form: _Form, said: Mapping[tuple[Asked, str], str]
) -> None:
    """Write the figures and the words; the rows are added as their random keys come."""
    rows: list[SurveyFigure | SurveyComment] = [
        SurveyFigure(
            round_id=survey.id,
            service=service,
            question=question.name if question else "",
            section=form.sections.get(question.name, "") if question else "",
            label=question.label if question else "",
            version=question.version if question else "",
            place_in_form=form.place(question.name) if question else 0,
            answer=answer,
            said=said.get((question, answer), NOT_SAID) if question else answer,
            order=form.order(question.name, answer) if question else ORDER_OF_RATES[answer],
            count=number,
        )
        for (service, question, answer), number in counted.figures.items()
    ]
    rows += [
        SurveyComment(
            round_id=survey.id,
            question=question.name,
            label=question.label,
            place_in_form=form.place(question.name),
            text=text,
        )
        for question, text in counted.words
    ]
    for row in sorted(rows, key=lambda each: each.key):
        unit.session.add(row)
        unit.session.flush()
