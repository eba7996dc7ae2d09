"""The tutorial of docs/frameworks.md is run: its file is right after each step, and prints what stands there."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from deploy import tutorial
from qabot.framework import load
from qabot.framework.lint import lint


def test_each_step_prints_what_the_document_shows() -> None:
    text = tutorial.PAGE.read_text("utf-8")
    steps = list(tutorial.commands(text))
    assert len(steps) == 7
    for block, command in steps:
        shown = block[2].split("\n", 1)[1]
        assert shown == command.printed, f"{command.line}: write it anew with python -m deploy.tutorial"


def test_a_step_is_laid_over_what_stands_there() -> None:
    file = {"roles": {"one": {"title": "One"}}, "happenings": [1]}
    tutorial.lay_over(file, {"roles": {"two": {}, "one": {"of": "team"}}, "happenings": [2], "title": "x"})
    assert file == {
        "roles": {"one": {"title": "One", "of": "team"}, "two": {}},
        "happenings": [1, 2],
        "title": "x",
    }


BASE = """framework: also
extends: newham
rules:
  ABC-ACT-1: {text: A rule of another council., source: invented}
  ABC-DDL-1: {text: Another one., source: invented}
"""


def examples() -> list[str]:
    """What a file can also say, by example."""
    text = tutorial.PAGE.read_text("utf-8")
    section = text[text.index("## What a file can also say") : text.index("## Offsets\n")]
    return [block[2] for block in tutorial.BLOCK.finditer(section)]


@pytest.mark.parametrize("example", examples())
def test_each_example_is_right_by_itself(tmp_path: Path, example: str) -> None:
    (tmp_path / "also.yaml").write_text(f"{BASE}{example}", "utf-8")
    assert [str(each) for each in lint(load("also", [Path("frameworks"), tmp_path]))] == []


def test_the_examples_run_together(tmp_path: Path) -> None:
    file = YAML(typ="safe").load(BASE)
    for example in examples():
        tutorial.lay_over(file, YAML(typ="safe").load(example))
    with (tmp_path / "also.yaml").open("w", encoding="utf-8") as written:
        YAML().dump(file, written)
    command = "qabot simulate also.yaml --from 2026-04-01 --to 2026-05-08 --people-answer most --invented 30"
    rules = {line.split()[-1] for line in tutorial.run(command, tmp_path).splitlines()}
    assert {"ABC-ACT-1", "ABC-DDL-1", "NEW-SEL-1"} <= rules
