"""Every test that SECURITY.md, the upgrade and the log's page name is there."""

import re
from pathlib import Path

import pytest


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/upgrade.md", "docs/events.md"])
def test_each_test_that_a_page_names_exists(page: str) -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", Path(page).read_text("utf-8")))
    assert named
    assert [each for each in sorted(named) if not Path(each).is_file()] == []


def test_every_threat_says_what_stops_it_and_which_test_shows_it() -> None:
    text = Path("SECURITY.md").read_text("utf-8")
    lines = [each for each in text.splitlines() if each.startswith("| ") and "Who, and how" not in each]
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in lines]
    assert len(rows) > 15
    for row in rows:
        assert len(row) in (3, 4), row[0]
        assert "`tests/" in row[2] or row[1] == "Nothing here", row[0]
