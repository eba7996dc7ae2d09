"""A nomination counts where its nominee worked as it came, wherever they work later."""

from datetime import date

from qabot.models import Nomination
from qabot.planning.figures import SERVICE
from qabot.planning.periods import QUARTER, Period
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import figure_items
from qabot.workflows.verbs import nominations
from tests.support.world import World

AUTUMN = Period.of(QUARTER, date(2026, 11, 20))


async def nominated(world: World, nominee: str, what: str) -> None:
    said = {"seen_on": date(2026, 11, 20), "what": what, "difference": "It helped", "seen_in": "An audit"}
    await world.run(lambda unit: nominations.nominate(unit, world.ids[nominee], said, by=world.ids["quinn"]))


def services(unit: Unit) -> list[str]:
    """In which service each is counted."""
    [(_, items)] = [each for each in figure_items.counted(unit, [AUTUMN]) if each[0].key == "good-practice"]
    return [each.groups[SERVICE] for each in items]


async def test_a_move_changes_no_row_that_is_past(world: World) -> None:
    await nominated(world, "sofia", "She listened.")
    assert [each.place for each in world.all(Nomination)] == ["Safeguarding"]
    world.change("sofia", team_id=world.ids["east"])
    await nominated(world, "sofia", "She listened again.")
    assert await world.run(services) == ["Safeguarding", "Children in Care"]


async def test_what_came_before_it_was_kept_counts_where_they_are(world: World) -> None:
    await nominated(world, "sofia", "She listened.")

    def forget(unit: Unit) -> None:
        unit.session.get_one(Nomination, 1).place = ""

    await world.run(forget)
    assert await world.run(services) == ["Safeguarding"]
