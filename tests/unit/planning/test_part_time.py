"""Whoever is not at work on a reminder's day gets it before, and never less notice."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.framework import Framework
from qabot.framework.calendar import LONDON, at_local, local_day
from qabot.planning.occurrences import Mark
from qabot.planning.planner import OpenDeadline, Plan, Situation, plan
from qabot.planning.recipients import Parties
from tests.support.on_paper import Council
from tests.support.world import local

OPENED = local("2026-10-01 08:00")


def audit(council: Council, framework: Framework, due: date) -> OpenDeadline:
    """A review of a Stratford case, whose reminders so far have been said."""
    ids = council.ids
    return OpenDeadline(
        id=1,
        rule="NEW-QUO-1",
        parties=Parties(ids["stratford"], ids["cyrus"], ids["cyrus"], ids["sofia"]),
        anchors={"cycle-start": date(2026, 10, 1), "due": due},
        ladder=framework.ladder_of("audit"),
        opened_at=OPENED,
        fired=frozenset({Mark("NEW-REM-1", "2026-10"), Mark("NEW-REM-1", "2026-11")}),
        due_on=due,
    )


def run(council: Council, framework: Framework, due: date) -> Plan:
    """The plan at the moment at which the deadline next wants to be looked at."""
    situation = Situation(framework, framework.calendar(), council.directory)
    waiting = plan(audit(council, framework, due), situation, local("2026-12-01 08:00"))
    assert waiting.next_at is not None
    return plan(audit(council, framework, due), situation, waiting.next_at)


def days(council: Council, planned: Plan) -> dict[str, str]:
    return {
        council.name(each.recipient.person_id): f"{each.not_before.astimezone(LONDON):%Y-%m-%d %H:%M}"
        for each in planned.notices
    }


def test_everybody_gets_the_list_a_week_before(council: Council, framework: Framework) -> None:
    found = days(council, run(council, framework, date(2026, 12, 31)))
    assert found == dict.fromkeys(("ade", "mina", "hanif", "cyrus"), "2026-12-24 09:30")


def test_whoever_works_on_mondays_and_tuesdays_gets_it_on_the_tuesday_before(
    council: Council, framework: Framework
) -> None:
    part_time = council.change("mina", work_days=frozenset({1, 2}))
    found = days(part_time, run(part_time, framework, date(2026, 12, 31)))
    assert found["mina"] == "2026-12-22 09:30"
    assert found["ade"] == found["hanif"] == "2026-12-24 09:30"


def test_an_absence_without_a_deputy_is_told_to_whoever_stands_in(council: Council, framework: Framework) -> None:
    away = council.change("mina", deputy_id=None).away("mina", "2026-12-21", "2026-12-31")
    found = days(away, run(away, framework, date(2026, 12, 31)))
    assert "mina" not in found
    assert set(found) >= {"hanif", "quinn", "rowan"}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(work_days=st.sets(st.integers(1, 5), min_size=1), after=st.integers(0, 60))
def test_notice_is_never_shortened(council: Council, framework: Framework, work_days: set[int], after: int) -> None:
    due = date(2026, 12, 18) + timedelta(days=after)
    part_time = council.change("mina", work_days=frozenset(work_days))
    for each in run(part_time, framework, due).notices:
        assert local_day(each.not_before) <= due - timedelta(days=7)
        staff = part_time.directory.people[each.recipient.person_id]
        assert staff.works(local_day(each.not_before), framework.calendar())


@pytest.mark.parametrize("ticks", [1, 5])
def test_planning_is_pure(council: Council, framework: Framework, ticks: int) -> None:
    first = run(council, framework, date(2026, 12, 31))
    assert all(run(council, framework, date(2026, 12, 31)) == first for _ in range(ticks))


def test_steps_that_fell_due_together_leave_each_person_the_latest(council: Council, framework: Framework) -> None:
    situation = Situation(framework, framework.calendar(), council.directory)
    late = datetime.combine(date(2027, 2, 1), time(9), LONDON)
    planned = plan(audit(council, framework, date(2026, 12, 31)), situation, late)
    assert planned.next_at == local("2027-02-04 00:00"), "five working days after 28 January, when both were last said"
    stand = [
        (each.step.rule, council.name(each.recipient.person_id)) for each in planned.notices if not each.overtaken_by
    ]
    assert sorted(stand) == [
        ("NEW-REM-2", "ade"),
        ("NEW-REM-2", "hanif"),
        ("NEW-REM-2", "mina"),
        ("NEW-REM-3", "dara"),
        ("NEW-REM-3", "sian"),
        ("OURS-OWN-2", "cyrus"),
    ]
    assert all(each.not_before >= at_local(date(2027, 2, 1), time(9)) for each in planned.notices)
