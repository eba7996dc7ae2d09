"""Text for Slack: escaped in one place, cut at a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qabot.messaging.card import Run
from qabot.messaging.letters import cut
from qabot_slack.text import escape, mrkdwn, unescape
from tests.support.slack.limits import controls

HOSTILE = "<!channel> <@U0MANAGER> <#C0QA> <https://evil.example|click> & *bold* `code`"


@pytest.mark.parametrize("run", [Run(HOSTILE), Run(HOSTILE, bold=True), Run(HOSTILE, italic=True)])
def test_what_a_person_wrote_does_nothing(run: Run) -> None:
    assert controls(mrkdwn((run,))[0]) == []


def test_the_label_of_a_link_cannot_become_another_link() -> None:
    shown, _ = mrkdwn((Run(HOSTILE, href="https://qabot.example/a?b=1&c=<x>|y"),))
    assert controls(shown) == ["https://qabot.example/a?b=1&amp;c=%3Cx%3E%7Cy|" + escape(HOSTILE)]


def test_only_web_addresses_become_links() -> None:
    assert mrkdwn((Run("press", href="javascript:alert(1)"),)) == ("press", False)


@given(st.text())
def test_escaping_keeps_every_character(value: str) -> None:
    assert unescape(escape(value)) == value
    assert controls(escape(value)) == []


@pytest.mark.parametrize(
    ("run", "shown"),
    [
        (Run("due", bold=True), "*due*"),
        (Run(" due ", bold=True), " *due* "),
        (Run("one\ntwo", italic=True), "_one_\n_two_"),
        (Run("5 * 3", bold=True), "5 * 3"),
        (Run("  ", bold=True), "  "),
        (Run("both", bold=True, italic=True), "*_both_*"),
    ],
)
def test_styles_are_marked_where_slack_shows_them(run: Run, shown: str) -> None:
    assert mrkdwn((run,))[0] == shown


def test_long_text_ends_after_a_word() -> None:
    assert cut("Please look at this record", 20) == "Please look at this…"
    assert cut("Please look", 11) == "Please look"
    assert cut("a" * 50, 10) == "a" * 9 + "…"


@given(st.text(max_size=400), st.integers(min_value=1, max_value=300))
def test_nothing_is_longer_than_it_may_be(value: str, limit: int) -> None:
    assert len(cut(value, limit)) <= limit
    assert len(mrkdwn((Run(value), Run(value, bold=True)), limit)[0]) <= limit


def test_a_text_that_grows_by_escaping_is_cut_and_not_lost() -> None:
    shown, was_cut = mrkdwn((Run("&" * 3000),), 3000)
    assert was_cut
    assert shown.count("&amp;") > 300
