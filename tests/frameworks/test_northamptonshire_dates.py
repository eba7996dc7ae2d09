"""Northamptonshire's dates, each worked out by hand, for every offset of its file, where working days are few.

Bank holidays: Friday 25 and Monday 28 December 2026, Friday 1 January 2027, Good Friday 26 and Easter Monday 29 March.
The clocks go back on Sunday 25 October 2026 and forward on Sunday 28 March 2027. 2028 has a 29 February, a Tuesday. The
closure week is Tuesday 29 to Thursday 31 December 2026; alerts do not heed it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

import pytest

from qabot.framework import Framework, lint
from qabot.framework.calendar import LONDON, Calendar, at_local
from qabot.framework.duties import offset_of
from qabot.framework.offsets import Moment
from qabot.framework.year import year
from qabot.planning.occurrences import occurrences
from qabot.planning.windows import of_cycle
from tests.support.northamptonshire import northamptonshire

WORKING_DAYS = {
    "themes": 15,
    "alongside": 10,
    "care-first": 1,
    "feedback": 10,
    "talk-wanted": 5,
    "put-right": 5,
    "put-right-in-the-team": 5,
    "good-practice-shown": 5,
    "thank-you": 10,
    "library-check": 5,
    "staff-survey": 20,
}
"""Within how many working days of what opens it each duty is due, by the framework."""
BEFORE_THE_DAY = {"escalations", "service-themes"}
"""What the quarter's report needs, ten working days before its day."""
ALERTS = ("care-first", "early-help-concern")


@cache
def rules(*, closed: bool = False) -> Framework:
    """The file, and that of a council which is closed from 29 to 31 December 2026."""
    shipped = northamptonshire()
    days = tuple(date(2026, 12, day) for day in (29, 30, 31)) if closed else ()
    council = shipped.council.model_copy(update={"closure_days": days})
    made = shipped.model_copy(update={"council": council})
    assert lint(made) == []
    return made


@dataclass(frozen=True)
class Worked:
    """What is worked out by hand for something that happens at this moment, in London."""

    at: str
    days: Mapping[int, str]
    """The first, fifth, tenth, fifteenth and twentieth working day after it."""
    alert: tuple[str, ...]
    """An alert that nobody sees: after four working hours, then one working day on and each working day after."""
    closed: bool = False


CHRISTMAS = Worked(
    at="2026-12-24 16:00",  # Thursday: 29, 30, 31 December, 4, 5 January make five
    days={1: "2026-12-29", 5: "2027-01-05", 10: "2027-01-12", 15: "2027-01-19", 20: "2027-01-26"},
    alert=("2026-12-29 12:00", "2026-12-29 16:00", "2026-12-30 16:00", "2026-12-31 16:00", "2027-01-04 16:00"),
)
WORKED = {
    "Christmas": CHRISTMAS,
    "a closure week": Worked(
        at=CHRISTMAS.at,  # 4, 5, 6, 7, 8 January make five
        days={1: "2027-01-04", 5: "2027-01-08", 10: "2027-01-15", 15: "2027-01-22", 20: "2027-01-29"},
        alert=CHRISTMAS.alert,
        closed=True,
    ),
    "a Saturday between bank holidays": Worked(
        at="2026-12-26 11:00",  # an alert counts from Tuesday 29 December at nine
        days={1: "2026-12-29", 5: "2027-01-05", 10: "2027-01-12", 15: "2027-01-19", 20: "2027-01-26"},
        alert=("2026-12-29 13:00", "2026-12-30 09:00", "2026-12-31 09:00", "2027-01-04 09:00"),
    ),
    "Easter, and the clocks go forward": Worked(
        at="2027-03-25 16:00",  # the Thursday before Good Friday: 30, 31 March, 1, 2, 5 April make five
        days={1: "2027-03-30", 5: "2027-04-05", 10: "2027-04-12", 15: "2027-04-19", 20: "2027-04-26"},
        alert=("2027-03-30 12:00", "2027-03-30 16:00", "2027-03-31 16:00", "2027-04-01 16:00"),
    ),
    "the clocks go back": Worked(
        at="2026-10-23 16:00",  # Friday
        days={1: "2026-10-26", 5: "2026-10-30", 10: "2026-11-06", 15: "2026-11-13", 20: "2026-11-20"},
        alert=("2026-10-26 12:00", "2026-10-26 16:00", "2026-10-27 16:00", "2026-10-28 16:00"),
    ),
    "up to 29 February": Worked(
        at="2028-02-28 10:00",  # Monday
        days={1: "2028-02-29", 5: "2028-03-06", 10: "2028-03-13", 15: "2028-03-20", 20: "2028-03-27"},
        alert=("2028-02-28 14:00", "2028-02-29 10:00", "2028-03-01 10:00", "2028-03-02 10:00"),
    ),
    "from 29 February": Worked(
        at="2028-02-29 10:00",
        days={1: "2028-03-01", 5: "2028-03-07", 10: "2028-03-14", 15: "2028-03-21", 20: "2028-03-28"},
        alert=("2028-02-29 14:00", "2028-03-01 10:00", "2028-03-02 10:00", "2028-03-03 10:00"),
    ),
}
EACH = pytest.mark.parametrize("worked", WORKED.values(), ids=WORKED.keys())


def moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return at_local(when.date(), when.time())


def london(at: Moment) -> str:
    """A day, or a moment to the minute in London."""
    return f"{at.astimezone(LONDON):%Y-%m-%d %H:%M}" if isinstance(at, datetime) else str(at)


def steps(framework: Framework, ladder: str, anchors: Mapping[str, Moment], until: str) -> dict[str, list[str]]:
    """When each step of a ladder is said, by its rule, up to a moment."""
    line = occurrences(
        framework.every_ladder[ladder], anchors, moment("2026-01-01 09:00"), moment(until), framework.calendar()
    )
    said: dict[str, list[str]] = {}
    for each in line:
        if each.moment <= moment(until):
            said.setdefault(each.step.rule, []).append(london(each.at))
    return said


@EACH
def test_each_duty_is_due_on_the_day_that_is_worked_out(worked: Worked) -> None:
    framework, at = rules(closed=worked.closed), moment(worked.at)
    calendar = framework.calendar()
    for name, count in WORKING_DAYS.items():
        duty = framework.duties[name]
        due = offset_of(duty.due)
        assert due is not None, name
        day = due.day(dict.fromkeys(due.anchors, at), calendar)
        assert day is not None, name
        assert str(calendar.roll(day, duty.roll)) == worked.days[count], name


@EACH
def test_an_alert_goes_on_to_the_minute_and_heeds_no_closure(worked: Worked) -> None:
    framework = rules(closed=worked.closed)
    for ladder in ALERTS:
        said = steps(framework, ladder, {"opened": moment(worked.at)}, worked.alert[-1])
        assert [*said["OURS-ALT-1"], *said["OURS-ALT-2"]] == list(worked.alert), ladder
        assert london(moment(worked.at)) in {*said.get("NCT-ALT-2", ()), *said.get("NCT-ALT-3", ())}, ladder


@dataclass(frozen=True)
class Reminded:
    """What is worked out by hand for the ladders of something that is due on this day."""

    due: str
    fortnight: str
    """Fourteen days before, or the working day before that."""
    before: str
    """The working day before."""
    after: str
    """One working day after."""
    late: tuple[str, ...]
    """Four working days after, and each five working days on."""
    above: tuple[str, ...]
    """Five working days after, and each seven days on; of a day without work the next one with."""
    closed: bool = False


REMINDED = {
    "into Christmas": Reminded(
        due="2026-12-11",  # Friday; its seventh day after 18 December is Christmas Day, and that of it New Year's Day
        fortnight="2026-11-27",
        before="2026-12-10",
        after="2026-12-14",
        late=("2026-12-17", "2026-12-24", "2027-01-05"),
        above=("2026-12-18", "2026-12-29", "2027-01-04"),
    ),
    "into a closure week": Reminded(
        due="2026-12-11",
        fortnight="2026-11-27",
        before="2026-12-10",
        after="2026-12-14",
        late=("2026-12-17", "2026-12-24", "2027-01-08"),
        above=("2026-12-18", "2027-01-04", "2027-01-04"),
        closed=True,
    ),
    "after Christmas": Reminded(
        due="2026-12-29",
        fortnight="2026-12-15",
        before="2026-12-24",
        after="2026-12-30",
        late=("2027-01-05", "2027-01-12"),  # 30, 31 December, 4, 5 January
        above=("2027-01-06", "2027-01-13"),
    ),
    "a fortnight after Christmas Day": Reminded(
        due="2027-01-08",
        fortnight="2026-12-24",
        before="2027-01-07",
        after="2027-01-11",
        late=("2027-01-14", "2027-01-21"),
        above=("2027-01-15", "2027-01-22"),
    ),
    "over Easter, and the clocks": Reminded(
        due="2027-03-25",
        fortnight="2027-03-11",
        before="2027-03-24",
        after="2027-03-30",
        late=("2027-04-02", "2027-04-09"),  # 30, 31 March, 1, 2 April
        above=("2027-04-05", "2027-04-12"),
    ),
    "the clocks go back": Reminded(
        due="2026-10-23",
        fortnight="2026-10-09",
        before="2026-10-22",
        after="2026-10-26",
        late=("2026-10-29", "2026-11-05"),
        above=("2026-10-30", "2026-11-06"),
    ),
    "over 29 February": Reminded(
        due="2028-02-28",
        fortnight="2028-02-14",
        before="2028-02-25",
        after="2028-02-29",
        late=("2028-03-03", "2028-03-10"),
        above=("2028-03-06", "2028-03-13"),
    ),
}


