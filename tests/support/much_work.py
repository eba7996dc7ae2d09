"""One person with far more work than a screen holds."""

from qabot.models import Audit, Cycle
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import allocation
from tests.support.world import World, local


async def much_work(world: World, person: str, count: int) -> list[str]:
    """So many pieces of work of one person, not yet told; their references."""
    first = await world.audit(person)

    def others(unit: Unit) -> list[str]:
        name, activity = next(iter(unit.framework.activities.items()))
        cycle = unit.session.get_one(Cycle, first.cycle_id)
        made = []
        for _ in range(count - 1):
            row = Audit(
                reference=allocation.new_reference(unit),
                activity=name,
                cycle_id=cycle.id,
                auditor_id=world.ids[person],
                case_reference="7199999",
                team_id=first.team_id,
                practitioner_id=first.practitioner_id,
                due_on=local("2026-12-31").date(),
                allocated_at=unit.now,
            )
            unit.session.add(row)
            unit.session.flush()
            allocation.tell_allocated(unit, row, activity, cycle)
            made.append(row.reference)
        return made

    return [first.reference, *await world.run(others)]
