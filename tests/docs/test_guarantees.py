"""docs/guarantees.md tells every promise of the design, what it does not mean, and tests that are there."""

import re
from pathlib import Path

import pytest

TEXT = Path("docs/guarantees.md").read_text("utf-8")
PROMISES = {int(number): text for number, text in re.findall(r"^## (\d+)\. (.*?)(?=^## |\Z)", TEXT, re.M | re.S)}


def test_all_ten_are_there_in_order() -> None:
    assert list(PROMISES) == list(range(1, 11))


@pytest.mark.parametrize("number", PROMISES)
def test_each_says_what_it_does_not_mean_and_names_tests_that_exist(number: int) -> None:
    text = PROMISES[number]
    assert "It does not mean" in text or number == 10
    named = re.findall(r"`(tests/[^`]+\.py)`", text.rpartition("Tests:")[2])
    assert named
    for name in named:
        assert "def test_" in Path(name).read_text("utf-8"), name


def test_no_test_of_a_promise_is_left_out() -> None:
    written = {str(path) for path in Path("tests/unit/delivery").glob("test_promise_*.py")}
    assert written <= set(re.findall(r"`(tests/[^`]+\.py)`", TEXT))
