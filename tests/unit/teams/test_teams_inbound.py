"""What people do in Teams, and what they see of it."""

import asyncio
import json
from typing import Any

import pytest

from qabot.adapter import Command, DirectoryEntry, PersonOption, Press, Reply, Say, Submission, Who
from qabot.messaging.card import Card
from tests.support.teams import service as samples
from tests.support.teams.cards import buttons
from tests.support.teams.connector import Person
from tests.support.teams.world import World
from tests.support.waiting import turns


async def test_installing_keeps_where_to_write_and_says_what_to_do(teams: World) -> None:
    person = teams.connector.add("Priya Raman")
    await teams.clients.install(person)
    kept = teams.service.accounts["oid-priya"]
    assert (kept.email, kept.name, kept.conversation) == ("priya@council.example", "Priya Raman", "a:chat-of-oid-priya")
    assert kept.details["service_url"] == teams.connector.url
    assert kept.details["user"] == "29:oid-priya"
    assert "What you can write to me" in teams.clients.see(person)


async def test_uninstalling_is_told_to_the_service(teams: World, priya: Person) -> None:
    await teams.clients.uninstall(priya)
    assert teams.service.left == [("oid-priya", "The app was removed in Teams.")]


@pytest.mark.parametrize("kind", ["channel", "groupChat"])
async def test_being_taken_out_of_a_team_says_nothing_of_its_members(teams: World, priya: Person, kind: str) -> None:
    team = {"id": "19:team@thread.tacv2", "conversationType": kind, "tenantId": priya.tenant}
    removed = [{"id": "28:22222222-2222-4222-8222-222222222222"}]
    for changes in (
        {"type": "installationUpdate", "action": "remove"},
        {"type": "conversationUpdate", "membersRemoved": removed},
        {"type": "conversationUpdate", "membersRemoved": [{"id": priya.id}]},
    ):
        await teams.clients.deliver(teams.clients.activity(priya, conversation=team, **changes))
    assert teams.service.left == []


async def test_an_upgrade_of_the_app_keeps_the_chat_and_greets_nobody(teams: World, priya: Person) -> None:
    teams.service.accounts.clear()
    await teams.clients.deliver(teams.clients.activity(priya, type="installationUpdate", action="add-upgrade"))
    assert teams.service.accounts["oid-priya"].conversation == priya.conversation
    assert teams.connector.of(priya) == []


async def test_the_first_message_keeps_the_conversation_where_the_install_was_missed(teams: World) -> None:
    person = teams.connector.add("Tom Reed")
    await teams.clients.say(person, "help")
    assert teams.service.accounts["oid-tom"].conversation == person.conversation


@pytest.mark.parametrize(("words", "answers"), [("", 1), ("mine", 2)])
async def test_a_file_is_not_taken_and_that_is_said(teams: World, priya: Person, words: str, answers: int) -> None:
    html = {"contentType": "text/html", "content": f"<p>{words}</p>"}
    file = {"contentType": "application/vnd.microsoft.teams.file.download.info", "name": "notes.docx"}
    await teams.clients.deliver(teams.clients.activity(priya, type="message", text=words, attachments=[html, file]))
    assert teams.clients.see(priya).startswith("I take no files, and did not open it.")
    said = teams.connector.of(priya)
    assert {message["summary"] for message in said[:1]} == {"qabot has an answer for you."}
    assert len(said) == answers, "a word beside it is done as ever"


@pytest.mark.parametrize("by", ["a word", "a press", "installing again"])
async def test_whoever_shows_up_after_a_refused_message_is_in_reach_again(teams: World, priya: Person, by: str) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())
    await teams.clients.press(priya, "Acknowledge alert QA-1042")
    # What the service keeps once a message was refused: the account, and no chat.
    teams.service.accounts["oid-priya"] = DirectoryEntry("oid-priya", "priya@council.example")
    match by:
        case "a word":
            await teams.clients.say(priya, "mine")
        case "a press":
            activity = {"action": {"data": {"action": "acknowledge", "token": "t"}}}
            await teams.clients.invoke(priya, "adaptiveCard/action", activity)
        case _:
            await teams.clients.install(priya)
    assert teams.service.accounts["oid-priya"].conversation == priya.conversation


