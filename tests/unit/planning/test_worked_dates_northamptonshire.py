"""The worked dates of Northamptonshire Children's Trust, through its own file. Every date here was counted by hand.

25 and 28 December 2026, 1 January, 26 and 29 March (Easter) 2027 are bank holidays. Clocks go back on 25 October 2026
and forward on 28 March 2027; 29 February 2028 is a Tuesday. The closure week is 29 to 31 December 2026.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from qabot.framework import Framework
from qabot.framework.offsets import Moment, Offset
from qabot.planning.occurrences import occurrences
from qabot.planning.windows import of_cycle
from tests.support.northamptonshire import northamptonshire
from tests.support.world import local

OPEN = northamptonshire()
CLOSED = OPEN.model_copy(
    update={"council": OPEN.council.model_copy(update={"closure_days": tuple(date(2026, 12, n) for n in (29, 30, 31))})}
)
"""The same Trust, closed between Christmas and New Year."""
LONG_AGO, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
POOL = ("thematic-audit", "practice-observation", "supervision-file-audit")
LINE = ("own-supervision-audit", "own-observation")


def day(text: str) -> date:
    return date.fromisoformat(text)


def ladder(framework: Framework, name: str, **anchors: Moment) -> dict[str, list[str]]:
    """The first two days on which each rule wants something."""
    known = {each.replace("_", "-"): moment for each, moment in anchors.items()}
    days: dict[str, list[str]] = {}
    for each in occurrences(framework.ladders[name], known, LONG_AGO, LATER, framework.calendar()):
        days.setdefault(each.step.rule, []).append(each.day.isoformat())
    return {rule: every[:2] for rule, every in days.items()}


@pytest.mark.parametrize(
    ("activities", "before", "first", "due", "reminded", "owner", "quality"),
    [
        (
            POOL,
            "2026-09-20",
            "2026-09-21",
            "2026-10-30",
            "2026-10-16",
            ["2026-11-02", "2026-11-05"],
            ["2026-11-06", "2026-11-13"],
        ),
        (
            POOL,
            "2026-12-13",
            "2026-12-14",
            "2027-01-22",
            "2027-01-08",
            ["2027-01-25", "2027-01-28"],
            ["2027-01-29", "2027-02-05"],
        ),
        (
            POOL,
            "2027-03-07",
            "2027-03-08",
            "2027-04-16",
            "2027-04-02",
            ["2027-04-19", "2027-04-22"],
            ["2027-04-23", "2027-04-30"],
        ),
        (
            POOL,
            "2028-02-06",
            "2028-02-07",
            "2028-03-17",
            "2028-03-03",
            ["2028-03-20", "2028-03-23"],
            ["2028-03-24", "2028-03-31"],
        ),
        (
            LINE,
            "2026-11-30",
            "2026-12-01",
            "2027-01-29",
            "2027-01-15",
            ["2027-02-01", "2027-02-04"],
            ["2027-02-05", "2027-02-12"],
        ),
        (
            LINE,
            "2028-01-31",
            "2028-02-01",
            "2028-03-31",
            "2028-03-17",
            ["2028-04-03", "2028-04-06"],
            ["2028-04-07", "2028-04-18"],
        ),
    ],
    ids=["clocks go back", "Christmas", "Easter", "leap day", "line, Christmas", "line, Easter 2028"],
)
def test_work_of_the_pool_and_of_the_line(
    activities: tuple[str, ...], before: str, first: str, due: str, reminded: str, owner: list[str], quality: list[str]
) -> None:
    """B1, B3: six weeks from 6 April 2026, two months of the financial year; due on their last working day.

    On Good Friday, 14 April 2028, and Easter Monday the weekly list waits for Tuesday 18 April.
    """
    for name in activities:
        activity = OPEN.activities[name]
        assert activity.every.next_start(day(before)) == day(first)
        period = activity.every.period(day(first))
        assert period is not None
        window = of_cycle(activity, period.starts, period.ends, OPEN.calendar())
        assert (window.opens, window.due) == (day(first), day(due))
        found = ladder(OPEN, activity.ladder or "", cycle_start=day(first), opened=day(first), due=window.due)
        assert found["OURS-REM-1"] == [reminded]
        assert [*found["OURS-OWN-1"], found["OURS-OWN-2"][0]] == owner
        assert found["OURS-REM-2"] == quality


@pytest.mark.parametrize(
    ("framework", "sent", "one", "five", "ten", "again"),
    [
        (OPEN, "2026-10-23", "2026-10-26", "2026-10-30", "2026-11-06", "2026-11-09"),
        (OPEN, "2026-12-23", "2026-12-24", "2027-01-04", "2027-01-11", "2027-01-12"),
        (CLOSED, "2026-12-23", "2026-12-24", "2027-01-07", "2027-01-14", "2027-01-15"),
        (CLOSED, "2026-12-24", "2027-01-04", "2027-01-08", "2027-01-15", "2027-01-18"),
        (OPEN, "2027-03-25", "2027-03-30", "2027-04-05", "2027-04-12", "2027-04-13"),
        (OPEN, "2028-02-25", "2028-02-28", "2028-03-03", "2028-03-10", "2028-03-13"),
    ],
    ids=["clocks go back", "Christmas", "closure week", "Christmas Eve", "Easter and clocks go forward", "leap day"],
)
def test_what_becomes_of_an_audit(framework: Framework, sent: str, one: str, five: str, ten: str, again: str) -> None:
    """One working day for CareFirst, five to put right and for a talk that is wanted, ten for the talk itself."""
    counted = {
        "care-first": one,
        "put-right": five,
        "put-right-in-the-team": five,
        "talk-wanted": five,
        "feedback": ten,
        "alongside": ten,
    }
    moments: dict[str, Moment] = dict.fromkeys(("submitted", "opened", "feedback.done"), day(sent))
    for name, expected in counted.items():
        due = framework.duties[name].due
        assert isinstance(due, Offset)
        assert due.day(moments, framework.calendar()) == day(expected), name
    asked = ladder(framework, "feedback", opened=day(sent), submitted=day(sent), due=day(ten))
    assert asked["OURS-FBK-1"] == [again], "once more, and not again"


@pytest.mark.parametrize(
    ("framework", "due", "reminded", "owner", "quality"),
    [
        (OPEN, "2026-10-26", "2026-10-23", ["2026-10-27", "2026-10-30"], ["2026-11-02", "2026-11-09"]),
        (OPEN, "2027-01-04", "2026-12-31", ["2027-01-05", "2027-01-08"], ["2027-01-11", "2027-01-18"]),
        (CLOSED, "2027-01-04", "2026-12-24", ["2027-01-05", "2027-01-08"], ["2027-01-11", "2027-01-18"]),
        (OPEN, "2027-03-30", "2027-03-25", ["2027-03-31", "2027-04-05"], ["2027-04-06", "2027-04-13"]),
        (OPEN, "2028-02-29", "2028-02-28", ["2028-03-01", "2028-03-06"], ["2028-03-07", "2028-03-14"]),
    ],
    ids=["clocks go back", "after New Year", "after a closure week", "after Easter", "leap day"],
)
def test_an_action_with_a_date(
    framework: Framework, due: str, reminded: str, owner: list[str], quality: list[str]
) -> None:
    """NCT-DDL-1: a working day before; one and four working days after; then the Quality Assurance Manager's list."""
    found = ladder(framework, "actions", opened=day("2026-09-01"), due=day(due))
    assert found["OURS-ACT-1"] == [reminded]
    assert [*found["OURS-OWN-1"], found["OURS-OWN-2"][0]] == owner
    assert found["OURS-REM-2"] == quality


