"""A council's own role names work wherever a shipped one does: the service asks what roles do, not their names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from qabot.framework.lint import lint
from qabot.framework.loader import load
from qabot.models import RoleHolding
from tests.support.world import World

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "src" / "qabot"
OWN = {
    "practice-lead": "senior-social-worker",
    "service-manager": "area-manager",
    "head-of-service": "strategic-lead",
    "quality-assurance": "assurance-team",
}
DATA = ("demo", "messaging/samples.py")
"""Invented people and samples are data: they may name whom they like."""
ALLOWED = {"social-worker"}
"""Whom a message may call the practitioner, by the law's name of the profession."""


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """Newham's rules for a council that calls four roles by names of its own."""
    text = (ROOT / "frameworks" / "newham.yaml").read_text("utf-8")
    for name, own in OWN.items():
        # A sample may be called as the role is that carries it out; its name stays.
        text = re.sub(rf"(?<![\w-]){name}(?![\w-])(?!:\n    rule)", own, text)
    path = tmp_path / "newham.yaml"
    path.write_text(text, "utf-8")
    framework = load(str(path), [])
    assert list(lint(framework)) == []
    world = await World.start(tmp_path, framework=framework)
    with world.nodes[0].store.transaction() as session:
        for each in session.exec(select(RoleHolding)):
            each.role = OWN.get(each.role, each.role)
            session.add(each)
    world.restart()
    return world


async def test_a_red_review_goes_its_whole_way(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await world.submit(audit, "red")
    await world.tick()
    assert {each.recipient_id for each in world.notices(message="red-alert")} == {world.ids["mina"], world.ids["hanif"]}
    assert world.notices(message="audit-submitted"), "whoever runs quality assurance hears of it"
    await world.forward("2 working days")
    escalated = world.notices(message="red-alert-escalated")
    assert {each.role for each in escalated} == {"director-of-operations", "assurance-team"}


def literals(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_no_module_of_the_service_names_a_councils_role() -> None:
    files = (ROOT / "frameworks").glob("*.yaml")
    roles = {name for file in files for name in load(file, [ROOT / "frameworks"]).roles} - ALLOWED
    named = [
        f"{path.relative_to(SOURCES)}:{line}: {value!r}"
        for path in sorted(SOURCES.rglob("*.py"))
        if not str(path.relative_to(SOURCES)).startswith(DATA)
        for line, value in literals(path)
        if value in roles
    ]
    assert named == []
