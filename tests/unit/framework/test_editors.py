"""The JSON Schema for editors."""

import json
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from qabot.errors import BadFile
from qabot.framework import Framework, json_schema, load
from qabot.framework.lint import require
from qabot.framework.source import read
from tests.unit.framework.conftest import SHIPPED, Write

SCHEMA = Draft202012Validator(json_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
COMMITTED = Path("docs/framework.schema.json")


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


def test_the_committed_copy_is_fresh() -> None:
    fresh = json.dumps(json_schema(), indent=2) + "\n"
    assert COMMITTED.read_text("utf-8") == fresh, "write it again: qabot framework schema > docs/framework.schema.json"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_ships_is_valid(path: Path) -> None:
    assert [each.message for each in SCHEMA.iter_errors(as_an_editor_reads_it(path))] == []


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


BAD_FILES = [
    ("    share: 20%\n    owes: [practice", "    share: 120%\n    owes: [practice", ["samples", "qa", "share"]),
    ("    over: cycle\n", "    over: cycles\n", ["samples", "head-of-service", "over"]),
    ('  opens: "09:00"\n', "  opens: 9am\n", ["council", "opens"]),
    ("  closure_days: []\n", "  closure_days: [soon]\n", ["council", "closure_days", 0]),
    (
        "  slt: {title: Senior Leadership Team, of: council,",
        "  slt: {title: 7, of: council,",
        ["roles", "slt", "title"],
    ),
    ("at: due - 7 days\n", "at: due - seven days\n", ["ladders", "review-due", "steps", 1, "at"]),
    ("    due: cycle-start - 1 working day\n", "    due: shortly before\n", ["duties", "data-request", "due"]),
    (
        "    due: cycle-start - 1 working day\n",
        "    due: {according-to: risk}\n",
        ["duties", "data-request", "due"],
    ),
    ("title: Newham CYPS", "titel: Newham CYPS", []),
    ("    every: quarter\n", "    evry: quarter\n", ["activities", "practice-learning-review"]),
    ("at: due - 7 days\n", "at: due - 7 days\n        whom: slt\n", ["ladders", "review-due", "steps", 1]),
    (
        "to: [slt], send: open-by-service",
        "to: [], send: open-by-service",
        ["ladders", "promised-date", "steps", 3, "to"],
    ),
    ("  NEW-ACT-14:\n    text:", "  NEW-ACT-14:\n    words:", ["rules", "NEW-ACT-14"]),
    ("  NEW-ACT-14:\n", "  ACT-14:\n", ["rules"]),
]


@pytest.mark.parametrize(("old", "new", "where"), BAD_FILES, ids=[new.strip() for _, new, _ in BAD_FILES])
def test_an_editor_marks_what_the_command_refuses(write: Write, old: str, new: str, where: list[str | int]) -> None:
    text = (SHIPPED / "newham.yaml").read_text("utf-8")
    assert text.count(old) == 1
    path = write("ours", text.replace(old, new))
    with pytest.raises(BadFile):
        require(load(path, []))
    wrong = list(SCHEMA.iter_errors(as_an_editor_reads_it(path)))
    assert where in [list(each.absolute_path) for each in wrong], [each.message for each in wrong]


def as_an_editor_reads_it(path: Path) -> Any:
    """Days and times are texts to an editor."""
    return json.loads(json.dumps(read(path).plain(), default=str))


def keys(schema: dict[str, Any], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key of every part of a schema, with what the schema says of it."""
    yield from ((f"{at}.{key}", each) for key, each in schema.get("properties", {}).items())
    for name, each in schema.get("$defs", {}).items():
        yield from keys(each, name)


def test_an_editor_says_of_every_key_what_it_means() -> None:
    schema = json_schema()
    whole = [*keys(schema["else"], "Framework"), *keys({"$defs": schema["$defs"]}, "")]
    said = {key: each.get("description", "") for key, each in whole if not key.partition(".")[0].endswith("Part")}
    assert len(said) > 50
    assert [key for key, text in said.items() if not text.endswith(".") or text[0] not in "`" + ascii_uppercase] == []


def test_an_editor_says_the_same_where_a_file_gives_only_a_part() -> None:
    part = dict(keys(json_schema()["then"], "Framework"))
    assert part["Framework.without"]["anyOf"][0]["description"] == Framework.model_fields["without"].description
