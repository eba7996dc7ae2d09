"""Small numbers of a grade: hidden wherever they stand, and in one table exactly where they are in the other."""

from collections.abc import Mapping
from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from qabot.planning.disclosure import may_be_shown
from qabot.planning.figures import SERVICE, Figure, Item, Measure, figures
from qabot.planning.grade_cells import Grades
from qabot.planning.periods import FINANCIAL, MONTH, Period
from tests.unit.planning.test_figures import LATER, Q4, rank

SCALE = Grades(("blue", "green", "amber", "red"), frozenset({"red"}), frozenset({"blue", "green"}))
COLUMNS = tuple((each, each.capitalize()) for each in SCALE.names)
GOOD = Measure(
    "grades", "Grades", "Graded", COLUMNS, "Good", of=frozenset({"blue", "green"}), by=(SERVICE,), grades=SCALE
)
LOW = Measure("low-grades", "Low", "Graded", COLUMNS[-1:], "Red", of=frozenset({"red"}), by=(SERVICE,), grades=SCALE)
ALERTS = Measure("alerts", "Alerts", "Raised", (), "Alerts raised", kind="count", by=(SERVICE,))
Row = Mapping[str, int]


def made(world: Mapping[str, Row], on: date = date(2026, 10, 9)) -> list[Item]:
    """So many pieces of work of each grade in each service."""
    return [
        Item(on, {SERVICE: service}, frozenset({grade}))
        for service, row in world.items()
        for grade, many in row.items()
        for _ in range(many)
    ]


def table(measure: Measure, world: Mapping[str, Row], period: Period = Q4) -> Figure:
    (figure,) = figures(measure, made(world), period, LATER)
    return figure


def test_two_of_a_grade_are_hidden_and_what_would_tell_them() -> None:
    """28 grades, two of them RED: the table said so, and the one beside it hid that two alerts were raised."""
    world = {"North": {"blue": 6, "green": 14, "amber": 6, "red": 2}}
    whole = table(GOOD, world).whole
    assert (whole.sizes[0], whole.counts[0], whole.headlines[0]) == (28, (6, 14, None, None), 71)
    low = table(LOW, world).whole
    assert (low.counts[0], low.headlines[0]) == ((None,), None)
    alerts, _ = figures(ALERTS, made({"North": {"red": 2}}), Q4, LATER)[0], None
    assert alerts.whole.sizes[0] is None


def test_what_is_hidden_with_a_small_number_leaves_the_share_of_good_work() -> None:
    """It is what a council compares itself by: three AMBER are hidden with the REDs, and not with what is good."""
    whole = table(GOOD, {"North": {"blue": 9, "green": 7, "amber": 3, "red": 6}}).whole
    assert (whole.counts[0], whole.headlines[0]) == ((9, 7, None, None), 64)
    both = table(GOOD, {"North": {"blue": 3, "green": 7, "amber": 9, "red": 2}}).whole
    assert (both.counts[0], both.headlines[0]) == ((None, None, None, None), 48)


def test_a_share_that_would_tell_a_small_number_is_hidden() -> None:
    """Three are not good: of 19, a share of 84 in a hundred says so."""
    whole = table(GOOD, {"North": {"blue": 9, "green": 7, "amber": 1, "red": 2}}).whole
    assert (whole.counts[0], whole.headlines[0]) == ((9, None, None, None), None)


def test_the_whole_has_the_same_numbers_by_whatever_it_is_told() -> None:
    rows = {"N": {"blue": 2, "green": 8, "amber": 1, "red": 6}, "S": {"blue": 9, "green": 3, "amber": 8, "red": 1}}
    alone = table(GOOD, {"All": {grade: rows["N"][grade] + rows["S"][grade] for grade in SCALE.names}}).whole
    assert table(GOOD, rows).whole == alone


def test_none_and_five_are_shown_and_so_is_their_share() -> None:
    whole = table(GOOD, {"North": {"blue": 0, "green": 15, "amber": 5, "red": 0}}).whole
    assert (whole.counts[0], whole.headlines[0]) == ((0, 15, 5, 0), 75)


def test_a_share_of_all_that_is_hidden_or_of_none_of_it_tells_nothing() -> None:
    whole = table(GOOD, {"North": {"blue": 9, "green": 7, "amber": 3, "red": 3}}).whole
    assert (whole.counts[0], whole.headlines[0]) == ((9, 7, None, None), 73)


def test_a_quarter_gives_no_month_away() -> None:
    """Six in a quarter, five of them in one month: the one of the other month would follow."""
    work = [*made({"N": {"green": 20, "red": 5}}), *made({"N": {"green": 20, "red": 1}}, date(2026, 11, 9))]
    whole = figures(GOOD, work, Q4, LATER)[0].whole
    assert whole.counts[0] is not None
    assert whole.counts[0][3] is None
    year = figures(GOOD, work, Period(FINANCIAL, date(2026, 4, 1)), LATER)[0].whole
    assert year.counts[0] is not None
    assert year.counts[0][3] is None
    month = figures(GOOD, work, Period(MONTH, date(2026, 10, 1)), LATER)[0].whole
    assert month.counts[0] == (0, 20, 0, 5)


ROWS = st.lists(st.integers(0, 9), min_size=4, max_size=4)


@settings(max_examples=150, deadline=None)
@example([[6, 14, 6, 2]])
@example([[1, 5, 0, 0], [5, 1, 0, 0], [9, 9, 9, 9]])
@example([[0, 0, 0, 5], [0, 0, 0, 7]])
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_no_small_number_of_a_grade_follows_from_its_tables(numbers: list[list[int]]) -> None:
    world = {f"S{at}": dict(zip(SCALE.names, row, strict=True)) for at, row in enumerate(numbers)}
    tables = [table(GOOD, world), table(LOW, world)]
    cells = [(service, grade) for service in world for grade in SCALE.names]
    sums: list[list[int]] = []
    for figure, measure in zip(tables, (GOOD, LOW), strict=True):
        for line in figure.lines:
            of = set(world) if not line.name else {line.name}
            counts = line.counts[0] or ()
            parts = [{grade} for (grade, _), many in zip(measure.columns, counts, strict=False) if many is not None]
            parts += [set(SCALE.names)] if line.sizes[0] is not None else []
            parts += [set(measure.of)] if line.headlines[0] is not None else []
            sums += [[int(service in of and grade in part) for service, grade in cells] for part in parts]
    for names in (*({each} for each in world), set(world)):
        for grade in SCALE.names:
            if not may_be_shown(sum(world[each][grade] for each in names)):
                wanted = [int(service in names and each == grade) for service, each in cells]
                assert rank(sums) < rank([*sums, wanted]), (names, grade)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_a_number_is_shown_in_both_tables_or_in_none(numbers: list[list[int]]) -> None:
    world = {f"S{at}": dict(zip(SCALE.names, row, strict=True)) for at, row in enumerate(numbers)}
    good, low = table(GOOD, world), table(LOW, world)
    for one, other in zip(good.lines, low.lines, strict=True):
        assert (one.name, one.sizes) == (other.name, other.sizes)
        assert (one.counts[0] or (None,))[-1] == (other.counts[0] or (None,))[0]
    reds = sum(row["red"] for row in world.values())
    alerts = figures(ALERTS, made({"all": {"red": reds}}), Q4, LATER)[0].whole.sizes[0]
    if reds and alerts is None:
        assert (good.whole.counts[0] or (None,))[-1] is None
