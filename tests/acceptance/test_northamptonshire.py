"""Northamptonshire: from an audit that is not yet good, and from immediate concerns, to resolved, on three platforms.

The Service Manager is in Slack, in Teams and in the web inbox by turns; the others are in the web inbox.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, delete

from qabot.framework import lint
from qabot.messaging.card import plain_card
from qabot.models import Audit, Deadline, RoleHolding
from qabot.workflows.core.situation import people_changed
from tests.support.hands import press, screen, sign_out
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.northamptonshire import ROLES, northamptonshire, send_in, started
from tests.support.world import World

PRACTITIONER, AUDITOR = "sofia", "cyrus"
ACTION, DUE = "Update the chronology", "2026-12-08"


@pytest.fixture(params=[IN_SLACK, IN_TEAMS, IN_WEB], ids=["slack", "teams", "web"])
async def council(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[MixedCouncil, str]]:
    assert lint(northamptonshire()) == []
    async with mixed_council(tmp_path, northamptonshire(), ROLES) as found:
        _appoint(found, request.param)
        yield found, request.param


def _appoint(council: MixedCouncil, manager: str) -> None:
    """Of the managers of the service one is its Service Manager, alone; Ade leads the team."""
    service = council.world.ids["safeguarding"]
    ids = [council.world.ids[each] for each in (IN_SLACK, IN_TEAMS, IN_WEB)]
    with council.world.nodes[0].store.transaction() as session:
        session.exec(delete(RoleHolding).where(col(RoleHolding.person_id).in_(ids)))
        session.add(RoleHolding(person_id=council.world.ids[manager], role="service-manager", service_id=service))
        people_changed(session)


async def seen(council: MixedCouncil, person: str) -> str:
    """What somebody sees who comes back: whoever was signed in the day before signs in once more."""
    await sign_out(council, person)
    return await screen(council, person)


def due(world: World, audit: Audit) -> dict[str, str]:
    """What is open about an audit, with its date."""
    rows = world.all(Deadline, col(Deadline.state) == "open")
    return {each.kind: str(each.due_on) for each in rows if world.is_about(each, audit)}


async def test_from_not_yet_good_to_resolved(council: tuple[MixedCouncil, str]) -> None:
    place, manager = council
    world = place.world
    audit = await world.audit(AUDITOR, team="stratford", due="2026-12-11")
    action = {"what": ACTION, "owner": str(world.ids["ade"]), "date": DUE}
    actions = {f"thematic-actions.1.{name}": value for name, value in action.items()}
    await send_in(world, audit, "inadequate", of="early-help", immediate=True, **actions)

    # NCT-ALT-3: a concern in Early Help goes to the Service Manager at once, who acknowledges it.
    assert due(world, audit) == {
        "early-help-concern": "None",
        "feedback": "2026-12-07",
        "put-right": "2026-11-30",
        "thematic-action": DUE,
    }
    await place.forward()
    said = await screen(place, manager)
    assert f"An immediate concern in Early Help: {audit.reference}" in said
    assert "phone the duty team on 01632 960456" in said
    await press(place, manager, f"Acknowledge alert {audit.reference}")
    assert "early-help-concern" not in due(world, audit)

    # The next morning: what is not yet good is the Service Manager's; Ade hears that an audit of the team is in.
    await place.forward("1 working day")
    assert f"Something to put right: {audit.reference}" in await seen(place, manager)
    assert f"The thematic peer audit {audit.reference} of your team is in" in await seen(place, "ade")
    await press(place, manager, f"Say what puts {audit.reference} right", {"put-right": "enough"})
    assert world.deadline("put-right", audit, state="met").closed_why == "The audit's actions are enough"

    # NCT-FBK-1: Sofia has not talked with the auditor yet, so Cyrus is asked for that talk.
    await press(place, PRACTITIONER, f"Our talk about {audit.reference}", {"talked": "not-yet"})
    assert due(world, audit) == {"talk-wanted": "2026-12-01", "thematic-action": DUE}
    await place.forward("1 working day")
    assert "Sofia Brandt would like to talk" in await seen(place, AUDITOR)
    await press(place, AUDITOR, f"We have talked about {audit.reference}")

    # NCT-DDL-1: the action is done, and that is all.
    await press(place, "ade", f"Mark as done: {audit.reference} (1)")
    assert due(world, audit) == {}
    before = len(world.notices())
    await place.forward("3 days")
    assert [each.message for each in world.notices()[before:] if each.subject_id == audit.id] == []

    # On no page of hers does Sofia read how the audit came out.
    await sign_out(place, PRACTITIONER)
    record, inbox = [await place.page(PRACTITIONER, path) for path in (f"/audits/{audit.reference}", "/inbox")]
    assert (record.status, inbox.status) == (200, 200)
    for words in (record.words, inbox.words):
        assert [each for each in ("inadequate", "not yet good", "put right") if each in words.lower()] == []


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    found = await started(tmp_path)
    yield found
    found.close()


async def test_a_concern_in_social_care_belongs_in_care_first(world: World) -> None:
    audit = await world.audit(AUDITOR, team="stratford", due="2026-12-11")
    await send_in(world, audit, "good", immediate=True)
    assert due(world, audit) == {"care-first": "2026-11-24", "feedback": "2026-12-07"}
    first = world.notices(AUDITOR, message="care-first", state="sent")
    assert "If we have not heard by 2pm on Monday 23 November 2026" in plain_card(world.cards(AUDITOR)[-1])
    assert len(first) == 1, "the auditor, at once"
    assert world.notices("mina", message="early-help-concern") == []
    # Nobody answers: on the next working day the Quality Assurance Manager hears of it too, until the auditor answers.
    await world.forward("1 working day")
    await world.tick()
    assert len(world.notices("quinn", message="care-first", state="sent")) == 1
    token = world.deadline("care-first", audit).token
    await world.send_form(AUDITOR, "answer", token, **{"in-care-first": "yes"})
    assert world.deadline("care-first", audit, state="met").closed_why == "Recorded in CareFirst"
    count = len(world.notices(message="care-first"))
    await world.forward("3 working days")
    assert len(world.notices(message="care-first")) == count, "and not again"


async def test_a_good_audit_asks_nothing_of_managers(world: World) -> None:
    audit = await world.audit(AUDITOR, team="stratford", due="2026-12-11")
    await send_in(world, audit, "good")
    assert due(world, audit) == {"feedback": "2026-12-07"}


async def test_a_concern_in_an_observation_goes_to_the_managers_above_the_team_manager(world: World) -> None:
    audit = await world.audit(AUDITOR, team="stratford", due="2026-12-11", activity="practice-observation")
    token = world.deadline("audit", audit).token
    await world.send_form(AUDITOR, "submit-grades", token, **{"fed-back": "yes"}, actions="no", immediate="yes")
    await world.tick()
    told = {each.recipient_id for each in world.notices(message="duty-alert", state="sent")}
    assert told == {world.ids["mina"], world.ids["hanif"]}, "the Service Manager and the Strategic Manager"
    await world.forward("1 working day")
    await world.tick()
    assert len(world.notices("quinn", message="duty-alert", state="sent")) == 1
    await world.press_token("hanif", "acknowledge", world.deadline("concern", audit).token)
    assert "concern" not in due(world, audit), "one of the two is enough"


async def test_each_team_manager_sends_a_summary_of_two_months_of_observations(world: World) -> None:
    await world.advance("2026-12-01 10:00")
    owed = world.all(Deadline, col(Deadline.kind) == "observation-summary")
    leads = {world.ids[each] for each in ("ade", "bea", "cyrus", "dinah")}
    assert leads <= {each.owner_id for each in owed}
    assert {str(each.due_on) for each in owed} == {"2026-12-15"}
