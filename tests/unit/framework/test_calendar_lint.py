"""Named periods and who rests in them: what is wrong, all at once; what is shown; which run out."""

from datetime import date

import pytest

from qabot.errors import BadFile
from qabot.framework import Framework, lint, load, warn
from qabot.framework.calendar_lint import endings
from qabot.framework.describe import describe
from qabot.framework.differences import differences
from tests.unit.framework.conftest import SHIPPED, Write

CALENDAR = """
extends: newham
rules: {{ABC-SEL-4: {{text: Nobody of the practice week team audits in a practice week., source: invented}}}}
calendar:
  practice-week: {{rule: ABC-SEL-4, title: Practice Week, days: {days}}}
activities:
  practice-learning-review: {{rest: {rest}}}
"""


def framework_with(write: Write, days: str = "[2026-05-11 to 2026-05-15]", rest: str = "{}") -> Framework:
    return load(write("ours", CALENDAR.format(days=days, rest=rest)), [SHIPPED])


@pytest.mark.parametrize(
    ("days", "what"),
    [
        ("[2026-05-15 to 2026-05-11]", "'2026-05-15 to 2026-05-11' ends before it begins"),
        ("[2026-05-11 until 2026-05-15]", "'2026-05-11 until 2026-05-15' is no day: expected a day such as 2026-05-11"),
        ("[2026-02-29 to 2026-03-02]", "there is no such day in '2026-02-29 to 2026-03-02'"),
        ("[1999-05-11 to 2026-05-15]", "1999-05-11 is no day that qabot can plan with"),
        ("[May]", "'May' is no day"),
        ("[]", "there is no day: expected a day such as 2026-05-11"),
    ],
)
def test_days_that_are_none_are_refused_as_the_file_is_read(write: Write, days: str, what: str) -> None:
    with pytest.raises(BadFile) as error:
        framework_with(write, days)
    [problem] = error.value.problems
    assert problem.where.startswith("calendar.practice-week.days")
    assert problem.what.startswith(what)
    assert problem.line == 5


def test_a_single_day_is_read_as_yaml_reads_it(write: Write) -> None:
    framework = framework_with(write, "[2026-05-11, 2026-10-05 to 2026-10-09]")
    assert [each.spoken() for each in framework.named_periods["practice-week"].days] == [
        "11 May 2026",
        "5 to 9 October 2026",
    ]


@pytest.mark.parametrize(
    ("rest", "what"),
    [
        ("{practice-lead: practise-week}", "there is no period 'practise-week' under 'calendar'; did you mean 'practi"),
        ("{practice-lead: [practice-week, easter]}", "there is no period 'easter' under 'calendar'"),
    ],
)
def test_rest_in_what_is_no_period(write: Write, rest: str, what: str) -> None:
    [problem] = lint(framework_with(write, rest=rest))
    assert problem.where == "activities.practice-learning-review.rest.practice-lead"
    assert problem.what.startswith(what)


@pytest.mark.parametrize("days", ["[2026-04-01 to 2026-06-30]", "[2026-04-01 to 2026-05-15, 2026-05-16 to 2026-07-02]"])
def test_a_rest_that_covers_a_whole_cycle_is_refused(write: Write, days: str) -> None:
    [problem] = lint(framework_with(write, days, "{everybody: practice-week}"))
    assert problem.what == (
        "this rest covers a whole cycle, from 1 April 2026 to 30 June 2026, in which nothing could be done; expected "
        "days within a cycle"
    )


def test_a_rest_of_all_but_a_day_of_a_cycle_is_taken(write: Write) -> None:
    assert lint(framework_with(write, "[2026-04-02 to 2026-09-29]", "{everybody: practice-week}")) == []


def test_nobody_rests_from_work_on_request(write: Write) -> None:
    text = CALENDAR.format(days="[2026-05-11]", rest="{practice-lead: practice-week}").replace(
        "{rest:", "{every: on request, do: [], rest:"
    )
    found = {each.where: each.what for each in lint(load(write("ours", text), [SHIPPED]))}
    assert found["activities.practice-learning-review.rest.practice-lead"] == (
        "work on request is given by people, so nobody rests from it here; leave 'rest' out"
    )


def test_a_name_that_is_no_role_is_a_team_and_is_warned_of(write: Write) -> None:
    framework = framework_with(write, rest="{practice-leed: practice-week, Stratford: practice-week}")
    assert lint(framework) == []
    assert [each.what for each in warn(framework)] == [
        "no role is called 'practice-leed', so the team practice-leed rests; did you mean 'practice-lead'?",
        "no role is called 'Stratford', so the team Stratford rests",
    ]


def test_a_period_must_cite_a_rule_that_is_there(write: Write) -> None:
    text = CALENDAR.format(days="[2026-05-11]", rest="{}").replace("{rule: ABC-SEL-4,", "{rule: ABC-SEL-5,")
    [problem] = lint(load(write("ours", text), [SHIPPED]))
    assert (problem.where, problem.what[:40]) == (
        "calendar.practice-week.rule",
        "there is no rule 'ABC-SEL-5' under 'rule",
    )


@pytest.mark.parametrize(
    ("today", "ending"),
    [("2026-03-15", []), ("2026-03-16", [False]), ("2026-05-15", [False]), ("2026-05-16", [True])],
)
def test_a_calendar_that_runs_out_is_said_before_it_does(write: Write, today: str, ending: list[bool]) -> None:
    framework = framework_with(write, rest="{practice-lead: practice-week}")
    assert [each.over for each in endings(framework, date.fromisoformat(today))] == ending


def test_a_calendar_on_which_nobody_rests_may_run_out(write: Write) -> None:
    assert endings(framework_with(write), date(2027, 1, 1)) == []


def test_what_a_calendar_that_ran_out_says(write: Write) -> None:
    [ending] = endings(framework_with(write, rest="{practice-lead: practice-week}"), date(2026, 6, 1))
    assert ending.what == (
        "the last day of this period was 15 May 2026, so nobody rests from Practice Learning Reviews any more; add the "
        "next days under 'days', or take it out of 'rest'"
    )


def test_the_calendar_and_who_rests_are_shown(write: Write) -> None:
    rest = "{practice-lead: practice-week, Stratford: practice-week, everybody: practice-week}"
    sections = {each.title: each for each in describe(framework_with(write, rest=rest))}
    assert [each.text for each in sections["Calendar"].items] == ["Practice Week: 11 to 15 May 2026."]
    assert [each.text for each in sections["Practice Learning Review"].items if "given any" in each.text] == [
        "Nobody of the Practice Lead is given any in a cycle with a day of Practice Week.",
        "Nobody of team Stratford is given any in a cycle with a day of Practice Week.",
        "Nobody is given any in a cycle with a day of Practice Week.",
    ]


def test_a_change_of_the_calendar_is_a_difference(write: Write) -> None:
    old = load("newham", [SHIPPED])
    new = framework_with(write, rest="{practice-lead: practice-week}")
    found = {f"{each.section}.{each.entry}.{each.key}": each for each in differences(old, new)}
    assert found["calendar.practice-week."].new.value["days"] == ["2026-05-11 to 2026-05-15"]
    assert found["activities.practice-learning-review.rest.practice-lead"].change == "added"
