"""Newham: from a review that is RED to resolved, on the screen of somebody in Slack, in Teams and in the web inbox.

Whoever the test is about holds each role above the practitioner, so that every button of the path is pressed there.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, delete

from qabot.models import Audit, Deadline, RoleHolding
from qabot.workflows.core.situation import people_changed
from tests.support.hands import press, screen, sign_out
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council

PLATFORMS = {"slack": IN_SLACK, "teams": IN_TEAMS, "web": IN_WEB}
HELD = {"service-manager": "safeguarding", "head-of-service": "safeguarding", "practice-lead": "stratford"}


@pytest.fixture(params=PLATFORMS)
async def council(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path) as found:
        _appoint(found, PLATFORMS[request.param])
        yield found


@pytest.fixture
def manager(request: pytest.FixtureRequest) -> str:
    """Who holds the roles, and so on which platform the path is walked."""
    return PLATFORMS[request.node.callspec.params["council"]]


def _appoint(council: MixedCouncil, person: str) -> None:
    ids = council.world.ids
    with council.world.nodes[0].store.transaction() as session:
        session.exec(delete(RoleHolding).where(col(RoleHolding.role).in_(list(HELD))))
        for role, place in HELD.items():
            held = RoleHolding(role=role, person_id=ids[person])
            held.team_id, held.service_id = (ids[place], None) if role == "practice-lead" else (None, ids[place])
            session.add(held)
        people_changed(session)


def open_about(council: MixedCouncil, audit: Audit) -> dict[str, str]:
    """What is owed about it, with its date; second looks that the month's sample draws left out."""
    found = council.world.all(Deadline, col(Deadline.state) == "open", col(Deadline.kind) != "moderation")
    return {each.kind: str(each.due_on) for each in found if council.world.is_about(each, audit)}


def state_of(council: MixedCouncil, audit: Audit) -> str:
    return council.world.all(Audit, col(Audit.id) == audit.id)[0].state


async def test_from_red_to_resolved(council: MixedCouncil, manager: str) -> None:
    # NEW-ALT-1: on Monday 23 November Cyrus finds a review of Stratford's work RED, and the managers hear at once.
    world = council.world
    audit = await world.audit("cyrus", team="stratford")
    await world.submit(audit, "red")
    await council.forward()
    assert open_about(council, audit) == {"alert": "None", "pim-date": "2026-11-30", "red-review": "2026-11-30"}
    assert f"{audit.reference} needs your support" in await screen(council, manager)
    await press(council, manager, f"Acknowledge alert {audit.reference}")
    assert world.deadline("alert", audit, state="met").closed_why == "Acknowledged"

    # NEW-ALT-2, within five working days: the meeting has a date, and whoever chairs it.
    await council.forward("1 working day")
    meeting = {"meeting-date": "2026-12-03", "chair": str(world.ids["marcus"])}
    await press(council, manager, f"Give the meeting date for {audit.reference}", meeting)
    assert open_about(council, audit) == {"red-review": "2026-11-30"}
    assert state_of(council, audit) == "submitted"

    # NEW-ALT-3: they look again, and have told the practitioner in person. Until then she has heard nothing.
    assert world.notices("sofia") == []
    look, record = {"grade": "red", "spoken": "yes"}, "Record moderation"
    await press(council, manager, f"{record} of {audit.reference}", look, send=record)
    assert state_of(council, audit) == "finalised"
    assert set(open_about(council, audit)) == {"actions"}

    # NEW-ESC-1: three weeks from the second look, Tuesday 24 November, they and the practitioner are asked of the
    # actions, and one answer is enough.
    await world.advance("2026-12-15 16:00")
    await council.forward()
    await sign_out(council, "sofia")
    theirs = await screen(council, "sofia")
    assert audit.reference in theirs
    assert "RED" not in theirs, "no grade reaches the practitioner from qabot"
    await press(council, manager, f"Actions of {audit.reference} are done")
    assert open_about(council, audit) == {}

    # Nobody is asked anything more: resolved.
    before = len(world.notices())
    await council.forward("30 days")
    after = world.notices()[before:]
    assert [each.message for each in after if (each.subject_type, each.subject_id) == ("audit", audit.id)] == []
    assert open_about(council, audit) == {}
