"""Which change of a message is the latest: one that is tried again must not cover what came after it."""

from collections import OrderedDict

MOST = 10_000


class Latest:
    """Changes of messages, by number."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._last = 0

    def begin(self, message_id: str) -> int:
        """The number of a change that begins now."""
        self._last += 1
        self._numbers[message_id] = self._last
        self._numbers.move_to_end(message_id)
        if len(self._numbers) > MOST:
            self._numbers.popitem(last=False)
        return self._last

    def stands(self, message_id: str, number: int) -> bool:
        """Whether no other change of this message has begun since."""
        return self._numbers.get(message_id, number) == number
