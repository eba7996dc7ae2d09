"""A notice that is no row of the outbox: one that is not made yet, or one line of a list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class Note:
    """As the re-check and cards see it; a row of the table takes fifty times as long. `not_before` is in UTC."""

    key: str
    deadline_id: int | None
    step: str
    slot: str
    rule: str
    message: str
    lane: str
    recipient_id: int
    role: str
    subject_type: str
    subject_id: int
    params: dict[str, Any]
    reason: str
    not_before: datetime
    alone: bool
    handed_on_by_id: int | None = None
    absence_id: int | None = None
    brought_to: str | None = None
    id: int = 0
    token: str = ""
    attempt: int = 0
    possible_repeat: bool = False
    carrier_id: int | None = None
    taken_back_at: datetime | None = None
    taken_back_by_id: int | None = None
    refused_by: str = ""
    sent_at: datetime | None = None
