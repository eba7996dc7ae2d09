"""Moments: what happened to a subject, and what was answered about it. What is added here is never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Moment(SQLModel, table=True):
    """Something that happened: `name` is "thing.moment", such as "alert.opened", of a piece of work or a duty of it."""

    __tablename__ = "moment"
    __table_args__ = (Index("moment_subject", "subject_type", "subject_id"),)
    id: int = Field(default=None, primary_key=True)
    subject_type: str
    subject_id: int
    name: str
    at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="person.id")


class Answer(SQLModel, table=True):
    """What somebody answered to a question about a subject. `given` holds it as `value`.

    That is a key, an ISO day, a person's id, a text, a number, or rows. A bare number would not come back from a JSON
    column of SQLite, which takes it for a number of its own.
    `label` are the question's words as they were read. The newest answer to a question counts.
    """

    __tablename__ = "answer"
    __table_args__ = (Index("answer_subject", "subject_type", "subject_id"),)
    id: int = Field(default=None, primary_key=True)
    subject_type: str
    subject_id: int
    deadline_id: int | None = Field(default=None, foreign_key="deadline.id")
    question: str
    kind: str
    label: str
    given: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="person.id")

    @property
    def value(self) -> Any:
        """The answer itself."""
        return self.given.get("value")


class AnswerRow(SQLModel, table=True):
    """One row of what somebody answered to a question that has rows: a subject of its own, such as an action.

    `subject_type` and `subject_id` are what was asked about: the work, also where a row of it led to the question.
    `number` counts the rows of this question about it, from 1. `columns` says what each column holds (date, person,
    text), `given` what stands in it: an ISO day, a person's id, a text.
    """

    __tablename__ = "answer_row"
    __table_args__ = (Index("answer_row_subject", "subject_type", "subject_id"),)
    id: int = Field(default=None, primary_key=True)
    subject_type: str
    subject_id: int
    question: str
    label: str
    number: int
    columns: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    given: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="person.id")
