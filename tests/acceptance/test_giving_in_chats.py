"""What people give by Newham's whole programme, walked to its end in Slack and in Teams, on people's own screens."""

from collections.abc import AsyncIterator
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from sqlmodel import col

from qabot.framework import Framework, lint, load
from qabot.imports.applying import apply_audits
from qabot.imports.audit_rows import read_audits
from qabot.imports.audits import plan_audits
from qabot.models import Audit, Deadline, Nomination, RoleHolding
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs.nominations import SEEN_IN
from tests.contract.platforms import PLATFORMS, Platform
from tests.support.slack.council import slack_council, user
from tests.support.world import World

# The prompt of those who chair comes every three months; here its next turn is tomorrow.
SOON = """
extends: newham-whole
duties:
  recognition: {every: 3 months from 2026-11-24}
"""
RECORD: dict[str, str | bool] = {
    "seen_on": "2026-11-20",
    "what": "Explained the plan in plain words",
    "difference": "They knew what comes next",
    "seen_in": "Meeting",
    "no_child": True,
}
ACTION = "Write down why decisions are taken"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    path = tmp_path_factory.mktemp("files") / "soon.yaml"
    path.write_text(SOON, "utf-8")
    framework = load(path, [Path("frameworks")])
    assert lint(framework) == []
    return framework


@pytest.fixture(params=["slack", "teams"])
async def platform(request: pytest.FixtureRequest, tmp_path: Path, whole: Framework) -> AsyncIterator[Platform]:
    async with resolve_name(PLATFORMS[request.param])(tmp_path, whole) as made:
        yield made


async def seen(platform: Platform, person: str) -> str:
    return "\n".join(await platform.screen(person))


async def day(platform: Platform, date: str) -> None:
    """It is noon of a day, and what was due in the morning has come."""
    await platform.world.jump(f"{date} 06:00")
    await platform.world.advance(f"{date} 12:00")


def of_kind(world: World, kind: str) -> list[Deadline]:
    return world.all(Deadline, col(Deadline.kind) == kind)


def told(platform: Platform, person: str, deadline: Deadline) -> list[str]:
    """The messages about a deadline that somebody has been sent, in their order."""
    return [each.message for each in platform.world.notices(person, state="sent") if each.deadline_id == deadline.id]


async def test_a_senior_leader_is_asked_for_a_thank_you_reminded_once_and_then_quality_hears(platform: Any) -> None:
    given = RECORD | {"nominee": str(platform.world.ids["sofia"])}
    await platform.submit("ben", "nominate", "", given)
    await day(platform, "2026-11-24")
    (thanks,) = of_kind(platform.world, "thank-you")
    assert str(thanks.due_on) == "2026-12-07", "ten working days from Monday 23 November"
    asked = await seen(platform, "hanif")
    for words in ("A personal thank-you", "Sofia Brandt", "Explained the plan in plain words", "I have thanked them"):
        assert words in asked
    assert told(platform, "hanif", thanks) == ["duty"]

    await day(platform, "2026-12-04")
    assert told(platform, "hanif", thanks) == ["duty", "duty"], "once reminded, a working day before"
    assert told(platform, "quinn", thanks) == []
    await day(platform, "2026-12-08")
    assert told(platform, "quinn", thanks) == ["duty-late"]
    heard = await seen(platform, "quinn")
    assert "No answer yet: A personal thank-you" in heard
    assert "We have not heard from Hanif Bello about this yet." in heard
    assert "Sofia Brandt" in heard.partition("No answer yet: A personal thank-you")[2]

    await platform.press("hanif", "answer", thanks.token)
    (thanks,) = of_kind(platform.world, "thank-you")
    assert (thanks.state, thanks.closed_why) == ("met", "Thanked in person")
    await platform.world.advance("2026-12-08 12:05")
    assert "Thanked in person by Hanif Bello" in await seen(platform, "quinn")
    await day(platform, "2026-12-09")
    assert told(platform, "hanif", thanks).count("duty") == 2, "and nothing more of it"


