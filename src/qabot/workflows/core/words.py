"""How days and moments are said, in sentences as in messages."""

from datetime import date

from qabot.messaging.values import day, time_of_day

say_day = day
"""21 November 2026."""


def say_moment(moment: date | str) -> str:
    """21 November 2026 at 4:05pm, in England; a day alone is said as a day. ISO text is read first."""
    at = time_of_day(moment)
    return f"{day(moment)} at {at}" if at else day(moment)
