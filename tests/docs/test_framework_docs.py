"""docs/frameworks.md explains every key of the schema, and docs/newham.md tells every reading to confirm."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from qabot.framework import Framework, duties, load, schema, steps
from qabot.framework.base import Hyphened, Strict
from qabot.framework.offsets import UNITS
from qabot.framework.vocabulary import NOMINATION, OF_DUTY, OF_NOMINATION, OF_WORK, PEOPLE

DOCS = Path("docs")
BASES = {BaseModel, Strict, Hyphened, duties.Terms}
HEADINGS = {
    schema.Framework: "The whole file",
    schema.CouncilRules: "The council",
    schema.Role: "A role",
    schema.Activity: "An activity",
    schema.Quota: "A quota",
    schema.Allocation: "Allocation",
    schema.GradedPart: "A graded part",
    schema.Sample: "A sample",
    duties.Scale: "A scale",
    duties.Question: "A question",
    duties.Duty: "A duty",
    duties.Condition: "A condition",
    duties.AccordingTo: "A due date by an answer",
    duties.PutOff: "Putting off",
    duties.LetOff: "Letting off",
    steps.Ladder: "A ladder",
    steps.Step: "A step",
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
        for each in [*vars(schema).values(), *vars(duties).values(), *vars(steps).values()]
        if isinstance(each, type) and issubclass(each, BaseModel) and each not in BASES
    }
    assert parts == set(HEADINGS)


@pytest.mark.parametrize(("model", "heading"), HEADINGS.items(), ids=lambda value: str(value))
def test_every_key_is_explained_and_no_other(model: type[BaseModel], heading: str) -> None:
    rows = re.findall(r"^\| `([a-z_-]+)` \|", part(heading).rpartition("| Key |")[2], re.MULTILINE)
    assert rows == [each.alias or name for name, each in model.model_fields.items()]


@pytest.mark.parametrize(("model", "heading"), HEADINGS.items(), ids=lambda value: str(value))
def test_an_editor_says_the_same_of_every_key(model: type[BaseModel], heading: str) -> None:
    rows = re.findall(r"^\| `[a-z_-]+` \| (.*) \|$", part(heading).rpartition("| Key |")[2], re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\(#[^)]*\)", r"\1", text) for text in rows]
    assert plain == [each.description for each in model.model_fields.values()]


def test_every_moment_stands_there() -> None:
    text = part("Moments")
    assert all(f"`{name}`" in text for name in (*OF_WORK, *OF_DUTY, "refused", "let-off", *OF_NOMINATION, NOMINATION))


def test_the_example_of_a_duty_is_one() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", part("A duty"), re.DOTALL)
    (name, given), *_ = YAML(typ="safe").load(example)["duties"].items()
    assert duties.Duty.model_validate(given).ask == ("oversight-recorded",), name


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
