"""When steps are wanted: repeats without an end, months, windows, and anchors that have no day yet."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from qabot.framework import Framework
from qabot.planning.occurrences import occurrences
from tests.support.world import local


@pytest.mark.parametrize("weeks", [0, 1, 10, 50])
def test_the_last_step_of_an_alert_always_has_one_more_to_come(framework: Framework, weeks: int) -> None:
    raised = local("2026-11-23 10:00")
    now = raised + timedelta(weeks=weeks)
    found = occurrences(framework.ladder_of("alert"), {"raised": raised}, raised, now, framework.calendar())
    assert found[-1].moment > now


def test_repeats_come_each_working_day_and_have_slots_of_their_own(framework: Framework) -> None:
    raised, calendar = local("2026-12-21 10:00"), framework.calendar()
    found = occurrences(framework.ladder_of("alert"), {"raised": raised}, raised, raised + timedelta(days=20), calendar)
    repeats = [each for each in found if each.step.rule == "OURS-ALT-2"]
    assert [each.slot for each in repeats] == [str(number) for number in range(1, len(repeats) + 1)]
    assert all(calendar.add_days(one.day, 1) == other.day for one, other in pairwise(repeats))


def test_closure_days_do_not_stop_the_clock_of_an_alert(framework: Framework) -> None:
    closed = framework.model_copy(
        update={"council": framework.council.model_copy(update={"closure_days": (date(2026, 11, 24),)})}
    )
    raised = local("2026-11-23 16:00")
    found = occurrences(closed.ladder_of("alert"), {"raised": raised}, raised, raised, closed.calendar())
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
    anchors = {"finalised": date(2026, 11, 2), "moderated": date(2026, 11, 23)}
    opened = local("2026-11-02 10:00")
    found = occurrences(framework.ladder_of("actions"), anchors, opened, opened, framework.calendar())
    assert [each.moment for each in found] == sorted(each.moment for each in found)
