"""Surveys that have closed, with generated answers: counted by the rules themselves, and written as they are.

sheets = random_sheets(Random(1), {"Safeguarding": 14, "Children in Care": 9, "Fostering": 3}, STATEMENTS)
token = publish(session, sheets, date(2026, 4, 1))
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from sqlmodel import Session

from qabot.models import RoundState, SurveyFigure, SurveyRound
from qabot.planning.counting import PREFER_NOT, Asked, Filled, count

SCALE = "newham-supervision-1"
"""The version of a scale that stands in the shipped file."""
SAID = {
    "1": "Strongly disagree",
    "2": "Disagree",
    "3": "Neither agree nor disagree",
    "4": "Agree",
    "5": "Strongly agree",
    PREFER_NOT: "Prefer not to answer",
}
STATEMENTS = tuple(
    Asked(
        f"supervision-evaluation-{number}",
        f"Statement {number} of those that the evaluation of supervision asks",
        SCALE,
    )
    for number in range(1, 6)
)


EVERYTHING = (*SAID, "4", "4", "5")


def random_sheets(
    chance: Random, sizes: Mapping[str, int], asked: Sequence[Asked], answers: Sequence[str] = EVERYTHING
) -> list[Filled]:
    """One sheet for each who was asked, by service; three of four have answered, and now and then not everything.

    `answers` are what they choose from, more often what stands there more often.
    """
    return [
        Filled(
            place,
            {each: chance.choice(answers) for each in asked if chance.random() < 0.95},
            sent=chance.random() < 0.75,
        )
        for place, size in sizes.items()
        for _ in range(size)
    ]


def publish(
    session: Session,
    sheets: Sequence[Filled],
    starts: date,
    *,
    duty: str = "evaluation",
    promise: str = "anonymous",
    reads: Sequence[str] = ("quality-assurance",),
) -> str:
    """Write a round that has closed with these sheets; its token."""
    counted = count(sheets)
    made = SurveyRound(
        duty=duty,
        rule="NEW-ACT-28",
        title="Evaluation of supervision",
        promise=promise,
        reads=list(reads),
        starts_on=starts,
        ends_on=starts + timedelta(days=25),
        state=RoundState.too_few if counted.empty else RoundState.published,
    )
    session.add(made)
    session.flush()
    places = {
        each: number for number, each in enumerate(dict.fromkeys(a for sheet in sheets for a in sheet.answers), 1)
    }
    for (service, asked, answer), number in counted.figures.items():
        session.add(
            SurveyFigure(
                round_id=made.id,
                service=service,
                question=asked.name if asked else "",
                label=asked.label if asked else "",
                version=asked.version if asked else "",
                place_in_form=places[asked] if asked else 0,
                answer=answer,
                said=SAID.get(answer, answer),
                order=[*SAID].index(answer) if answer in SAID else 0,
                count=number,
            )
        )
    session.flush()
    return made.token
