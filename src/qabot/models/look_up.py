"""Looking something up by a number that a row may lack: a team, a person, a deadline that it has none of."""

from collections.abc import Mapping
from typing import TypeVar, overload

V = TypeVar("V")
D = TypeVar("D")


@overload
def by_id(things: Mapping[int, V], number: int | None) -> V | None: ...
@overload
def by_id(things: Mapping[int, V], number: int | None, without: D) -> V | D: ...
def by_id(things: Mapping[int, V], number: int | None, without: D | None = None) -> V | D | None:
    """What has this number; `without` where there is no number, or nothing has it."""
    return without if number is None else things.get(number, without)
