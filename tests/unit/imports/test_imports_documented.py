"""docs/imports.md tells every column, and no other."""

import re
from pathlib import Path

import pytest

from qabot.framework import Framework
from qabot.imports import CASES, DAYS, PEOPLE, audit_headings
from qabot.imports.sheet import Headings

PAGE = (Path(__file__).parents[3] / "docs" / "imports.md").read_text("utf-8")


def table(name: str) -> list[tuple[str, bool]]:
    """Each heading of a table and whether it says that it is needed."""
    (text,) = re.findall(rf"<!-- {name} -->(.*?)<!-- end -->", PAGE, re.DOTALL)
    return [(heading, what.startswith("Needed.")) for heading, what in re.findall(r"^\| `(\w+)` \| (.*)", text, re.M)]


def expected(headings: Headings) -> list[tuple[str, bool]]:
    return [(name, name in headings.required) for name in headings.known]


@pytest.mark.parametrize(("name", "headings"), [("people", PEOPLE), ("cases", CASES), ("days", DAYS)])
def test_every_column_is_documented(name: str, headings: Headings) -> None:
    assert table(name) == expected(headings)


def test_every_column_of_audits_is_documented_but_for_what_their_forms_ask(newham: Framework) -> None:
    asked = list(newham.activities["practice-learning-review"].ask)
    assert table("audits") == expected(audit_headings(newham))[: -len(asked)]
    assert list(audit_headings(newham).known[-len(asked) :]) == asked
    assert "`manager-overall`" in PAGE
