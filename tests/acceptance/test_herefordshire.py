"""Herefordshire: from an audit that is inadequate to one that is put right, in the web inbox, in Slack and in Teams."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from qabot.framework import lint
from qabot.models import Audit, Deadline, Moderation, Occasion
from qabot.models.occasion import OccasionState
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import agenda
from qabot.workflows.verbs import grades, moderations
from tests.support.hands import press, screen, sign_out
from tests.support.herefordshire import ROLES, answer, herefordshire, send_in, started
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.world import World

RECORDED = {"oversight-recorded": "yes", "feedback-given": "given"}


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[MixedCouncil]:
    assert lint(herefordshire()) == []
    async with mixed_council(tmp_path, herefordshire(), ROLES) as found:
        yield found


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    found = await started(tmp_path)
    yield found
    found.close()


ASIDE = ("moderation", "practitioner-feedback")


def due(world: World, audit: Audit) -> dict[str, str]:
    """What is open about an audit, with its date; second looks and the practitioner's feedback left out."""
    rows = world.all(Deadline, col(Deadline.state) == "open", col(Deadline.kind).not_in(ASIDE))
    return {each.kind: str(each.due_on) for each in rows if world.is_about(each, audit)}


@pytest.mark.parametrize("manager", [IN_TEAMS, IN_SLACK, IN_WEB], ids=["teams", "slack", "web"])
async def test_from_inadequate_to_put_right(council: MixedCouncil, manager: str) -> None:
    # Cyrus, who manages another team, audits a case of Ade's team, with its practitioner Sofia.
    world = council.world
    audit = await world.audit("cyrus", team="stratford")
    await send_in(world, audit, "inadequate")

    # At once the managers are alerted. Nobody has said yet how great the risk is, so they have one working day.
    told = {each.recipient_id for each in world.notices(message="audit-inadequate", state="sent")}
    assert told == {world.ids[each] for each in ("ade", "mina", "hanif", "sian")}
    assert due(world, audit) == {
        "inadequate-audit": "None",
        "risk-level": "2026-11-23",
        "oversight-inadequate": "2026-11-24",
        "reflective-meeting": "2026-11-24",
        "talk-in-person": "2026-11-24",
        "further-audit": "2027-01-18",
    }
    said = await screen(council, manager)
    assert f"To acknowledge: case file audit {audit.reference}" in said
    assert "phone the duty team on 01632 960123" in said
    await press(council, manager, f"Acknowledge alert {audit.reference}")
    assert world.deadline("inadequate-audit", audit, state="met").closed_why == "Acknowledged"

    # Quality Assurance says that the risk is raised: two working days.
    await answer(world, "quinn", "risk-level", audit, **{"how-great-risk": "raised"})
    assert due(world, audit)["oversight-inadequate"] == due(world, audit)["reflective-meeting"] == "2026-11-25"

    # The next morning the manager plans the meeting, and says that a visit is needed.
    await council.forward("1 working day")
    meeting = {"meeting-day": "2026-11-25", "visit-to-child": "needed"}
    await press(council, manager, f"Give the meeting's day for {audit.reference}", meeting)
    closed = world.deadline("reflective-meeting", audit, state="met").closed_why
    assert closed == "Meeting on 25 November 2026. A visit: Yes"

    # Until Ade has spoken with Sofia she hears nothing, can be given no action, and the audit is not final.
    assert world.notices("sofia") == []
    assert "action-plan" not in due(world, audit)
    assert world.all(Audit)[0].state == "submitted"
    await answer(world, "ade", "oversight-inadequate", audit, **{"oversight-recorded": "yes"})
    await answer(world, "ade", "talk-in-person", audit)
    assert world.all(Audit)[0].state == "finalised"
    assert due(world, audit)["action-plan"] == "2026-11-25"

    # The meeting's action is Sofia's. She marks it as done, and Quality Assurance hears of it.
    await council.forward("1 working day")
    action = {"what": "Update the chronology", "owner": str(world.ids["sofia"]), "date": "2026-12-11"}
    actions = {f"plan-actions.1.{name}": value for name, value in action.items()}
    await press(council, manager, f"Note the actions for {audit.reference}", actions)
    await council.forward("1 working day")
    assert "Update the chronology" in await screen(council, "sofia")
    await answer(world, "sofia", "audit-action", audit, **{"lasting-change": "supervision"})
    assert world.deadline("audit-action", audit, state="met").closed_why == "Done. We see that it lasts: In supervision"
    assert due(world, audit) == {"further-audit": "2027-01-18"}
    await council.forward("1 working day")
    assert "duty-news" in world.messages("quinn")

    # Confirm and Challenge lists the audit and the action that is still open.
    (day,) = world.all(Occasion, col(Occasion.thing) == "confirm-and-challenge")
    await sign_out(council, IN_WEB)
    listed = (await council.page(IN_WEB, f"/gatherings/{day.token}")).words
    assert "Case file audits, collaborative audits and review audits, Inadequate, since it was last held" in listed
    assert f"{audit.reference}: case 7199999" in listed

    # On no page of hers does Sofia read how the audit came out.
    await sign_out(council, "sofia")
    record, inbox = [await council.page("sofia", path) for path in (f"/audits/{audit.reference}", "/inbox")]
    assert (record.status, inbox.status) == (200, 200)
    for words in (record.words, inbox.words):
        assert [each for each in ("inadequate", "risk", "reflective", "oversight") if each in words.lower()] == []


