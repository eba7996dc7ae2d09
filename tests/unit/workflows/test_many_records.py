"""Of many audits at once it is said as of each alone: who may open it, and who may know its grade."""

from sqlmodel import select

from qabot.models import Audit
from qabot.workflows.access import records
from qabot.workflows.access.many_records import grades_known
from qabot.workflows.core.unit import Unit
from tests.support.small_council import PEOPLE
from tests.support.world import World


async def test_of_many_as_of_each(world: World) -> None:
    for auditor, team, grade in (("cyrus", "stratford", "red"), ("ade", "east", "amber"), ("dinah", "beckton", "")):
        audit = await world.audit(auditor, team=team)
        if grade:
            await world.submit(audit, grade)
        await world.tick()
    await world.away("mina", "2026-11-23", "2026-11-27", deputy="bea")

    def compare(unit: Unit) -> None:
        audits = unit.session.exec(select(Audit)).all()
        for name in PEOPLE:
            person = unit.directory.people[world.ids[name]]
            alone = {each.id: sight for each in audits if (sight := records.sight(unit, each, person.id)) is not None}
            assert grades_known(unit, audits, person) == {key: sight.grade for key, sight in alone.items()}, name

    await world.run(compare)
