"""What was answered in surveys, by service and beside earlier periods, for those who read each survey.

Nothing is counted here: these are the counts that each round published once, as far as its promise allows. Sums of
them say no more than they do.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import time, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, select

from qabot.framework.calendar import at_local
from qabot.models import RoundState, SurveyRound
from qabot.planning.figures import SERVICE, SHARE, Figure, Line
from qabot.planning.percentages import percentage
from qabot.planning.periods import Period
from qabot.workflows.access.survey_results import EVERYBODY, QuestionTable, question_tables, reads
from qabot.workflows.core.unit import Unit

Key = tuple[str, str, str, str, tuple[str, ...]]
"""A question as it was read: its survey and that one's title, its words, its scale's version, its answers."""
Rounds = list[list[QuestionTable]]
"""For each period what was published of a question, a table for each round."""


def answered(unit: Unit, periods: Sequence[Period], person_id: int) -> list[Figure]:
    """A figure for each question with a scale in the surveys that closed in one of these periods."""
    known: dict[Key, Rounds] = defaultdict(lambda: [[] for _ in periods])
    for at, period in enumerate(periods):
        query = select(SurveyRound).where(closed_in(period))
        for survey in unit.session.exec(query.order_by(col(SurveyRound.id))):
            for table in question_tables(unit, survey) if reads(unit, survey, person_id) else ():
                if table.upper:
                    key = (survey.duty, survey.title, table.label, table.version, table.answers)
                    known[key][at].append(table)
    titles = tuple(each.title for each in periods)
    return [figure(key, rounds, titles) for key, rounds in sorted(known.items())]


def closed_in(period: Period) -> ColumnElement[bool]:
    """The surveys that closed in a period and were counted. One closes at the end of its last day, which is the first
    moment of the next: that of a period's last day is the period's.
    """
    end = col(SurveyRound.closed_at)
    return and_(
        SurveyRound.state == RoundState.published,
        end > at_local(period.starts, time(0, 0)),
        end <= at_local(period.ends + timedelta(days=1), time(0, 0)),
    )


def figure(key: Key, rounds: Rounds, periods: tuple[str, ...]) -> Figure:
    """The table of one question: all first, then each service that was shown in any of the periods."""
    duty, title, label, _, answers = key
    services = {name for tables in rounds for each in tables for name, _ in each.rows} - {EVERYBODY}
    upper = next(each.upper for tables in rounds for each in tables)
    return Figure(
        key=f"answers-{duty}",
        title=f"{title}: {label}",
        by=SERVICE,
        base="Answers",
        columns=answers,
        headline=upper,
        unit="%",
        periods=periods,
        lines=tuple(_line(name, rounds, len(answers)) for name in (EVERYBODY, *sorted(services))),
        method="What people answered in surveys that closed in the period, by the service that they were in. A "
        "service of fewer than five answers is hidden, and more where one could be worked out.",
        kind=SHARE,
    )


def _line(name: str, rounds: Rounds, answers: int) -> Line:
    counts = [_together(name, tables, answers) for tables in rounds]
    above = answers // 2
    return Line(
        "" if name == EVERYBODY else name,
        tuple(None if each is None else sum(each) for each in counts),
        tuple(counts),
        tuple(percentage(sum(each[-above:]), sum(each)) if each and sum(each) else None for each in counts),
    )


def _together(name: str, tables: Sequence[QuestionTable], answers: int) -> tuple[int, ...] | None:
    """The counts of a period together; None where one of its rounds hides this service."""
    rows = [dict(each.rows).get(name) for each in tables]
    kept = [each for each in rows if each is not None]
    return tuple(sum(each[at] for each in kept) for at in range(answers)) if len(kept) == len(rows) else None
