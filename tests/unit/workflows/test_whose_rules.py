"""A council whose rules have other ids: everything that is said and logged cites its own."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from qabot.framework import Framework, load, require
from qabot.models import Audit, Case, Deadline, Draw, Event, Moderation, Notice
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import answers, moderations, nominations
from tests.support.world import World

NOMINATION = {"seen_on": date(2026, 11, 20), "what": "Listened.", "difference": "Trust grew.", "seen_in": "Meeting"}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    """Newham's rules under other ids."""
    text = Path("frameworks/newham.yaml").read_text("utf-8")
    path = tmp_path_factory.mktemp("frameworks") / "elsewhere.yaml"
    text = re.sub(r"\bNEW-(?=[A-Z]{3}-\d)", "ABC-", text)
    path.write_text(re.sub(r"\bNCT-(?=[A-Z]{3}-\d)", "XYZ-", text), "utf-8")
    return require(load(path, []))


@pytest.fixture
async def world(tmp_path: Path, elsewhere: Framework) -> AsyncIterator[World]:
    made = await World.start(tmp_path, framework=elsewhere)
    yield made
    made.close()


def told(world: World, message: str) -> set[str]:
    return {each.rule for each in world.notices(message=message)}


def logged(world: World, what: str) -> set[str]:
    return {each.rule for each in world.events(what)}


async def test_what_comes_in_is_told_under_the_councils_own_rule(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "green")
    assert told(world, "audit-submitted") == {"ABC-DAT-1"}


async def test_a_moderation_by_hand_and_its_sharing_cite_the_councils_own_rules(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")

    def moderate(unit: Unit) -> None:
        found = unit.session.get_one(Audit, audit.id)
        row = moderations.draw_by_hand(unit, found, world.ids["hanif"])
        moderations.record(unit, row, found, "green", by=world.ids["hanif"])

    await world.run(moderate)
    assert logged(world, "moderated") == {"ABC-MOD-1"}
    assert told(world, "moderation-done") == {"ABC-MOD-6"}


async def test_an_auditor_without_a_case_is_told_of_under_the_councils_own_rule(world: World) -> None:
    audit = await world.audit("cyrus")
    with world.nodes[0].store.transaction() as session:
        for case in session.exec(select(Case)):
            case.open = False
            session.add(case)
    await world.press("cyrus", "know-case", audit)
    assert told(world, "no-case") == logged(world, "no-case") == {"ABC-SEL-1"}


async def test_the_date_of_a_meeting_is_logged_under_the_councils_own_rule(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")

    values = {"meeting-date": date(2026, 11, 30), "chair": world.ids["mina"]}

    def meet(unit: Unit) -> None:
        (deadline,) = unit.open_deadlines(("audit", audit.id), "pim-date")
        answers.answer(unit, deadline, values, by=world.ids["mina"])

    await world.run(meet)
    (met,) = [each for each in world.events("deadline-met") if each.why == "Meeting on 30 November 2026"]
    assert (met.rule, met.actor_id) == ("ABC-DDL-1", world.ids["mina"])


async def test_a_nomination_cites_the_councils_own_rules(world: World) -> None:
    await world.run(lambda unit: nominations.nominate(unit, world.ids["ewan"], NOMINATION, by=world.ids["bea"]))
    assert logged(world, "nominated") == {"XYZ-REC-1"}
    assert told(world, "nomination-received") == told(world, "nomination-qa") == {"XYZ-REC-3"}
    assert all(each.reason.startswith("XYZ-REC-3: ") for each in world.notices(message="nomination-qa"))


async def test_nothing_of_a_quarter_cites_another_councils_rule(world: World) -> None:
    for grade in ("red", "green"):
        await world.submit(await world.audit("cyrus"), grade)
    await world.advance("2027-01-08 12:00")
    cited = {each.rule for each in world.all(Notice)} | {each.rule for each in world.all(Event)}
    cited |= {each.rule for each in world.all(Deadline)} | {each.rule for each in world.all(Moderation)}
    cited |= {each.rule for each in world.all(Draw)}
    assert {rule.partition("-")[0] for rule in cited if rule} == {"ABC", "OURS"}
