"""What one process counts of its own work, for Prometheus. No label says whom or what anything was about.

Labels are an adapter's name, a message's, and words of closed lists. Counts begin at 0 with each process; what the
database knows of all processes together is read when it is asked for (`qabot.scheduler.gauges`).
"""

from collections.abc import Collection
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest

DELAYS = (1, 5, 15, 30, 60, 120, 300, 900, 3600, 14400, 86400)
SENDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
PRESSES = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 3, 10)
"""Upper ends of the buckets, in seconds. Slack and Teams wait 3 seconds for the answer to a press."""
OUTCOMES = ("sent", "ambiguous", "retry-after", "refused-person", "refused-all")
KINDS, RESULTS = ("press", "form", "word"), ("done", "failed")
MOST_WAITING = 100_000
"""Notices of which it is remembered since when they wait; the oldest are forgotten first."""


class Measures:
    """The numbers of one process. Each qabot has its own, so that two in one process are not counted together."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._delays = Histogram(
            "qabot_notice_delay_seconds",
            "From when a message was to go until a platform had taken it.",
            ("adapter", "message"),
            buckets=DELAYS,
            registry=registry,
        )
        self._sends = Histogram(
            "qabot_send_seconds",
            "How long a platform took to answer one send.",
            ("adapter", "message"),
            buckets=SENDS,
            registry=registry,
        )
        self._outcomes = Counter(
            "qabot_sends", "Sends by what came of them.", ("adapter", "outcome"), registry=registry
        )
        self._presses = Histogram(
            "qabot_press_seconds",
            "How long the answer to a press, a form or a typed word took.",
            ("adapter", "kind", "result"),
            buckets=PRESSES,
            registry=registry,
        )
        self._waiting: dict[int, datetime] = {}

    def begin(self, adapters: Collection[str]) -> None:
        """Show what rules ask for from the start, as 0.

        Prometheus takes a number that it had never seen as where counting begins: without this a burst of answers that
        were lost, or of presses that were not saved, would be no increase, and no rule of an alert would hold.
        """
        for adapter in adapters:
            for outcome in OUTCOMES:
                self._outcomes.labels(adapter, outcome)
            for kind in KINDS:
                for result in RESULTS:
                    self._presses.labels(adapter, kind, result)

    def answered(self, adapter: str, message: str, seconds: float, outcome: str) -> None:
        """A platform answered a send after so many seconds; `outcome` is the name of one of the closed set."""
        self._sends.labels(adapter, message).observe(seconds)
        self._outcomes.labels(adapter, outcome).inc()

    def waits(self, notice_id: int, since: datetime) -> None:
        """It was to go then (UTC) and is tried again later. The first such moment counts."""
        self._waiting.setdefault(notice_id, since)
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]

    def sent(self, adapter: str, message: str, notice_id: int, due: datetime, now: datetime) -> None:
        """A platform has it, `now` (UTC). It was to go when it was `due`, or earlier if this process knows so."""
        due = self._waiting.pop(notice_id, due)
        self._delays.labels(adapter, message).observe(max(0.0, (now - due).total_seconds()))

    def ended(self, notice_id: int) -> None:
        """Nothing more becomes of it."""
        self._waiting.pop(notice_id, None)

    def pressed(self, adapter: str, kind: str, seconds: float, *, failed: bool) -> None:
        """What somebody did was answered. `kind` is press, form or word."""
        self._presses.labels(adapter, kind, "failed" if failed else "done").observe(seconds)

    def page(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)
