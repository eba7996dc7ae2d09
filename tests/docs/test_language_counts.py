"""docs/design.md counts the rules that each key serves; frameworks/catalogue.csv says which, and files bear it out."""

import pytest

from deploy import language
from qabot.framework import Framework, lint
from tests.unit.framework.test_lint import MESSAGES

CATALOGUE = language.rows()
FILES = language.files()


@pytest.mark.parametrize("framework", FILES, ids=lambda each: each.framework)
def test_each_file_loads_and_nothing_is_wrong_with_it(framework: Framework) -> None:
    assert lint(framework, MESSAGES) == []


def test_each_council_has_a_file() -> None:
    assert {row.framework for row in CATALOGUE} <= {each.framework for each in FILES}


def test_each_rule_says_how_far_it_is() -> None:
    assert {*language.SAID, "no"} <= {row.carried for row in CATALOGUE} <= {*language.SAID, "not yet", "no"}
    assert [row.id for row in CATALOGUE if bool(row.missing) != (row.carried == "not yet")] == []


def test_no_rule_that_is_a_text_or_not_for_a_chat_is_said() -> None:
    said = [row.entry for row in CATALOGUE if row.carried in language.SAID and not row.entry.by_us]
    assert [each.id for each in said if each.bot in "RN"] == []


def test_what_is_missing_is_no_key_yet() -> None:
    assert set(language.wanting(CATALOGUE)) & set(language.all_keys()) == set()


def test_each_key_that_serves_fewer_than_two_rules_says_why_it_stays() -> None:
    assert sorted(language.few(CATALOGUE)) == sorted(language.STAYS)


def test_the_page_holds_what_the_catalogue_gives() -> None:
    text = language.DESIGN.read_text("utf-8")
    assert language.HEADING in text
    assert language.page(text, language.table(CATALOGUE)) == text, "run: python -m deploy.language"


def test_a_count_that_is_not_the_catalogues_is_found() -> None:
    text = language.DESIGN.read_text("utf-8")
    less = language.table([row for row in CATALOGUE if row.id != "NEW-ALT-1"])
    assert language.page(text, less) != text