async def file_check(world: World, folder: Path, auditor: str, about: str) -> Audit:
    """A supervision file check of this year, as the council's list has it."""
    path = folder / "audits.csv"
    line = f"supervision-audit,2026-04-01,{auditor}@council.example,{about}@council.example\n"
    path.write_text(f"activity,cycle,auditor,about\n{line}", "utf-8")

    def work(unit: Unit) -> None:
        apply_audits(unit, plan_audits(unit.session, read_audits(path, unit.framework), unit.framework).rows)

    await world.run(work)
    (audit,) = world.all(Audit)
    return audit


async def test_what_a_supervision_file_check_finds_becomes_actions_that_are_followed(
    platform: Any, tmp_path: Path
) -> None:
    world = platform.world
    audit = await file_check(world, tmp_path, "mina", "ade")
    questions = [each for each in world.framework.activities["supervision-audit"].ask if each != "supervision-actions"]
    row = {"what": ACTION, "owner": str(world.ids["ade"]), "date": "2026-12-03"}
    answers = dict.fromkeys(questions, "yes") | {f"supervision-actions.1.{each}": said for each, said in row.items()}
    wrong = answers | {"supervision-actions.1.date": ""}
    token = world.deadline("audit", audit).token
    assert await platform.submit("mina", "submit-grades", token, wrong)
    assert of_kind(world, "supervision-action") == [], "half an action is none"
    assert platform.kept("supervision-actions.1.what") == ACTION
    await platform.send("mina", {"supervision-actions.1.date": "2026-12-03"})
    (action,) = of_kind(world, "supervision-action")
    assert (action.owner_id, str(action.due_on)) == (world.ids["ade"], "2026-12-03")

    await day(platform, "2026-11-24")
    asked = await seen(platform, "ade")
    for words in ("Action of a supervision file check", ACTION, "Thursday 3 December 2026"):
        assert words in asked
    await day(platform, "2026-12-02")
    assert told(platform, "ade", action) == ["duty", "duty"]
    await day(platform, "2026-12-04")
    assert told(platform, "ade", action)[-1] == "duty-late"
    assert told(platform, "quinn", action) == ["duty-late"]
    heard = await seen(platform, "quinn")
    assert "No answer yet: Action of a supervision file check" in heard
    assert ACTION in heard
    await platform.press("ade", "answer", action.token)
    assert of_kind(world, "supervision-action")[0].state == "met"
    await world.advance("2026-12-04 12:05")
    assert "by Ade Lawal on 4 December 2026" in await seen(platform, "quinn")


async def test_from_a_good_review_a_head_of_service_may_offer_it_and_nominate(platform: Any) -> None:
    world = platform.world
    audit = await world.audit("ade")
    await world.submit(audit, "green", actions=False)
    await world.submit(await world.audit("bea", team="beckton"), "amber", actions=False)
    await day(platform, "2026-11-24")
    (offer,) = of_kind(world, "example-for-inspection")
    assert world.is_about(offer, audit), "and the other, which needs improvement, offers nothing"
    assert f"May {audit.reference} be an example of good practice?" in await seen(platform, "hanif")
    (card,) = [each for each in world.notices("hanif") if each.message == "example-offer"]
    said = await platform.submit("hanif", "answer", card.token, {"good-example": "yes"})
    assert "Thank you." in said
    assert of_kind(world, "example-for-inspection")[0].state == "met"
    assert offer.due_on is None

    # From the same card, with whose work it was already in the form; and it reaches them.
    await platform.press("hanif", "nominate", card.token)
    assert platform.kept("seen_in") == SEEN_IN[0]
    more = {name: value for name, value in RECORD.items() if name != "seen_in"}
    assert "Sofia Brandt will hear from us" in await platform.send("hanif", more)
    (record,) = world.all(Nomination)
    assert (record.nominee_id, record.nominator_id) == (world.ids["sofia"], world.ids["hanif"])
    assert "Hanif Bello saw good practice in your work" in await seen(platform, "sofia")


