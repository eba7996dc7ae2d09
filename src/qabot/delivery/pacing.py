"""How fast each platform may be sent to. Nobody sleeps: who must wait is told for how long.

Windows are kept in memory, for one process; several workers keep them in the database (`shared_pace`). The platform's
own 429 is the truth beyond that.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable

from qabot.adapter import Rate

Window = tuple[int, float]


class Pacer:
    """Counts sends in sliding windows, for each adapter as a whole and for each conversation."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._sent: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._blocked: dict[tuple[str, str], float] = {}
        self._turned_away: dict[tuple[str, str], int] = defaultdict(int)

    def wait(self, adapter: str, conversation: str, rate: Rate, line: str = "") -> float:
        """Seconds to wait before this send; 0 admits it, and counts it.

        Those who must wait for the adapter as a whole are told one after another when there will be room for each, so
        that a thousand of them do not come back at once to be turned away again. Each lane is a `line` of its own: an
        alert stands behind other alerts, never behind a thousand reminders.
        """
        if not (rate.everybody or rate.conversation or self._blocked):
            return 0.0
        now = self._monotonic()
        whole = max(self._blocked.get((adapter, ""), 0.0) - now, self._room(adapter, "", rate.everybody, now))
        if whole > 0:
            return whole + self._queue(adapter, line, rate.everybody)
        own = max(
            self._blocked.get((adapter, conversation), 0.0) - now,
            self._room(adapter, conversation, rate.conversation, now),
        )
        if own > 0:
            return own
        self._turned_away[adapter, line] = 0
        if rate.everybody:
            self._sent[adapter, ""].append(now)
        if rate.conversation:
            self._sent[adapter, conversation].append(now)
        return 0.0

    def recall(self, adapter: str, conversation: str, at: float) -> None:
        """Count a send of another process, the oldest first: `at` by the clock that this one was given."""
        self._sent[adapter, conversation].append(at)

    def block(self, adapter: str, conversation: str, seconds: float) -> None:
        """The platform asked to wait: for one conversation, or for everybody ("")."""
        self._blocked[adapter, conversation] = self._monotonic() + seconds

    def _queue(self, adapter: str, line: str, windows: tuple[Window, ...]) -> float:
        """Seconds until those of this line who were turned away before are through."""
        before = self._turned_away[adapter, line]
        self._turned_away[adapter, line] += 1
        return max((before // count * seconds for count, seconds in windows), default=0.0)

    def _room(self, adapter: str, conversation: str, windows: tuple[Window, ...], now: float) -> float:
        if not windows:
            return 0.0
        sent = self._sent[adapter, conversation]
        longest = max(seconds for _, seconds in windows)
        while sent and sent[0] <= now - longest:
            sent.popleft()
        return max((_wait(sent, count, seconds, now) for count, seconds in windows), default=0.0)


def _wait(sent: deque[float], count: int, seconds: float, now: float) -> float:
    """Until when the `count`th newest send leaves the window."""
    if len(sent) < count:
        return 0.0
    return max(sent[-count] + seconds - now, 0.0)
