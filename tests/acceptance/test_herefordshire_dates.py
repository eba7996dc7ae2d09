"""Herefordshire's dates, each worked out by hand, where working days are hard to count.

Bank holidays: Friday 25 and Monday 28 December 2026, Friday 1 January 2027, Good Friday 26 and Easter Monday 29 March.
The clocks go forward on Sunday 28 March 2027 and back on Sunday 31 October 2027. 2028 has a 29 February, a Tuesday.
The closure week is Tuesday 29 to Thursday 31 December 2026.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import pytest
from sqlmodel import col

from qabot.framework import Framework, lint
from qabot.framework.calendar import LONDON
from qabot.models import Audit, Deadline, Occasion
from tests.support.herefordshire import answer, herefordshire, send_in, started
from tests.support.world import World

MEETINGS = ("monthly-report", "performance-data", "confirm-and-challenge", "moderation-themes", "quarterly-report")
RISKS = ("immediate", "raised", "other")


@cache
def closed_between_the_years() -> Framework:
    """Herefordshire's file for a council that is closed from 29 to 31 December 2026."""
    rules = herefordshire()
    days = tuple(date(2026, 12, day) for day in (29, 30, 31))
    council = rules.council.model_copy(update={"closure_days": days})
    closed = rules.model_copy(update={"council": council})
    assert lint(closed) == []
    return closed


@dataclass(frozen=True)
class Worked:
    """What is worked out by hand for an audit that is sent in at this moment."""

    at: str
    cycle: str
    five: str
    """Oversight of an audit that is not inadequate: five working days."""
    risk: str
    """How great the risk is: four working hours, to the minute in London."""
    days: tuple[str, str, str]
    """One, two and three working days."""
    booked: str
    """The review audit is booked at 28 days, or the next working day."""
    opens: str
    """Its window opens at 42 days, or the next working day."""
    closes: str
    """It closes at 56 days, or the working day before."""
    meetings: tuple[str, ...] = ()
    """Days in the next four weeks: the month's report (second Wednesday), performance data (second Monday), Confirm and
    Challenge (third Tuesday), the themes of moderation (last Friday), and the report of the quarter (third Wednesday).
    """
    complaints: str = ""
    """The summary of complaints is due ten working days before the quarter's report."""
    closed: bool = False


CHRISTMAS = Worked(
    at="2026-12-24 16:00",  # Thursday
    cycle="2027-01-31",
    five="2027-01-05",  # 29, 30, 31 December, 4, 5 January
    risk="2026-12-29 12:00",  # one hour on the 24th, three on the 29th
    days=("2026-12-29", "2026-12-30", "2026-12-31"),
    booked="2027-01-21",
    opens="2027-02-04",
    closes="2027-02-18",
    # The last Friday is Christmas Day, and the Monday after it a bank holiday.
    meetings=("2027-01-13", "2027-01-11", "2027-01-19", "2026-12-29", "2027-01-20"),
    complaints="2027-01-06",  # 19, 18, 15, 14, 13, 12, 11, 8, 7, 6 January
)
WORKED = {
    "Christmas": CHRISTMAS,
    "a closure week": replace(
        CHRISTMAS,
        five="2027-01-08",  # 4, 5, 6, 7, 8 January
        risk="2027-01-04 12:00",
        days=("2027-01-04", "2027-01-05", "2027-01-06"),
        meetings=("2027-01-13", "2027-01-11", "2027-01-19", "2027-01-04", "2027-01-20"),
        closed=True,
    ),
    "Easter, and the clocks go forward": Worked(
        at="2027-03-25 16:00",  # the Thursday before Good Friday
        cycle="2027-04-30",
        five="2027-04-05",  # 30, 31 March, 1, 2, 5 April
        risk="2027-03-30 12:00",
        days=("2027-03-30", "2027-03-31", "2027-04-01"),
        booked="2027-04-22",
        opens="2027-05-06",
        closes="2027-05-20",
        meetings=(
            "2027-04-14",
            "2027-04-12",
            "2027-04-20",
            "2027-03-30",
            "2027-04-21",
        ),  # the last Friday is Good Friday
        complaints="2027-04-07",  # 20, 19, 16, 15, 14, 13, 12, 9, 8, 7 April
    ),
    "the clocks go back": Worked(
        at="2027-10-29 16:00",  # Friday
        cycle="2027-11-30",
        five="2027-11-05",
        risk="2027-11-01 12:00",
        days=("2027-11-01", "2027-11-02", "2027-11-03"),
        booked="2027-11-26",
        opens="2027-12-10",
        closes="2027-12-24",
        meetings=("2027-11-10", "2027-11-08", "2027-11-16", "2027-11-26"),
    ),
    "up to 29 February": Worked(
        at="2028-02-28 10:00",  # Monday
        cycle="2028-03-31",
        five="2028-03-06",  # 29 February, 1, 2, 3, 6 March
        risk="2028-02-28 14:00",
        days=("2028-02-29", "2028-03-01", "2028-03-02"),
        booked="2028-03-27",
        opens="2028-04-10",
        closes="2028-04-24",
        meetings=("2028-03-08", "2028-03-13", "2028-03-21"),
    ),
    "from 29 February": Worked(
        at="2028-02-29 10:00",
        cycle="2028-03-31",
        five="2028-03-07",
        risk="2028-02-29 14:00",
        days=("2028-03-01", "2028-03-02", "2028-03-03"),
        booked="2028-03-28",
        opens="2028-04-11",
        closes="2028-04-25",
    ),
    "a window that opens on Christmas Day": Worked(
        at="2026-11-13 10:00",  # Friday; 42 days later is 25 December, and 28 December is a bank holiday too
        cycle="2026-12-31",
        five="2026-11-20",
        risk="2026-11-13 14:00",
        days=("2026-11-16", "2026-11-17", "2026-11-18"),
        booked="2026-12-11",
        opens="2026-12-29",
        closes="2027-01-08",
    ),
    "a window that closes on Good Friday": Worked(
        at="2027-01-29 10:00",  # Friday; 56 days later is 26 March
        cycle="2027-02-28",
        five="2027-02-05",
        risk="2027-01-29 14:00",
        days=("2027-02-01", "2027-02-02", "2027-02-03"),
        booked="2027-02-26",
        opens="2027-03-12",
        closes="2027-03-25",
    ),
}


