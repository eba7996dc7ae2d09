"""Leaving, and absences by import: whoever left gets nothing more, and what was theirs is planned anew at once."""

from pathlib import Path

from qabot.imports import plan_people, read_people
from qabot.imports.applying import apply_staff
from qabot.models import Absence
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import cover
from tests.support.world import World


async def test_what_a_leaver_owed_reaches_somebody_who_still_works_here(world: World, tmp_path: Path) -> None:
    audit = await world.audit("cyrus", due="2026-12-02")
    await world.tick()
    assert world.deadline("audit", audit).next_at != world.clock.now()
    file = tmp_path / "people.csv"
    file.write_text(f"name,email,active\n{world.person('cyrus').name},cyrus@council.example,no\n", "utf-8")

    def leave(unit: Unit) -> None:
        apply_staff(unit, plan_people(unit.session, read_people(file), unit.framework, unit.now))

    await world.run(leave)
    assert world.deadline("audit", audit).next_at == world.clock.now()
    await world.advance("2026-12-09 12:00")
    assert world.messages("cyrus") == []
    assert [each for each in world.notices(state="sent") if world.is_about(each, audit)]


async def test_nobody_is_told_of_an_absence_that_an_import_took_out(world: World, tmp_path: Path) -> None:
    await world.audit("cyrus", due="2026-12-02")
    await world.away("cyrus", "2026-11-30", "2026-12-01", deputy="bea")
    await world.away("cyrus", "2026-12-02", "2026-12-03", deputy="dinah")
    file = tmp_path / "people.csv"
    head, row = "name,email,away_from,away_to,away_deputy", f"{world.person('cyrus').name},cyrus@council.example"
    file.write_text(f"{head}\n{row},2026-11-30,2026-12-04,bea@council.example\n", "utf-8")

    def correct(unit: Unit) -> None:
        apply_staff(unit, plan_people(unit.session, read_people(file), unit.framework, unit.now))

    await world.run(correct)
    assert [(each.from_on.day, each.to_on.day) for each in world.all(Absence)] == [(30, 4)]
    await world.advance("2026-11-24 12:00")
    assert world.messages("dinah") == []
    assert "covering" in world.messages("bea")


async def test_where_the_deputy_of_an_absence_leaves_the_standing_one_stands_in(world: World, tmp_path: Path) -> None:
    """What was due went up the line and to quality assurance, as if nobody stood in."""
    await world.audit("mina", due="2026-12-02")
    await world.away("mina", "2026-11-30", "2026-12-04", deputy="bea")
    file = tmp_path / "people.csv"
    file.write_text(f"name,email,active\n{world.person('bea').name},bea@council.example,no\n", "utf-8")

    def leave(unit: Unit) -> None:
        apply_staff(unit, plan_people(unit.session, read_people(file), unit.framework, unit.now))

    await world.run(leave)
    await world.advance("2026-11-24 12:00")
    assert world.messages("ade").count("covering") == 1
    await world.jump("2026-11-30 12:00")
    away = await world.run(lambda unit: unit.directory.deputy(world.ids["mina"], unit.today))
    assert away == world.ids["ade"]
    covers = await world.run(lambda unit: cover.cover(unit, unit.directory.people[world.ids["ade"]]).covers)
    assert [name for name, *_ in covers] == [world.person("mina").name]
