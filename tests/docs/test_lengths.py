"""No module is longer than 400 lines: whoever opens one finds one thing in it (CONTRIBUTING.md)."""

from pathlib import Path

LONGEST = 400
LONGER = {
    "src/qabot/delivery/queries.py": "every statement of delivery stands here, by name, and nowhere else",
    "src/qabot/models/rows.py": "which columns of each table are read to be looked at, one list",
}
"""Longer for a reason. Migrations are too where they define many tables: nobody changes them again."""


def lines_of() -> dict[str, int]:
    """How long each module is, by its path."""
    modules = (*Path("src").rglob("*.py"), *Path("adapters").rglob("src/**/*.py"))
    return {str(each): len(each.read_text("utf-8").splitlines()) for each in modules if each.parent.name != "versions"}


def test_no_module_is_too_long() -> None:
    long = {path: count for path, count in lines_of().items() if count > LONGEST}
    assert set(long) - set(LONGER) == set(), "split it by meaning, or give the reason above"
    assert set(LONGER) - set(long) == set(), "this one is short enough: take it out of the list"
