"""When steps are wanted: repeats without an end, months, windows, and anchors that have no day yet."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from qabot.framework import Calendar, Framework, Offset
from qabot.framework.calendar import Roll, add_months
from qabot.framework.steps import Ladder, Step
from qabot.planning.occurrences import Mark, occurrences
from tests.support.world import local


@pytest.mark.parametrize("weeks", [0, 1, 10, 50, 300, 1500])
def test_the_last_step_of_an_alert_always_has_one_more_to_come(framework: Framework, weeks: int) -> None:
    raised = local("2026-11-23 10:00")
    now = raised + timedelta(weeks=weeks)
    found = occurrences(framework.ladder_of("alert"), {"opened": raised}, raised, now, framework.calendar())
    assert found[-1].moment > now


def test_repeats_come_each_working_day_and_have_slots_of_their_own(framework: Framework) -> None:
    raised, calendar = local("2026-12-21 10:00"), framework.calendar()
    found = occurrences(framework.ladder_of("alert"), {"opened": raised}, raised, raised + timedelta(days=20), calendar)
    repeats = [each for each in found if each.step.rule == "OURS-ALT-2"]
    assert [each.slot for each in repeats] == [str(number) for number in range(1, len(repeats) + 1)]
    assert all(calendar.add_days(one.day, 1) == other.day for one, other in pairwise(repeats))


def test_closure_days_do_not_stop_the_clock_of_an_alert(framework: Framework) -> None:
    closed = framework.model_copy(
        update={"council": framework.council.model_copy(update={"closure_days": (date(2026, 11, 24),)})}
    )
    raised = local("2026-11-23 16:00")
    found = occurrences(closed.ladder_of("alert"), {"opened": raised}, raised, raised, closed.calendar())
    assert {each.step.rule: each.day for each in reversed(found)}["OURS-ALT-1"] == date(2026, 11, 24)


def test_a_step_whose_anchor_has_no_day_yet_is_not_wanted_yet(framework: Framework) -> None:
    opened = datetime(2026, 11, 2, tzinfo=UTC)
    assert occurrences(framework.ladder_of("actions"), {}, opened, opened, framework.calendar()) == []


def test_months_before_the_deadline_was_opened_never_were(framework: Framework) -> None:
    anchors = {"cycle-start": date(2026, 10, 1), "due": date(2026, 12, 31)}
    opened = local("2026-11-01 10:00")
    found = occurrences(framework.ladder_of("audit"), anchors, opened, opened, framework.calendar())
    assert [each.slot for each in found if each.step.rule == "NEW-REM-1"] == ["2026-11"]


def test_they_are_in_order_of_time(framework: Framework) -> None:
    anchors = {"final": date(2026, 11, 2), "moderated": date(2026, 11, 23)}
    opened = local("2026-11-02 10:00")
    found = occurrences(framework.ladder_of("actions"), anchors, opened, opened, framework.calendar())
    assert [each.moment for each in found] == sorted(each.moment for each in found)


def repeating(repeat: str, roll: Roll = "none") -> Ladder:
    """A ladder of one step that comes again and again."""
    step = Step.model_validate(
        {"rule": "OURS-T-1", "at": "due", "to": ["owner"], "send": "x", "repeat": repeat, "roll": roll}
    )
    return Ladder(title="t", steps=(step,))


def test_months_count_from_the_first_time_so_that_the_31st_does_not_become_the_28th_for_good() -> None:
    due = date(2027, 1, 31)
    found = occurrences(
        repeating("last + 1 month"), {"due": due}, local("2027-01-01 09:00"), local("2028-03-31 12:00"), Calendar()
    )
    assert [each.day for each in found] == [add_months(due, months) for months in range(len(found))]
    assert found[-1].day == date(2028, 4, 30)
    assert date(2027, 12, 31) in [each.day for each in found]


def test_a_month_after_a_moment_keeps_its_day_too() -> None:
    raised = local("2027-08-31 10:00")
    found = occurrences(repeating("last + 1 month"), {"due": raised}, raised, local("2028-03-01 12:00"), Calendar())
    assert [each.moment for each in found] == [
        local(f"{day} 10:00")
        for day in (
            "2027-08-31",
            "2027-09-30",
            "2027-10-31",
            "2027-11-30",
            "2027-12-31",
            "2028-01-31",
            "2028-02-29",
            "2028-03-31",
        )
    ]


def test_a_point_that_is_months_after_a_point_of_months_counts_from_the_first_day() -> None:
    step = Step.model_validate({"rule": "OURS-T-1", "at": "T2 + 1 month", "to": ["owner"], "send": "x"})
    points = {"T1": Offset.parse("due + 1 month"), "T2": Offset.parse("T1 + 1 month")}
    ladder = Ladder(title="t", points=points, steps=(step,))
    opened = local("2027-01-01 09:00")
    found = occurrences(ladder, {"due": date(2026, 12, 31)}, opened, opened, Calendar())
    assert [each.day for each in found] == [date(2027, 3, 31)]


@pytest.mark.parametrize(
    "repeat", ["last + 1 working hour", "last + 1 day", "last + 1 working day", "last + 5 working days"]
)
def test_nothing_that_repeats_ends(repeat: str) -> None:
    raised = local("2026-11-27 16:59")
    for years in (1, 6):
        now = raised + timedelta(days=365 * years)
        found = occurrences(repeating(repeat), {"due": raised}, raised, now, Calendar())
        assert found[-1].moment > now
        assert len({each.slot for each in found}) == len(found)


@pytest.mark.parametrize("repeat", ["last + 1 month", "last + 1 day", "last + 3 working days"])
@pytest.mark.parametrize("said", [set(), {1}, {1, 2}, {1, 2, 3, 4, 5, 6, 7}, {1, 2, 4}, {2, 3}])
def test_what_waits_is_the_same_however_much_was_said_before(repeat: str, said: set[int]) -> None:
    raised, calendar = local("2026-11-23 10:00"), Calendar()
    ladder = repeating(repeat)
    fired = frozenset(Mark(ladder.steps[0].name, str(number)) for number in said) | {Mark("x", "9")}
    for weeks in (0, 1, 40):
        now = raised + timedelta(weeks=weeks)
        every = occurrences(ladder, {"due": raised}, raised, now, calendar, fired)
        waiting = occurrences(ladder, {"due": raised}, raised, now, calendar, fired, waiting=True)
        assert [each for each in waiting if each.mark not in fired] == [
            each for each in every if each.mark not in fired
        ]
        # What somebody put off is said again as it was said last.
        assert [each for each in waiting if each.mark in fired][-1:] == [each for each in every if each.mark in fired][
            -1:
        ]


def test_what_is_known_of_a_ladder_holds_for_the_same_dates_and_calendar_alone() -> None:
    def days(due: date, calendar: Calendar, opened: str = "2026-11-02 09:00") -> list[date]:
        found = occurrences(ladder, {"due": due}, local(opened), local("2026-11-30 12:00"), calendar)
        return [each.day for each in found]

    ladder = repeating("last + 5 working days", "later")
    closed = Calendar(frozenset({date(2026, 11, 23), date(2026, 11, 24)}))
    before = days(date(2026, 11, 23), Calendar())
    assert before[:2] == [date(2026, 11, 23), date(2026, 11, 30)]
    assert days(date(2026, 11, 24), Calendar())[0] == date(2026, 11, 24)
    assert days(date(2026, 11, 23), closed)[0] == date(2026, 11, 25)
    assert days(date(2026, 11, 23), Calendar()) == before

    step = {"rule": "OURS-T-1", "each": "month", "day": 4, "since": "due - 3 months", "until": "due"}
    ladder = Ladder.model_validate({"title": "t", "steps": [{**step, "to": ["owner"], "send": "x"}]})
    assert [each.month for each in days(date(2027, 3, 8), Calendar())] == [1, 2, 3]
    assert [each.month for each in days(date(2027, 3, 8), Calendar(), "2027-02-01 09:00")] == [2, 3]
