"""The tables of docs/identifiers.md are what the check does today, and it does what the page promises."""

import pytest

from deploy import identifiers
from qabot.messaging.identifiers import find


@pytest.fixture(scope="module")
def table() -> list[str]:
    return list(identifiers.measured())


def test_the_page_holds_what_is_measured(table: list[str]) -> None:
    page = identifiers.PAGE.read_text("utf-8")
    assert page == identifiers.page_with("\n".join(table) + "\n", page), "run: python -m deploy.identifiers"


def test_every_identifier_is_found_in_every_disguise(table: list[str]) -> None:
    full = f"{identifiers.EACH} of {identifiers.EACH}"
    cells = [cell.strip() for line in table[2 : 2 + len(identifiers.DISGUISES)] for cell in line.split("|")[2:-1]]
    assert {cell for cell in cells if cell} == {full}
    assert sum(map(bool, cells)) == sum(len(kinds) for _, kinds in identifiers.DISGUISES.values())


def test_what_is_harmless_is_left_alone_but_for_what_looks_the_same() -> None:
    alike = {"ten-digit order numbers", "form numbers such as A1 1AB"}
    for of in identifiers.BAIT.keys() - alike:
        assert [text for text in identifiers.bait_texts(of) if find(text, case_reference=identifiers.CASES)] == []


def test_the_corpus_is_the_same_each_time_and_holds_what_it_says() -> None:
    for kind in identifiers.KINDS:
        once, again = (list(identifiers.true_texts(kind, "as it is")) for _ in range(2))
        assert once == again
        assert len(set(once)) > identifiers.EACH // 2