async def test_a_word_is_answered_with_a_card(teams: World, priya: Person) -> None:
    await teams.clients.say(priya, "<at>qabot</at>&nbsp;Mine")
    assert "What you owe" in teams.clients.see(priya)


async def test_a_press_returns_the_redrawn_card_and_updates_the_message(teams: World, priya: Person) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())
    body = await teams.clients.press(priya, "Acknowledge alert QA-1042")
    assert body["type"] == "application/vnd.microsoft.card.adaptive"
    assert not buttons(body["value"])
    assert "Thank you. Nobody else is told now." in str(body["value"])
    assert len(teams.connector.of(priya)) == 1
    assert "Acknowledged by Priya Raman" in teams.clients.see(priya)
    assert "Thank you" not in teams.clients.see(priya)


async def test_a_press_in_an_old_client_updates_the_message(teams: World, priya: Person) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())
    await teams.clients.press_old(priya, "Acknowledge alert QA-1042")
    assert "Acknowledged by Priya Raman" in teams.clients.see(priya)
    assert "Thank you. Nobody else is told now." in teams.clients.see(priya)


async def test_a_repeated_press_is_done_once_and_answered_the_same(teams: World, priya: Person) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())
    activity = teams.clients.press_activity(priya, "Acknowledge alert QA-1042")
    answers = [await teams.clients.post(activity) for _ in range(3)]
    assert len({each.text for each in answers}) == 1
    assert answers[0].json()["statusCode"] == 200
    assert len([each for each in teams.service.taken if isinstance(each, Press)]) == 1


async def test_a_repeat_that_comes_while_the_first_is_under_way_waits_for_it(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())
    real = teams.service.press

    may_go_on = asyncio.Event()

    async def slowly(press: Press) -> Reply:
        await may_go_on.wait()
        return await real(press)

    monkeypatch.setattr(teams.service, "press", slowly)
    activity = teams.clients.press_activity(priya, "Acknowledge alert QA-1042")
    posts = [asyncio.create_task(teams.clients.post(activity)) for _ in range(2)]
    await turns()
    may_go_on.set()
    first, second = await asyncio.gather(*posts)
    assert first.text == second.text
    assert len(teams.service.taken) == 2  # the welcome's word, and one press


async def test_a_slow_service_is_answered_for_in_time_and_the_result_follows(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())
    monkeypatch.setattr("qabot_teams.endpoint.IN_TIME", 0.0)
    may_go_on = asyncio.Event()
    real = teams.service.press

    async def held(press: Press) -> Reply:
        await may_go_on.wait()
        return await real(press)

    monkeypatch.setattr(teams.service, "press", held)
    body = await teams.clients.press(priya, "Acknowledge alert QA-1042", settle=False)
    assert body["value"] == "This takes a little longer. What comes of it will show here."
    assert "Waiting for you" in teams.clients.see(priya)
    may_go_on.set()
    await teams.clients.settled()
    assert "Acknowledged by Priya Raman" in teams.clients.see(priya)


async def test_a_failing_service_still_gets_a_proper_answer(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())

    async def fails(press: Press) -> Reply:
        raise RuntimeError("no")

    monkeypatch.setattr(teams.service, "press", fails)
    body = await teams.clients.press(priya, "Acknowledge alert QA-1042")
    assert body["value"].startswith("Something went wrong and nothing was changed.")