async def test_a_review_audit_six_to_eight_weeks_later_closes_it(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await send_in(world, audit, "inadequate")
    await world.jump("2026-12-16 12:00")
    await world.advance("2026-12-18 12:00")
    assert world.notices("quinn", message="review-to-book") == []
    await world.advance("2026-12-21 12:00")
    assert len(world.notices("quinn", message="review-to-book", state="sent")) == 1
    token = world.deadline("further-audit", audit).token
    early = await world.send_form("quinn", "answer", token, **{"goes-to": str(world.ids["dinah"])})
    assert "from 4 January 2027 on" in str(early)
    await world.jump("2027-01-02 12:00")
    await world.advance("2027-01-04 12:00")
    await world.send_form("quinn", "answer", token, **{"goes-to": str(world.ids["dinah"])})
    (again,) = world.all(Audit, col(Audit.activity) == "review-audit")
    assert (world.name(again.auditor_id), str(again.due_on)) == ("dinah", "2027-01-18")
    await send_in(world, again, "good")
    assert "further-audit" not in due(world, audit)
    assert due(world, again) == {"manager-oversight": "2027-01-11"}
    await world.forward("1 working day")
    await answer(world, "mina", "manager-oversight", again, **RECORDED)
    assert due(world, again) == {}
    assert world.all(Audit, col(Audit.id) == again.id)[0].state == "finalised"


async def test_who_looks_a_second_time_follows_the_grade_and_the_actions(world: World) -> None:
    plain, acted, weaker = [await world.audit(each, team="stratford") for each in ("cyrus", "dinah", "bea")]
    action = {"what": "Write the genogram", "owner": str(world.ids["ade"]), "date": "2026-12-18"}
    await send_in(world, plain, "good")
    await send_in(world, acted, "good", **{f"audit-actions.1.{name}": value for name, value in action.items()})
    await send_in(world, weaker, "requires-improvement")
    for audit in (plain, acted, weaker):
        assert due(world, audit)["manager-oversight"] == "2026-11-30"
        await answer(world, "ade", "manager-oversight", audit, **RECORDED)
    assert due(world, plain) == {}, "a good audit without an action needs no second look"
    feedback = world.deadline("practitioner-feedback", plain)
    assert (world.name(feedback.owner_id), str(feedback.due_on)) == ("sofia", "2026-12-07")
    assert due(world, acted) == {"audit-action": "2026-12-18", "second-loop": "None"}, "no date until one is set"
    assert due(world, weaker) == {"second-loop": "None"}
    await world.forward("15 working days")
    told = [each for each in world.notices("quinn", message="second-loop") if world.is_about(each, weaker)]
    assert len(told) == 1, "told once, and not chased"
    await answer(world, "quinn", "second-loop", weaker, **{"corrective-action": "yes"})
    assert due(world, weaker) == {}


async def test_a_second_look_is_asked_of_whoever_it_was_drawn_for_alone(world: World) -> None:
    """Several roles share a month's moderation, and the next month, or another process, goes by the same words."""
    for eve, month in (("2026-11-30", "2026-12-03"), ("2026-12-31", "2027-01-06")):
        await send_in(world, await world.audit("cyrus", team="stratford"), "good")
        await world.jump(f"{eve} 12:00")
        await world.advance(f"{month} 10:00")
        world.restart()
    looks = {each.id: each.moderator_id for each in world.all(Moderation)}
    asked = {(each.subject_id, each.recipient_id) for each in world.notices(subject_type="moderation", message="duty")}
    assert len(looks) == 2
    assert asked == set(looks.items())


async def test_an_immediate_concern_is_told_at_once_whatever_the_grade(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    form = {"overall-judgement": "good", "immediate": True}
    await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit).token, **form)
    await world.tick()
    assert due(world, audit) == {"concern-alert": "None", "manager-oversight": "2026-11-30"}
    told = {world.name(each.recipient_id) for each in world.notices(message="duty-alert", state="sent")}
    assert told == {"ade", "mina"}


