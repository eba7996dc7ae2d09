"""docs/design.md counts the rules that each key serves; frameworks/catalogue.csv says which, and files bear it out."""

import pytest

from deploy import language
from qabot.framework import Framework, lint
from qabot.framework.lint import cited
from tests.unit.framework.test_lint import MESSAGES

CATALOGUE = language.rows()
FILES = language.files()
SAID = [row for row in CATALOGUE if row.carried in language.SAID]


@pytest.mark.parametrize("framework", FILES, ids=lambda each: each.framework)
def test_each_file_loads_and_nothing_is_wrong_with_it(framework: Framework) -> None:
    assert lint(framework, MESSAGES) == []


def test_each_council_has_a_file() -> None:
    assert {row.framework for row in CATALOGUE} <= {each.framework for each in FILES}


def test_each_rule_stands_once_and_says_how_far_it_is() -> None:
    assert len({row.id for row in CATALOGUE}) == len(CATALOGUE)
    assert {row.carried for row in CATALOGUE} == {*language.SAID, "not yet", "no"}
    assert [row.id for row in CATALOGUE if bool(row.missing) != (row.carried == "not yet")] == []
    assert [row.id for row in CATALOGUE if bool(row.keys) != (row.carried in language.SAID)] == []


def test_each_rule_that_is_said_is_cited_in_a_file() -> None:
    places = {rule for each in FILES for _, rule in cited(each)}
    # No key of a scale cites a rule, so those of grades stand under 'rules' alone.
    places |= {row.id for row in SAID if row.kind == "grade" and any(row.id in each.rules for each in FILES)}
    assert [row.id for row in SAID if row.cited not in places] == []


def test_what_is_carried_out_the_files_that_ship_cite() -> None:
    by_scale = {row.id for row in SAID if all(key.startswith("scales.") for key in row.keys)}
    places = {rule for each in language.shipped() for _, rule in cited(each)}
    places |= {row for each in language.shipped() for row in by_scale & set(each.rules)}
    assert {row.id for row in CATALOGUE if row.carried == "yes"} == {
        row.id for row in CATALOGUE if row.cited in places and row.carried != "no"
    }


def test_no_rule_that_is_not_for_a_chat_is_said() -> None:
    assert [row.id for row in CATALOGUE if row.carried == "no" and row.id in language.said()] == []


def test_the_keys_of_a_rule_are_those_with_which_the_files_say_it() -> None:
    written = language.said()
    wrong = [row.id for row in SAID if row.cited in written and set(row.keys) != written[row.cited]]
    assert wrong == []
    unsaid = [row for row in SAID if row.cited not in written]
    assert all(key.startswith("scales.") for row in unsaid for key in row.keys)


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
