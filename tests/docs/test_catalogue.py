"""frameworks/catalogue.csv is held against the files that ship: no rule is carried out by nothing, or cited unknown."""

import pytest

from deploy import language
from qabot.cli.coverage import widest
from qabot.framework import Framework
from qabot.framework.coverage import HOW, NOT_BY_US, OF_GIVING, TEXT, WAITS, Coverage, covering, read_catalogue
from qabot.messaging.files import Catalogue

MESSAGES = Catalogue.load([language.ROOT / "messages"])
ENTRIES = read_catalogue([language.SHIPPED])
WIDEST = widest(language.shipped(), ENTRIES)
EACH = pytest.mark.parametrize("covered", [each for _, each in WIDEST], ids=[each.framework for each, _ in WIDEST])


def test_each_rule_stands_once_with_all_that_is_known_of_it() -> None:
    assert len({each.id for each in ENTRIES}) == len(ENTRIES)
    assert [each.id for each in ENTRIES if not (each.source and each.flag and each.what)] == []
    assert [each.id for each in ENTRIES if each.bot not in "YCRN" or each.how not in ("", *HOW)] == []


def test_whatever_is_not_carried_out_says_why() -> None:
    assert [each.id for each in ENTRIES if bool(each.why) != (each.how in (NOT_BY_US, WAITS))] == []
    assert [each.id for each in ENTRIES if each.bot == "Y" and each.how == NOT_BY_US] == []


@EACH
def test_no_rule_is_carried_out_by_nothing(covered: Coverage) -> None:
    assert [(each.id, each.how, covered.ways.get(each.cited)) for each in covered.by_nothing] == []


@EACH
def test_only_what_people_give_is_waited_for_and_while_nothing_carries_it_out(covered: Coverage) -> None:
    waits = [each for each in covered.entries if each.how == WAITS]
    assert [each.id for each in waits if set(covered.ways.get(each.cited, ())) & {*OF_GIVING}] == []
    assert [each.id for each in waits if each.kind not in ("feedback", "recognition", "grade", "data")] == []


@EACH
def test_a_rule_that_is_carried_out_by_being_said_is_said_by_a_message(covered: Coverage) -> None:
    said = {rule for each in MESSAGES.names() for rule in MESSAGES.get(each).rules}
    assert [each.id for each in covered.entries if each.bot == "Y" and each.how == TEXT and each.id not in said] == []


@pytest.mark.parametrize("framework", language.shipped(), ids=lambda each: each.framework)
def test_no_file_cites_a_rule_that_no_framework_has(framework: Framework) -> None:
    assert covering(framework, ENTRIES).unknown == ()


def test_a_rule_that_a_file_no_longer_cites_is_found() -> None:
    whole = next(each for each, _ in WIDEST if each.framework == "newham-whole")
    less = whole.model_copy(update={"gatherings": {}})
    assert {"NEW-RPT-1", "NEW-ACT-13"} <= {each.id for each in covering(less, ENTRIES).by_nothing}


def parts(text: str) -> set[str]:
    """The flags or references of a cell or a rule, in whatever order they stand."""
    return {each.strip() for each in text.split(",")} - {""}


@pytest.mark.parametrize(("framework", "covered"), WIDEST, ids=[each.framework for each, _ in WIDEST])
def test_flags_and_references_are_those_of_the_councils_own_file(framework: Framework, covered: Coverage) -> None:
    both = [(framework.rules[each.id], each) for each in covered.entries if each.id in framework.rules]
    assert both
    assert [
        (entry.id, rule.flag, entry.flag, rule.reference, entry.reference)
        for rule, entry in both
        if parts(rule.flag) != parts(entry.flag) or parts(rule.reference) != parts(entry.reference)
    ] == []
