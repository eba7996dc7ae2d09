"""That a council confirmed how an ambiguous rule is read. Nothing of it is ever changed: the newest counts."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class ConfirmedReading(SQLModel, table=True):
    """One confirmation. `rule` is the rule's id, `reading` the digest of what was confirmed, `by` whoever confirmed it
    for the council on the day `on`; `recorded_by_id` noted it on the page, None where a command did.
    """

    __tablename__ = "confirmed_reading"
    id: int = Field(default=None, primary_key=True)
    rule: str = Field(index=True)
    reading: str
    by: str
    on: date
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_by_id: int | None = Field(default=None, foreign_key="person.id")
