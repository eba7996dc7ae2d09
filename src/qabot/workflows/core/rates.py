"""How often one person may do what reaches others, so that nobody's script or stuck key sends eight hundred messages.

By the service's own clock, which may be moved; kept in memory, by each process for itself.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime
from threading import RLock
from typing import Any

from limits import RateLimitItem, parse
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter

from qabot.errors import BadRequest

NOMINATIONS, LINKS, ACTS, SIGN_INS = "20 per hour", "20 per hour", "600 per minute", "60 per minute"
CALLS = "300 per minute"
TOO_MANY = (
    "That is more than qabot takes at a time: {amount} in {window}. Nothing is lost. Please go on a little later."
)


class Rates:
    """Counts what each person, or each address, does. `now` gives the service's time (UTC)."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        nominations: str = NOMINATIONS,
        links: str = LINKS,
        acts: str = ACTS,
        sign_ins: str = SIGN_INS,
        calls: str = CALLS,
    ) -> None:
        self._limiter = MovingWindowRateLimiter(_Kept(now))
        given = {"nomination": nominations, "link": links, "act": acts, "sign-in": sign_ins, "call": calls}
        self._limits = {what: parse(limit) for what, limit in given.items()}

    def take(self, what: str, whose: int | str) -> None:
        """Count one more of a person (by id) or an address. Raises `BadRequest` with a sentence if that is too many."""
        limit = self._limits[what]
        if not self._limiter.hit(limit, what, str(whose)):
            raise BadRequest(TOO_MANY.format(amount=limit.amount, window=_window(limit)))


def _window(limit: RateLimitItem) -> str:
    name = limit.GRANULARITY.name
    if limit.multiples == 1:
        return f"an {name}" if name == "hour" else f"a {name}"
    return f"{limit.multiples} {name}s"


class _Kept(Storage, MovingWindowSupport):
    """The moments of what was done, newest first. The library's own storage reads the machine's clock."""

    STORAGE_SCHEME = None

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._lock = RLock()
        self._moments: defaultdict[str, deque[float]] = defaultdict(deque)

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing can fail here."""
        return Exception

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Add so many moments if there is room for them."""
        with self._lock:
            moments, now = self._recent(key, expiry), self._now().timestamp()
            if len(moments) + amount > limit:
                return False
            moments.extendleft([now] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the window began, and how many moments are in it."""
        with self._lock:
            moments = self._recent(key, expiry)
            return (moments[-1] if moments else self._now().timestamp()), len(moments)

    def _recent(self, key: str, expiry: int) -> deque[float]:
        moments, now = self._moments[key], self._now().timestamp()
        # A clock that was put back must not shut anybody out: what is yet to come is over.
        self._moments[key] = moments = deque(each for each in moments if 0 <= now - each < expiry)
        return moments

    def clear(self, key: str) -> None:
        """Forget one person's."""
        with self._lock:
            self._moments.pop(key, None)

    def reset(self) -> int:
        """Forget all."""
        with self._lock:
            count = len(self._moments)
            self._moments.clear()
            return count

    def check(self) -> bool:
        """It is there."""
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Of fixed windows, which are not used."""
        raise NotImplementedError

    get: Any = incr
    get_expiry: Any = incr
