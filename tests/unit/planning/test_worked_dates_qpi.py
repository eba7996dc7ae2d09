"""The worked dates of the council with the Board, through its own file. Every date here was counted by hand.

25 and 28 December 2026, 1 January, 26 and 29 March (Easter) 2027 and 3 January 2028 are bank holidays. Clocks go
back on 25 October 2026 and forward on 28 March 2027; 29 February 2028 is a Tuesday. The closure week is 29 to 31
December 2026.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from qabot.framework import Framework
from qabot.framework.gatherings import AFTER
from qabot.framework.offsets import Moment, Offset
from qabot.planning.occurrences import Occurrence, occurrences
from qabot.planning.windows import of_cycle
from tests.support.invented import framework_of
from tests.support.world import local

OPEN = framework_of(Path("frameworks/qpi-board.yaml"))
CLOSURE_WEEK = [date(2026, 12, day) for day in (29, 30, 31)]
CLOSED = OPEN.model_copy(
    update={"council": OPEN.council.model_copy(update={"closure_days": tuple(CLOSURE_WEEK)})},
)
"""The same council, closed between Christmas and New Year."""
LONG_AGO, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC)
TWICE = 2
"""How many times of what repeats without an end are looked at."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def by_rule(found: Iterable[Occurrence]) -> dict[str, list[str]]:
    """The first days on which each rule wants something, as "02-29"."""
    days: dict[str, list[str]] = {}
    for each in found:
        days.setdefault(each.step.rule, []).append(each.day.isoformat()[2:])
    return {rule: every[:TWICE] for rule, every in days.items()}


def ladder(framework: Framework, kind: str, **anchors: Moment) -> dict[str, list[str]]:
    known = {name.replace("_", "-"): moment for name, moment in anchors.items()}
    return by_rule(occurrences(framework.ladder_of(kind), known, LONG_AGO, LATER, framework.calendar()))


@pytest.mark.parametrize(
    ("framework", "first", "last", "due", "reminded", "owner", "quality"),
    [
        (
            OPEN,
            "2026-10-01",
            "2026-10-31",
            "2026-10-30",
            "26-10-23",
            ["26-11-02", "26-11-05"],
            ["26-11-06", "26-11-13"],
        ),
        (
            OPEN,
            "2026-12-01",
            "2026-12-31",
            "2026-12-31",
            "26-12-24",
            ["27-01-04", "27-01-07"],
            ["27-01-08", "27-01-15"],
        ),
        (
            CLOSED,
            "2026-12-01",
            "2026-12-31",
            "2026-12-24",
            "26-12-17",
            ["27-01-04", "27-01-07"],
            ["27-01-08", "27-01-15"],
        ),
        (
            OPEN,
            "2027-01-01",
            "2027-01-31",
            "2027-01-29",
            "27-01-22",
            ["27-02-01", "27-02-04"],
            ["27-02-05", "27-02-12"],
        ),
        (
            OPEN,
            "2027-03-01",
            "2027-03-31",
            "2027-03-31",
            "27-03-24",
            ["27-04-01", "27-04-06"],
            ["27-04-07", "27-04-14"],
        ),
        (
            OPEN,
            "2028-02-01",
            "2028-02-29",
            "2028-02-29",
            "28-02-22",
            ["28-03-01", "28-03-06"],
            ["28-03-07", "28-03-14"],
        ),
    ],
    ids=["clocks go back", "Christmas", "closure week", "a month that ends on a Sunday", "Easter", "leap day"],
)
def test_an_evaluation_of_a_month(
    framework: Framework, first: str, last: str, due: str, reminded: str, owner: list[str], quality: list[str]
) -> None:
    """QPI-QUO-1, C1: due on the last working day; a week before; one and four working days after; then quality."""
    window = of_cycle(framework.activities["evaluation"], day(first), day(last), framework.calendar())
    assert window.due == day(due)
    found = ladder(framework, "audit", cycle_start=day(first), opened=day(first), due=window.due)
    assert found["OURS-REM-1"] == [reminded]
    assert [*found["OURS-OWN-1"], found["OURS-OWN-2"][0]] == owner
    assert found["OURS-REM-2"] == quality


@pytest.mark.parametrize(
    ("month", "held", "announced", "proposals", "report", "asked"),
    [
        ("2026-10-01", "2026-10-20", "2026-09-22", "2026-10-06", "2026-10-13", "2026-10-22"),
        ("2026-12-01", "2026-12-15", "2026-11-17", "2026-12-01", "2026-12-08", "2026-12-17"),
        ("2027-01-01", "2027-01-19", "2026-12-22", "2027-01-05", "2027-01-12", "2027-01-21"),
        ("2027-04-01", "2027-04-20", "2027-03-23", "2027-04-06", "2027-04-13", "2027-04-22"),
        ("2028-01-01", "2028-01-18", "2027-12-21", "2028-01-04", "2028-01-11", "2028-01-20"),
        ("2028-03-01", "2028-03-21", "2028-02-22", "2028-03-07", "2028-03-14", "2028-03-23"),
    ],
)
def test_the_board_of_a_month(month: str, held: str, announced: str, proposals: str, report: str, asked: str) -> None:
    """QPI-MTG-1, QPI-RPT-1, QPI-RPT-2: the third Tuesday; ten and five working days before; two after."""
    board, calendar = OPEN.gatherings["board"], OPEN.calendar()
    assert board.every is not None
    starts = board.every.next_start(day(month))
    assert starts == day(held)
    brought = (OPEN.duties[name].due for name in ("proposals", "activity-report", f"board{AFTER}"))
    days = [each.day({"day": starts}, calendar) for each in (board.announce, *brought) if isinstance(each, Offset)]
    assert days == [day(each) for each in (announced, proposals, report, asked)]


