"""The JSON Schema for editors."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from qabot.framework import json_schema
from qabot.framework.source import read
from tests.unit.framework.conftest import SHIPPED, Write

SCHEMA = Draft202012Validator(json_schema())
COMMITTED = Path("docs/framework.schema.json")


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


def test_the_committed_copy_is_fresh() -> None:
    fresh = json.dumps(json_schema(), indent=2) + "\n"
    assert COMMITTED.read_text("utf-8") == fresh, "write it again: qabot framework schema > docs/framework.schema.json"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_ships_is_valid(path: Path) -> None:
    assert SCHEMA.is_valid(json.loads(json.dumps(read(path).plain(), default=str)))


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("extends: newham\n", True),
        ("extends: newham\ncouncil: {name: Ours}\nsamples: {qa: null}\n", True),
        ("extends: newham\nladders: {review-due: {steps: [{rule: NEW-REM-2, at: due - 10 days}]}}\n", True),
        ("extends: newham\ncouncil: {opens: 9am}\n", False),
        ("extends: newham\ncouncl: {name: Ours}\n", False),
        ("framework: ours\ntitle: Ours\n", False),
    ],
)
def test_a_councils_own_file_needs_to_say_only_what_differs(write: Write, text: str, valid: bool) -> None:
    assert SCHEMA.is_valid(read(write("ours", text)).plain()) is valid