@pytest.mark.parametrize("worked", WORKED.values(), ids=WORKED.keys())
async def test_what_follows_an_audit_is_due_on_the_day_that_is_worked_out(worked: Worked) -> None:
    world = await started(at=worked.at, framework=closed_between_the_years() if worked.closed else None)
    fair = await world.audit("cyrus", due=worked.cycle)
    await send_in(world, fair, "requires-improvement")
    assert str(world.deadline("manager-oversight", fair).due_on) == worked.five
    # Three days are counted everywhere, one until somebody says so, and all three risks where few days count.
    risks = RISKS if "2026-12-24" in worked.at else RISKS[-1:]
    for risk, day in zip(risks, worked.days[-len(risks) :], strict=True):
        audit = await world.audit("cyrus", due=worked.cycle)
        await send_in(world, audit, "inadequate")
        asked = world.deadline("risk-level", audit)
        assert asked.due_at is not None
        assert f"{asked.due_at.astimezone(LONDON):%Y-%m-%d %H:%M}" == worked.risk
        kinds = ("oversight-inadequate", "reflective-meeting")
        assert [str(world.deadline(kind, audit).due_on) for kind in kinds] == [worked.days[0]] * 2, "no answer is one"
        assert str(world.deadline("talk-in-person", audit).due_on) == worked.days[0]
        await answer(world, "quinn", "risk-level", audit, **{"how-great-risk": risk})
        assert [str(world.deadline(kind, audit).due_on) for kind in kinds] == [day] * 2
        await answer(world, "ade", "talk-in-person", audit)
        assert world.deadline("action-plan", audit).due_on is None, "its day is the meeting's"
        await answer(world, "hanif", "reflective-meeting", audit, **{"meeting-day": day, "visit-to-child": "none"})
        assert str(world.deadline("action-plan", audit).due_on) == day
        window = world.deadline("further-audit", audit)
        assert (str(window.opens_on), str(window.due_on)) == (worked.opens, worked.closes)
    days = {each.thing: str(each.day) for each in world.all(Occasion)}
    named = MEETINGS[: len(worked.meetings)]
    assert tuple(days.get(each) for each in named) == worked.meetings
    summaries = [str(each.due_on) for each in world.all(Deadline, col(Deadline.kind) == "complaints-summary")]
    assert not worked.complaints or summaries == [worked.complaints]
    world.close()


def sent(world: World, message: str, person: str, audit: Audit) -> list[str]:
    """When somebody was sent a message about an audit, in London."""
    found = [each for each in world.notices(person, message=message, state="sent") if world.is_about(each, audit)]
    return [f"{each.sent_at.astimezone(LONDON):%Y-%m-%d %H:%M}" for each in found if each.sent_at is not None]


@pytest.mark.parametrize("closed", [False, True], ids=["open", "a closure week"])
async def test_an_alert_that_nobody_sees_goes_on_over_christmas_and_a_closure_week(closed: bool) -> None:
    world = await started(at="2026-12-24 16:00", framework=closed_between_the_years() if closed else None)
    audit = await world.audit("cyrus", due="2027-01-31")
    await send_in(world, audit, "inadequate")
    await world.advance("2026-12-30 17:00")
    again = ["2026-12-24 16:00", "2026-12-29 12:00", "2026-12-29 16:00", "2026-12-30 16:00"]
    assert sent(world, "audit-inadequate", "ade", audit) == again, "the closure week does not stop this clock"
    assert sent(world, "audit-inadequate", "dara", audit) == again[2:], "the Service Director, from one working day on"
    world.close()


async def test_second_looks_and_the_booking_come_on_the_days_that_are_worked_out() -> None:
    world = await started(at="2026-11-13 10:00")
    audit = await world.audit("cyrus", due="2026-12-31")
    await send_in(world, audit, "inadequate")
    await world.advance("2026-12-01 12:00")
    # Drawn on Tuesday 1 December: ten working days for moderation, eight for what Confirm and Challenge samples.
    looks = world.all(Deadline, col(Deadline.kind) == "moderation")
    assert sorted(str(each.due_on) for each in looks) == ["2026-12-11", "2026-12-15"]
    await world.advance("2026-12-11 12:00")
    assert sent(world, "review-to-book", "quinn", audit) == ["2026-12-11 09:30"]
    world.close()


async def test_whoever_has_an_audit_to_do_is_reminded_five_working_days_before() -> None:
    world = await started(at="2026-12-21 10:00")
    audit = await world.audit("cyrus", due="2026-12-31")
    await world.advance("2026-12-22 12:00")
    assert sent(world, "duty", "cyrus", audit) == ["2026-12-22 09:30"]  # 30, 29, 24, 23, 22 December
    world.close()
