"""Figures against examples counted by hand, and that nothing hidden follows from what is shown."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qabot.framework.calendar import Calendar
from qabot.planning.disclosure import groups_shown, may_be_shown, whole_shown
from qabot.planning.figures import (
    COUNT,
    MEDIAN,
    SERVICE,
    Counted,
    Figure,
    Item,
    Measure,
    compared,
    figures,
    working_hours,
)
from qabot.planning.periods import FINANCIAL, MONTH, QUARTER, YEAR, Period

Q4 = Period(QUARTER, date(2026, 10, 1))
LATER = date(2027, 5, 1)
WORK = Measure(
    "work",
    "Work",
    "Due",
    (("done", "Done"), ("on-time", "On time")),
    "On time",
    of=frozenset({"on-time"}),
    by=(SERVICE,),
)


def items(service: str, on: date, *marks: str) -> list[Item]:
    """An item for each word of marks such as "done,on-time"; "" is one without any."""
    return [Item(on, {SERVICE: service}, frozenset(each.split(",")) - {""}) for each in marks]


def rows(figure: Figure) -> list[tuple[str, int | None, Counted | None, tuple[float | None, ...]]]:
    return [(each.name, each.sizes[0], each.counts[0], each.headlines) for each in figure.lines]


# -- periods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "title", "ends", "before", "year_ago"),
    [
        ("month-2026-02", "February 2026", date(2026, 2, 28), "month-2026-01", "month-2025-02"),
        ("quarter-2026-01", "January to March 2026", date(2026, 3, 31), "quarter-2025-10", "quarter-2025-01"),
        ("year-2026-01", "2026", date(2026, 12, 31), "year-2025-01", "year-2025-01"),
        (
            "financial-year-2026-04",
            "April 2026 to March 2027",
            date(2027, 3, 31),
            "financial-year-2025-04",
            "financial-year-2025-04",
        ),
    ],
)
def test_a_period_has_a_name_an_end_and_others_to_compare_with(
    key: str, title: str, ends: date, before: str, year_ago: str
) -> None:
    period = Period.parse(key)
    assert period is not None
    assert (period.key, period.title, period.ends) == (key, title, ends)
    assert (period.before.key, period.year_ago.key) == (before, year_ago)
    assert len(compared(period)) == (3 if before != year_ago else 2)


@pytest.mark.parametrize(
    "key", ["", "quarter-2026-02", "year-2026-04", "month-2026-13", "month-1066-10", "week-2026-01"]
)
def test_what_is_no_period_is_none(key: str) -> None:
    assert Period.parse(key) is None


def test_a_day_lies_in_one_of_each_kind() -> None:
    day = date(2027, 2, 14)
    keys = [Period.of(kind, day).key for kind in (MONTH, QUARTER, YEAR, FINANCIAL)]
    assert keys == ["month-2027-02", "quarter-2027-01", "year-2027-01", "financial-year-2026-04"]


# -- counted by hand --------------------------------------------------------------------------------------------------


def test_a_quarter_by_service_beside_the_one_before_and_a_year_ago() -> None:
    north = items("North", date(2026, 10, 9), *["done,on-time"] * 4, "done", "")  # 6 due, 5 done, 4 on time: 67%
    south = items("South", date(2026, 11, 30), *["done,on-time"] * 3, "done", *[""] * 4)  # 8, 4, 3: 38%
    before = items("North", date(2026, 8, 1), *["done,on-time"] * 5, *[""] * 5)  # North 50%, South none
    year_ago = items("South", date(2025, 12, 31), *["done,on-time"] * 6, *["done"] * 2)  # South 75%
    (figure,) = figures(WORK, [*north, *south, *before, *year_ago], Q4, LATER)
    assert figure.periods == ("October to December 2026", "July to September 2026", "October to December 2025")
    assert rows(figure) == [
        ("", 14, (9, 7), (50, 50, 75)),
        ("North", 6, (5, 4), (67, 50, None)),
        ("South", 8, (4, 3), (38, None, 75)),
    ]


def test_few_are_hidden_with_the_next_smallest_so_that_the_whole_gives_nothing_away() -> None:
    made = [
        *items("East", date(2026, 10, 1), *["done"] * 3),
        *items("North", date(2026, 10, 1), *["done"] * 7),
        *items("South", date(2026, 11, 1), *["done"] * 9),
    ]
    (figure,) = figures(WORK, made, Q4, LATER)
    assert [(each.name, each.sizes[0]) for each in figure.lines] == [
        ("", 19),
        ("East", None),
        ("North", None),
        ("South", 9),
    ]
    assert figure.lines[1].counts[0] is None
    assert figure.lines[1].headlines[0] is None


def test_a_median_needs_five_and_a_count_compares_itself() -> None:
    hours = Measure("a", "Alerts", "Raised", (), "Median", kind=MEDIAN, unit=" hours", by=(SERVICE,))
    measured = [Item(date(2026, 10, 1), {SERVICE: "North"}, measured=each) for each in (1.0, 2.0, 4.0, 8.0)]
    more = [*measured, Item(date(2026, 10, 2), {SERVICE: "North"})]
    assert figures(hours, more, Q4, LATER)[0].whole.headlines[0] is None
    more.append(Item(date(2026, 10, 3), {SERVICE: "North"}, measured=16.0))
    assert figures(hours, more, Q4, LATER)[0].whole.headlines[0] == 4.0
    told = Measure("g", "Good practice", "Nominations", (), "Nominations", kind=COUNT, by=(SERVICE,))
    assert figures(told, more, Q4, LATER)[0].whole.headlines == (6, 0, 0)


def test_a_month_and_what_is_not_over_have_the_whole_alone() -> None:
    made = items("North", date(2026, 10, 9), *["done"] * 9)
    assert [each.name for each in figures(WORK, made, Period(MONTH, date(2026, 10, 1)), LATER)[0].lines] == [""]
    assert [each.name for each in figures(WORK, made, Q4, date(2026, 12, 31))[0].lines] == [""]


def test_a_stock_is_what_there_is_on_the_last_day() -> None:
    stock = Measure("s", "Open", "Open", (("old", "Old"),), "Old", of=frozenset({"old"}), stock=True, by=(SERVICE,))
    made = [
        *items("North", date(2026, 10, 31), *["old"] * 6),
        *items("North", date(2026, 12, 31), *["old"] * 3, *[""] * 3),
        *items("North", date(2026, 9, 30), *[""] * 5),
    ]
    assert rows(figures(stock, made, Q4, LATER)[0])[1] == ("North", 6, (3,), (50, 0, None))


def test_a_stock_of_what_is_not_over_is_that_of_today() -> None:
    """In November nothing is known of December: a quarter, or a year, that says "none" then would be wrong."""
    stock = Measure("s", "Open", "Open", (("old", "Old"),), "Old", of=frozenset({"old"}), stock=True, by=(SERVICE,))
    today = date(2026, 11, 10)
    made = [*items("North", date(2026, 10, 31), *["old"] * 6), *items("North", today, *["old"] * 2, *[""] * 6)]
    for period in (Q4, Period(YEAR, date(2026, 1, 1)), Period(FINANCIAL, date(2026, 4, 1))):
        assert rows(figures(stock, made, period, today)[0])[0][:3] == ("", 8, (2,)), period
    assert rows(figures(stock, made, Period(QUARTER, date(2027, 1, 1)), today)[0])[0][:3] == ("", 0, (0,))


def test_none_at_all_is_no_secret() -> None:
    assert rows(figures(WORK, [], Q4, LATER)[0]) == [("", 0, (0, 0), (None, None, None))]


def test_working_hours_leave_out_nights_weekends_and_holidays() -> None:
    friday, monday = datetime(2026, 11, 27, 16, tzinfo=UTC), datetime(2026, 11, 30, 10, 30, tzinfo=UTC)
    assert working_hours(Calendar(), friday, monday) == 2.5
    christmas = datetime(2026, 12, 24, 16, tzinfo=UTC), datetime(2026, 12, 29, 10, tzinfo=UTC)
    assert working_hours(Calendar(), *christmas) == 2.0  # Friday and Monday are bank holidays that year


def test_what_is_kept_of_a_figure_is_the_same_figure() -> None:
    import json

    (figure,) = figures(WORK, items("North", date(2026, 10, 9), *["done"] * 9), Q4, LATER)
    assert Figure.of_data(json.loads(json.dumps(figure.as_data()))) == figure


# -- nothing hidden follows from what is shown ------------------------------------------------------------------------

YEAR_2026 = Period(FINANCIAL, date(2026, 4, 1))
PRIME = 1_000_003
"""Sums are looked at as remainders of it: whole numbers are quick, and a chance agreement is not to be feared."""


def known_sums(sizes: Mapping[tuple[Period, str], int]) -> list[set[tuple[Period, str]]]:
    """What everybody could read: of which months and groups a sum is shown."""

    def counts(period: Period) -> Mapping[str, int]:
        made: Counter[str] = Counter()
        for (month, group), many in sizes.items():
            if month in period.months():
                made[group] += many
        return made

    names = {group for _, group in sizes}
    quarters = list(YEAR_2026.quarters())
    sums: list[set[tuple[Period, str]]] = []
    for period in (*YEAR_2026.months(), *quarters, YEAR_2026):
        cells = {(month, name) for month in period.months() for name in names}
        if whole_shown(counts, period):
            sums.append(cells)
        sums += [{each for each in cells if each[1] == name} for name in groups_shown(counts, period)]
    return sums


def follows(sums: Iterable[set[tuple[Period, str]]], cell: set[tuple[Period, str]]) -> bool:
    """Whether a sum of cells can be worked out from others: whether it adds nothing to their span."""
    names = sorted({each for one in [*sums, cell] for each in one}, key=lambda each: (each[0].starts, each[1]))
    matrix = [[int(each in one) for each in names] for one in sums]
    return rank(matrix) == rank([*matrix, [int(each in cell) for each in names]])


def rank(matrix: list[list[int]]) -> int:
    lines, found = [list(each) for each in matrix], 0
    for column in range(len(lines[0]) if lines else 0):
        at = next((number for number in range(found, len(lines)) if lines[number][column]), None)
        if at is None:
            continue
        lines[found], lines[at] = lines[at], lines[found]
        inverse = pow(lines[found][column], -1, PRIME)
        for number in range(found + 1, len(lines)):
            if lines[number][column]:
                factor = lines[number][column] * inverse % PRIME
                lines[number] = [(a - factor * b) % PRIME for a, b in zip(lines[number], lines[found], strict=True)]
        found += 1
    return found


SIZES = st.lists(st.integers(0, 9), min_size=12, max_size=12)


@settings(max_examples=60, deadline=None)
@example(  # the two halves of the year hang together by one number
    [
        [4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0],
        [4, 0, 0, 4, 0, 0, 3, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0],
        [0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0],
    ],
    [1] * 12,
)
@example(  # one group alone has a year that is hidden
    [[1, 0, 0, 4, *[0] * 8], [2, *[0] * 11], [2, 0, 0, 3, *[0] * 8]],
    [1] * 12,
)
@given(st.lists(SIZES, min_size=2, max_size=4), st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_no_number_of_one_to_four_follows_from_all_that_is_shown(worlds: list[list[int]], gaps: list[int]) -> None:
    months = list(YEAR_2026.months())
    sizes = {
        (month, f"group {number}"): many if gaps[at] else 0
        for number, world in enumerate(worlds)
        for at, (month, many) in enumerate(zip(months, world, strict=True))
    }
    sums = known_sums(sizes)
    names = sorted({group for _, group in sizes})
    small: list[set[tuple[Period, str]]] = []
    for period in (*months, *YEAR_2026.quarters(), YEAR_2026):
        cells = {(month, name) for month in period.months() for name in names}
        for part in ({each for each in cells if each[1] == name} for name in names):
            if not may_be_shown(sum(sizes[each] for each in part)):
                small.append(part)
        if not may_be_shown(sum(sizes[each] for each in cells)):
            small.append(cells)
    assert not [part for part in small if follows(sums, part)]


def test_where_the_whole_is_hidden_it_is_not_said_in_which_groups_there_was_something() -> None:
    """One low grade in all stands in the table of grades, whose rows hide whose it was: the alerts must not tell."""
    few = [*items("North", date(2026, 11, 3), "done"), *items("South", date(2026, 1, 5), *["done"] * 9)]
    (now,) = figures(WORK, few, Q4, LATER)
    assert [each.name for each in now.lines] == [""]
    enough = [*few, *items("South", date(2026, 11, 3), *["done"] * 9)]
    (now,) = figures(WORK, enough, Q4, LATER)
    assert [each.name for each in now.lines] == ["", "North", "South"]
