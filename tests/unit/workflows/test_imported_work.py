"""Work that came by import is never said to have been drawn; what was drawn is, also beside it."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.imports.applying import apply_audits
from qabot.imports.audit_rows import read_audits
from qabot.imports.audits import plan_audits
from qabot.messaging.card import plain_card
from qabot.models import Audit, Cycle, Draw, Event
from qabot.workflows.core.unit import Unit
from tests.support.councils import council
from tests.support.world import ACTIVITY, World

HEADINGS = "case_reference,activity,cycle,auditor,practitioner,team,due\n"
ON_REQUEST = """
activities:
  special:
    rule: ABC-DDL-1
    title: special audit
    plural: special audits
    every: on request
    do: []
    cases: {rule: ABC-DDL-2, never: [involved, oversight]}
    ask: [manager-overall]
    grade: manager-overall
"""


QUOTA = "{rule: ABC-DDL-1, per: practice-lead, count: 1}"


async def bring(world: World, folder: Path, *lines: str) -> None:
    """Import these rows."""
    path = folder / "audits.csv"
    path.write_text(HEADINGS + "\n".join(lines) + "\n", "utf-8")

    def work(unit: Unit) -> None:
        apply_audits(unit, plan_audits(unit.session, read_audits(path, unit.framework), unit.framework).rows)

    await world.run(work)


def row(case: str, activity: str = ACTIVITY, cycle: str = "2026-10-01", due: str = "") -> str:
    return f"{case},{activity},{cycle},cyrus@council.example,,,{due}"


def card_of(world: World) -> str:
    """What the newest card to Cyrus says."""
    copies = [each for each in world.chat.copies.values() if each.person_id == world.ids["cyrus"]]
    return plain_card(copies[-1].card)


@pytest.mark.parametrize("count", [1, 2])
async def test_nothing_of_it_says_that_it_was_drawn(world: World, tmp_path: Path, count: int) -> None:
    await bring(world, tmp_path, *(row(f"900000{number}") for number in range(count)))
    await world.advance("2026-11-24 12:00")
    card = card_of(world)
    assert "random" not in card
    assert ("This case was" if count == 1 else "These cases were") + " named by the Quality Assurance Service." in card
    assert {(each.rule, each.reason) for each in world.notices("cyrus")} == {
        ("NEW-QUO-1", "The case came with an import")
    }
    assert not [each for each in world.all(Event) if "drawn" in (each.why or "")]


async def test_beside_it_what_was_drawn_is_said_to_have_been(world: World, tmp_path: Path) -> None:
    await world.audit("cyrus")
    await bring(world, tmp_path, row("9000001"))
    await world.advance("2026-11-24 12:00")
    assert (
        "1 case of these was named by the Quality Assurance Service. The other cases were drawn at random."
        in card_of(world)
    )


async def test_once_it_is_handed_over_nobody_reads_of_a_draw(world: World, tmp_path: Path) -> None:
    await bring(world, tmp_path, row("9000001"))
    [audit] = world.all(Audit)
    await world.send_form("quinn", "reassign", audit.reference, to=str(world.ids["dinah"]))
    await world.advance("2026-11-24 12:00")
    assert "random" not in "".join(plain_card(each.card) for each in world.chat.copies.values())


async def test_work_on_request_comes_by_import_with_its_own_day(tmp_path: Path) -> None:
    world = await council(tmp_path)(ON_REQUEST)
    await bring(
        world,
        tmp_path,
        row("9000001", "special", "2026-11-19", "2026-12-04"),
        row("9000002", "special", "2026-11-19", "2026-12-11"),
    )
    await world.advance("2026-11-25 12:00")
    [cycle] = world.all(Cycle, col(Cycle.activity) == "special")
    assert (cycle.name, cycle.starts_on) == ("asked for on 19 November 2026", date(2026, 11, 19))
    assert [(each.activity, each.due_on) for each in world.all(Audit)] == [
        ("special", date(2026, 12, 4)),
        ("special", date(2026, 12, 11)),
    ]
    assert {(each.rule, each.reason) for each in world.notices("cyrus", message="review-allocated")} == {
        ("ABC-DDL-1", "The case came with an import")
    }
    assert world.all(Draw, col(Draw.purpose).startswith("allocation:special")) == []
    await bring(world, tmp_path, row("9000001", "special", "2026-11-19", "2026-12-08"))
    assert [each.due_on for each in world.all(Audit)] == [date(2026, 12, 8), date(2026, 12, 11)], "the same, moved"
    world.close()


async def test_another_activitys_longer_cycle_brings_no_older_work_into_a_sample(tmp_path: Path) -> None:
    """What came in before the quarter began is in no draw of the quarter, though some other work comes each year."""
    yearly = ON_REQUEST.replace("every: on request", "every: year").replace("do: []", f"do: [{QUOTA}]")
    world = await council(tmp_path, "2026-09-21 10:00")(yearly)
    await bring(world, tmp_path, row("9000001", cycle="2026-07-01"))
    [audit] = world.all(Audit)
    await world.submit(audit, "green")
    await world.advance("2026-11-03 12:00")
    draws = world.all(Draw, col(Draw.purpose).startswith("sample:head-of-service:"))
    assert {each.purpose[-7:]: audit.reference in each.pool for each in draws} == {"2026-09": True}
    world.close()
