"""Why a notice waits or is not sent, as data: the sentence beside it in the log is for people."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """The words of a closed list, which name nobody; metrics count by them.

    What an event says of a deadline that closed has none: the deadline's own state says why.
    """

    pace = "pace"
    digest_gone = "digest-gone"
    pilot = "pilot"
    by_hand = "by-hand"
    hours = "hours"
    unchecked = "unchecked"
    overtaken = "overtaken"
    no_longer_needed = "no-longer-needed"
    put_off = "put-off"
    expected = "expected"
    news_off = "news-off"
    handed_over = "handed-over"
    empty = "empty"
    stale = "stale"
    left = "left"
    away = "away"
    platform = "platform"


def by_reason(reason: Reason | None) -> dict[str, Any]:
    """What an event keeps of it in its detail; nothing without one."""
    return {"reason": reason.value} if reason is not None else {}


def reason_of(detail: Mapping[str, Any]) -> Reason | None:
    """The reason that an event's detail keeps; None of an older event, and of one that has none."""
    kept = detail.get("reason")
    return next((each for each in Reason if each == kept), None)
