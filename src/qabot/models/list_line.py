"""What stands on a list: a notice that says many things at once to one person."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from qabot.models.columns import new_token


class ListLine(SQLModel, table=True):
    """One deadline on somebody's list (a notice), because of one step of its ladder (`step`, `slot`).

    While the list waits, what is done leaves it; of a list that was sent they are what stood on it. `rule`, `role` and
    `reason` say what a notice's do. `token` is what the line's buttons name, and so the card on
    which it stands; lines of older versions have none, and their buttons name the deadline.
    """

    __tablename__ = "list_line"
    __table_args__ = (UniqueConstraint("list_id", "deadline_id"), Index("list_line_deadline", "deadline_id"))
    id: int = Field(default=None, primary_key=True)
    token: str | None = Field(default_factory=new_token, unique=True, index=True)
    list_id: int = Field(foreign_key="notice.id")
    deadline_id: int = Field(foreign_key="deadline.id")
    step: str
    slot: str
    rule: str
    role: str = ""
    reason: str = ""
