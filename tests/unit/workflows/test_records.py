"""Whose an audit's record is to open, and who may know its grade. A practitioner never does."""

import pytest

from qabot.models import Audit, RoleHolding
from qabot.workflows.access import records
from qabot.workflows.access.records import Sight
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import moderations
from tests.support.world import World

ALL, PLAIN = Sight(grade=True, steward=False), Sight(grade=False, steward=False)


async def sight(world: World, audit: Audit, person: str) -> Sight | None:
    """What somebody may know of an audit now."""
    number = audit.id
    return await world.run(lambda unit: records.sight(unit, unit.session.get_one(Audit, number), world.ids[person]))


def opens(world: World, person: str) -> set[str]:
    """Where the button "Open the record" leads on somebody's cards."""
    return {
        each.url or "" for card in world.cards(person) for each in card.all_buttons() if each.action == "open-record"
    }


async def hold(world: World, person: str, role: str) -> None:
    """Somebody is given a role for the whole council."""

    def work(unit: Unit) -> None:
        unit.session.add(RoleHolding(person_id=world.ids[person], role=role))
        people_changed(unit.session)

    await world.run(work)


async def test_the_line_of_management_its_auditor_and_quality_assurance_see_all_of_it(world: World) -> None:
    audit = await world.graded()
    for person in ("cyrus", "mina", "hanif", "dara", "sian"):
        assert await sight(world, audit, person) == ALL, person
    assert await sight(world, audit, "quinn") == Sight(grade=True, steward=True)


async def test_the_practice_lead_is_told_without_the_grade_and_reads_it_so(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    assert await sight(world, audit, "ade") == PLAIN


@pytest.mark.parametrize("person", ["bea", "ben", "dinah", "wanda", "harriet", "marcus", "della"])
async def test_whom_it_does_not_concern_may_not_open_it(world: World, person: str) -> None:
    audit = await world.graded()
    assert await sight(world, audit, person) is None


async def test_whoever_was_told_may_open_it_and_knows_no_more_than_they_were_told(world: World) -> None:
    audit = await world.audit("cyrus")
    assert await sight(world, audit, "marcus") is None
    await world.advance("2026-12-24 12:00")
    assert "outstanding-list" in world.messages("marcus")
    assert await sight(world, audit, "marcus") == PLAIN


async def test_a_practitioner_never_learns_the_grade(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")
    assert await sight(world, audit, "sofia") is None
    await world.forward("1 working day")
    assert "audit-final" in world.messages("sofia")
    assert await sight(world, audit, "sofia") == PLAIN
    await hold(world, "sofia", "quality-assurance")
    assert await sight(world, audit, "sofia") == Sight(grade=False, steward=True)


async def test_a_deputy_sees_what_the_person_may_see_while_they_are_away(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "amber")
    assert await sight(world, audit, "bea") is None
    await world.away("mina", "2026-11-23", "2026-11-24", "bea")
    assert await sight(world, audit, "bea") == ALL
    await world.advance("2026-11-25 09:00")
    assert await sight(world, audit, "bea") is None


async def test_whoever_looks_a_second_time_judges_before_they_see_the_first_grade(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")
    number, hanif = audit.id, world.ids["hanif"]
    drawn = await world.run(lambda unit: moderations.draw_by_hand(unit, unit.session.get_one(Audit, number), hanif))
    assert await sight(world, audit, "hanif") == PLAIN

    def judge(unit: Unit) -> None:
        row, of = unit.session.merge(drawn), unit.session.get_one(Audit, number)
        moderations.record(unit, row, of, "amber", by=hanif)

    await world.run(judge)
    assert await sight(world, audit, "hanif") == ALL


async def test_whoever_has_left_sees_nothing(world: World) -> None:
    audit = await world.audit("cyrus")
    world.change("cyrus", active=False)
    assert await sight(world, audit, "cyrus") is None


async def test_the_button_on_a_card_leads_to_the_record_and_whoever_has_it_may_open_it(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    await world.moderate("hanif", audit, "red")
    await world.forward("2 working days")
    for person in ("mina", "hanif", "sofia", "ade", "cyrus"):
        assert opens(world, person) == {f"http://127.0.0.1:8700/audits/{audit.reference}"}, person
        assert await sight(world, audit, person) is not None
