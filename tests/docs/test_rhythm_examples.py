"""The examples of docs/frameworks.md on calendars and rhythms are laid over Newham's file, and nothing is wrong."""

import re
from pathlib import Path

import pytest

from qabot.framework import lint, load

PAGE = Path("docs/frameworks.md")


@pytest.mark.parametrize("heading", ["The calendar", "Windows", "Since the last one", "Duties that come round"])
def test_the_example_is_well(heading: str, tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")
    part = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert part, heading
    examples = re.findall(r"```yaml\n(.*?)```", part[1], re.DOTALL)
    assert examples, heading
    for number, example in enumerate(examples):
        path = tmp_path / f"ours-{number}.yaml"
        path.write_text(f"framework: ours\nextends: newham\n{example}", "utf-8")
        assert lint(load(path, [Path("frameworks")])) == []
