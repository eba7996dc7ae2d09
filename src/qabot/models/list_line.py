"""What stands on a list: a notice that says many things at once to one person."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class ListLine(SQLModel, table=True):
    """One deadline on somebody's list of a week (a notice), because of one step of its ladder (`step`, `slot`).

    While the list waits, what is done leaves it; of a list that was sent they are what stood on it. `rule`, `role` and
    `reason` say what a notice's do.
    """

    __tablename__ = "list_line"
    __table_args__ = (UniqueConstraint("list_id", "deadline_id"), Index("list_line_deadline", "deadline_id"))
    id: int = Field(default=None, primary_key=True)
    list_id: int = Field(foreign_key="notice.id")
    deadline_id: int = Field(foreign_key="deadline.id")
    step: str
    slot: str
    rule: str
    role: str = ""
    reason: str = ""
