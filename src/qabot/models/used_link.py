"""Personal links that were used, so that each opens one session only."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class UsedLink(SQLModel, table=True):
    """A personal link of the web inbox that was used. `link` is the link's own id, not the link."""

    __tablename__ = "used_link"
    link: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    used_at: datetime = Field(sa_type=UtcDateTime)