@pytest.mark.parametrize("worked", REMINDED.values(), ids=REMINDED.keys())
def test_each_reminder_comes_on_the_day_that_is_worked_out(worked: Reminded) -> None:
    framework = rules(closed=worked.closed)
    of_due = {"OURS-OWN-1": [worked.after], "OURS-OWN-2": list(worked.late), "OURS-REM-2": list(worked.above)}
    expected = {
        "pool-work": {"OURS-REM-1": [worked.fortnight], **of_due},
        "line-work": {"OURS-REM-1": [worked.fortnight], **of_due},
        "talk-wanted": of_due,
        "put-right": of_due,
        "actions": {"OURS-ACT-1": [worked.before], **of_due},
        "feedback": {"OURS-FBK-1": [worked.after]},
    }
    anchors: dict[str, Moment] = {"due": date.fromisoformat(worked.due)}
    for ladder, told in expected.items():
        for rule, days in told.items():
            said = steps(framework, ladder, anchors, f"{days[-1]} 23:00")
            assert said[rule] == days, (ladder, rule)


@dataclass(frozen=True)
class Cycle:
    """A cycle as it is worked out by hand: a day in it, its first and last, and the day on which its work is due."""

    day: str
    starts: str
    ends: str
    due: str
    of: tuple[str, ...] = field(default=("thematic-audit", "practice-observation", "supervision-file-audit"))


CYCLES = (
    Cycle("2026-10-25", "2026-09-21", "2026-11-01", "2026-10-30"),
    Cycle("2026-12-25", "2026-12-14", "2027-01-24", "2027-01-22"),
    Cycle("2027-03-28", "2027-03-08", "2027-04-18", "2027-04-16"),
    Cycle("2028-02-29", "2028-02-07", "2028-03-19", "2028-03-17"),
    Cycle("2026-12-25", "2026-12-01", "2027-01-31", "2027-01-29", of=("own-supervision-audit", "own-observation")),
    Cycle("2028-02-29", "2028-02-01", "2028-03-31", "2028-03-31", of=("own-supervision-audit", "own-observation")),
    Cycle("2028-02-29", "2027-04-01", "2028-03-31", "2028-03-31", of=("leaders-observation",)),
)


@pytest.mark.parametrize("cycle", CYCLES, ids=[f"{each.of[0]} {each.day}" for each in CYCLES])
def test_each_cycle_ends_and_is_due_on_the_days_that_are_worked_out(cycle: Cycle) -> None:
    framework = rules()
    for name in cycle.of:
        activity = framework.activities[name]
        period = activity.every.period(date.fromisoformat(cycle.day))
        assert period is not None
        assert (str(period.starts), str(period.ends)) == (cycle.starts, cycle.ends)
        window = of_cycle(activity, period.starts, period.ends, framework.calendar())
        assert (str(window.opens), str(window.due)) == (cycle.starts, cycle.due)


MEETINGS = {
    "thematic-findings": (
        "2026-05-27 2026-07-08 2026-08-19 2026-09-30 2026-11-11 2026-12-23 2027-02-03 2027-03-17",
        "2027-04-28 2027-06-09 2027-07-21 2027-09-01 2027-10-13 2027-11-24 2028-01-05 2028-02-16 2028-03-29",
    ),
    "quarterly-report": (
        "2026-04-15 2026-07-15 2026-10-21 2027-01-20",
        "2027-04-21 2027-07-21 2027-10-20 2028-01-19",
    ),
    "briefing": (
        "2026-04-08 2026-05-13 2026-06-10 2026-07-08 2026-08-12 2026-09-09 "
        "2026-10-14 2026-11-11 2026-12-09 2027-01-13 2027-02-10 2027-03-10",
        "2027-04-14 2027-05-12 2027-06-09 2027-07-14 2027-08-11 2027-09-08 "
        "2027-10-13 2027-11-10 2027-12-08 2028-01-12 2028-02-09 2028-03-08",
    ),
}
"""The days of two years from April: each six weeks, the third Wednesday of a quarter, the second of a month."""
PAPERS = {
    "2026-10-21": "2026-10-07",
    "2027-01-20": "2027-01-06",  # 19, 18, 15, 14, 13, 12, 11, 8, 7, 6 January
    "2027-04-21": "2027-04-07",
    "2028-01-19": "2028-01-05",
}
"""By the report's day, when what it needs is due."""


