"""What all workers count together, so that no platform is sent to faster than it allows."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Pace(SQLModel, table=True):
    """One send that was let go, or a platform's wish to wait (`until`), in one adapter and one conversation.

    `at` and `until` are seconds since 1970 by the database's clock, which is one for all workers. A wish that is for
    everybody has the conversation "". Rows are let go of once no platform's window reaches back to them.
    """

    __tablename__ = "pace"
    __table_args__ = (
        Index("pace_adapter", "adapter", "at"),
        Index("pace_conversation", "adapter", "conversation", "at"),
    )
    id: int = Field(default=None, primary_key=True)
    adapter: str
    conversation: str = ""
    at: float
    until: float | None = None
