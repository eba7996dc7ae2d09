"""What the database knows of all processes together, as numbers for Prometheus: read when they are asked for.

Reasons are words of a closed list: what stands in the event log can name a person. Of how often a reason came, and of
how long alerts waited, no number is given from which one person's could be known.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlmodel import Session, col, func, select

from qabot.delivery import queries
from qabot.delivery.supervisor import AdapterState, Standing
from qabot.models import Alert, Deadline, DeadlineState, Event, Meta, Process
from qabot.models.columns import run
from qabot.models.reasons import reason_of
from qabot.planning.suppression import FLOOR, numbers_shown
from qabot.scheduler.watching.watcher import Standpoint, kept_as

AGES = (0, 60, 900, 3600, 86400)
"""Seconds after its time from which what waits is counted, once for each."""
BACK = timedelta(hours=24)
ACKNOWLEDGED = timedelta(days=90)
SHARES = (0.5, 0.9)
OTHER = "other"


def word_of(detail: Mapping[str, Any], state: str | None) -> str:
    """The word for why a notice waited or did not go; without one, of a deadline that is closed, its `state`."""
    reason = reason_of(detail)
    if reason is not None:
        return reason.value
    return OTHER if state in {None, DeadlineState.open} else f"deadline-{state}"


class Gauges(Collector):
    """The numbers of one moment, as they were read."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """For the registry."""
        return self._families


def page(
    session: Session,
    now: datetime,
    *,
    quiet_since: datetime | None = None,
    chats: Sequence[AdapterState] = (),
) -> bytes:
    """All of it at `now` (UTC), in Prometheus' text format. Nothing is changed."""
    registry = CollectorRegistry()
    registry.register(Gauges([*_of_database(session, now), *_of_process(now, quiet_since, chats)]))
    return generate_latest(registry)


def _of_database(session: Session, now: datetime) -> Iterator[Metric]:
    yield _backlog(session, now)
    yield from _untold(session, now)
    yield _acknowledged(session, now)
    yield _watcher(session, now)
    processes = _gauge("qabot_processes", "Processes that send, by what they run.", "kind")
    for kind, count in session.exec(select(Process.kind, func.count()).group_by(Process.kind)):
        processes.add_metric([kind], count)
    yield processes


def _backlog(session: Session, now: datetime) -> Metric:
    """Nothing of it is left out: a state and an age without a notice is 0, so that an alert's rule has its number."""
    family = _gauge(
        "qabot_backlog", "Notices whose time came so many seconds ago, and that have not gone.", "state", "older_than"
    )
    counts = {(state, age): 0 for state in queries.OPEN for age in AGES}
    for age in AGES:
        for state, count in run(session, queries.BACKLOG_SINCE, {"since": now - timedelta(seconds=age)}):
            counts[state, age] = count
    for (state, age), count in counts.items():
        family.add_metric([state, str(age)], count)
    return family


def _untold(session: Session, now: datetime) -> Iterator[Metric]:
    counts: dict[str, Counter[str]] = {"held": Counter(), "superseded": Counter(), "failed": Counter()}
    query = (
        select(Event.what, Event.detail, Deadline.state)
        .join(Deadline, col(Deadline.id) == col(Event.deadline_id), isouter=True)
        .where(col(Event.at) > now - BACK, col(Event.what).in_(counts))
    )
    for what, detail, state in session.exec(query):
        counts[what][word_of(detail, state)] += len(detail.get("notices", ())) or 1
    said = {
        "held": ("qabot_held_day", "Times that a notice had to wait in the last 24 hours, by reason."),
        "superseded": ("qabot_suppressed_day", "Notices that were not sent in the last 24 hours, by reason."),
    }
    for what, (name, text) in said.items():
        family = _gauge(name, f"{text} Numbers under {FLOOR} are left out.", "reason")
        for reason, number in numbers_shown(counts[what]).items():
            if number is not None:
                family.add_metric([reason], number)
        yield family
    failed = _gauge("qabot_failed_day", "Notices that reached nobody in the last 24 hours.")
    failed.add_metric([], counts["failed"].total())
    yield failed


def _acknowledged(session: Session, now: datetime) -> Metric:
    """By when that share of them was: given if as many as `FLOOR` are on either side."""
    family = _gauge(
        "qabot_acknowledgement_seconds",
        "From an alert to its acknowledgement, of those acknowledged in the last 90 days.",
        "share",
    )
    query = select(Alert.raised_at, Alert.acknowledged_at).where(col(Alert.acknowledged_at) > now - ACKNOWLEDGED)
    waited = sorted((until - since).total_seconds() for since, until in session.exec(query) if until is not None)
    for share in SHARES:
        place = int(share * len(waited))
        if place >= FLOOR and len(waited) - place >= FLOOR:
            family.add_metric([str(share)], waited[place])
    return family


def _watcher(session: Session, now: datetime) -> Metric:
    """By the newest look of any watcher; nothing before the first."""
    family = _gauge("qabot_watcher_age_seconds", "Since a watcher last looked, beside the service or from outside.")
    kept = session.exec(select(Meta.value).where(col(Meta.key).in_([kept_as(each) for each in Standpoint]))).all()
    looked = max((datetime.fromisoformat(json.loads(each)["at"]) for each in kept), default=None)
    if looked is not None:
        family.add_metric([], _since(looked, now))
    return family


def _of_process(now: datetime, quiet_since: datetime | None, chats: Sequence[AdapterState]) -> Iterator[Metric]:
    ticks = _gauge("qabot_tick_age_seconds", "Since a whole round of planning last ended, or since the start.")
    if quiet_since is not None:
        # Without a number no rule of an alert would ever hold of rounds that have failed from the start.
        ticks.add_metric([], _since(quiet_since, now))
    yield ticks
    up = _gauge("qabot_chat_up", "Whether a chat can be sent to.", "adapter")
    for each in chats:
        up.add_metric([each.adapter], each.standing is Standing.running)
    yield up


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)


def _since(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())