@pytest.mark.parametrize("framework", [OPEN, CLOSED], ids=["open", "closure week"])
@pytest.mark.parametrize(
    ("raised", "again", "climbs", "repeated"),
    [
        ("2026-10-23 16:00", "2026-10-26 12:00", "2026-10-26 16:00", "2026-10-27 16:00"),
        ("2026-12-24 16:00", "2026-12-29 12:00", "2026-12-29 16:00", "2026-12-30 16:00"),
        ("2027-03-25 16:30", "2027-03-30 12:30", "2027-03-30 16:30", "2027-03-31 16:30"),
        ("2028-02-28 15:00", "2028-02-29 11:00", "2028-02-29 15:00", "2028-03-01 15:00"),
    ],
    ids=["clocks go back", "Christmas Eve", "Easter and clocks go forward", "leap day"],
)
@pytest.mark.parametrize(("name", "rule"), [("care-first", "NCT-ALT-2"), ("early-help-concern", "NCT-ALT-3")])
def test_what_cannot_wait(
    framework: Framework, name: str, rule: str, raised: str, again: str, climbs: str, repeated: str
) -> None:
    """Four working hours, one working day, then each working day. No closure stops the clock."""
    anchors: dict[str, Moment] = {"opened": local(raised)}
    found = occurrences(framework.ladders[name], anchors, local(raised), local(repeated), framework.calendar())
    assert [(each.step.rule, each.moment) for each in found][:4] == [
        (rule, local(raised)),
        ("OURS-ALT-1", local(again)),
        ("OURS-ALT-2", local(climbs)),
        ("OURS-ALT-2", local(repeated)),
    ]


