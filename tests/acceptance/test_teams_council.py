"""A council on Teams: the whole service, with people at their screens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.models import Account, Alert, Audit, Nomination
from tests.support.teams.cards import buttons
from tests.support.teams.connector import Fault
from tests.support.teams.council import TeamsCouncil, teams_council


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[TeamsCouncil]:
    async with teams_council(tmp_path) as found:
        yield found


async def a_red_review(council: TeamsCouncil) -> Audit:
    """Cyrus finds a review RED; both managers are told at once."""
    audit = await council.world.audit("cyrus", team="stratford")
    await council.forward()
    await council.world.submit(audit, "red")
    await council.forward()
    for manager in ("mina", "hanif"):
        council.expect(manager, f"Alert: {audit.reference} needs your support", "RED (Inadequate)")
    return audit


async def test_installing_links_by_verified_email_and_welcomes_once(tmp_path: Path) -> None:
    async with teams_council(tmp_path, installed=False) as council:
        council.world.change("mina", welcomed_at=None)
        await council.install("mina")
        await council.forward()
        council.expect("mina", "Welcome to qabot", "What it will send you")
        await council.clients.uninstall(council.people["mina"])
        await council.install("mina")
        (account,) = council.world.all(Account, Account.adapter == "teams")
        assert account.person_id == council.world.ids["mina"]
        assert account.conversation == "a:chat-of-oid-mina"
        assert account.details["service_url"] == council.connector.url


async def test_one_manager_acknowledges_and_every_copy_is_redrawn(council: TeamsCouncil) -> None:
    audit = await a_red_review(council)
    body = await council.press("mina", f"Acknowledge alert {audit.reference}")
    assert "Thank you for taking this on." in str(body["value"])
    council.expect("mina", "Thank you for taking this on.")
    assert f"Undo: Acknowledge alert {audit.reference}" in council.buttons("mina")
    for manager in ("mina", "hanif"):
        council.sees(manager, "Acknowledged by Mina Sharpe on 23 November 2026")
        assert f"Acknowledge alert {audit.reference}" not in council.buttons(manager)


async def test_an_alert_that_nobody_acknowledges_climbs(council: TeamsCouncil) -> None:
    audit = await a_red_review(council)
    await council.forward("4 working hours")
    for person in ("mina", "hanif", "ade"):
        council.expect(person, f"Alert {audit.reference} is still waiting")


async def test_whoever_is_not_the_right_person_hands_the_alert_to_their_deputy(council: TeamsCouncil) -> None:
    audit = await a_red_review(council)
    await council.press("mina", "I am not the right person")
    await council.press("mina", "Yes, pass it on")
    council.sees("mina", "This has been passed on to Ade Lawal.")
    council.expect("mina", "We have passed this on to Ade Lawal.")
    council.expect("ade", f"Alert {audit.reference} has been handed on to you", "Mina Sharpe")
    await council.press("ade", f"Acknowledge alert {audit.reference}")
    council.expect("ade", "Thank you for taking this on.")
    assert f"Undo: Acknowledge alert {audit.reference}" in council.buttons("ade")
    for person in ("mina", "hanif", "ade"):
        council.sees(person, "Acknowledged by Ade Lawal on 23 November 2026")


async def test_data_of_which_nobody_has_heard_is_in_the_hands_of_the_qa_service(tmp_path: Path) -> None:
    async with teams_council(tmp_path, at="2026-09-28 10:00") as council:
        await council.world.advance("2026-10-01 12:00")
        council.expect("della", "Data for October to December 2026")
        council.take(*council.people)
        await council.world.advance("2026-10-02 10:00")
        council.expect("della", "1 thing past its date")
        await council.world.advance("2026-10-05 10:00")
        for person in ("quinn", "rowan"):
            council.expect(person, "No word yet about the data for October to December 2026", "Della Frost")
        body = await council.press("quinn", "The data has been sent")
        assert "The data is marked as sent" in str(body["value"])
        for person in ("quinn", "rowan", "della"):
            council.sees(person, "Data sent by Quinn Marsh on 5 October 2026")
            assert "The data has been sent" not in council.buttons(person)


async def test_whom_teams_cannot_reach_is_reached_in_the_web_inbox(council: TeamsCouncil) -> None:
    council.people["mina"].installed = False
    audit = await council.world.audit("cyrus", team="stratford")
    await council.world.submit(audit, "red")
    await council.forward()
    council.expect("hanif", f"Alert: {audit.reference} needs your support")
    (told,) = council.world.notices("mina", message="red-alert")
    assert (told.adapter, told.state) == ("web", "sent")
    (account,) = council.world.all(Account, Account.adapter == "teams", Account.person_id == council.world.ids["mina"])
    assert not account.reachable
    assert "not installed" in account.reason


async def test_an_alert_whose_answer_is_lost_comes_once_more_and_says_so(council: TeamsCouncil) -> None:
    audit = await council.world.audit("cyrus", team="stratford")
    await council.forward()
    council.connector.faults = [Fault("POST", 504, after=True, times=1)]
    await council.world.submit(audit, "red")
    await council.forward("2 working hours")
    said = council.take("mina", "hanif")
    assert len(said) == 3
    assert [("This may be a repeat" in each) for each in said].count(True) == 1


async def test_throttling_delays_and_loses_nothing(council: TeamsCouncil) -> None:
    audit = await council.world.audit("cyrus", team="stratford")
    council.connector.faults = [Fault("POST", 429, times=2, headers={"Retry-After": "30"})]
    await council.world.submit(audit, "red")
    await council.forward("2 minutes")
    for manager in ("mina", "hanif"):
        council.expect(manager, f"Alert: {audit.reference} needs your support")


async def test_a_nomination_written_in_the_chat(council: TeamsCouncil) -> None:
    await council.say("ade", "nominate")
    council.expect("ade", "Nominate a colleague", "Who did well?")
    form = council.connector.of(council.people["ade"])[-1]["attachments"][0]["content"]
    picker = next(each for each in form["body"] if each.get("id") == "person:nominee")
    assert "Sofia Brandt, Stratford" in [each["title"] for each in picker["choices"]]
    answers = {
        "person:nominee": str(council.world.ids["sofia"]),
        "date:seen_on": "2026-11-20",
        "long-text:what": "Explained the plan in plain words",
        "long-text:difference": "Everybody knew what would happen next",
        "choice:seen_in": "Meeting",
        "tick:no_child": "true",
    }
    await council.press("ade", "Send nomination", answers | {"long-text:what": ""})
    council.sees("ade", "Please look at one answer again.", "Write an answer.")
    await council.press("ade", "Send nomination", answers)
    (kept,) = council.world.all(Nomination)
    assert kept.nominee_id == council.world.ids["sofia"]
    assert "Send nomination" not in council.buttons("ade")
    await council.forward("1 day")
    council.take("sofia", "ade", "quinn", "rowan")


async def test_the_author_of_a_message_is_nominated_from_it(council: TeamsCouncil) -> None:
    payload = {"from": {"user": {"id": "oid-sofia", "displayName": "Sofia Brandt"}}, "body": {"content": "x"}}
    value = {"commandId": "nominate", "commandContext": "message", "messagePayload": payload}
    opened = await council.clients.invoke(council.people["ade"], "composeExtension/fetchTask", value)
    form = opened["task"]["value"]["card"]["content"]
    picker = next(each for each in form["body"] if each.get("id") == "person:nominee")
    assert picker["value"] == str(council.world.ids["sofia"])
    assert list(buttons(form)) == ["Send nomination"]


async def test_somebody_else_cannot_use_a_card_that_is_not_theirs(council: TeamsCouncil) -> None:
    audit = await a_red_review(council)
    activity = council.clients.press_activity(council.people["mina"], f"Acknowledge alert {audit.reference}")
    ewan = council.people["ewan"]
    stolen = activity | {"from": {"id": ewan.id, "name": ewan.name, "aadObjectId": ewan.account}, "id": "another"}
    body = await council.clients.deliver(stolen | {"conversation": {"id": ewan.conversation}})
    assert body["value"] == "This message is for somebody else, so nothing was changed."


async def test_a_stranger_of_the_tenant_is_told_whom_to_ask(council: TeamsCouncil) -> None:
    stranger = council.connector.add("Nora New")
    await council.clients.say(stranger, "mine")
    assert "ask the Quality Assurance Service" in council.clients.see(stranger)


async def test_uninstalling_is_kept_and_installing_again_mends_it(council: TeamsCouncil) -> None:
    await council.clients.uninstall(council.people["mina"])
    mine = council.world.ids["mina"]
    (gone,) = council.world.all(Account, Account.adapter == "teams", Account.person_id == mine)
    assert (gone.reachable, gone.reason) == (False, "The app was removed in Teams.")
    await council.install("mina")
    (back,) = council.world.all(Account, Account.adapter == "teams", Account.person_id == mine)
    assert back.reachable


async def the_actions_are_asked_about(council: TeamsCouncil) -> Audit:
    """A review is final; weeks later its practitioner and her practice lead are asked how the actions go."""
    audit = await council.world.audit("cyrus", team="stratford")
    await council.world.submit(audit, "green")
    await council.forward("15 days")
    council.take(*council.people)
    await council.forward("7 days")
    for person in ("sofia", "ade"):
        council.expect(person, f"How are the actions from {audit.reference} going?")
    council.take("rowan", "hanif")  # a second look at the review, which is another story
    return audit


def what_the_moderators_hear(council: TeamsCouncil, audit: Audit) -> None:
    """The second look at the review, which is another story, is late by now."""
    for person in ("rowan", "hanif"):
        council.expect(person, "1 thing past its date", audit.reference)


async def test_actions_are_confirmed_and_the_other_copy_is_redrawn(council: TeamsCouncil) -> None:
    audit = await the_actions_are_asked_about(council)
    body = await council.press("sofia", f"Actions of {audit.reference} are done")
    assert "Thank you. The actions are confirmed as completed." in str(body["value"])
    for person in ("sofia", "ade"):
        council.sees(person, f"How are the actions from {audit.reference} going?", "Confirmed as completed")
        assert f"Actions of {audit.reference} are done" not in council.buttons(person)


async def test_actions_are_put_off_and_both_copies_say_by_whom_and_until_when(council: TeamsCouncil) -> None:
    audit = await the_actions_are_asked_about(council)
    await council.press("sofia", f"Remind me later: {audit.reference}")
    council.sees("sofia", "Choose when to hear from us again.")
    body = await council.press("sofia", "Remind me then", {"choice:until": "next working day"})
    assert "We will remind you on 16 December 2026 at 9:30am." in str(body["value"])
    for person in ("sofia", "ade"):
        council.sees(person, f"How are the actions from {audit.reference} going?", "Put off by Sofia Brandt until")
    await council.forward("1 day")
    what_the_moderators_hear(council, audit)
    council.expect("sofia", f"How are the actions from {audit.reference} going?")


async def test_not_yet_takes_a_new_date_and_asks_again_for_what_is_missing(council: TeamsCouncil) -> None:
    audit = await the_actions_are_asked_about(council)
    await council.press("sofia", f"Not yet: {audit.reference}")
    council.sees("sofia", "When")
    await council.press("sofia", "Save the new date")
    council.sees("sofia", "Give a date.")
    body = await council.press("sofia", "Save the new date", {"date:new_date": "2026-12-24"})
    assert "Thank you. We have noted" in str(body["value"])
    assert f"Actions of {audit.reference} are done" not in council.buttons("ade")
    await council.forward("1 working day")
    what_the_moderators_hear(council, audit)
    council.expect("mina", "24 December 2026")


async def test_grades_are_sent_from_the_chat_shown_once_more_and_raise_the_alert(council: TeamsCouncil) -> None:
    audit = await council.world.audit("cyrus", team="stratford")
    await council.forward("1 working day")
    council.expect("cyrus", f"{audit.reference}, case 7199999")
    await council.say("cyrus", "mine")
    council.take("cyrus")
    await council.press("cyrus", f"Submit grades for {audit.reference}")
    council.sees("cyrus", f"Grades of {audit.reference}")
    grades = {"choice:manager-overall": "red", "choice:actions": "yes", "tick:immediate": "false"}
    body = await council.press("cyrus", "Submit grades", grades)
    assert f"It raises an alert about {audit.reference}, which goes to Mina Sharpe and Hanif Bello" in str(
        body["value"]
    )
    assert "Yes, this is right" in str(body["value"])
    assert council.world.all(Alert) == []
    body = await council.press("cyrus", "Submit grades", grades | {"tick:sure": "true"})
    assert "Thank you. The grades are in." in str(body["value"])
    for manager in ("mina", "hanif"):
        council.expect(manager, f"Alert: {audit.reference} needs your support")
