"""docs/frameworks.md explains every key of the schema, and docs/newham.md tells every reading to confirm."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from deploy import reference
from qabot.framework import Framework, activities, cases, duties, gatherings, load, long_forms, schema, steps
from qabot.framework.base import Hyphened, Strict
from qabot.framework.gatherings import OF_OCCASION
from qabot.framework.lint import lint
from qabot.framework.offsets import UNITS
from qabot.framework.vocabulary import NOMINATION, OF_DUTY, OF_NOMINATION, OF_SOME_DUTIES, OF_WORK, PEOPLE

DOCS = Path("docs")
BASES = {BaseModel, Strict, Hyphened, duties.Terms, gatherings.Contribution}
"""Parts without a table: of what they hold, or because it is that of a duty."""


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
        for module in (schema, activities, cases, duties, gatherings, long_forms, steps)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseModel) and each not in BASES
    }
    assert parts == set(reference.HEADINGS)


def test_the_reference_is_what_the_schema_says() -> None:
    page = (DOCS / "framework-reference.md").read_text("utf-8")
    assert page == reference.page(), "write it with: python -m deploy.reference"


def test_every_link_of_the_reference_and_to_it_leads_somewhere() -> None:
    for name in ("framework-reference.md", "frameworks.md"):
        text = (DOCS / name).read_text("utf-8")
        for page, anchor in re.findall(r"\]\(((?:[a-z-]+\.md)?)#([a-z-]+)\)", text):
            headings = re.findall(r"^#+ (.*)$", (DOCS / (page or name)).read_text("utf-8"), re.MULTILINE)
            assert anchor in {each.lower().replace(" ", "-").replace("'", "") for each in headings}, (name, anchor)


def test_every_moment_stands_there() -> None:
    text = part("Moments")
    assert all(
        f"`{name}`" in text for name in (*OF_WORK, *OF_DUTY, *OF_SOME_DUTIES, *OF_NOMINATION, NOMINATION, *OF_OCCASION)
    )


def test_the_example_of_a_duty_is_one() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", part("A duty"), re.DOTALL)
    (name, given), *_ = YAML(typ="safe").load(example)["duties"].items()
    assert duties.Duty.model_validate(given).ask == ("oversight-recorded",), name


RULES = """extends: newham
rules:
  ABC-MTG-1: {text: A rule of another council., source: invented}
  ABC-MTG-2: {text: Another one., source: invented}
  ABC-MTG-3: {text: A third one., source: invented}
  ABC-ACT-1: {text: A fourth one., source: invented}
"""


@pytest.mark.parametrize("heading", ["A gathering", "An event", "Who does it", "Work on request", "Surveys"])
def test_the_examples_of_each_part_are_well(tmp_path: Path, heading: str) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", part(heading), re.DOTALL)
    (tmp_path / "ours.yaml").write_text(f"{RULES}{example}", "utf-8")
    assert [str(each) for each in lint(load("ours", [Path("frameworks"), tmp_path]))] == []


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
    return text[text.index("## A council's own file") : text.index("## What the keys mean together")]


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