@pytest.mark.parametrize(
    ("name", "after", "held"),
    [
        ("quarterly-report", "2026-10-01", "2026-10-21"),
        ("quarterly-report", "2027-01-01", "2027-01-20"),
        ("quarterly-report", "2027-04-01", "2027-04-21"),
        ("quarterly-report", "2028-01-01", "2028-01-19"),
        ("thematic-findings", "2026-12-01", "2026-12-23"),
        ("thematic-findings", "2027-03-01", "2027-03-17"),
        ("thematic-findings", "2028-02-29", "2028-03-29"),
        ("briefing", "2026-12-01", "2026-12-09"),
        ("briefing", "2027-03-28", "2027-04-14"),
        ("briefing", "2028-02-29", "2028-03-08"),
    ],
)
def test_the_day_of_a_report(name: str, after: str, held: str) -> None:
    """The third and the second Wednesday; each sixth Wednesday, ten days after a cycle has ended."""
    every = OPEN.gatherings[name].every
    assert every is not None
    assert every.next_start(day(after)) == day(held)


@pytest.mark.parametrize(
    ("framework", "report", "brought"),
    [
        (OPEN, "2026-10-21", "2026-10-07"),
        (OPEN, "2027-01-20", "2027-01-06"),
        (CLOSED, "2027-01-20", "2027-01-06"),
        (OPEN, "2027-01-08", "2026-12-22"),
        (CLOSED, "2027-01-08", "2026-12-17"),
        (OPEN, "2027-04-07", "2027-03-22"),
        (OPEN, "2028-03-08", "2028-02-23"),
    ],
)
def test_what_is_sent_before_the_report(framework: Framework, report: str, brought: str) -> None:
    """NCT-RPT-1, NCT-RPT-2: ten working days before, on whatever day the report is put."""
    for name in ("escalations", "service-themes"):
        due = framework.duties[name].due
        assert isinstance(due, Offset)
        assert due.day({"day": day(report)}, framework.calendar()) == day(brought)


@pytest.mark.parametrize(
    ("after", "asked", "agreed"),
    [
        ("2026-08-01", "2026-09-01", "2026-09-22"),
        ("2026-10-01", "2027-03-01", "2027-03-22"),
        ("2027-10-01", "2028-03-01", "2028-03-22"),
    ],
)
def test_themes_are_agreed_before_the_half_year(after: str, asked: str, agreed: str) -> None:
    """NCT-SEL-1: fifteen working days from 1 March or 1 September."""
    themes = OPEN.duties["themes"]
    assert themes.every is not None
    assert themes.every.next_start(day(after)) == day(asked)
    assert isinstance(themes.due, Offset)
    assert themes.due.day({"opened": day(asked)}, OPEN.calendar()) == day(agreed)


@pytest.mark.parametrize(
    ("framework", "given", "five", "ten"),
    [
        (OPEN, "2026-10-23", "2026-10-30", "2026-11-06"),
        (OPEN, "2026-12-24", "2027-01-05", "2027-01-12"),
        (CLOSED, "2026-12-24", "2027-01-08", "2027-01-15"),
        (OPEN, "2026-12-26", "2027-01-05", "2027-01-12"),
        (OPEN, "2027-03-25", "2027-04-05", "2027-04-12"),
        (OPEN, "2028-02-28", "2028-03-06", "2028-03-13"),
        (OPEN, "2028-02-29", "2028-03-07", "2028-03-14"),
    ],
    ids=["clocks go back", "Christmas Eve", "closure week", "a Saturday", "Easter", "before the leap day", "leap day"],
)
def test_what_becomes_of_good_practice(framework: Framework, given: str, five: str, ten: str) -> None:
    """NCT-REC-4, -5, -6: five working days to show it and to look it over, ten for a personal thank-you."""
    moments: dict[str, Moment] = dict.fromkeys(("nomination.given", "sharing-decision.done"), day(given))
    for name, expected in {"good-practice-shown": five, "library-check": five, "thank-you": ten}.items():
        due = framework.duties[name].due
        assert isinstance(due, Offset)
        assert due.day(moments, framework.calendar()) == day(expected), name


