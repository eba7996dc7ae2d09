"""Databases that many tests begin with: made once in a process, and copied as they are into each test's own."""

from collections.abc import Callable
from copy import copy
from functools import cache
from sqlite3 import Connection
from typing import TypeVar, cast

from qabot.models import Store

T = TypeVar("T")


def begin_with(store: Store, make: Callable[[Store], T]) -> T:
    """Give an empty database what `make` gives one; what `make` returns. On SQLite it works the first time only.

    A copy has the same rows to the last token: no two databases of one test may have to differ in those.
    """
    if not store.sqlite:
        return make(store)
    made: tuple[Store, T] = _made(make)
    first, said = made
    ours, theirs = (each.engine.raw_connection() for each in (store, first))
    try:
        cast(Connection, theirs.dbapi_connection).backup(cast(Connection, ours.dbapi_connection))
    finally:
        ours.close()
        theirs.close()
    return copy(said)


@cache
def _made(make: Callable[[Store], T]) -> tuple[Store, T]:
    store = Store("sqlite://", inline=True)
    return store, make(store)
