"""What came of every notice: the database's word held against what the platforms took.

lost      an alert that qabot has done with, and that nobody got; or, at the end, one that never left
doubled   a notice that somebody got twice without a mark
overtaken a notice whose marked repeat came before the unmarked first copy: a sender that slept had it in hand
repeats   messages that say that they may be a repeat
silent    a digest that nobody got, and nothing of it is on record as ambiguous, failed or still to come
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.faults.databases import rows
from tests.faults.platform import Message, Platform

QUERY = "SELECT id, token, lane, message, state, reason, adapter, carrier_id FROM notice ORDER BY id"
DONE = ("sent", "ambiguous", "failed", "superseded")
UNTOLD = ("superseded",)
"""States in which nobody is meant to get it."""


@dataclass
class Counts:
    """The sums. Each of `lost`, `doubled` and `silent` names the notices."""

    notices: int = 0
    alerts: int = 0
    messages: int = 0
    repeats: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    overtaken: set[str] = field(default_factory=set)
    """By their tokens, unlike the others."""
    silent: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> bool:
        """Whether every promise held."""
        return not (self.lost or self.doubled or self.silent)


def count(url: str, platform: Platform) -> Counts:
    """The sums of everything so far. Meant for when nothing is under way."""
    taken: dict[str, list[Message]] = {}
    for message in platform.taken:
        for token in message.tokens:
            taken.setdefault(token, []).append(message)
    counts = Counts(messages=len(platform.taken), repeats=sum(each.marked for each in platform.taken))
    every = rows(url, QUERY)
    tokens: dict[int, list[str]] = {row.id: [row.token] for row in every}
    for row in every:
        # A digest is known by its own token, or by those of what it carries.
        if row.carrier_id is not None:
            tokens[row.carrier_id].append(row.token)
    for row in every:
        if row.carrier_id is None:
            copies = {id(each): each for token in tokens[row.id] for each in taken.get(token, ())}
            _add(counts, row, sorted(copies.values(), key=lambda each: each.at))
    return counts


def _add(counts: Counts, row: Any, copies: list[Message]) -> None:
    name = f"{row.message} {row.id} ({row.state} by {row.adapter}, {row.reason!r})"
    counts.notices += 1
    counts.states[f"{row.lane} {row.state}"] += 1
    if row.lane == "alert":
        counts.alerts += 1
        if not copies and row.state not in UNTOLD and row.adapter != "web":
            counts.lost.append(name)
    elif not copies and row.state == "sent" and row.adapter != "web":
        counts.silent.append(name)
    unmarked = [at for at, each in enumerate(copies) if not each.marked]
    if len(unmarked) > 1:
        counts.doubled.append(f"{name}, {len(copies)} times")
    elif unmarked and unmarked[0] > 0:
        counts.overtaken.add(row.token)


def unfinished(url: str, *, now: datetime | None = None) -> int:
    """How many alerts are on their way or still to go; where `now` (UTC) is given, without those that wait."""
    done = ", ".join(f"'{each}'" for each in DONE)
    left = rows(url, f"SELECT state, not_before FROM notice WHERE lane = 'alert' AND state NOT IN ({done})")
    return sum(not (now and row.state == "planned" and _moment(row.not_before) > now) for row in left)


def _moment(value: str | datetime) -> datetime:
    """As it is kept: in UTC, and in SQLite as text."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def begun(url: str) -> set[str]:
    """The tokens of the notices whose request may have left, by the database's word."""
    return {row.token for row in rows(url, "SELECT token FROM notice WHERE state = 'begun'")}