async def test_an_offer_that_nobody_takes_up_waits_for_nobody_for_ever(platform: Any) -> None:
    world = platform.world
    await world.submit(await world.audit("ade"), "green", actions=False)
    await day(platform, "2026-11-24")
    (card,) = [each for each in world.notices("hanif") if each.message == "example-offer"]
    await day(platform, "2026-12-21")
    (offer,) = of_kind(world, "example-for-inspection")
    assert offer.state == "open", "Monday 21 December is the twentieth working day after 23 November"
    await day(platform, "2026-12-22")
    (offer,) = of_kind(world, "example-for-inspection")
    assert (offer.state, offer.closed_why) == ("withdrawn", "Not taken up by 21 December 2026")
    said = await platform.press("hanif", "answer", card.token)
    assert "Not taken up by 21 December 2026" in said


async def test_those_who_review_and_chair_are_prompted_and_nominate_from_there(platform: Any) -> None:
    world = platform.world
    with world.nodes[0].store.transaction() as session:
        for person, role in {"marcus": "reviewing-officer", "dinah": "conference-chair"}.items():
            session.add(RoleHolding(person_id=world.ids[person], role=role))
        people_changed(session)
    await day(platform, "2026-11-24")
    await day(platform, "2026-11-30")
    for person, nominee in {"marcus": "sofia", "dinah": "ben"}.items():
        assert "Have you seen social work that made a difference?" in await seen(platform, person)
        (card,) = [each for each in world.notices(person) if each.message == "recognition-prompt"]
        said = await platform.submit(person, "nominate", card.token, RECORD | {"nominee": str(world.ids[nominee])})
        assert "will hear from us" in said
        assert f"{world.person(person).name} saw good practice in your work" in await seen(platform, nominee)
    assert "Have you seen social work" not in await seen(platform, "ade"), "nobody else is prompted"
    assert len(world.all(Nomination)) == 2


async def test_a_colleagues_message_in_slack_becomes_a_nomination_of_them(tmp_path: Path, whole: Framework) -> None:
    async with slack_council(tmp_path, framework=whole) as council:
        slack, world = council.slack, council.world
        room = slack.workspace.add_channel("C0TEAM", "team", [user("ade"), user("sofia")])
        written = slack.workspace.post(room, "We found a time that suits everybody.", [], user=user("sofia"))
        await slack.shortcut(user("ade"), "nominate-author", message=written)
        await council.settle()
        modal = slack.modal(user("ade"))
        [chosen] = modal["state"]["values"]["nominee"].values()
        assert chosen["selected_option"]["text"]["text"] == "Sofia Brandt, Stratford"
        assert written.text not in str(modal), "what they wrote is theirs, and is not taken over"
        given: dict[str, Any] = RECORD | {"no_child": ["yes"]}
        wrong = await council.submit("ade", **given | {"what": "Born on 3 May 2014"})
        assert set(wrong.errors) == {"what"}
        await council.submit("ade", what="Found a time that suits everybody.", again=2)
        (record,) = world.all(Nomination)
        assert (record.nominee_id, record.nominator_id) == (world.ids["sofia"], world.ids["ade"])
        council.expect("sofia", "Ade Lawal saw good practice in your work", "Found a time that suits everybody.")
        council.expect("quinn", "Good practice: Sofia Brandt")

        # One's own message is no way to nominate oneself.
        own = slack.workspace.post(room, "I did well.", [], user=user("ade"))
        await slack.shortcut(user("ade"), "nominate-author", message=own)
        await council.settle()
        refused = await council.submit("ade", **given)
        assert set(refused.errors) == {"nominee"}
        assert len(world.all(Nomination)) == 1
        council.take()
