"""A copy, retention and erasing on PostgreSQL."""

import json

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from qabot.models import Event, Notice, Person, Store
from qabot.models.columns import table
from qabot.rights import erasing, exporting, retaining
from qabot.rights.kinds import TABLES
from tests.support.interleaved import at_once
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.world import World

__all__ = ["postgres_server", "postgres_url"]
pytestmark = pytest.mark.postgres


async def test_a_copy_and_then_nobody_is_found(postgres_url: str) -> None:
    world = await World.start(url=postgres_url, inline=False)
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    await world.away("sofia", "2026-11-24", "2026-11-25", deputy="ade")
    await world.forward("2 working days")
    with world.nodes[0].store.transaction() as session:
        person, now = session.get_one(Person, world.ids["sofia"]), world.clock.now()
        assert json.loads(exporting.export(session, world.framework, person, now))["about"]["name"] == "Sofia Brandt"
        person.active = False
        session.add(person)
        session.flush()
        erasing.erase(session, person, now)
        values = "\n".join(str(tuple(row)) for model in TABLES for row in session.execute(select(table(model))))
        for each in ("Sofia Brandt", "sofia@council.example", "U-sofia"):
            assert each not in values
        days = retaining.days_of({})
        assert days["absences"] == 30
        assert sum(each.count for each in retaining.plan(session, now, {})) == 0
        later = now.replace(year=now.year + 3)
        planned = {each.what: each.count for each in retaining.plan(session, later, {})}
        assert {each.what: each.count for each in retaining.run(session, later, {})} == planned
        assert sum(planned.values()) > 0
    world.close()


async def test_what_somebody_changes_while_a_name_is_erased_stays_as_they_leave_it(postgres_url: str) -> None:
    world = await World.start(url=postgres_url, nodes=2)
    audit = await world.audit("cyrus")
    world.change("sofia", active=False)
    number = world.card_about("cyrus", audit).id

    def say(session: Session, reason: str) -> None:
        row = session.get_one(Notice, number)
        row.reason = reason
        session.add(row)

    def erase(session: Session) -> None:
        erasing.erase(session, session.get_one(Person, world.ids["sofia"]), world.clock.now())

    stores = [each.store for each in world.nodes]
    await stores[0].run(lambda session: say(session, "Sofia Brandt asked for it"))
    watching = Store(postgres_url, inline=True)
    at_once(
        lambda: stores[0].run(lambda session: say(session, "Released, said Sofia Brandt")),
        stores[0].engine,
        lambda: stores[1].run(erase),
        watching=watching.engine,
    )
    [row] = world.all(Notice, col(Notice.id) == number)
    assert row.reason == f"Released, said Former colleague {world.ids['sofia']}"
    watching.close()
    world.close()


async def test_whoever_knows_a_name_while_it_is_erased_writes_it_before_or_not_at_all(postgres_url: str) -> None:
    """What is written in the same moment is looked through too; what comes after it reads who works here anew."""
    world = await World.start(url=postgres_url, nodes=2)
    world.change("sofia", active=False)
    desk = world.nodes[0].desk

    def say(session: Session) -> None:
        unit = desk.unit(session)
        said = f"Asked for by {unit.directory.people[world.ids['sofia']].own_name}"
        unit.event("nudged", why=said)

    def erase(session: Session) -> None:
        erasing.erase(session, session.get_one(Person, world.ids["sofia"]), world.clock.now())

    stores = [each.store for each in world.nodes]
    watching = Store(postgres_url, inline=True)
    at_once(
        lambda: stores[0].run(say),
        stores[0].engine,
        lambda: stores[1].run(erase),
        watching=watching.engine,
    )
    await stores[0].run(say)
    said = [each.why for each in world.all(Event, col(Event.what) == "nudged")]
    assert said == [f"Asked for by Former colleague {world.ids['sofia']}"] * 2
    watching.close()
    world.close()
