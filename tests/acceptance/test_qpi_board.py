"""From a low grade, and from an immediate concern, to resolved, for the council with the Board, on three platforms.

The Team Manager of the team is in Slack, in Teams and in the web inbox by turns; the Service Manager and the Director
of Social Care are in the other two, and the practitioner in the web inbox.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, delete

from qabot.models import Audit, Deadline, Moderation, RoleHolding
from qabot.workflows.core.situation import people_changed
from tests.support.invented import framework_of
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.three_screens import press, seen

FRAMEWORK = framework_of(Path("frameworks/qpi-board.yaml"))
PLATFORMS = (IN_SLACK, IN_TEAMS, IN_WEB)
PRACTITIONER, EVALUATOR = "sofia", "cyrus"
ACTION, DUE = "Update the chronology", "2026-12-08"
GRADES = [*FRAMEWORK.scales["ofsted"].labels.values(), "Inadequate practice"]


@pytest.fixture(params=PLATFORMS)
async def council(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path, FRAMEWORK) as found:
        _appoint(found, request.param)
        yield found


def _appoint(council: MixedCouncil, team_manager: str) -> None:
    """Who holds the roles of this council, the Team Manager of Stratford first."""
    ids = council.world.ids
    service_manager, director = (each for each in PLATFORMS if each != team_manager)
    holders = [
        RoleHolding(person_id=ids[team_manager], role="team-manager", team_id=ids["stratford"]),
        RoleHolding(person_id=ids[service_manager], role="service-manager", service_id=ids["safeguarding"]),
        RoleHolding(person_id=ids[director], role="director"),
        RoleHolding(person_id=ids["cyrus"], role="team-manager", team_id=ids["east"]),
        RoleHolding(person_id=ids["marcus"], role="service-manager", service_id=ids["care"]),
        RoleHolding(person_id=ids["dara"], role="corporate-director"),
        RoleHolding(person_id=ids["quinn"], role="quality-assurance"),
    ]
    with council.world.nodes[0].store.transaction() as session:
        session.exec(delete(RoleHolding))
        session.add_all(holders)
        people_changed(session)
    council.world.change(PRACTITIONER, line_manager_id=ids[team_manager])


@pytest.fixture
def team_manager(request: pytest.FixtureRequest) -> str:
    """The Team Manager of the team whose work is evaluated."""
    return str(request.node.callspec.params["council"])


async def evaluated(council: MixedCouncil, grade: str, *, immediate: bool, owner: str) -> Audit:
    """Cyrus sends an evaluation of Stratford's work, with an action for somebody."""
    audit = await council.world.audit(EVALUATOR, team="stratford", due="2026-11-30")
    row = {"what": ACTION, "owner": str(council.world.ids[owner]), "date": DUE}
    values: dict[str, Any] = {f"evaluation-actions.1.{name}": value for name, value in row.items()}
    deadline = council.world.deadline("audit", audit)
    await council.world.send_form(
        EVALUATOR, "submit-grades", deadline.token, overall=grade, immediate=immediate, **values
    )
    await council.forward()
    return audit


def open_about(council: MixedCouncil, audit: Audit) -> list[str]:
    """What is still owed about an evaluation; what the practitioner says of it, if they like, left out."""
    found = council.world.all(Deadline, col(Deadline.state) == "open", col(Deadline.kind) != "practitioner-feedback")
    return [each.kind for each in found if council.world.is_about(each, audit)]


