"""Named periods of a council's calendar, such as Practice Week: from which day to which, and who rests in them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator

from qabot.framework.base import RuleId, Strict
from qabot.framework.calendar import out_of_reach

EVERYBODY = "everybody"
"""Who rests where everybody does, in place of a role or a team."""
_DAY = r"\d{4}-\d{2}-\d{2}"
_SPAN = re.compile(rf"({_DAY})(?: to ({_DAY}))?")
EXPECTED = "expected a day such as 2026-05-11, or from the first to the last: 2026-05-11 to 2026-05-15"


@dataclass(frozen=True, slots=True)
class Span:
    """From a day to a day, both included."""

    first: date
    last: date

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read "2026-05-11" or "2026-05-11 to 2026-05-15". Raises `ValueError` that says what was expected."""
        match = _SPAN.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is no day: {EXPECTED}")
        try:
            first = date.fromisoformat(match[1])
            last = date.fromisoformat(match[2] or match[1])
        except ValueError:
            raise ValueError(f"there is no such day in {text!r}: {EXPECTED}") from None
        if last < first:
            raise ValueError(f"{text!r} ends before it begins: expected the first day, 'to' and the last")
        for day in (first, last):
            if what := out_of_reach(day):
                raise ValueError(f"{day.isoformat()} {what}")
        return cls(first, last)

    def __str__(self) -> str:
        return self.first.isoformat() if self.first == self.last else f"{self.first} to {self.last}"

    def spoken(self) -> str:
        """The days in words: "11 to 15 May 2026"."""
        if self.first == self.last:
            return said(self.first)
        if (self.first.year, self.first.month) == (self.last.year, self.last.month):
            return f"{self.first.day} to {said(self.last)}"
        begins = f"{self.first.day} {self.first:%B}" if self.first.year == self.last.year else said(self.first)
        return f"{begins} to {said(self.last)}"


def said(day: date) -> str:
    """A day in words: "11 May 2026"."""
    return f"{day.day} {day:%B %Y}"


def _span(value: Any) -> Any:
    if isinstance(value, Span):
        return value
    return Span.parse(
        value.isoformat() if isinstance(value, date) else value if isinstance(value, str) else repr(value)
    )


SpanText = Annotated[
    Span,
    BeforeValidator(_span),
    PlainSerializer(str),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_DAY}( to {_DAY})?$", "examples": ["2026-05-11 to 2026-05-15", "2026-10-01"]}
    ),
]


class NamedPeriod(Strict):
    """Days of a council's calendar that have a name, such as Practice Week."""

    rule: RuleId = Field(description="The rule that asks for it.")
    title: str = Field(default="", description="What people call it; without one, its name.")
    days: tuple[SpanText, ...] = Field(
        description="Its days: `2026-05-11 to 2026-05-15`, or a single one, as often as it comes."
    )

    @field_validator("days")
    @classmethod
    def _some(cls, days: tuple[Span, ...]) -> tuple[Span, ...]:
        if not days:
            raise ValueError(f"there is no day: {EXPECTED}")
        return days

    @property
    def ends(self) -> date:
        """Its last day of all."""
        return max(each.last for each in self.days)

    def days_within(self, first: date, last: date) -> list[date]:
        """Those of its days that lie between two days, both included."""
        return sorted({day for each in self.days for day in _each_day(max(each.first, first), min(each.last, last))})


def _each_day(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[
    tuple[str, ...], BeforeValidator(_names, json_schema_input_type=str | tuple[str, ...]), Field(min_length=1)
]
"""One name, or a list of them."""