@pytest.mark.parametrize(
    ("opened", "takes", "reminded", "closes"),
    [
        ("2027-02-01", "2027-02-08", ["2027-02-15", "2027-02-25"], "2027-03-01"),
        ("2028-02-01", "2028-02-08", ["2028-02-15", "2028-02-25"], "2028-02-29"),
    ],
    ids=["2027", "leap day"],
)
def test_the_survey_of_a_year(opened: str, takes: str, reminded: list[str], closes: str) -> None:
    """NCT-FBK-2: told on 1 February, answered from five working days on, within twenty; two reminders."""
    survey = OPEN.duties["staff-survey"]
    assert survey.every is not None
    assert survey.every.next_start(day(opened).replace(month=1)) == day(opened)
    assert isinstance(survey.due, Offset)
    assert survey.due.day({"opened": day(opened)}, OPEN.calendar()) == day(closes)
    assert survey.opening({"opened": day(opened)}, OPEN.calendar(), day(closes)) == day(takes)
    anchors: dict[str, Moment] = {"opened": day(opened), "opens": day(takes), "due": day(closes)}
    steps = occurrences(OPEN.every_ladder[survey.told_by], anchors, LONG_AGO, LATER, OPEN.calendar())
    assert [each.day.isoformat() for each in steps] == [opened, takes, *reminded]


@pytest.mark.parametrize(
    ("opened", "due"),
    [("2026-04-01", "2026-04-17"), ("2026-12-01", "2026-12-15"), ("2027-04-01", "2027-04-15")],
    ids=["over Easter", "before Christmas", "after Easter"],
)
def test_a_summary_of_two_months_of_observations(opened: str, due: str) -> None:
    """NCT-ACT-3: asked of each Team Manager on the first day of every second month, in ten working days."""
    summary = OPEN.duties["observation-summary"]
    assert summary.every is not None
    assert summary.every.next_start(day(opened) - timedelta(days=20)) == day(opened)
    assert isinstance(summary.due, Offset)
    assert summary.due.day({"opened": day(opened)}, OPEN.calendar()) == day(due)


@pytest.mark.parametrize(
    ("begins", "picked", "asked"),
    [
        ("2026-12-14", "2026-12-11", ["2026-12-04", "2026-12-10", "2026-12-14", "2026-12-21", "2026-12-30"]),
        ("2027-04-19", "2027-04-16", ["2027-04-09", "2027-04-15", "2027-04-19", "2027-04-26", "2027-05-04"]),
        ("2027-12-27", "2027-12-24", ["2027-12-17", "2027-12-23", "2027-12-29", "2028-01-06", "2028-01-13"]),
    ],
    ids=["Christmas", "after Easter", "a cycle that begins on a bank holiday"],
)
def test_the_cases_of_a_cycle(begins: str, picked: str, asked: list[str]) -> None:
    """NCT-SEL-2: picked by the working day before; asked five days and one before, one, six and each five after."""
    duty = OPEN.duties["thematic-audit-cases"]
    assert isinstance(duty.due, Offset)
    assert duty.due.day({"cycle-start": day(begins)}, OPEN.calendar()) == day(picked)
    anchors: dict[str, Moment] = {"due": day(picked)}
    steps = occurrences(OPEN.every_ladder[duty.told_by], anchors, LONG_AGO, LATER, OPEN.calendar())
    assert [each.day.isoformat() for each in steps][:5] == asked


COUNTED = {"care-first", "put-right", "put-right-in-the-team", "talk-wanted", "feedback", "alongside", "themes"} | {
    "good-practice-shown",
    "library-check",
    "thank-you",
    "staff-survey",
    "thematic-audit-cases",
    "escalations",
    "service-themes",
    "observation-summary",
}
"""The duties whose dates are worked out above."""
SAID = {
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
}
"""When the steps whose days are worked out above are said."""


def test_no_offset_of_the_file_is_left_out() -> None:
    """One that the file gains has no worked date yet, and fails here."""
    assert {name for name, each in OPEN.duties.items() if isinstance(each.due, Offset) and each.due.count} == COUNTED
    assert {name for name, each in OPEN.duties.items() if each.opens is not None} == {"staff-survey"}
    steps = [step for each in OPEN.ladders.values() for step in each.steps]
    assert {str(each) for step in steps for each in (step.at, step.repeat) if each is not None} == SAID
    by_itself = {name for name, each in OPEN.activities.items() if not each.every.on_request}
    assert by_itself == {*POOL, *LINE, "leaders-observation"}, "of which the last is one for each financial year"
