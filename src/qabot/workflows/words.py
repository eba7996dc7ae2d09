"""How days and moments are said, in sentences as in messages."""

from datetime import datetime

from qabot.messaging.values import day, time

say_day = day
"""21 November 2026."""


def say_moment(moment: datetime) -> str:
    """21 November 2026 at 4:05pm, in England."""
    return f"{day(moment)} at {time(moment)}"
