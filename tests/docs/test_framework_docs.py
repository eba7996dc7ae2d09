"""docs/frameworks.md explains every key of the schema, and docs/newham.md tells every reading to confirm."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from qabot.framework import Framework, load, schema
from qabot.framework.offsets import UNITS
from qabot.framework.vocabulary import ANCHORS, PEOPLE

DOCS = Path("docs")
HEADINGS = {
    schema.Framework: "The whole file",
    schema.CouncilRules: "The council",
    schema.Role: "A role",
    schema.Activity: "An activity",
    schema.Quota: "A quota",
    schema.Allocation: "Allocation",
    schema.GradedPart: "A graded part",
    schema.Sample: "A sample",
    schema.DeadlineRule: "A kind of deadline",
    schema.Ladder: "A ladder",
    schema.Step: "A step",
    schema.Processes: "Processes",
    schema.Rule: "A rule",
}


@pytest.fixture(scope="module")
def newham() -> Framework:
    return load("newham", [Path("frameworks")])


def part(heading: str) -> str:
    """The text of docs/frameworks.md below a heading, up to the next."""
    text = (DOCS / "frameworks.md").read_text("utf-8")
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def test_every_part_of_the_schema_has_a_heading() -> None:
    parts = {
        each
        for each in vars(schema).values()
        if isinstance(each, type) and issubclass(each, BaseModel) and each not in {BaseModel, schema.Strict}
    }
    assert parts == set(HEADINGS)


@pytest.mark.parametrize(("model", "heading"), HEADINGS.items(), ids=lambda value: str(value))
def test_every_key_is_explained_and_no_other(model: type[BaseModel], heading: str) -> None:
    rows = re.findall(r"^\| `([a-z_-]+)` \|", part(heading).rpartition("| Key |")[2], re.MULTILINE)
    assert rows == list(model.model_fields)


def test_every_kind_of_deadline_stands_there_with_its_anchors() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (`.*`) \|$", part("A kind of deadline"), re.MULTILINE))
    assert rows == {kind: ", ".join(f"`{each}`" for each in sorted(anchors)) for kind, anchors in ANCHORS.items()}


def test_every_person_and_unit_stands_there() -> None:
    assert all(f"`{name}`" in part("Whom a step is sent to") for name in PEOPLE)
    assert all(unit in part("Offsets").replace("\n", " ").lower() for unit in UNITS)


def test_the_example_of_a_councils_own_file_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", part_of_example(), re.DOTALL)
    (tmp_path / "ours.yaml").write_text(example, "utf-8")
    ours = load("ours", [Path("frameworks"), tmp_path])
    assert str(ours.ladders["review-due"].steps[1].at) == "due - 10 days"


def part_of_example() -> str:
    text = (DOCS / "frameworks.md").read_text("utf-8")
    return text[text.index("## A council's own file") : text.index("## The whole file")]


def to_confirm(framework: Framework) -> list[str]:
    """What docs/newham.md must say: a row for each reading, and one for each rule with A or G."""
    readings = [f"| {reference} | {text} |" for reference, text in framework.confirm.items()]
    rules = [
        f"| {rule_id} | {rule.text} | {rule.reading} | {rule.reference or '-'} |"
        for rule_id, rule in framework.rules.items()
        if rule.confirm
    ]
    return [*readings, *rules]


def test_newhams_page_tells_everything_to_confirm_and_nothing_else(newham: Framework) -> None:
    text = (DOCS / "newham.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| (D\d|NEW-|OURS-|NCT-)", line)]
    assert rows == to_confirm(newham)
