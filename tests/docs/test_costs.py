"""What CONTRIBUTING's table says a change costs, made in a temporary copy: nothing else is touched there."""

import filecmp
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qabot.adapter import ShowCard
from qabot.cli.app import app
from qabot.framework.loader import load
from tests.support.world import World

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## To add")[2].partition("\n## ")[0]
COSTS = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", TABLE, re.MULTILINE))
RULE = """
  TNY-DDL-1: {text: Whoever was reviewed is visited., source: invented}
"""
DUTY = """
  visit:
    rule: TNY-DDL-1
    title: A visit
    when: [practice-learning-review.submitted]
    owes: [practice-lead]
    due: submitted + 5 working days
    button: "{about} was visited"
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The council's files, with a tiny duty in one of them."""
    for name in ("frameworks", "messages"):
        shutil.copytree(ROOT / name, tmp_path / name)
    file = tmp_path / "frameworks" / "newham.yaml"
    text = file.read_text("utf-8")
    for part, lines in (("rules", RULE), ("duties", DUTY)):
        text = text.replace(f"\n{part}:\n", f"\n{part}:{lines}", 1)
    file.write_text(text, "utf-8")
    return tmp_path


def changed(copy: Path, folder: str) -> list[str]:
    """What is not as it was, below a folder."""
    names = sorted(str(each.relative_to(copy)) for each in (copy / folder).rglob("*") if each.is_file())
    _, differ, missing = filecmp.cmpfiles(ROOT, copy, names, shallow=False)
    return [*differ, *missing]


def test_a_duty_is_as_many_lines_of_one_file_as_the_table_says(copy: Path) -> None:
    said = re.search(r"from (\d+) lines on in one file of `(\w+)/`.*; no Python, no message", COSTS["a duty"])
    assert said is not None
    added = [line for line in (RULE + DUTY).splitlines() if line]
    assert (len(added), changed(copy, said[2]), changed(copy, "messages")) == (
        int(said[1]),
        ["frameworks/newham.yaml"],
        [],
    )


def test_the_file_with_the_duty_passes_the_check(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    checked = CliRunner().invoke(app, ["framework", "check", "frameworks/newham.yaml"])
    assert checked.exit_code == 0, checked.output


async def test_the_duty_opens_is_told_and_is_answered(copy: Path) -> None:
    world = await World.start(framework=load(copy / "frameworks" / "newham.yaml", []))
    audit = await world.graded("green", actions=False)
    duty = world.deadline("visit", audit)
    assert (str(duty.due_on), world.name(duty.owner_id or 0)) == ("2026-11-30", "ade")
    await world.forward("1 working day")
    (notice,) = [each for each in world.notices("ade", state="sent") if each.deadline_id == duty.id]
    assert "A visit" in str(world.cards("ade")[-1])
    reply = await world.press_token("ade", "answer", notice.token)
    assert isinstance(reply, ShowCard)
    assert world.deadline("visit", audit, state="met").closed_by_id == world.ids["ade"]
    before = len(world.notices())
    await world.forward("10 working days")
    assert [each for each in world.notices()[before:] if each.deadline_id == duty.id] == []
    world.close()
