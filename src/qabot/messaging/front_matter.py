"""The keys of a message file's front matter, and what is wrong with one."""

from typing import Any, get_args

from qabot.messaging.card import Lane

LISTS = ("buttons", "row_buttons", "rules", "audience")
TEXTS = ("lane", "summary", "title", "rows", "by", "sample")
COLUMNS = "columns"
"""Label -> template of a line: each row of a long list as a row of a table."""
NEEDED = ("lane", "summary", "sample")
GROUPS = ("service",)
"""By what the rows of a message may be put together, each group under a heading."""
MOST_COLUMNS, LONGEST_LABEL = 10, 40


def key_fault(key: str, value: Any) -> str | None:
    """What is wrong with a key or its value; None if nothing is."""
    if key == COLUMNS:
        return _columns_fault(value)
    if key not in (*LISTS, *TEXTS):
        return f"unknown key; known are {', '.join((*TEXTS, *LISTS, COLUMNS))}"
    if key in TEXTS and not isinstance(value, str):
        return "expected text"
    if key in LISTS and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        return "expected a list such as [acknowledge, not-me]"
    if key == "lane" and value not in get_args(Lane):
        return f"expected one of {', '.join(get_args(Lane))}"
    if key == "by" and value not in GROUPS:
        return f"expected one of {', '.join(GROUPS)}"
    if key in ("summary", "title") and "{" in value:
        return "is the same for everybody: no {{ values }} in it"
    return None


def _columns_fault(value: Any) -> str | None:
    if not isinstance(value, dict) or not all(isinstance(each, str) for pair in value.items() for each in pair):
        return 'expected a label and a line for each column, such as Reference: "{{ item.audit.reference }}"'
    if not 1 <= len(value) <= MOST_COLUMNS:
        return f"expected 1 to {MOST_COLUMNS} columns"
    if any("{" in label or not 0 < len(label.strip()) <= LONGEST_LABEL for label in value):
        return f"a column's label is the same for everybody, and has at most {LONGEST_LABEL} characters"
    return None
