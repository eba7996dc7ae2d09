"""Whatever a platform answers: a pause is one that can be waited for, and what is kept fits every database."""

import math
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qabot.adapter import (
    LONGEST_TEXT,
    LONGEST_WAIT,
    Ambiguous,
    RefusedForAll,
    RefusedForPerson,
    RetryAfter,
    Sent,
    retry_after,
    seconds_of,
    storable,
)
from tests.support.odd import ODD_PAUSES

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers()),
    st.integers(min_value=10**20).map(str),
    st.floats().map(str),
    st.from_regex(r"[0-9]+(\.[0-9]*)?", fullmatch=True),
)


@given(ANYTHING)
def test_seconds_are_none_or_can_be_waited_for(given_: object) -> None:
    found = seconds_of(given_)
    assert found is None or (math.isfinite(found) and 0 <= found <= LONGEST_WAIT)


@given(st.text() | st.floats().map(str), st.text())
def test_a_header_is_none_or_can_be_waited_for(pause: str, date: str) -> None:
    found = retry_after({"Retry-After": pause, "Date": date})
    assert found is None or (math.isfinite(found) and 0 <= found <= LONGEST_WAIT)


@given(st.integers(min_value=0, max_value=3600))
def test_whole_seconds_are_what_they_say(seconds: int) -> None:
    assert seconds_of(str(seconds)) == seconds_of(seconds) == seconds


@pytest.mark.parametrize("odd", [each for each in ODD_PAUSES if each != "9" * 400])
def test_what_is_no_number_of_seconds_is_none(odd: str) -> None:
    assert retry_after({"Retry-After": odd}) is None


def test_more_digits_than_a_number_holds_are_the_longest_wait() -> None:
    assert retry_after({"Retry-After": "9" * 400}) == LONGEST_WAIT


@given(st.datetimes(timezones=st.just(None)), st.integers(min_value=-10_000, max_value=10_000))
def test_a_date_is_compared_with_the_answers_own(now: object, seconds: int) -> None:
    from datetime import UTC, datetime, timedelta

    assert isinstance(now, datetime)
    now = now.replace(tzinfo=UTC, microsecond=0, year=max(2, min(now.year, 9000)))
    headers = {"Retry-After": format_datetime(now + timedelta(seconds=seconds)), "Date": format_datetime(now)}
    assert retry_after(headers) == min(max(seconds, 0), LONGEST_WAIT)
    assert retry_after({"Retry-After": headers["Retry-After"]}) is None


@given(st.floats(), st.text(alphabet=st.characters(), max_size=3000))
def test_an_outcome_holds_only_what_every_database_takes(seconds: float, words: str) -> None:
    outcomes = (RetryAfter(seconds, words), Ambiguous(words), RefusedForPerson(words), RefusedForAll(words))
    for each in outcomes:
        assert each.reason.isascii() or each.reason.encode()
        assert "\0" not in each.reason
        assert len(each.reason) <= LONGEST_TEXT
    assert 0 <= outcomes[0].seconds <= LONGEST_WAIT
    sent = Sent(words, words)
    assert sent.message_id in ("", words)
    assert storable(sent.message_id) == sent.message_id
    assert sent.conversation in (None, words)
