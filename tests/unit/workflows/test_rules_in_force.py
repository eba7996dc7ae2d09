"""What the file says otherwise than at the last start is said, whoever changed it: a newer version may have."""

from pathlib import Path

from qabot.framework import Framework
from qabot.framework.offsets import Offset
from qabot.workflows.programme.rules_in_force import said
from tests.support.world import World, newham


def shipped_otherwise(framework: Framework) -> Framework:
    """The same as a newer version ships it: a step later, a new rule, and one rule less."""
    ladder = framework.ladders["red-alert"]
    again = ladder.steps[1].model_copy(update={"at": Offset.parse("opened + 2 working hours")})
    edited = ladder.model_copy(update={"steps": (ladder.steps[0], again, *ladder.steps[2:])})
    return framework.model_copy(update={"ladders": {**framework.ladders, "red-alert": edited}})


async def test_a_ladder_that_a_newer_version_ships_otherwise_is_named(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    assert world.events("rules-changed") == []
    other = shipped_otherwise(newham())
    with world.nodes[0].store.transaction() as session:
        assert said(session, other) == "ladders: red-alert has changed"
        assert said(session, newham()) == ""
    world.framework = other
    world.restart()
    await world.tick()
    assert [each.why for each in world.events("rules-changed")] == ["ladders: red-alert has changed"]
    world.restart()
    await world.tick()
    assert len(world.events("rules-changed")) == 1
    world.close()