async def test_an_answer_of_the_risk_never_moves_a_date_to_the_past(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await send_in(world, audit, "inadequate")
    await world.forward("2 working days")
    assert due(world, audit)["oversight-inadequate"] == "2026-11-24", "no answer is one working day"
    await answer(world, "quinn", "risk-level", audit, **{"how-great-risk": "other"})
    assert due(world, audit)["oversight-inadequate"] == "2026-11-26", "three working days from the alert"


async def test_confirm_and_challenge_lists_what_became_inadequate_since_it_was_last_held(world: World) -> None:
    looked_at, corrected, known = [await world.audit(each, team="stratford") for each in ("cyrus", "dinah", "bea")]
    for each, grade in ((looked_at, "good"), (corrected, "requires-improvement"), (known, "inadequate")):
        await send_in(world, each, grade)
    await world.jump("2026-11-30 12:00")
    await world.advance("2026-12-02 12:00")
    await world.jump("2026-12-15 12:00")

    def listed(unit: Unit, reader: int, *, december: bool) -> list[str]:
        days = select(Occasion).where(Occasion.thing == "confirm-and-challenge").order_by(col(Occasion.day))
        occasion = unit.session.exec(days).all()[0 if december else 1]
        return [each.reference for each in agenda.listings(unit, occasion, unit.directory.people[reader])[0].lines]

    def held(unit: Unit) -> list[str]:
        found = listed(unit, dip_sampling, december=True)
        (first,) = unit.session.exec(select(Occasion).where(Occasion.thing == "confirm-and-challenge")).all()
        first.state = OccasionState.held
        unit.session.add(first)
        return found

    # Whoever looks whether its actions are in time (the dip sample) has to know of it.
    dip_sampling = world.all(Moderation, col(Moderation.layer) == "challenge-sample")[0].moderator_id or 0
    assert dip_sampling in (world.ids["sian"], world.ids["dara"])
    assert await world.run(held) == [known.reference]
    await world.jump("2026-12-29 12:00")

    def judged_again(unit: Unit) -> None:
        audits = {each.id: each for each in unit.session.exec(select(Audit))}
        by = world.ids["hanif"]
        for each in (looked_at, known):
            look = moderations.draw_by_hand(unit, audits[each.id], by)
            moderations.record(unit, look, audits[each.id], "inadequate", by=by)
        answers = {"overall-judgement": "inadequate"}
        grades.correct(unit, audits[corrected.id], answers, by=world.ids["dinah"], has_actions=False, why="slip")

    await world.run(judged_again)
    # What stood there already, and was seen alike a second time, is no news.
    found = await world.run(lambda unit: listed(unit, world.ids["hanif"], december=False))
    assert found == [looked_at.reference, corrected.reference]


async def test_an_action_of_a_thematic_audit_is_its_owners_alone(world: World) -> None:
    asked = {"activity": "thematic-audit", "doer": str(world.ids["cyrus"]), "due": "2026-12-11", "what": "Meetings"}
    await world.send_form("quinn", "ask-for", "", **asked)
    (audit,) = world.all(Audit, col(Audit.activity) == "thematic-audit")
    action = {"what": "Write the guidance", "owner": str(world.ids["ade"]), "date": "2026-12-18"}
    rows = {f"service-actions.1.{name}": value for name, value in action.items()}
    await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit).token, immediate=False, **rows)
    await world.forward("2 working days")
    waiting = world.all(Deadline, col(Deadline.kind) == "service-action")[0]
    told = {each.recipient_id for each in world.notices() if each.deadline_id == waiting.id}
    assert told == {world.ids["ade"]}, "and no Service Director of every action"
    await answer(world, "ade", "service-action", audit, **{"lasting-change": "supervision"})
    await world.forward("1 working day")
    assert "duty-news" in world.messages("quinn")


async def test_the_meetings_actions_are_due_on_its_day(world: World) -> None:
    early, late = await world.audit("cyrus", team="stratford"), await world.audit("dinah", team="stratford")
    meeting = {"meeting-day": "2026-11-25", "visit-to-child": "none"}
    for audit in (early, late):
        await send_in(world, audit, "inadequate")
    # Whichever comes first, the talk with the practitioner or the meeting's day.
    await answer(world, "ade", "talk-in-person", early)
    assert due(world, early)["action-plan"] == "None"
    await answer(world, "hanif", "reflective-meeting", early, **meeting)
    assert due(world, early)["action-plan"] == "2026-11-25"
    await answer(world, "hanif", "reflective-meeting", late, **meeting)
    await answer(world, "ade", "talk-in-person", late)
    assert due(world, late)["action-plan"] == "2026-11-25"
    # A meeting that moves takes its actions along.
    moved = {**meeting, "meeting-day": "2026-11-26", "what-became": "moved"}
    await world.send_form("hanif", "change-date", late.reference, **moved)
    assert due(world, late)["action-plan"] == "2026-11-26"


async def test_everybody_who_works_here_is_asked_in_the_health_check(tmp_path: Path) -> None:
    world = await started(tmp_path, at="2026-10-07 09:00")
    await world.advance("2026-10-15 12:00")
    asked = {each.owner_id for each in world.all(Deadline, col(Deadline.kind) == "health-check")}
    assert {world.ids[each] for each in ("ade", "mina", "hanif", "della")} <= asked
    world.close()