async def test_from_a_low_grade_and_from_an_immediate_concern_to_resolved(
    council: MixedCouncil, team_manager: str
) -> None:
    service_manager, director = (each for each in PLATFORMS if each != team_manager)
    four = (team_manager, service_manager, director, PRACTITIONER)
    low = await evaluated(council, "inadequate", immediate=False, owner=team_manager)

    # QPI-ALT-2: both managers are told at once, and one of them takes it on; the Director and the practitioner are not.
    assert open_about(council, low) == ["inadequate", "action"]
    for person in (team_manager, service_manager):
        assert f"{low.reference} needs your support" in await seen(council, person)
        assert "Inadequate" in await seen(council, person)
    for person in (director, PRACTITIONER):
        assert low.reference not in await seen(council, person)
    await press(council, team_manager, "acknowledge", f"Acknowledge alert {low.reference}")
    assert open_about(council, low) == ["action"]

    # QPI-ALT-1: an immediate concern of a good evaluation goes to four people in writing, and each acknowledges it.
    worry = await evaluated(council, "good", immediate=True, owner=PRACTITIONER)
    assert open_about(council, worry) == ["concern"] * 3 + ["concern-practitioner", "action"]
    left = len(four)
    for person in four:
        assert f"{worry.reference}: something needs attention now" in await seen(council, person)
        await press(council, person, "acknowledge", f"Acknowledge alert {worry.reference}")
        left -= 1
        assert len([each for each in open_about(council, worry) if each != "action"]) == left, person

    # QPI-DAT-1: the outcome. QPI-DDL-1: each action is followed until its owner says that it is done.
    await council.forward("1 working day")
    for person in (team_manager, PRACTITIONER):
        assert f"The collaborative practice evaluation {worry.reference} has come in" in await seen(council, person)
        assert ACTION in await seen(council, person)
    theirs = await seen(council, PRACTITIONER)
    # QPI-FBK-1: the practitioner may say what it was like; nobody else is asked.
    assert "Your view of the evaluation" in theirs
    assert "Your view of the evaluation" not in await seen(council, team_manager)
    assert [each for each in GRADES if each in theirs] == [], "no grade reaches the practitioner"
    await press(council, team_manager, "answer", f"This action of {low.reference} (1) is done")
    await press(council, PRACTITIONER, "answer", f"This action of {worry.reference} (1) is done")
    assert open_about(council, low) == open_about(council, worry) == []

    # Nobody is asked anything more: resolved.
    before = len(council.world.notices())
    await council.forward("3 days")
    after = council.world.notices()[before:]
    assert [each.message for each in after if each.subject_type == "audit"] == []


SERVICE_MANAGER, DIRECTOR = IN_SLACK, IN_TEAMS
"""Where the Team Manager is in the web inbox."""


@pytest.mark.parametrize("council", [IN_WEB], indirect=True)
async def test_service_managers_bring_work_to_their_group_and_the_director_none(council: MixedCouncil) -> None:
    # The only evaluation of the month is the Service Manager's own: another one brings it to the group.
    world = council.world
    own = await world.audit(SERVICE_MANAGER, team="stratford", due="2026-11-30")
    token = world.deadline("audit", own).token
    await world.send_form(SERVICE_MANAGER, "submit-grades", token, overall="good", immediate=False)
    await world.advance("2026-12-01 10:00")
    (look,) = world.all(Moderation)
    assert (look.audit_id, world.name(look.moderator_id)) == (own.id, "marcus")


@pytest.mark.parametrize("council", [IN_WEB], indirect=True)
async def test_a_concern_of_a_thematic_evaluation_goes_to_managers_and_the_director(council: MixedCouncil) -> None:
    world = council.world
    asked = {"activity": "thematic-evaluation", "doer": str(world.ids["cyrus"]), "due": "2026-12-11", "what": "Need"}
    await world.send_form("dara", "ask-for", "", **asked)
    (audit,) = world.all(Audit, col(Audit.asked_by_id) == world.ids["dara"])
    await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit).token, immediate="yes")
    await world.tick()
    sent = world.notices(message="concern-to-managers", state="sent")
    assert [world.name(each.recipient_id) for each in sent] == ["cyrus", "marcus", DIRECTOR]
    await council.forward()
    said = await seen(council, DIRECTOR)
    assert "the framework says that the managers over it and the director read it" in said
    assert "practitioner is told too" not in said, "it is about nobody's work"
