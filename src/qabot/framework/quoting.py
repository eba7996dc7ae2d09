"""A value of a file as whoever wrote it knows it, for sentences that say what was found."""

from datetime import date
from typing import Any

from qabot.messaging.letters import fit

LONGEST = 60


def quote(given: Any) -> str:
    """A value as a file has it: `2026-12-24`, `true`, `'a text'`, "a list"; a long text is cut."""
    if given is None:
        return "nothing"
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, date):
        # A date and time is a date too.
        return str(given)
    if isinstance(given, dict):
        return "keys with values"
    if isinstance(given, list | tuple):
        return "a list"
    return repr(given) if len(repr(given)) <= LONGEST else f"{fit(repr(given), LONGEST - 3)}...'"
