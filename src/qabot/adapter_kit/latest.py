"""Which change of something on a screen is the latest: one that is tried again must not cover what came after it."""

from collections import OrderedDict
from collections.abc import Hashable

MOST = 10_000


class Latest:
    """Changes of messages or dialogs, by number."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[Hashable, int] = OrderedDict()
        self._last = 0

    def begin(self, name: Hashable) -> int:
        """The number of a change that begins now of what has this name."""
        self._last += 1
        self._numbers[name] = self._last
        self._numbers.move_to_end(name)
        if len(self._numbers) > MOST:
            self._numbers.popitem(last=False)
        return self._last

    def stands(self, name: Hashable, number: int) -> bool:
        """Whether no other change of it has begun since."""
        return self._numbers.get(name, number) == number