async def test_a_failing_word_is_answered_with_an_apology(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(command: Command) -> Reply:
        raise RuntimeError("no")

    monkeypatch.setattr(teams.service, "command", fails)
    await teams.clients.say(priya, "mine")
    assert teams.clients.see(priya).startswith("Something went wrong and nothing was changed.")


async def test_a_failing_install_is_logged_and_answered(teams: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> int:
        raise RuntimeError("no")

    monkeypatch.setattr(teams.service, "meet", fails)
    person = teams.connector.add("Tom Reed")
    await teams.clients.install(person)
    assert teams.clients.see(person) == ""


async def test_a_sentence_comes_with_its_offer(teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    await teams.adapter.send(teams.address(priya), samples.alert_card())

    async def offer(press: Press) -> Reply:
        return Say("Is this you?", samples.reminder_card())

    monkeypatch.setattr(teams.service, "press", offer)
    body = await teams.clients.press(priya, "Acknowledge alert QA-1042")
    assert body["value"] == "Is this you?"
    assert "Action: update the chronology" in teams.clients.see(priya)


async def test_a_form_takes_the_place_of_the_card_and_its_answer_does_too(teams: World, priya: Person) -> None:
    await teams.adapter.send(teams.address(priya), samples.reminder_card())
    await teams.clients.press(priya, "Not yet: give a new date")
    assert "When will it be done?" in teams.clients.see(priya)
    await teams.clients.press(priya, "Save new date", {"date:on": "2026-12-07", "long-text:why": "Leave"})
    assert "New date: 7 December 2026" in teams.clients.see(priya)
    assert len(teams.connector.of(priya)) == 1


async def test_a_form_with_a_missing_answer_comes_back_with_what_was_written(teams: World, priya: Person) -> None:
    await teams.adapter.send(teams.address(priya), samples.reminder_card())
    await teams.clients.press(priya, "Not yet: give a new date")
    body = await teams.clients.press(priya, "Save new date", {"date:on": "2026-12-07"})
    assert "Write an answer." in teams.clients.see(priya)
    assert "Please look at one answer again." in teams.clients.see(priya)
    assert "2026-12-07" in str(body["value"])
    assert teams.service.action == "Due on 30 November 2026"


async def test_a_form_in_an_old_client_comes_as_a_message_and_is_mended_in_place(teams: World, priya: Person) -> None:
    await teams.adapter.send(teams.address(priya), samples.reminder_card())
    await teams.clients.press_old(priya, "Not yet: give a new date")
    assert len(teams.connector.of(priya)) == 2
    await teams.clients.press_old(priya, "Save new date", {"date:on": "2026-12-07"})
    assert len(teams.connector.of(priya)) == 2
    await teams.clients.press_old(priya, "Save new date", {"date:on": "2026-12-07", "long-text:why": "Leave"})
    assert "New date: 7 December 2026" in teams.clients.see(priya)


NOMINATION = {
    "person:nominee": "2",
    "long-text:what": "Explained the plan",
    "choice:seen_in": "m",
    "choices:tags": "voice,risk%2C sensibly",
    "number:times": 3.0,
    "tick:no_child": "true",
}


async def test_a_nomination_in_the_card(teams: World, priya: Person) -> None:
    await teams.clients.say(priya, "nominate")
    await teams.clients.press(priya, "Send nomination", NOMINATION)
    assert teams.clients.see(priya) == "Thank you. Your nomination is with the QA service."
    (kept,) = teams.service.nominations
    assert kept["tags"] == ["voice", "risk, sensibly"]
    assert (kept["nominee"], kept["seen_in"], kept["times"], kept["no_child"]) == (2, "m", 3, True)


async def test_the_same_form_in_a_dialog(teams: World, priya: Person) -> None:
    await teams.adapter.send(teams.address(priya), samples.reminder_card())
    await teams.clients.press(priya, "Not yet: give a new date")
    window, message = teams.clients.button(priya, "Open in a window")
    assert window["data"]["msteams"] == {"type": "task/fetch"}
    opened = await teams.clients.invoke(priya, "task/fetch", {"data": window["data"]}, replyToId=message)
    assert opened["task"]["type"] == "continue"
    form = opened["task"]["value"]["card"]["content"]
    send = buttons(form)["Save new date"]
    assert send["type"] == "Action.Submit"
    again = await teams.clients.invoke(priya, "task/submit", {"data": send["data"] | {"date:on": "2026-12-07"}})
    assert "Write an answer." in str(again["task"]["value"]["card"])
    filled = send["data"] | {"date:on": "2026-12-07", "long-text:why": "Leave"}
    done = await teams.clients.invoke(priya, "task/submit", {"data": filled})
    assert done["task"]["type"] == "continue"
    assert not buttons(done["task"]["value"]["card"]["content"])
    assert "New date: 7 December 2026" in teams.clients.see(priya)
    assert "When will it be done?" not in teams.clients.see(priya)


async def test_a_typed_word_can_be_answered_in_a_dialog(teams: World, priya: Person) -> None:
    await teams.clients.say(priya, "nominate")
    window, message = teams.clients.button(priya, "Open in a window")
    opened = await teams.clients.invoke(priya, "task/fetch", {"data": window["data"]}, replyToId=message)
    send = buttons(opened["task"]["value"]["card"]["content"])["Send nomination"]
    done = await teams.clients.invoke(priya, "task/submit", {"data": send["data"] | NOMINATION})
    assert done == {"task": {"type": "message", "value": "Thank you. Your nomination is with the QA service."}}


async def test_a_colleague_is_nominated_from_their_message(teams: World, priya: Person) -> None:
    teams.service.linked["oid-tom"] = 2
    payload = {"from": {"user": {"id": "OID-TOM", "displayName": "Tom Reed"}}, "body": {"content": "secret"}}
    value = {"commandId": "nominate", "commandContext": "message", "messagePayload": payload}
    elsewhere = {"id": "19:chat@unq.gbl.spaces", "conversationType": "personal"}
    opened = await teams.clients.invoke(priya, "composeExtension/fetchTask", value, conversation=elsewhere)
    form = opened["task"]["value"]["card"]["content"]
    picker = next(each for each in form["body"] if each.get("id") == "person:nominee")
    assert picker["value"] == "2"
    assert "secret" not in str(form)
    send = buttons(form)["Send nomination"]
    value = {"commandId": "nominate", "data": send["data"] | NOMINATION}
    done = await teams.clients.invoke(priya, "composeExtension/submitAction", value, conversation=elsewhere)
    assert done["task"]["type"] == "message"
    assert teams.service.nominations[0]["nominee"] == 2
    assert teams.service.accounts["oid-priya"].conversation == priya.conversation


async def test_in_a_large_council_a_name_is_typed_and_several_matches_are_offered(teams: World, priya: Person) -> None:
    teams.service.colleagues = [PersonOption(n, f"Colleague {n}") for n in range(1, 150)]
    await teams.clients.say(priya, "nominate")
    body = await teams.clients.press(priya, "Send nomination", NOMINATION | {"person:nominee": "colleague 14"})
    assert "Choose a person from the list." in teams.clients.see(priya)
    picker = next(each for each in body["value"]["body"] if each.get("id") == "person:nominee")
    assert [each["title"] for each in picker["choices"]] == ["Colleague 14", *(f"Colleague 14{n}" for n in range(10))][
        :11
    ]
    await teams.clients.press(priya, "Send nomination", NOMINATION | {"person:nominee": "colleague 149"})
    assert teams.service.nominations[0]["nominee"] == 149


async def test_in_a_large_council_who_was_chosen_stands_there_by_name(teams: World, priya: Person) -> None:
    teams.service.colleagues = [PersonOption(n, f"Colleague {n}, North") for n in range(1, 150)]
    await teams.clients.say(priya, "nominate")
    chosen = NOMINATION | {"person:nominee": "149", "long-text:what": ""}
    body = await teams.clients.press(priya, "Send nomination", chosen)
    picker = next(each for each in body["value"]["body"] if each.get("id") == "person:nominee")
    assert picker["value"] == "Colleague 149, North"


async def test_guests_are_not_trusted(teams: World) -> None:
    guest = teams.connector.add("Gill Guest", role="guest")
    await teams.clients.say(guest, "mine")
    assert teams.clients.see(guest) == "qabot is for the council's own staff."
    assert "oid-gill" not in teams.service.accounts


async def test_a_group_chat_learns_nothing(teams: World, priya: Person) -> None:
    conversation = {"id": priya.conversation, "conversationType": "groupChat"}
    await teams.clients.deliver(teams.clients.activity(priya, text="mine", conversation=conversation))
    assert teams.clients.see(priya) == "Please write to me in our own chat: what I have to say is for you alone."


@pytest.mark.parametrize(
    "value", [{}, {"action": None}, {"action": "acknowledge"}, {"action": {"data": []}}, {"action": {"data": {"x": 1}}}]
)
async def test_a_press_that_is_not_ours_is_refused_with_a_body(
    teams: World, priya: Person, value: dict[str, Any]
) -> None:
    body = await teams.clients.invoke(priya, "adaptiveCard/action", value)
    assert body["statusCode"] == 400
    assert body["type"] == "application/vnd.microsoft.error"


async def test_an_unknown_invoke_is_answered_501_with_a_body(teams: World, priya: Person) -> None:
    response = await teams.clients.post(teams.clients.activity(priya, type="invoke", name="signin/verifyState"))
    assert response.status_code == 501
    assert response.json()["error"]["code"] == "NotSupported"


@pytest.mark.parametrize("kind", ["typing", "messageReaction", "conversationUpdate", "event", "endOfConversation"])
async def test_what_asks_for_nothing_is_answered_and_left(teams: World, priya: Person, kind: str) -> None:
    await teams.clients.deliver(teams.clients.activity(priya, type=kind))
    assert teams.connector.of(priya) == []


async def test_other_methods_and_bodies_that_are_too_large_are_refused(teams: World, priya: Person) -> None:
    assert (await teams.clients.http.get("/")).status_code == 405
    large = await teams.clients.post(teams.clients.activity(priya, text="x" * (1024 * 1024 + 1)))
    assert large.status_code == 413


async def test_a_stopped_adapter_asks_teams_to_come_again(teams: World, priya: Person) -> None:
    await teams.adapter.stop()
    response = await teams.clients.post(teams.clients.activity(priya, text="mine"))
    assert response.status_code == 503


async def test_a_sentence_after_a_tasks_form_comes_with_what_is_waiting(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teams.adapter.send(teams.address(priya), samples.reminder_card())
    await teams.clients.press(priya, "Not yet: give a new date")

    async def noted(submission: Submission) -> Reply:
        return Say("Thank you. We have noted 7 December 2026.")

    monkeypatch.setattr(teams.service, "submit", noted)
    await teams.clients.press(priya, "Save new date", {"date:on": "2026-12-07", "long-text:why": "Leave"})
    seen = teams.clients.see(priya)
    assert seen.startswith("Thank you. We have noted 7 December 2026.\nAction: update the chronology")


async def test_an_answer_that_is_kept_is_not_denied_if_the_rest_fails(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teams.adapter.send(teams.address(priya), samples.reminder_card())
    await teams.clients.press(priya, "Not yet: give a new date")

    async def noted(submission: Submission) -> Reply:
        return Say("Thank you.")

    async def fails(who: Who) -> Card:
        raise RuntimeError("no")

    monkeypatch.setattr(teams.service, "submit", noted)
    monkeypatch.setattr(teams.service, "home", fails)
    body = await teams.clients.press(priya, "Save new date", {"date:on": "2026-12-07", "long-text:why": "Leave"})
    assert body["value"] == "Thank you."


async def test_an_old_client_too_sees_thanks_in_place_of_the_form(teams: World, priya: Person) -> None:
    await teams.clients.say(priya, "nominate")
    await teams.clients.press_old(priya, "Send nomination", NOMINATION)
    assert teams.clients.see(priya) == "Thank you. Your nomination is with the QA service."


async def test_half_an_emoji_is_left_out_and_a_text_that_is_too_long_stays(teams: World, priya: Person) -> None:
    """A client that cut a text in the middle of one has lost a letter, and not the whole form."""
    await teams.clients.say(priya, "nominate")
    activity = teams.clients.press_activity(priya, "Send nomination", NOMINATION | {"long-text:what": "\ud83dx" * 1001})
    token = teams.connector.issuer.token(activity["serviceUrl"])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = (await teams.clients.http.post("/", content=json.dumps(activity), headers=headers)).json()
    assert "Keep this to 1000 characters: it has 1001." in str(answer)
    assert "x" * 1001 in str(answer)
