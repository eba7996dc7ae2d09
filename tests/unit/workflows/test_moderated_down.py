"""Moderated down to RED: the same opens, whoever looked again, by hand or because a sample drew it."""

from qabot.models import Audit, Deadline
from qabot.workflows.core import looks
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import moderations
from tests.support.world import World

RED_OPENS = {"alert", "pim-date", "red-review"}


def open_about(world: World, audit: Audit) -> set[str]:
    """What waits for somebody because of it, apart from what else was drawn."""
    waiting = [each for each in world.all(Deadline) if each.state == "open" and world.is_about(each, audit)]
    return {each.kind for each in waiting}


async def look(world: World, audit: Audit, layer: str, grade: str = "red", by: str = "hanif") -> None:
    """Somebody looks again, by hand or for a sample."""

    def work(unit: Unit) -> None:
        found, person = unit.session.get_one(Audit, audit.id), world.ids[by]
        if layer == "by-hand":
            row = moderations.draw_by_hand(unit, found, person)
        else:
            sample = unit.framework.samples[layer]
            looks.draw_one(unit, found, layer, sample.rule, person, terms=sample.terms, duty=sample.duty)
            drawn = looks.known(unit, found, layer)
            assert drawn is not None
            row = drawn
        moderations.record(unit, row, found, grade, by=person)

    await world.run(work)


async def test_by_hand_and_by_draw_open_the_same(world: World) -> None:
    for layer in ("by-hand", "head-of-service", "qa"):
        audit = await world.graded("green")
        await look(world, audit, layer)
        assert open_about(world, audit) >= RED_OPENS, layer
        (review,) = [each for each in world.all(Deadline) if each.kind == "red-review" and world.is_about(each, audit)]
        assert world.name(review.owner_id) == "hanif"


async def test_it_is_asked_once_also_if_it_goes_down_again(world: World) -> None:
    audit = await world.graded("red")
    await world.moderate("hanif", audit, "amber")
    await look(world, audit, "by-hand", by="rowan")
    await look(world, audit, "qa", by="rowan")
    reviews = [each for each in world.all(Deadline) if each.kind == "red-review"]
    assert [each.state for each in reviews] == ["met"]
