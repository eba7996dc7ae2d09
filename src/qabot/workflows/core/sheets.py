"""Sheets: what one person was asked in a survey, and has answered so far. Only their own presses open one.

`begin` makes the sheet with the deadline, so that a sheet says nothing of whether its person has answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Integer, bindparam
from sqlalchemy import select as select_rows
from sqlmodel import col, or_, select

from qabot.framework.calendar import local_day
from qabot.framework.duties import Duty, Question
from qabot.models import Cycle, Deadline, RoundState, SurveyRound, SurveySheet, columns
from qabot.models.alone import Work, be_alone
from qabot.models.columns import UtcDateTime
from qabot.models.look_up import by_id
from qabot.models.rows import SheetRow
from qabot.planning.counting import PREFER_NOT
from qabot.workflows.core import forms
from qabot.workflows.core.questions import asked, stored
from qabot.workflows.core.sealing import Sealer
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day

APART = timedelta(days=31)
"""Nobody is asked a second survey so soon, unless it says why: then no calendar month has two either."""
FEW = 11
"""Numbers that can be chosen from; of more, one is typed."""
NOT_SAID = "Prefer not to answer"
"""Why a sheet takes no more answers after its last day."""
# Put together once: a survey asks everybody on one day.
_deadline = columns.table(Deadline).c
ASKED_OF = select_rows(_deadline.id, _deadline.opens_on, _deadline.opened_at).where(
    _deadline.owner_id == bindparam("owner"),
    or_(
        _deadline.opens_on > bindparam("since", type_=Date), _deadline.opened_at > bindparam("after", type_=UtcDateTime)
    ),
    _deadline.kind.in_(select_rows(columns.table(SurveyRound).c.duty)),
)
"""What somebody was asked after a moment, or is to be asked after a day."""
ROUND_OF = (
    select(SurveyRound)
    .where(
        SurveyRound.duty == bindparam("duty"),
        SurveyRound.state == RoundState.open,
        col(SurveyRound.cycle_id).is_not_distinct_from(bindparam("cycle", type_=Integer)),
        col(SurveyRound.ends_on) >= bindparam("today", type_=Date),
    )
    .order_by(col(SurveyRound.id))
)
"""The rounds of a survey that are open on a day, those of one turn or of none."""


@dataclass(slots=True)
class Sheet:
    """What stands on one: the answers by question, at which question the person is, and whether it was sent.

    An answer holds its `value`, and as they were read the question's words, its scale's version and its own words.
    """

    answers: dict[str, dict[str, Any]]
    at: int = 0
    sent: bool = False
    readable: bool = True
    """False of what was sealed with a secret key that is not here. The key may come back, so nothing is written over
    it: nobody answers on it, and its survey is not counted (`qabot.rights.resealing.give_up` ends that)."""

    @classmethod
    def opened(cls, row: SheetRow, sealer: Sealer) -> "Sheet":
        """What a sealed one holds."""
        held = sealer.open(row.sealed, row.key)
        return cls({}, readable=False) if held is None else cls(held["answers"], held["at"], held["sent"])

    def sealed(self, name: str, sealer: Sealer) -> bytes:
        """The same, sealed for a row's key."""
        return sealer.seal({"answers": self.answers, "at": self.at, "sent": self.sent}, name)


def is_closed(question: Question) -> bool:
    """Whether it is answered by a choice, one at a time: also a number of which there are few."""
    return question.kind in ("scale", "choice", "tick") or bool(_numbers(question))


def _numbers(question: Question) -> list[str]:
    if question.kind != "number" or question.least is None or question.greatest is None:
        return []
    numbers = [str(each) for each in range(int(question.least), int(question.greatest) + 1)]
    return numbers if len(numbers) <= FEW else []


def closed_questions(questions: Mapping[str, Question]) -> list[str]:
    """Those that are asked one at a time, in order."""
    return [name for name, each in questions.items() if is_closed(each)]


def open_questions(questions: Mapping[str, Question]) -> list[str]:
    """Those that are answered in one's own words, or by a number."""
    return [name for name, each in questions.items() if not is_closed(each)]


def options(unit: Unit, question: Question) -> dict[str, str]:
    """What can be chosen, key and words; that one would rather not say comes last."""
    if not is_closed(question):
        return {}
    known = {"yes": "Yes", "no": "No"} if question.kind == "tick" else dict(forms.choices(unit, question))
    return {**known, **{each: each for each in _numbers(question)}, PREFER_NOT: NOT_SAID}


def why_not(unit: Unit, duty: Duty, owner: int | None) -> str:
    """Why somebody is not asked; "" if they are. A few questions about work yield to whatever was asked lately."""
    if unit.directory.person(owner) is None:
        return "nobody is there to be asked"
    yields = duty.every is None and not unit.framework.forms_of(duty.ask)
    day = _asked_lately(unit, owner) if yields else None
    if day is None:
        return ""
    return f"{'asked' if day <= unit.today else 'to be asked'} on {say_day(day)}, and nobody is asked twice in a month"


