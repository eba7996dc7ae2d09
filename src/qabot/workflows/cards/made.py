"""The items of a message, made when they are looked at: of a list with a thousand lines twenty are."""

from collections.abc import Callable, Sequence
from typing import overload

from qabot.messaging.views import Item


class Made(Sequence[Item]):
    """So many items; `make` makes the one at a place, once."""

    def __init__(self, count: int, make: Callable[[int], Item]) -> None:
        self._count, self._make = count, make
        self._known: dict[int, Item] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Item: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Item]: ...

    def __getitem__(self, at: int | slice) -> Item | Sequence[Item]:
        """One, or some. Raises `IndexError`."""
        places = range(self._count)[at]
        if isinstance(places, range):
            return [self[each] for each in places]
        if places not in self._known:
            self._known[places] = self._make(places)
        return self._known[places]
