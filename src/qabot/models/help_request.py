"""Help that somebody asked for: open until somebody closes it with an answer."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime, new_token


class HelpRequest(SQLModel, table=True):
    """That a person asked for help or more time with a deadline.

    `answer` is one of `verbs.helping.ANSWERS`, `note` what else was said, which passed the identifier check.
    """

    __tablename__ = "help_request"
    id: int = Field(default=None, primary_key=True)
    token: str = Field(default_factory=new_token, unique=True)
    deadline_id: int = Field(foreign_key="deadline.id", index=True)
    asked_by_id: int = Field(foreign_key="person.id", index=True)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answer: str = ""
    note: str = ""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by_id: int | None = Field(default=None, foreign_key="person.id")
