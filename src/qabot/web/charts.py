"""What the charts of templates/charts.html need beside Jinja's own filters."""

import math
import textwrap
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any


def broken(label: str, letters: int) -> list[str]:
    """A label as lines of so many letters at most; at least one line."""
    return textwrap.wrap(label, letters, break_long_words=True) or [""]


def spread(rows: Sequence[tuple[str, Sequence[int] | None]], count: int) -> list[tuple[str, Sequence[int | None]]]:
    """Rows of a chart as those of a table: what is hidden is hidden in each of its `count` columns."""
    return [(label, numbers if numbers else [None] * count) for label, numbers in rows]


def rounded_up(number: float) -> float:
    """The end of an axis: the next of 1, 2, 4, 6, 8, 10, 20, 40 and so on, half of which is a number too."""
    power = 10 ** math.floor(math.log10(number)) if number > 0 else 1
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= number)


def month_name(day: date) -> str:
    """ "Apr 26"."""
    return f"{day:%b %y}"


def from_day(day: date) -> str:
    """ "From April 2026"."""
    return f"From {day:%B %Y}"


FILTERS: dict[str, Callable[..., Any]] = {
    "broken": broken,
    "spread": spread,
    "rounded_up": rounded_up,
    "month_name": month_name,
    "from_day": from_day,
}
