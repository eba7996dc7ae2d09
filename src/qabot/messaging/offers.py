"""Which buttons ask for something, and which only offer what may be done and need not be."""

from collections.abc import Iterable

OFFERS = frozenset(
    (
        *("sharing", "settings", "away", "nominate", "more-time", "not-me", "snooze", "look", "undo"),
        *("move-gathering", "cancel-gathering", "calendar-file"),
    )
)
"""Buttons of what may be done and need not be: with these alone a message asks for nothing."""
_LEADS = "open-"
"""How the names of buttons begin that only lead to a page."""


def asks_for_something(actions: Iterable[str]) -> bool:
    """Whether a message with these buttons asks for something. A name may have more behind a colon ("rate:3:4")."""
    return any(each.partition(":")[0] not in OFFERS and not each.startswith(_LEADS) for each in actions)
