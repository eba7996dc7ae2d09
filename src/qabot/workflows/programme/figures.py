"""The figures of a period, for whoever may read them: every measure by its groups, and what surveys were answered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlmodel import col, select

from qabot.errors import NotAllowed
from qabot.models import SurveyFigure, SurveyRound
from qabot.planning.counting import ANSWERED, ASKED
from qabot.planning.figures import SHARE, Figure, Line, aimed, compared, figures
from qabot.planning.percentages import percentage
from qabot.planning.periods import Period
from qabot.workflows.access.seniors import may_read
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.figure_answers import answered, closed_in
from qabot.workflows.programme.figure_items import counted

CLOSED = "These figures are open to {quality}, administrators and senior leaders."
SURVEY = "survey"


def read(unit: Unit, person_id: int, period: Period, targets: Mapping[str, int]) -> list[Figure]:
    """Every figure of a period, and what was answered in the surveys that this person reads.

    Raises `NotAllowed` for whoever does not read them.
    """
    if not may_read(unit, person_id):
        raise NotAllowed(CLOSED.format(quality=unit.framework.quality))
    return [*of_period(unit, period, targets), *answered(unit, compared(period), person_id)]


def of_period(unit: Unit, period: Period, targets: Mapping[str, int]) -> list[Figure]:
    """Every figure of a period that each reader of figures and reports may see, in the order of a report."""
    made = [
        figure
        for measure, items in counted(unit, compared(period))
        for figure in figures(measure, items, period, unit.today)
    ]
    return aimed([*made, _feedback(unit, compared(period))], targets)


def _feedback(unit: Unit, periods: Sequence[Period]) -> Figure:
    """How many were asked in the surveys that closed in each period, and have answered: what was counted for all."""
    by_title: dict[str, list[dict[str, int]]] = defaultdict(lambda: [defaultdict(int) for _ in periods])
    whole: list[dict[str, int]] = [defaultdict(int) for _ in periods]
    for at, period in enumerate(periods):
        for title, answer, count in unit.session.exec(
            select(SurveyRound.title, SurveyFigure.answer, SurveyFigure.count)
            .join(SurveyRound, col(SurveyRound.id) == col(SurveyFigure.round_id))
            .where(
                closed_in(period),
                SurveyFigure.service == "",
                SurveyFigure.question == "",
            )
        ):
            by_title[title][at][answer] += count
            whole[at][answer] += count
    return Figure(
        key="feedback",
        title="Feedback that people gave",
        by=SURVEY,
        base="Asked",
        columns=("Answered",),
        headline="Answered",
        unit="%",
        periods=tuple(each.title for each in periods),
        lines=(_line("", whole), *(_line(title, each) for title, each in sorted(by_title.items()))),
        method="Surveys that closed in the period and were answered by five or more. What was answered stands "
        "below for those who read each survey, by its promise.",
        kind=SHARE,
        exact=100 * whole[0][ANSWERED] / whole[0][ASKED] if whole[0][ASKED] else None,
    )


def _line(name: str, counts: Sequence[dict[str, int]]) -> Line:
    return Line(
        name,
        tuple(each[ASKED] for each in counts),
        tuple((each[ANSWERED],) for each in counts),
        tuple(percentage(each[ANSWERED], each[ASKED]) if each[ASKED] else None for each in counts),
    )
