"""A period that was played, as a board reads it: messages by day, who is told what how often, and the busiest day.

A message is what reaches somebody by itself: a digest, which carries any number of notices, an alert, or one notice
that goes alone. People appear by their roles, never by name.
"""

from dataclasses import dataclass
from datetime import date

from qabot.simulation.loads import Load
from qabot.simulation.run import Cast


@dataclass(frozen=True, slots=True)
class Day:
    """One day in England and the messages that went on it. `closed`: no working day; `played`: within the period."""

    day: date
    digests: int = 0
    alerts: int = 0
    others: int = 0
    closed: bool = False
    played: bool = True

    @property
    def messages(self) -> int:
        """How many messages went."""
        return self.digests + self.alerts + self.others


class Sums:
    """What the days of something come to."""

    @property
    def days(self) -> list[Day]:
        """Its days in order."""
        raise NotImplementedError

    @property
    def messages(self) -> int:
        """How many messages went."""
        return sum(each.messages for each in self.days)

    @property
    def digests(self) -> int:
        """How many of them were digests."""
        return sum(each.digests for each in self.days)

    @property
    def alerts(self) -> int:
        """How many of them were alerts."""
        return sum(each.alerts for each in self.days)

    @property
    def others(self) -> int:
        """How many of them were notices that went alone."""
        return sum(each.others for each in self.days)


@dataclass(frozen=True)
class Month(Sums):
    """A month by weeks from Monday to Sunday; None where the week has days of another month."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]
    notices: int

    @property
    def days(self) -> list[Day]:
        """Its days in order."""
        return [each for week in self.weeks for each in week if each is not None]

    @property
    def closures(self) -> list[date]:
        """Monday to Friday, and yet no working day."""
        return [each.day for each in self.days if each.closed and each.day.weekday() < 5]


@dataclass(frozen=True, slots=True)
class Frequency:
    """A message that people of a group get: how often together, how many of them, how often whoever gets it most."""

    title: str
    times: int
    people: int
    most: int


@dataclass(frozen=True, slots=True)
class Group:
    """People who hold the same roles; `quiet` of them get nothing at all."""

    roles: str
    people: int
    quiet: int
    messages: tuple[Frequency, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something about a group that has a day or a moment: what it was, or how many."""

    at: date
    roles: str
    title: str = ""
    count: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Shade:
    """From how many to how many messages a day has this shade."""

    level: int
    least: int
    most: int


@dataclass(frozen=True)
class Yearbook(Sums):
    """All that the page shows. Days are days in England, moments have their offset there."""

    first: date
    last: date
    cast: Cast
    notices: int
    months: tuple[Month, ...]
    groups: tuple[Group, ...]
    loads: tuple[Load, ...]
    busiest: Day | None
    as_busy: tuple[date, ...]
    on_busiest: tuple[Entry, ...]
    most_for_one: Entry | None
    longest: Entry | None
    doubles: tuple[Entry, ...]
    outside: tuple[Entry, ...]
    unsent: tuple[str, ...]
    shades: tuple[Shade, ...]

    @property
    def days(self) -> list[Day]:
        """Every day that was played."""
        return [each for month in self.months for each in month.days if each.played]

    def shade(self, day: Day) -> int:
        """The shade of a day: 0 for none."""
        return next((each.level for each in self.shades if each.least <= day.messages <= each.most), 0)
