"""How often work is done: "quarter", "6 weeks from 2026-04-06", "month on 3rd Tuesday", "on request".

Every period is counted from the first one, so that nothing drifts: a month from 31 January is the last of February, and
the one after it 31 March. Without a day to count from, months are those of the financial year, from April.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from qabot.framework.calendar import add_months, out_of_reach
from qabot.framework.quoting import quote

FIRST_MONTH = 4
"""The financial year begins in April (D1)."""
ON_REQUEST = "on request"
SINCE_LAST = "since last"
"""Each subject has a clock of its own, which its last piece of work sets back."""
MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
LONGEST = {"week": 520, "month": 120, "quarter": 40, "half-year": 20, "year": 10}
"""The most of each that a period may have: ten years."""
ORDINALS = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "last": -1}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EXPECTED = (
    "expected 'month', 'quarter', 'half-year', 'year', '2 months', '6 weeks from 2026-04-06', 'month on 3rd Tuesday', "
    f"'{SINCE_LAST}' or '{ON_REQUEST}'; each but the last two may end in 'from' and the day on which the first begins"
)
_COUNT = r"(?:[2-9]|[1-9]\d{1,2})"
_SHAPE = re.compile(
    rf"{ON_REQUEST}|{SINCE_LAST}|(?:(?:(?P<weeks>{_COUNT}) weeks|week)|"
    rf"(?:(?P<count>{_COUNT}) (?P<many>{'|'.join(MONTHS)})s|(?P<one>{'|'.join(MONTHS)}))"
    rf"(?: on (?P<nth>{'|'.join(ORDINALS)}) (?P<weekday>{'|'.join(WEEKDAYS)}))?)"
    r"(?: from (?P<since>\d{4}-\d{2}-\d{2}))?"
)
PATTERN = "^(?:" + re.sub(r"\?P<[a-z]+>", "?:", _SHAPE.pattern) + ")$"
"""The same for editors, whose regular expressions have no names."""
_IN_OTHER_WORDS = {
    "weekly": "week from 2026-04-06",
    **dict.fromkeys(("fortnight", "fortnightly"), "2 weeks from 2026-04-06"),
    "monthly": "month",
    "quarterly": "quarter",
    **dict.fromkeys(("term", "termly"), "4 months from 2026-09-01"),
    "half-yearly": "half-year",
    **dict.fromkeys(("yearly", "annual", "annually"), "year"),
}
"""How councils' own documents say a rhythm, and how a file does."""


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day of a period, and what people call it."""

    starts: date
    ends: date
    name: str

    @property
    def key(self) -> str:
        """What tells it from the others of the same activity, now and in any later version: its first day."""
        return self.starts.isoformat()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """So many of a unit; `count` 0 is on request, for which no clock makes anything, or each subject's own clock.

    `since` is the day on which the first period begins, before which there is none. With `nth` and `weekday` each
    period begins on that day of its month.
    """

    count: int
    unit: str = ""
    nth: str = ""
    weekday: str = ""
    since: date | None = None

    @classmethod
    def parse(cls, text: str) -> "Rhythm":
        """Read a rhythm. Raises `ValueError` that says what was expected."""
        words = text.strip()
        match = _SHAPE.fullmatch(words)
        if not match:
            meant = _IN_OTHER_WORDS.get(words.lower().removeprefix("every ").partition(" ")[0])
            guess = f"; did you mean {meant!r}?" if meant else ""
            raise ValueError(f"{text!r} is no rhythm: {EXPECTED}{guess}")
        if words in (ON_REQUEST, SINCE_LAST):
            return cls(0, "" if words == ON_REQUEST else SINCE_LAST)
        unit = match["many"] or match["one"] or "week"
        count = int(match["count"] or match["weeks"] or 1)
        if count > LONGEST[unit]:
            raise ValueError(f"{text!r} is longer than ten years: expected at most {LONGEST[unit]} {unit}s")
        return cls(count, unit, match["nth"] or "", match["weekday"] or "", _day(match["since"]))

    def __str__(self) -> str:
        if not self.count:
            return self.unit or ON_REQUEST
        on = f" on {self.nth} {self.weekday}" if self.nth else ""
        since = f" from {self.since.isoformat()}" if self.since else ""
        return f"{self.length}{on}{since}"

    @property
    def on_request(self) -> bool:
        """Whether work comes only by import, or when somebody asks for it."""
        return not self.count and not self.unit

    @property
    def since_last(self) -> bool:
        """Whether each subject has a clock of its own."""
        return self.unit == SINCE_LAST

    @property
    def months(self) -> int:
        """How many months a period has; 0 if it is counted in weeks, or has no cycles."""
        return self.count * MONTHS.get(self.unit, 0)

    @property
    def length(self) -> str:
        """How long a period is: "6 weeks", "month"."""
        return self.unit if self.count == 1 else f"{self.count} {self.unit}s"

    def period(self, day: date) -> Period | None:
        """The period that holds a day; None before the first one, and where there are no cycles."""
        if not self.count or (number := self._number(day)) < self._first:
            return None
        starts = self._start(number)
        ends = self._start(number + 1) - timedelta(days=1)
        return Period(starts, ends, self._name(starts, ends))

    def next_start(self, day: date) -> date | None:
        """The first day later than this one on which a period begins; None where there are no cycles."""
        if not self.count:
            return None
        number = self._number(day) + 1
        return self._start(number if number >= self._first else int(self._first))

    def asked_for(self, day: date, due: date) -> Period:
        """What stands in for the period of work that was asked for on a day."""
        return Period(day, due, f"asked for on {_spoken(day)}")

    def spoken(self) -> str:
        """How often that is, in words that follow what is done."""
        if not self.count:
            return "counted from the last one" if self.since_last else ON_REQUEST
        often = f"every {self.length}" if self.count > 1 or self.unit == "half-year" else f"each {self.unit}"
        if self.nth:
            often += f", from the {self.nth} {self.weekday} on"
        if self.since:
            return f"{often} {'and ' if self.nth else ''}from {_spoken(self.since)}"
        return f"{often} of the financial year" if str(self) == "quarter" else often

    def problems(self) -> list[str]:
        """What no day could be found for, each as a sentence that says what to write."""
        problems = []
        if self.nth == "5th":
            problems.append(f"not every month has a 5th {self.weekday}: expected 1st to 4th, or 'last {self.weekday}'")
        if self.since is None and (self.unit == "week" or (self.months and 12 % self.months)):
            problems.append(
                f"nothing says from when '{self}' is counted: expected '{self} from 2026-04-06', with the day on which "
                "the first one begins"
            )
        if self.since is not None and (what := out_of_reach(self.since)):
            problems.append(f"{self.since.isoformat()} {what}")
        return problems

    @property
    def _base(self) -> date:
        return self.since or date(2000, FIRST_MONTH, 1)

    @property
    def _first(self) -> float:
        """The number of the first period; those of the financial year have always been."""
        if self.since is None:
            return float("-inf")
        return 0 if self._start(0) >= self.since else 1

    def _number(self, day: date) -> int:
        """Which period, counted from the base, is the last to have begun on a day."""
        if self.unit == "week":
            return (day - self._base).days // (7 * self.count)
        passed = (day.year - self._base.year) * 12 + day.month - self._base.month
        number = passed // self.months
        return number if self._start(number) <= day else number - 1

    def _start(self, number: int) -> date:
        if self.unit == "week":
            return self._base + timedelta(weeks=self.count * number)
        if not self.nth:
            return add_months(self._base, self.months * number)
        return _nth(add_months(self._base.replace(day=1), self.months * number), self.nth, self.weekday)

    def _name(self, starts: date, ends: date) -> str:
        if self.unit == "week" or self.nth or self._base.day != 1:
            return f"{self.length} from {_spoken(starts)}"
        if (starts.year, starts.month) == (ends.year, ends.month):
            return f"{starts:%B %Y}"
        return f"{starts:%B} to {ends:%B %Y}" if starts.year == ends.year else f"{starts:%B %Y} to {ends:%B %Y}"


def _nth(month: date, nth: str, weekday: str) -> date:
    """The nth weekday of the month that begins on a day; the last one where it has no fifth."""
    first = month + timedelta(days=(WEEKDAYS.index(weekday) - month.weekday()) % 7)
    following = add_months(month, 1)
    last = first + timedelta(weeks=(following - first - timedelta(days=1)).days // 7)
    return last if ORDINALS[nth] < 0 else min(first + timedelta(weeks=ORDINALS[nth] - 1), last)


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text}: expected one such as 2026-04-06") from None


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _rhythm(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        raise ValueError(f"{EXPECTED}, found {quote(value)}")  # noqa: TRY004 - pydantic tells it
    return value if isinstance(value, Rhythm) else Rhythm.parse(value if isinstance(value, str) else quote(value))


RhythmText = Annotated[
    Rhythm,
    BeforeValidator(_rhythm),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["quarter", "6 weeks from 2026-04-06"]}),
]
