"""Patience with a database that is away for a moment: what somebody did is tried again while they wait."""

from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from qabot.adapter_kit.persistence import persist
from qabot.errors import DatabaseAway, Unfinished
from qabot.models.availability import is_away
from qabot.models.once import Once
from qabot.models.turns import GUEST

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds for which what somebody did is tried while the database is away. They are told to wait meanwhile."""

NOT_SAVED = "Sorry, this was not saved: qabot could not reach its own records. Please do it once more in a few minutes."
MAYBE_SAVED = (
    "Sorry, qabot cannot say whether this was saved: its own records could not be reached at that moment. Please look "
    "in a few minutes, and do it once more only if it is not there."
)


async def when_there(once: Once[T]) -> T:
    """What it gives. A database that is away for a moment has rolled all of it back, so it is asked again.

    Raises `DatabaseAway` if it does not come back in time, which is a moment for a page; `Unfinished` if it may have
    been done all the same.
    """
    guest = GUEST.get()
    patience = PATIENCE if guest is None else guest.begin

    async def attempt() -> T | DatabaseAway:
        try:
            return await once.attempt()
        except (SQLAlchemyError, DatabaseAway) as away:
            if not is_away(away):
                raise
            return DatabaseAway()

    result = await persist(attempt, lambda each: 0.0 if isinstance(each, DatabaseAway) else None, patience)
    if isinstance(result, DatabaseAway):
        raise Unfinished if once.in_doubt else result
    return result