def _asked_lately(unit: Unit, owner: int | None, but: int | None = None) -> date | None:
    """On which day somebody was asked something else within a month, or is to be: the last of them.

    By deadlines, since sheets of an anonymous one are gone. What is announced is asked once it takes answers.
    """
    since = unit.today - APART
    values = {"owner": owner, "since": since, "after": unit.now - APART - timedelta(days=1)}
    rows = columns.run(unit.session, ASKED_OF, values)
    days = [opens or local_day(opened) for number, opens, opened in rows if number != but]
    return max((day for day in days if day > since), default=None)


def begin(unit: Unit, name: str, duty: Duty, deadline: Deadline) -> None:
    """Make the sheet of somebody who is asked now, and the round that it belongs to if it is the first."""
    before = _asked_lately(unit, deadline.owner_id, deadline.id)
    staff = by_id(unit.directory.people, deadline.owner_id)
    if staff is None:
        raise LookupError(f"deadline {deadline.id} is a survey's, and nobody is asked by it")
    team = by_id(unit.directory.teams, staff.team_id)
    row = SurveySheet(
        round_id=_round(unit, name, duty, deadline).id,
        deadline_id=deadline.id,
        person_id=staff.id,
        place=team.service if team else "",
        asked_before=say_day(before) if before else "",
        sealed=b"",
    )
    row.sealed = Sheet({}).sealed(row.key, unit.tools.sealer)
    unit.session.add(row)
    unit.session.flush()


def _round(unit: Unit, name: str, duty: Duty, deadline: Deadline) -> SurveyRound:
    """The round that takes whoever is asked today."""
    cycle = unit.session.get(Cycle, deadline.subject_id) if deadline.subject_type == "cycle" else None
    values = {"duty": name, "cycle": cycle.id if cycle else None, "today": unit.today}
    known = _running(unit, values, duty)
    if known is None:
        # Two that are asked in one moment, about two pieces of work, belong to one round all the same.
        be_alone(unit.session, Work.rounds)
        known = _running(unit, values, duty)
    if known is not None:
        return known
    starts, ends = (cycle.starts_on, cycle.due_on) if cycle else quarter(unit.today)
    made = SurveyRound(
        duty=name,
        rule=duty.rule,
        title=duty.title,
        promise=duty.promise or "",
        reads=list(duty.reads),
        cycle_id=cycle.id if cycle else None,
        starts_on=starts,
        ends_on=ends,
    )
    unit.session.add(made)
    unit.session.flush()
    unit.event("survey-begun", subject=("survey", made.id), rule=duty.rule, duty=name)
    return made


def promises_as(survey: SurveyRound, duty: Duty) -> bool:
    """Whether those who are asked by this duty are promised what those of a round were: they are read by the same too.

    A file that changes it makes another round: nobody's answers go by what was promised to others.
    """
    return (survey.promise, survey.reads) == (duty.promise or "", list(duty.reads))


def _running(unit: Unit, values: Mapping[str, Any], duty: Duty) -> SurveyRound | None:
    """The open round for these values of `ROUND_OF` in which people are promised what this duty promises."""
    rounds = unit.session.exec(ROUND_OF, params=values)
    return next((each for each in rounds if promises_as(each, duty)), None)


def quarter(day: date) -> tuple[date, date]:
    """The first and the last day of the quarter in which a day lies."""
    first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    following = (first + timedelta(days=95)).replace(day=1)
    return first, following - timedelta(days=1)


def row_of(unit: Unit, deadline: Deadline, *, lock: bool = False) -> SurveySheet | None:
    """The row of a deadline's sheet; None once it is gone. `lock` holds it until the transaction ends."""
    query = select(SurveySheet).where(SurveySheet.deadline_id == deadline.id)
    return unit.session.exec(query.with_for_update() if lock else query).first()


def save(unit: Unit, row: SurveySheet, sheet: Sheet) -> None:
    """Write what a sheet holds now."""
    row.sealed = sheet.sealed(row.key, unit.tools.sealer)
    unit.session.add(row)
    unit.session.flush()


def answer(unit: Unit, sheet: Sheet, name: str, question: Question, value: Any) -> None:
    """Put an answer on a sheet; None takes it off."""
    if value is None:
        sheet.answers.pop(name, None)
        return
    scale = unit.framework.scales.get(question.scale or "")
    said = options(unit, question).get(value, "")
    sheet.answers[name] = {
        "value": stored(value),
        "label": question.label,
        "version": scale.version if scale is not None else "",
        "said": said,
    }


def questions_of(unit: Unit, deadline: Deadline) -> dict[str, Question]:
    """What is asked, as it was when this person was asked."""
    return asked(unit, deadline)[1]
