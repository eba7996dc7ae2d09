"""Samples for moderation when something is missing: the service for months, or anybody but the auditor."""

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlmodel import col

from qabot.models import Draw, Moderation
from qabot.workflows.programme.samples import draw_all
from tests.support.world import World, local
from tests.unit.workflows.test_own_clocks import YEARLY, framework_with, imported


async def test_a_month_that_an_outage_lost_is_drawn_afterwards_and_once(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "green")
    await world.jump("2027-02-01 10:00")
    purposes = [each.purpose for each in world.all(Draw, col(Draw.rule) == "NEW-MOD-2")]
    assert "sample:qa:all:2026-11" in purposes
    await world.jump("2027-02-02 10:00")
    assert [each.purpose for each in world.all(Draw, col(Draw.rule) == "NEW-MOD-2")] == purposes


async def test_a_sole_moderators_own_audit_goes_to_the_role_above(world: World) -> None:
    audit = await world.audit("hanif")
    await world.submit(audit, "red")
    (drawn,) = world.all(Moderation, col(Moderation.audit_id) == audit.id)
    assert drawn.moderator_id == world.ids["dara"]
    assert world.deadline("red-review", audit).owner_id == world.ids["dara"]


async def test_the_first_word_to_a_moderator_cites_the_rule_of_the_sample_that_drew_the_audit(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "green")
    await world.advance("2026-12-10 10:00")
    drawn = {each.id: each.rule for each in world.all(Moderation)}
    assert sorted(drawn.values()) == ["NEW-MOD-2", "NEW-MOD-3"]
    told = [each for each in world.notices(message="moderation") if each.slot == "1"]
    assert {(each.subject_id, each.rule) for each in told if each.rule != "OURS-MOD-2"} == set(drawn.items())
    assert all(each.reason.startswith(f"{each.rule}: ") for each in told)
    assert {each.subject_id for each in told if each.rule == "OURS-MOD-2"} == set(drawn)
    numbers = {each.id for each in told}
    logged = {each.notice_id: each.rule for each in world.events("sent") if each.notice_id in numbers}
    assert logged == {each.id: each.rule for each in told}
    opened = [each for each in world.events("deadline-opened") if each.subject_type == "moderation"]
    assert {(each.subject_id, each.rule) for each in opened} == set(drawn.items())


async def test_work_that_nobody_does_costs_no_more_in_the_tenth_year_than_in_the_first(tmp_path: Path) -> None:
    world = await World.start(None, framework=framework_with(tmp_path, YEARLY))
    await imported(world, "sofia", date(2026, 11, 20))

    async def statements(day: str) -> int:
        world.clock.set(local(f"{day} 10:00"))
        seen: list[str] = []

        def note(*words: Any) -> None:
            seen.append(words[2])

        engine = world.nodes[0].store.engine
        event.listen(engine, "before_cursor_execute", note)
        await world.run(draw_all)
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    assert await statements("2027-02-10") == await statements("2036-11-10")
    world.close()