def test_each_meeting_is_on_the_days_that_are_worked_out_and_so_is_what_it_needs() -> None:
    framework = rules()
    titles = {each.title: name for name, each in framework.gatherings.items()}
    assert set(titles.values()) == set(MEETINGS)
    for number, first in enumerate((date(2026, 4, 1), date(2027, 4, 1))):
        rows = {titles[each.title]: each.days for each in year(framework, first) if each.title in titles}
        for name, days in MEETINGS.items():
            assert " ".join(map(str, rows[name])) == days[number], name
    for day, due in PAPERS.items():
        for name, duty in framework.gatherings["quarterly-report"].brings.items():
            offset = offset_of(duty.due)
            assert offset is not None
            counted = offset.day({"day": date.fromisoformat(day)}, framework.calendar())
            assert str(counted) == due, name


PICKED = {"2026-12-14": "2026-12-11", "2027-03-08": "2027-03-05", "2027-12-27": "2027-12-24"}
"""The cases of a cycle are picked by the working day before it begins; 27 and 28 December 2027 are bank holidays."""


def test_the_cases_of_a_cycle_are_asked_for_on_the_days_that_are_worked_out() -> None:
    framework = rules()
    duty = framework.duties["thematic-audit-cases"]
    due = offset_of(duty.due)
    assert due is not None
    for first, day in PICKED.items():
        assert str(due.day({"cycle-start": date.fromisoformat(first)}, framework.calendar())) == day
    said = steps(framework, duty.told_by, {"due": date(2026, 12, 11)}, "2027-01-07 23:00")
    # 14, 15, 16, 17, 18, 21 December; then 22, 23, 24, 29, 30 December; then 31 December, 4, 5, 6, 7 January.
    assert said["deadline"] == ["2026-12-04", "2026-12-10", "2026-12-14", "2026-12-21", "2026-12-30", "2027-01-07"]


TURNS = {
    # Of half a year from 1 March; of each February; of the first Tuesday of a month.
    "themes": {"2026-09-01": "2026-09-22", "2027-03-01": "2027-03-22", "2028-03-01": "2028-03-22"},
    "staff-survey": {"2027-02-01": "2027-03-01", "2028-02-01": "2028-02-29"},
    "good-practice-of-the-month": {"2026-12-01": "", "2027-01-05": "", "2027-04-06": "", "2028-03-07": ""},
}
OPENS = {"2027-02-01": "2027-02-08", "2028-02-01": "2028-02-08"}
"""From when the survey of a year takes answers: five working days after it opened."""
REMINDERS = {"2027-02-01": ["2027-02-15", "2027-02-25"], "2028-02-01": ["2028-02-15", "2028-02-25"]}
"""Five working days after that, and two before it closes."""


def test_what_comes_round_by_itself_begins_and_is_due_on_the_days_that_are_worked_out() -> None:
    framework = rules()
    calendar: Calendar = framework.calendar()
    assert {name for name, duty in framework.duties.items() if duty.every is not None} == TURNS.keys()
    for name, turns in TURNS.items():
        duty = framework.duties[name]
        for first, expected in turns.items():
            start = date.fromisoformat(first)
            period = duty.every.period(start) if duty.every is not None else None
            assert period is not None
            assert period.starts == start, name
            due = offset_of(duty.due)
            day = due.day({"opened": start}, calendar) if due is not None else None
            assert ("" if day is None else str(calendar.roll(day, duty.roll))) == expected, name
            if name == "staff-survey":
                opens = duty.opening({"opened": start}, calendar, day)
                assert str(opens) == OPENS[first]
                assert day is not None
                assert opens is not None
                said = steps(framework, duty.told_by, {"opens": opens, "due": day}, f"{day} 23:00")
                assert said["deadline"] == [OPENS[first], *REMINDERS[first]]


def test_no_offset_of_the_file_is_left_out() -> None:
    framework = rules()
    needed = {name for each in framework.gatherings.values() for name in each.brings}
    assert needed == BEFORE_THE_DAY
    counted = {name for name, duty in framework.duties.items() if (due := offset_of(duty.due)) and due.count}
    assert counted == WORKING_DAYS.keys() | needed | {"thematic-audit-cases"}
    assert {name for name, duty in framework.duties.items() if duty.opens is not None} == {"staff-survey"}
    of_cycles = {name for name, each in framework.activities.items() if not each.every.on_request}
    assert of_cycles == {name for each in CYCLES for name in each.of}
    every = {str(each) for one in framework.ladders.values() for step in one.steps for each in (step.at, step.repeat)}
    assert every == {
        "None",
        "opened",
        "opened + 4 working hours",
        "opened + 1 working day",
        "due - 14 days",
        "due - 1 working day",
        "due + 1 working day",
        "due + 4 working days",
        "due + 5 working days",
        "last + 1 working day",
        "last + 5 working days",
        "last + 7 days",
    }, "a step that is said at another time"
