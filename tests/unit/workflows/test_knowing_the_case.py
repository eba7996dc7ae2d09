"""A case is given back once for each card, and nobody is handed one that they must not audit (NEW-SEL-1)."""

import pytest
from sqlmodel import col

from qabot.errors import BadRequest
from qabot.models import Audit, Case, CaseInvolvement
from tests.support.world import World


def audit_of(world: World, person: str) -> Audit:
    return next(each for each in world.all(Audit) if world.name(each.auditor_id) == person)


def case_of(world: World, audit: Audit) -> str | None:
    return world.all(Audit, col(Audit.id) == audit.id)[0].case_reference


def involve(world: World, person: str, cases: list[Case]) -> None:
    with world.nodes[0].store.transaction() as session:
        session.add_all([CaseInvolvement(case_id=each.id, person_id=world.ids[person]) for each in cases])


async def test_a_repeated_press_gives_back_no_second_case(quarter: World) -> None:
    audit = audit_of(quarter, "dinah")
    token = quarter.card_about("dinah", audit).token
    await quarter.press_token("dinah", "know-case", token)
    second = case_of(quarter, audit)
    reply = await quarter.press_token("dinah", "know-case", token)
    assert case_of(quarter, audit) == second
    assert "already" in str(reply)
    assert len(quarter.events("case-given-back")) == 1


async def test_somebody_who_knows_the_next_case_too_gives_it_back_on_its_own_card(quarter: World) -> None:
    audit = audit_of(quarter, "dinah")
    await quarter.press("dinah", "know-case", audit)
    second = case_of(quarter, audit)
    await quarter.forward("1 working day")
    await quarter.press("dinah", "know-case", audit)
    assert case_of(quarter, audit) not in {audit.case_reference, second, None}


async def test_a_deputys_press_brings_the_auditor_no_case_in_which_they_were_involved(quarter: World) -> None:
    audit = audit_of(quarter, "mina")
    taken = {each.case_reference for each in quarter.all(Audit)}
    free = [each for each in quarter.all(Case) if each.reference not in taken]
    involve(quarter, "mina", free)
    await quarter.away("mina", "2026-10-01", "2026-10-09", "cyrus")
    await quarter.press("cyrus", "know-case", audit, of="mina")
    assert len(quarter.events("case-given-back")) == 1
    assert case_of(quarter, audit) is None, "mina knows all the rest"


async def test_an_audit_is_not_handed_to_somebody_involved_or_with_oversight(quarter: World) -> None:
    audit = audit_of(quarter, "rowan")
    involve(quarter, "dinah", quarter.all(Case, col(Case.reference) == audit.case_reference))
    overseer = next(
        name
        for name, team in {"ade": "stratford", "bea": "beckton", "cyrus": "east", "dinah": "west"}.items()
        if quarter.ids[team] == audit.team_id
    )
    for person in ("dinah", overseer):
        with pytest.raises(BadRequest, match="Nothing was changed"):
            await quarter.reassign(audit, person)
    assert quarter.name(audit_of(quarter, "rowan").auditor_id) == "rowan"
