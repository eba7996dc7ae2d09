"""A sample of some work alone is drawn also from what became that only later: looked at again, or corrected."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from qabot.models import Audit, Draw, Moderation
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import grades, moderations
from tests.support.herefordshire import send_in, started
from tests.support.world import World

SAMPLE = "challenge-sample"
"""Herefordshire dip-samples a quarter of a month's inadequate audits."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    herefordshire = await started(tmp_path)
    yield herefordshire
    herefordshire.close()


def pools(world: World) -> list[tuple[str, list[str]]]:
    """From what it was drawn, by the month of the work."""
    draws = world.all(Draw, col(Draw.thing) == SAMPLE)
    return [(f"{each.day:%Y-%m}", each.pool) for each in draws if each.day is not None]


async def month_begins(world: World, eve: str, noon: str) -> None:
    """The eve comes in one step, since nothing of the days before is looked at; what is drawn is, as it does."""
    await world.jump(f"{eve} 12:00")
    await world.advance(f"{noon} 12:00")


async def judged(world: World, audit: Audit, grade: str) -> None:
    """Hanif looks at it a second time."""

    def look(unit: Unit) -> None:
        again = unit.session.get_one(Audit, audit.id)
        drawn = moderations.draw_by_hand(unit, again, world.ids["hanif"])
        moderations.record(unit, drawn, again, grade, by=world.ids["hanif"])

    await world.run(look)


async def corrected(world: World, audit: Audit, grade: str) -> None:
    def correct(unit: Unit) -> None:
        again = unit.session.exec(select(Audit).where(Audit.id == audit.id)).one()
        answers = {"overall-judgement": grade}
        grades.correct(unit, again, answers, by=audit.auditor_id, has_actions=False, why="slip")

    await world.run(correct)


async def test_what_became_inadequate_in_a_later_month_is_among_that_months(world: World) -> None:
    looked_at, put_right, known = [await world.audit(each, team="stratford") for each in ("cyrus", "dinah", "bea")]
    for each, grade in ((looked_at, "good"), (put_right, "requires-improvement"), (known, "inadequate")):
        await send_in(world, each, grade)
    await month_begins(world, "2026-11-30", "2026-12-02")
    assert pools(world) == [("2026-11", [known.reference])]
    await judged(world, looked_at, "inadequate")
    await judged(world, known, "inadequate")
    await corrected(world, put_right, "inadequate")
    await month_begins(world, "2026-12-31", "2027-01-05")
    assert pools(world)[1:] == [("2026-12", sorted([looked_at.reference, put_right.reference]))]
    of_them = world.all(Moderation, col(Moderation.layer) == SAMPLE)
    assert {each.audit_id for each in of_them} > {known.id}, "a quarter of two is one of them"
    await month_begins(world, "2027-01-31", "2027-02-02")
    assert [month for month, _ in pools(world)] == ["2026-11", "2026-12"], "and never again"


async def test_what_became_so_in_the_month_in_which_it_came_in_is_there_once(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await send_in(world, audit, "good")
    await world.advance("2026-11-26 12:00")
    await judged(world, audit, "inadequate")
    await month_begins(world, "2026-11-30", "2026-12-02")
    await month_begins(world, "2026-12-31", "2027-01-05")
    assert pools(world) == [("2026-11", [audit.reference])]


async def test_what_is_corrected_to_be_better_before_the_draw_is_not_there(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await send_in(world, audit, "good")
    await month_begins(world, "2026-11-30", "2026-12-02")
    await corrected(world, audit, "inadequate")
    await corrected(world, audit, "good")
    await month_begins(world, "2026-12-31", "2027-01-05")
    assert pools(world) == []


async def test_what_was_drawn_from_once_is_not_drawn_from_again_when_it_is_corrected_back(world: World) -> None:
    """It was among those of its month, and whoever looked again may have had it then."""
    audit = await world.audit("cyrus", team="stratford")
    await send_in(world, audit, "inadequate")
    await month_begins(world, "2026-11-30", "2026-12-02")
    await corrected(world, audit, "good")
    await corrected(world, audit, "inadequate")
    await month_begins(world, "2026-12-31", "2027-01-05")
    assert pools(world) == [("2026-11", [audit.reference])]
