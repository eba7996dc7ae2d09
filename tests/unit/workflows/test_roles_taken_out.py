"""A role has another name in the changed file, or nobody holds it: what goes by it is not left without a word."""

from pathlib import Path

from sqlmodel import col

from qabot.framework import Framework, load, require
from qabot.messaging.card import plain_card
from qabot.models import Audit, RoleHolding
from qabot.models.columns import table
from tests.support.world import World
from tests.unit.workflows.test_who_does_it import activity, begin, framework_with


def by_role(role: str) -> str:
    return activity("walk", f"every: month\n    about: nothing\n    do: [{{rule: ABC-DDL-1, count: 1, per: {role}}}]")


def about_each(role: str) -> str:
    do = f"do: [{{rule: ABC-DDL-1, for-each: {role}, owes: [practice-lead]}}]"
    return activity("walk", f"every: month\n    about: person\n    {do}")


def with_coach(folder: Path) -> Framework:
    """The same file, in which social workers are called coaches."""
    framework_with(folder, about_each("social-worker"))
    path = folder / "council.yaml"
    text = path.read_text("utf-8").replace("social-worker", "coach").replace("Social Worker", "Coach")
    path.write_text(text, "utf-8")
    return require(load(path, [Path("frameworks")]))


def told(world: World) -> list[str]:
    return [plain_card(each) for each in world.cards("quinn") if "Nobody holds the role" in plain_card(each)]


async def test_work_by_a_role_that_nobody_holds_is_told_to_quality(tmp_path: Path) -> None:
    world = await begin(tmp_path, by_role("peer"))
    with world.nodes[0].store.transaction() as session:
        session.connection().execute(table(RoleHolding).delete().where(table(RoleHolding).c.role == "peer"))
    world.restart()
    await world.advance("2026-10-01 12:00")
    [card] = told(world)
    assert "Nobody holds the role Peer Auditor" in card
    assert "None of the walks in October 2026 that go by this role could be given." in card
    assert [each.why for each in world.events("nobody-to-tell")] == [
        "nobody holds Peer Auditor, so none of the walks could be given"
    ]
    await world.advance("2026-10-20 12:00")
    assert len(told(world)) == 1
    world.close()


async def test_a_role_with_another_name_in_the_file_leaves_no_cycle_without_a_word(tmp_path: Path) -> None:
    """Those who look at each holder's work, and those who do so much each: neither has anything by the new name."""
    world = await begin(tmp_path, about_each("social-worker"))
    await world.advance("2026-10-01 12:00")
    assert told(world) == []
    assert len(world.all(Audit, col(Audit.activity) == "walk")) == 4
    world.framework = with_coach(tmp_path)
    world.restart()
    await world.advance("2026-11-02 12:00")
    [card] = told(world)
    assert "Nobody holds the role Coach" in card
    assert len(world.all(Audit, col(Audit.activity) == "walk")) == 4
    world.close()