@pytest.mark.parametrize(
    ("framework", "drawn", "due", "reminded", "owner", "quality"),
    [
        (OPEN, "2026-12-01", "2026-12-31", "26-12-24", ["27-01-04", "27-01-07"], "27-01-08"),
        (CLOSED, "2026-12-01", "2027-01-06", "26-12-24", ["27-01-07", "27-01-12"], "27-01-13"),
        (OPEN, "2027-03-01", "2027-03-31", "27-03-24", ["27-04-01", "27-04-06"], "27-04-07"),
        (OPEN, "2028-02-01", "2028-02-29", "28-02-24", ["28-03-01", "28-03-06"], "28-03-07"),
    ],
    ids=["Christmas", "closure week", "Easter", "leap day"],
)
def test_moderation_as_a_group(
    framework: Framework, drawn: str, due: str, reminded: str, owner: list[str], quality: str
) -> None:
    """QPI-MOD-1: twenty working days from the draw; three before; then owner and quality."""
    counted = framework.samples["group"].due.day({"drawn": day(drawn)}, framework.calendar())
    assert counted == day(due)
    found = ladder(framework, "moderation", drawn=day(drawn), opened=day(drawn), due=counted)
    assert found["QPI-MOD-1"] == [drawn[2:]]
    assert found["OURS-MOD-1"] == [reminded]
    assert [*found["OURS-OWN-1"], found["OURS-OWN-2"][0]] == owner
    assert found["OURS-REM-2"][0] == quality


@pytest.mark.parametrize(
    ("framework", "due", "reminded", "owner", "quality"),
    [
        (OPEN, "2027-01-04", "26-12-31", ["27-01-05", "27-01-08"], ["27-01-11", "27-01-18"]),
        (CLOSED, "2027-01-04", "26-12-24", ["27-01-05", "27-01-08"], ["27-01-11", "27-01-18"]),
        (OPEN, "2027-03-30", "27-03-25", ["27-03-31", "27-04-05"], ["27-04-06", "27-04-13"]),
        (OPEN, "2028-02-29", "28-02-28", ["28-03-01", "28-03-06"], ["28-03-07", "28-03-14"]),
        (OPEN, "2026-10-26", "26-10-23", ["26-10-27", "26-10-30"], ["26-11-02", "26-11-09"]),
    ],
    ids=["after New Year", "after a closure week", "after Easter", "leap day", "clocks go back"],
)
@pytest.mark.parametrize("kind", ["action", "board-action", "theme-action"])
def test_an_action_with_a_date(
    framework: Framework, kind: str, due: str, reminded: str, owner: list[str], quality: list[str]
) -> None:
    """QPI-DDL-1, QPI-DDL-2: a working day before; one and four working days after; five after, then each week."""
    found = ladder(framework, kind, opened=day("2026-09-01"), due=day(due))
    assert found["OURS-ACT-1"] == [reminded]
    assert [*found["OURS-OWN-1"], found["OURS-OWN-2"][0]] == owner
    assert found["OURS-ACT-2"] == quality


@pytest.mark.parametrize("framework", [OPEN, CLOSED], ids=["open", "closure week"])
@pytest.mark.parametrize(
    ("raised", "again", "climbs", "repeated"),
    [
        ("2026-10-23 16:00", "2026-10-26 12:00", "2026-10-26 16:00", "2026-10-27 16:00"),
        ("2026-12-24 16:00", "2026-12-29 12:00", "2026-12-29 16:00", "2026-12-30 16:00"),
        ("2026-12-27 11:00", "2026-12-29 13:00", "2026-12-30 09:00", "2026-12-31 09:00"),
        ("2027-03-25 16:30", "2027-03-30 12:30", "2027-03-30 16:30", "2027-03-31 16:30"),
        ("2028-02-28 15:00", "2028-02-29 11:00", "2028-02-29 15:00", "2028-03-01 15:00"),
    ],
    ids=["clocks go back", "Christmas Eve", "a Sunday", "Easter and clocks go forward", "leap day"],
)
def test_what_cannot_wait(framework: Framework, raised: str, again: str, climbs: str, repeated: str) -> None:
    """QPI-ALT-1, QPI-ALT-2: four working hours, one working day, then each working day. No closure stops the clock."""
    for kind, rule in (("concern", "QPI-ALT-1"), ("inadequate", "QPI-ALT-2"), ("concern-practitioner", "QPI-ALT-1")):
        anchors: dict[str, Moment] = {"opened": local(raised)}
        found = occurrences(framework.ladder_of(kind), anchors, local(raised), local(repeated), framework.calendar())
        moments: dict[str, list[datetime | None]] = {}
        for each in found:
            moments.setdefault(each.step.rule, []).append(each.moment)
        assert moments[rule] == [local(raised)]
        assert moments.get("OURS-ALT-1", [local(again)]) == [local(again)]
        after = moments["OURS-ALT-3" if kind == "concern-practitioner" else "OURS-ALT-2"]
        assert after[:TWICE] == [local(climbs), local(repeated)]
