"""Surveys: who was asked, what each has answered so far (sealed), and what was counted of it once it had closed.

What is counted is linked to nobody: its rows have random keys, no time, and nothing that holds one person's answers
together. Whoever has the database and not the service's secret key reads no answer of anybody.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime, new_token


class RoundState(StrEnum):
    """open -> published | too-few | joined.

    open        people answer, or may be asked still
    published   counted once, and never again
    too-few     closed with fewer answers than may be shown
    joined      too few for a quarter of their own, so that they count with the next one
    """

    open = "open"
    published = "published"
    too_few = "too-few"
    joined = "joined"


class SurveyRound(SQLModel, table=True):
    """One time that a survey is asked: a turn of its rhythm, or a quarter of what is asked after each piece of work.

    Whoever is asked from `starts_on` to `ends_on` belongs to it. `reads` are the roles that read its results as they
    were when it began. `token` names it in addresses. `changes` is what changes because of it, as quality assurance
    wrote it to all who were asked: once, and "" before.
    """

    __tablename__ = "survey_round"
    id: int = Field(default=None, primary_key=True)
    token: str = Field(default_factory=new_token, unique=True)
    duty: str = Field(index=True)
    rule: str
    title: str
    promise: str
    reads: list[Any] = Field(default_factory=list, sa_type=JSON)
    cycle_id: int | None = Field(default=None, foreign_key="cycle.id")
    starts_on: date
    ends_on: date
    state: str = Field(default=RoundState.open)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changes: str = ""
    changes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changes_by_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("person.id", name="survey_round_changes_by_id_fkey")]
    )


class SurveySheet(SQLModel, table=True):
    """What one person was asked, and has answered so far: sealed, and no shorter or longer for what it holds.

    Every one who is asked has a sheet from the first day, so that none says who has answered. `place` is the service
    in whose results they count; `asked_before` says why they are asked twice in a month, if they are. The sheets of an
    anonymous survey are gone once it has closed.
    """

    __tablename__ = "survey_sheet"
    key: str = Field(default_factory=new_token, primary_key=True)
    round_id: int = Field(foreign_key="survey_round.id", index=True)
    deadline_id: int = Field(foreign_key="deadline.id", unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    place: str = ""
    asked_before: str = ""
    sealed: bytes = Field(sa_type=LargeBinary)


class SurveyFigure(SQLModel, table=True):
    """One count of a survey that has closed: how many gave this answer to this question, in a service or in all ("").

    Answers on another version of a scale, or to other words, are other figures. Without a `question` it is how many
    were asked and have answered. `place_in_form` and `order` are where the question and the answer stood.
    """

    __tablename__ = "survey_figure"
    key: str = Field(default_factory=new_token, primary_key=True)
    round_id: int = Field(foreign_key="survey_round.id", index=True)
    service: str
    question: str
    section: str = ""
    label: str
    version: str
    place_in_form: int
    answer: str
    said: str
    order: int
    count: int


class CommentState(StrEnum):
    """Waiting for quality assurance to read it; then released to those who read results, or withheld."""

    waiting = "waiting"
    released = "released"
    withheld = "withheld"


class SurveyComment(SQLModel, table=True):
    """What somebody wrote in their own words, in a survey that ten or more have answered; by whom is kept nowhere."""

    __tablename__ = "survey_comment"
    key: str = Field(default_factory=new_token, primary_key=True)
    round_id: int = Field(foreign_key="survey_round.id", index=True)
    question: str
    label: str
    place_in_form: int
    text: str
    state: str = Field(default=CommentState.waiting)
