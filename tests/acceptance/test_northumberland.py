"""Northumberland, which grades nothing: what is asked for is done and answered in Slack, Teams and the web inbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, delete

from qabot.models import Audit, Deadline, RoleHolding
from qabot.workflows.core.situation import people_changed
from tests.support.hands import press, screen
from tests.support.invented import framework_of
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council

FRAMEWORK = framework_of(Path("frameworks/northumberland.yaml"))


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path, FRAMEWORK) as found:
        ids = found.world.ids
        with found.world.nodes[0].store.transaction() as session:
            session.exec(delete(RoleHolding))
            session.add(RoleHolding(person_id=ids["quinn"], role="quality-lead"))
            session.add(RoleHolding(person_id=ids["ade"], role="team-manager", team_id=ids["stratford"]))
            people_changed(session)
        yield found


@pytest.mark.parametrize("person", [IN_SLACK, IN_TEAMS, IN_WEB], ids=["slack", "teams", "web"])
async def test_what_is_asked_for_is_answered_with_the_measures_and_nothing_follows(
    council: MixedCouncil, person: str
) -> None:
    # NOR-ACT-1: no rhythm and no number is given, so nothing comes by itself; the lead asks for an evaluation.
    world = council.world
    assert world.all(Audit) == []
    asked = {"activity": "practice-evaluation", "doer": str(world.ids[person]), "due": "2026-12-11", "case": "7199999"}
    await world.send_form("quinn", "ask-for", "", **asked)
    (audit,) = world.all(Audit)
    await council.forward("1 working day")
    assert "Practice evaluation" in await screen(council, person)

    # NOR-GRD-1, NOR-LRN-1: the measure is chosen, and what was seen at its best where somebody wants to say so.
    given = {"measure": "involved", "seen": "voice", "actions": "no"}
    send = f"Submit answers for {audit.reference}"
    await press(council, person, send, given, send="Submit answers")
    assert world.answers(audit) == {"measure": "involved", "seen": "voice"}
    (done,) = world.all(Audit)
    assert (done.state, done.grade) == ("finalised", None), "the five measures are no grades"

    # Nobody owes anything because of it.
    await council.forward("30 days")
    assert world.all(Deadline, col(Deadline.state) == "open") == []
    record = (await council.page("quinn", f"/audits/{audit.reference}")).words
    assert "Children, family and friends are fully involved in clear plans" in record
    assert "The child's voice is clear" in record
