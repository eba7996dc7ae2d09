"""How dates and times are said."""

from datetime import date, datetime

from qabot.framework.calendar import LONDON


def say_day(day: date) -> str:
    """21 November 2026."""
    return f"{day.day} {day:%B %Y}"


def say_moment(moment: datetime) -> str:
    """21 November 2026 at 4:05pm, in England."""
    local = moment.astimezone(LONDON)
    hour = local.hour % 12 or 12
    return f"{say_day(local.date())} at {hour}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def say_list(names: list[str]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nobody"
