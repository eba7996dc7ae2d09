"""The home tab, the slash command, shortcuts and direct messages, over both transports."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from qabot.adapter import Address
from tests.support.patience import without_pauses
from tests.support.slack import named
from tests.support.slack.running import GUEST, MANAGER, WORKER, World, running
from tests.support.slack.service import MemoryService

Council = World[MemoryService]


@pytest.fixture(params=["socket", "http"])
async def council(request: pytest.FixtureRequest) -> AsyncIterator[Council]:
    async with running(request.param) as world:
        yield world


async def test_the_home_tab_shows_what_is_owed(council: Council) -> None:
    council.service.add("t1", "QA-1")
    await council.slack.open_home(MANAGER)
    await council.slack.until(lambda: MANAGER in council.slack.workspace.homes)
    assert named(council.slack.home(MANAGER)["blocks"]) == ["acknowledge", "nominate"]


async def test_a_press_on_the_home_tab_redraws_it_and_shows_the_card(council: Council) -> None:
    council.service.add("t1", "QA-1")
    await council.slack.open_home(MANAGER)
    await council.slack.until(lambda: MANAGER in council.slack.workspace.homes)
    await council.slack.click(MANAGER, "acknowledge", view=council.slack.home(MANAGER))
    await council.slack.until(lambda: named(council.slack.home(MANAGER)["blocks"]) == ["nominate"])
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    assert "acknowledged this" in str(council.slack.modal(MANAGER)["blocks"])


async def test_a_form_from_the_home_tab_is_answered_there(council: Council) -> None:
    await council.slack.open_home(MANAGER)
    await council.slack.until(lambda: MANAGER in council.slack.workspace.homes)
    await council.slack.click(MANAGER, "nominate", view=council.slack.home(MANAGER))
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    drawn = len(council.slack.calls("views.publish"))
    await council.slack.submit(MANAGER, nominee="2", what="She listened.")
    assert "passed on" in str(council.slack.modal(MANAGER)["blocks"])
    await council.slack.until(lambda: len(council.slack.calls("views.publish")) > drawn)


async def test_the_home_tab_is_redrawn_when_something_changes(council: Council) -> None:
    await council.slack.open_home(MANAGER)
    await council.slack.until(lambda: MANAGER in council.slack.workspace.homes)
    council.service.add("t1", "QA-1")
    await council.adapter.home_changed(Address(1, MANAGER))
    await council.slack.until(lambda: "acknowledge" in named(council.slack.home(MANAGER)["blocks"]))


async def test_a_home_tab_that_nobody_looks_at_costs_nothing(council: Council) -> None:
    await council.adapter.home_changed(Address(2, WORKER))
    await council.settled()
    assert council.slack.calls("views.publish") == []


async def test_many_changes_at_once_are_drawn_together(council: Council) -> None:
    await council.slack.open_home(MANAGER)
    await council.slack.until(lambda: MANAGER in council.slack.workspace.homes)
    await asyncio.gather(*(council.adapter.home_changed(Address(1, MANAGER)) for _ in range(20)))
    await council.settled()
    assert len(council.slack.calls("views.publish")) <= 4


async def test_who_sends_cards_does_not_wait_while_slack_takes_no_home_tabs(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    await council.slack.open_home(MANAGER)
    await council.slack.until(lambda: MANAGER in council.slack.workspace.homes)
    pauses = without_pauses(monkeypatch)
    council.slack.fail("views.publish", "503", times=3)
    council.service.add("t1", "QA-1")
    await council.adapter.home_changed(Address(1, MANAGER))
    assert pauses == []
    await council.settled()
    assert pauses == [1.0, 2.0, 4.0]
    assert "acknowledge" in named(council.slack.home(MANAGER)["blocks"])


async def test_a_guest_is_told_on_the_home_tab(council: Council) -> None:
    await council.slack.open_home(GUEST)
    await council.slack.until(lambda: GUEST in council.slack.workspace.homes)
    assert "own staff" in str(council.slack.home(GUEST)["blocks"])


async def test_a_word_is_answered_to_the_person_who_typed_it(council: Council) -> None:
    council.service.add("t1", "QA-1")
    delivery = await council.slack.slash(MANAGER, "mine", channel="C0QA")
    assert delivery.acked
    await council.slack.until(lambda: council.slack.workspace.messages)
    assert council.slack.last(MANAGER).ephemeral_to == MANAGER
    assert "Alert QA-1" in council.slack.last(MANAGER).words()


async def test_a_press_on_a_sentence_for_one_person_replaces_it(council: Council) -> None:
    council.service.add("t1", "QA-1")
    await council.slack.slash(MANAGER, "mine", channel="C0QA")
    await council.slack.until(lambda: council.slack.workspace.messages)
    shown = council.slack.last(MANAGER)
    await council.slack.click(MANAGER, "acknowledge", message=shown)
    await council.slack.until(lambda: "acknowledged this" in shown.words())


async def test_no_word_gets_help_and_what_follows_a_word_is_passed_on(council: Council) -> None:
    await council.slack.slash(MANAGER)
    await council.slack.slash(MANAGER, "Nominate  Sam <sam@council.example> & co")
    await council.slack.until(lambda: len(council.service.commanded) == 2)
    assert [(each.word, each.rest) for each in council.service.commanded] == [
        ("help", ""),
        ("nominate", "Sam <sam@council.example> & co"),
    ]


async def test_a_command_that_slack_repeats_is_answered_once(council: Council) -> None:
    await council.slack.slash(MANAGER, "mine", again=3)
    await council.slack.until(lambda: council.slack.workspace.messages)
    await council.settled()
    assert len(council.slack.workspace.messages) == 1


async def test_the_global_shortcut_opens_its_form(council: Council) -> None:
    await council.slack.shortcut(MANAGER, "nominate")
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    assert council.slack.modal(MANAGER)["title"]["text"] == "Nominate a colleague"


async def test_a_shortcut_that_only_says_something_says_it_in_a_modal(council: Council) -> None:
    await council.slack.shortcut(MANAGER, "help")
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    assert "You can write" in str(council.slack.modal(MANAGER)["blocks"])


async def test_the_message_shortcut_nominates_its_author(council: Council) -> None:
    message = council.slack.workspace.post("C0QA", "Visit done", [], user=WORKER)
    await council.slack.shortcut(MANAGER, "nominate-author", message=message)
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    chosen = council.slack.modal(MANAGER)["state"]["values"]["nominee"]["person"]["selected_option"]
    assert (chosen["value"], chosen["text"]["text"]) == ("2", "Sam Okafor")


async def test_the_author_may_be_somebody_unknown(council: Council) -> None:
    message = council.slack.workspace.post("C0QA", "Visit done", [], user="U0NEW")
    await council.slack.shortcut(MANAGER, "nominate-author", message=message)
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    assert council.slack.modal(MANAGER)["state"]["values"]["nominee"]["person"]["selected_option"] is None


async def test_a_direct_message_gets_a_helpful_answer(council: Council) -> None:
    await council.slack.write(MANAGER, "hello, what can you do?")
    await council.slack.until(lambda: council.slack.to(MANAGER))
    assert "You can write" in council.slack.last(MANAGER).words()


async def test_a_known_word_in_a_direct_message_is_done(council: Council) -> None:
    council.service.add("t1", "QA-1")
    await council.slack.write(MANAGER, "Mine")
    await council.slack.until(lambda: council.slack.to(MANAGER))
    assert "Alert QA-1" in council.slack.last(MANAGER).words()


async def test_a_direct_message_that_slack_repeats_is_answered_once(council: Council) -> None:
    deliveries = await council.slack.write(MANAGER, "hello", again=3)
    await council.slack.until(lambda: council.slack.to(MANAGER))
    await council.settled()
    assert len(deliveries) == 4
    assert len(council.slack.to(MANAGER)) == 1


async def test_a_repeat_that_is_the_first_to_arrive_is_answered(council: Council) -> None:
    channel = council.slack.workspace.direct(MANAGER)
    event = {"type": "message", "channel": channel, "channel_type": "im", "user": MANAGER, "text": "hi", "ts": "1.1"}
    payload = {"type": "event_callback", "team_id": "T0COUNCIL", "event_id": "Ev9", "event": event}
    await council.slack.wire.deliver("events_api", payload, attempt=1)
    await council.slack.until(lambda: council.slack.to(MANAGER))


async def test_what_other_bots_write_is_not_answered(council: Council) -> None:
    channel = council.slack.workspace.direct(MANAGER)
    event = {
        "type": "message",
        "channel": channel,
        "channel_type": "im",
        "bot_id": "B0OTHER",
        "text": "hi",
        "ts": "1.1",
    }
    assert (await council.slack.wire.event(event))[0].acked
    await council.settled()
    assert council.service.commanded == []


async def test_an_event_of_another_kind_is_acknowledged(council: Council) -> None:
    assert (await council.slack.wire.event({"type": "reaction_added", "user": MANAGER}))[0].acked


async def test_somebody_deactivated_is_noticed_at_once(council: Council) -> None:
    user = council.slack.workspace.users[WORKER] | {"deleted": True}
    await council.slack.wire.event({"type": "user_change", "user": user})
    await council.slack.until(lambda: council.service.left)
    assert council.service.left[0][0] == WORKER


async def test_a_new_colleague_is_linked_by_their_address(council: Council) -> None:
    await council.slack.wire.event({"type": "team_join", "user": council.slack.workspace.users["U0NEW"]})
    await council.slack.until(lambda: "U0NEW" in council.service.linked)


async def test_what_was_written_in_a_thread_is_answered_there(council: Council) -> None:
    await council.slack.write(MANAGER, "Mine!!", thread="1764000000.000100")
    await council.slack.until(lambda: council.slack.calls("chat.postMessage"))
    assert council.slack.calls("chat.postMessage")[-1].args["thread_ts"] == "1764000000.000100"
    await council.slack.write(MANAGER, "mine")
    await council.slack.until(lambda: len(council.slack.calls("chat.postMessage")) > 1)
    assert "thread_ts" not in council.slack.calls("chat.postMessage")[-1].args


@pytest.mark.parametrize("words", ["", "mine"])
async def test_a_file_is_not_taken_and_that_is_said(council: Council, words: str) -> None:
    await council.slack.write(MANAGER, words, files=["notes.docx"])
    await council.slack.until(lambda: len(council.slack.calls("chat.postMessage")) == (2 if words else 1))
    first, *more = council.slack.calls("chat.postMessage")
    assert "I take no files, and did not open it." in str(first.args["blocks"])
    assert len(more) == (1 if words else 0), "a word beside it is done as ever"


async def test_a_button_that_opens_a_form_keeps_no_words_of_ones_own(council: Council) -> None:
    await council.slack.write(MANAGER, "somebody told me something")
    await council.slack.until(lambda: council.slack.calls("chat.postMessage"))
    assert "somebody told me" not in str(council.slack.calls("chat.postMessage"))
