"""Whatever the rhythm: its periods follow each other day by day for years, without a gap, an overlap or a drift."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.framework.rhythms import LONGEST, ORDINALS, WEEKDAYS, Period, Rhythm

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31)) | st.sampled_from(
    [date(2024, 2, 29), date(2026, 1, 31), date(2027, 12, 31), date(2028, 2, 29), date(2026, 8, 30)]
)
ON = st.sampled_from(["", *(f" on {nth} {weekday}" for nth in ORDINALS if nth != "5th" for weekday in WEEKDAYS)])
MANY = settings(max_examples=120, deadline=None)
TEN_YEARS = timedelta(days=3653)


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    """Any rhythm that the linter takes, less the one that no clock knows."""
    unit = draw(st.sampled_from(sorted(LONGEST)))
    count = draw(st.integers(1, min(LONGEST[unit], 15)))
    length = unit if count == 1 else f"{count} {unit}s"
    on = "" if unit == "week" else draw(ON)
    since = draw(st.none() | DAYS)
    rhythm = Rhythm.parse(length + on + (f" from {since}" if since else ""))
    return rhythm if not rhythm.problems() else Rhythm.parse(f"{length}{on} from {draw(DAYS)}")


def period(rhythm: Rhythm, day: date) -> Period:
    found = rhythm.period(day)
    assert found is not None
    return found


@settings(max_examples=60, deadline=None)
@given(rhythm=rhythms(), first=DAYS)
def test_every_day_of_ten_years_lies_in_one_period(rhythm: Rhythm, first: date) -> None:
    first = max(first, rhythm.next_start(rhythm.since - timedelta(days=1)) or first) if rhythm.since else first
    now, day = period(rhythm, first), first
    while day < first + TEN_YEARS:
        if day > now.ends:
            following = period(rhythm, day)
            assert following.starts == now.ends + timedelta(days=1) == day
            assert following.key != now.key
            now = following
        assert period(rhythm, day) == now
        assert now.starts <= day <= now.ends
        assert rhythm.next_start(day) == now.ends + timedelta(days=1)
        day += timedelta(days=1)


@MANY
@given(rhythm=rhythms(), before=st.integers(1, 4000))
def test_nothing_is_before_the_first_start_and_that_is_never_before_the_day_it_counts_from(
    rhythm: Rhythm, before: int
) -> None:
    if rhythm.since is None:
        return
    starts = rhythm.next_start(rhythm.since - timedelta(days=1))
    assert starts is not None
    assert starts >= rhythm.since
    assert rhythm.nth or starts == rhythm.since
    assert rhythm.period(starts - timedelta(days=before)) is None
    assert rhythm.next_start(starts - timedelta(days=before)) == starts
    assert period(rhythm, starts).starts == starts


@MANY
@given(since=DAYS, months=st.integers(1, 24), passed=st.integers(1, 60))
def test_a_day_of_the_month_stays_that_day_wherever_a_month_has_it(since: date, months: int, passed: int) -> None:
    rhythm = Rhythm.parse(f"{months} months from {since}" if months > 1 else f"month from {since}")
    day = since
    for _ in range(passed):
        day = rhythm.next_start(day) or since
    index = since.year * 12 + since.month - 1 + months * passed
    assert (day.year, day.month) == (index // 12, index % 12 + 1)
    assert day.day == since.day or (day.day < since.day and (day + timedelta(days=1)).day == 1)


@MANY
@given(nth=st.sampled_from([each for each in ORDINALS if each != "5th"]), weekday=st.sampled_from(WEEKDAYS), day=DAYS)
def test_an_nth_weekday_is_that_one_of_its_month(nth: str, weekday: str, day: date) -> None:
    starts = Rhythm.parse(f"month on {nth} {weekday}").next_start(day)
    assert starts is not None
    assert f"{starts:%A}" == weekday
    if nth == "last":
        assert (starts + timedelta(weeks=1)).month != starts.month
    else:
        assert (starts.day - 1) // 7 + 1 == ORDINALS[nth]


@MANY
@given(rhythm=rhythms())
def test_what_is_written_is_read_again(rhythm: Rhythm) -> None:
    assert Rhythm.parse(str(rhythm)) == rhythm
