"""The marks of the event log: a chain of hashes, from which whoever checks it sees whether a line was changed.

A mark says what a line was when it was sealed, and carries the mark before it. It holds no word of the line: only a
hash of it with a salt of its own, which goes once the line is changed by an erasure or goes with time, so that nothing
can be guessed from what is left.
"""

from datetime import datetime
from enum import IntEnum

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class MarkKind(IntEnum):
    """What a mark is of.

    line      a line as it was when it was sealed
    changed   the same line after an erasure: a name in it was replaced
    gone      all lines that went at once because they were older than they are kept
    """

    line = 1
    changed = 2
    gone = 3


class LogMark(SQLModel, table=True):
    """One mark. Their numbers are 1, 2, 3 and so on: the order of sealing, which need not be that of the lines' ids.

    `at`: when it was sealed (UTC). `digest`: of the line with the `salt`, or of the ids of the lines that went. `mark`:
    of all this and of the mark before. `gone_by`: the number of the mark with which the line went.
    """

    __tablename__ = "log_mark"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: int
    event_id: int | None = Field(default=None, index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary)
    mark: bytes = Field(sa_type=LargeBinary)
    gone_by: int | None = Field(default=None, index=True)
