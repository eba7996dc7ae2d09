"""Every distance in the file of any council, worked out by hand around the days on which counting goes wrong.

Bank holidays: 25 and 28 December 2026, 1 January, 26 and 29 March (Easter) 2027, 28 August 2028. The closure week is 29
to 31 December 2026. Clocks go back on Sunday 25 October 2026, forward on Sunday 28 March 2027; 2028 has a 29 February.
What is counted back rolls to the working day before, what is counted on to the one after.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from deploy.language import shipped
from qabot.framework import Framework
from qabot.framework.calendar import LONDON
from qabot.framework.offsets import Offset
from tests.support.invented import framework_of

WORKING_DAYS = (-10, -5, -3, -2, -1, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25)
DAYS = (-28, -14, -7, -2, 7, 14, 21, 28, 42, 56)
MONTHS = (-1, 6, 12)
HOURS = (3, 4)
CLOSURE_WEEK = (date(2026, 12, 29), date(2026, 12, 30), date(2026, 12, 31))


@dataclass(frozen=True)
class Worked:
    """From a day, and for hours from a moment in London: what each distance comes to, in the order of the lists."""

    day: str
    working_days: str
    days: str
    months: str
    moment: str
    hours: str
    closed: tuple[date, ...] = ()


CASES = {
    "Christmas": Worked(  # a Friday: a week later is Christmas Day, two weeks later New Year's Day
        "2026-12-18",
        "12-04 12-11 12-15 12-16 12-17 12-21 12-22 12-23 12-24 12-29 12-30 01-04 01-06 01-13 01-20 01-27",
        "11-20 12-04 12-11 12-16 12-29 01-04 01-08 01-15 01-29 02-12",
        "2026-11-18 2027-06-18 2027-12-20",
        "2026-12-24 15:00",
        "2026-12-29 10:00, 2026-12-29 11:00",
    ),
    "closure week": Worked(
        "2026-12-18",
        "12-04 12-11 12-15 12-16 12-17 12-21 12-22 12-23 12-24 01-04 01-05 01-07 01-11 01-18 01-25 02-01",
        "11-20 12-04 12-11 12-16 01-04 01-04 01-08 01-15 01-29 02-12",
        "2026-11-18 2027-06-18 2027-12-20",
        "2026-12-24 15:00",
        "2027-01-04 10:00, 2027-01-04 11:00",
        CLOSURE_WEEK,
    ),
    "after New Year": Worked(  # a Monday: two weeks before is the holiday of 28 December
        "2027-01-11",
        "12-23 01-04 01-06 01-07 01-08 01-12 01-13 01-14 01-15 01-18 01-19 01-21 01-25 02-01 02-08 02-15",
        "12-14 12-24 01-04 01-08 01-18 01-25 02-01 02-08 02-22 03-08",
        "2026-12-11 2027-07-12 2028-01-11",
        "2026-12-31 16:00",
        "2027-01-04 11:00, 2027-01-04 12:00",
    ),
    "Easter, and the clocks go forward": Worked(  # a Friday: a week later is Good Friday
        "2027-03-19",
        "03-05 03-12 03-16 03-17 03-18 03-22 03-23 03-24 03-25 03-30 03-31 04-02 04-06 04-13 04-20 04-27",
        "02-19 03-05 03-12 03-17 03-30 04-02 04-09 04-16 04-30 05-14",
        "2027-02-19 2027-09-20 2028-03-20",
        "2027-03-25 16:30",
        "2027-03-30 11:30, 2027-03-30 12:30",
    ),
    "29 February 2028": Worked(  # a Tuesday; a month before is a Saturday, a year later there is no such day
        "2028-02-29",
        "02-15 02-22 02-24 02-25 02-28 03-01 03-02 03-03 03-06 03-07 03-08 03-10 03-14 03-21 03-28 04-04",
        "02-01 02-15 02-22 02-25 03-07 03-14 03-21 03-28 04-11 04-25",
        "2028-01-28 2028-08-29 2029-02-28",
        "2028-02-28 15:00",
        "2028-02-29 10:00, 2028-02-29 11:00",
    ),
    "the clocks go back": Worked(  # a Thursday
        "2026-10-22",
        "10-08 10-15 10-19 10-20 10-21 10-23 10-26 10-27 10-28 10-29 10-30 11-03 11-05 11-12 11-19 11-26",
        "09-24 10-08 10-15 10-20 10-29 11-05 11-12 11-19 12-03 12-17",
        "2026-09-22 2027-04-22 2027-10-22",
        "2026-10-23 16:00",
        "2026-10-26 11:00, 2026-10-26 12:00",
    ),
}


@cache
def councils() -> tuple[Framework, ...]:
    """Every council that ships, and the sixth."""
    return (*shipped(), framework_of(Path("tests/frameworks/marsh-end.yaml")))


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
@pytest.mark.parametrize("framework", councils(), ids=lambda each: each.framework)
def test_each_distance_comes_to_the_day_that_is_worked_out(framework: Framework, case: Worked) -> None:
    council = framework.council.model_copy(update={"closure_days": case.closed})
    calendar = framework.model_copy(update={"council": council}).calendar()
    day = date.fromisoformat(case.day)

    def found(count: int, unit: str) -> str:
        reached = Offset(("start",), count, unit).day({"start": day}, calendar)
        assert reached is not None
        return calendar.roll(reached, "earlier" if count < 0 else "later").isoformat()

    assert " ".join(found(count, "working day")[5:] for count in WORKING_DAYS) == case.working_days
    assert " ".join(found(count, "day")[5:] for count in DAYS) == case.days
    weeks = {count: words for count, words in zip(DAYS, case.days.split(), strict=True) if not count % 7}
    assert {count: found(count // 7, "week")[5:] for count in weeks} == weeks
    assert " ".join(found(count, "month") for count in MONTHS) == case.months

    moment = datetime.fromisoformat(case.moment).replace(tzinfo=LONDON)
    reached = [Offset(("start",), count, "working hour").resolve({"start": moment}, calendar) for count in HOURS]
    said = [f"{each.astimezone(LONDON):%Y-%m-%d %H:%M}" for each in reached if isinstance(each, datetime)]
    assert ", ".join(said) == case.hours


def offsets(thing: Any) -> Iterator[Offset]:
    """Every offset in something of a framework's."""
    if isinstance(thing, Offset):
        yield thing
    elif isinstance(thing, BaseModel):
        yield from (each for name in type(thing).model_fields for each in offsets(getattr(thing, name)))
    elif isinstance(thing, dict):
        yield from (each for value in thing.values() for each in offsets(value))
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from (each for value in thing for each in offsets(value))


def test_no_distance_of_any_file_is_left_out() -> None:
    """One that a file gains has no worked date yet, and fails here. How far ahead a day may be given is no distance."""
    worked = {
        *((count, "working day") for count in WORKING_DAYS),
        *((count, "day") for count in DAYS),
        *((count // 7, "week") for count in DAYS if not count % 7),
        *((count, "month") for count in MONTHS),
        *((count, "working hour") for count in HOURS),
    }
    there = {
        (each.count, each.unit)
        for framework in councils()
        for each in offsets([framework, framework.every_ladder])
        if each.count and each.anchors != ("today",)
    }
    assert there - worked == set()
    assert len(there) > 30
