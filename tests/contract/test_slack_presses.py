"""Presses, over both transports: acknowledged in time, done once, shown where they were pressed."""

from collections.abc import AsyncIterator

import pytest

from qabot.adapter import Address
from qabot_slack import answering, inbound
from tests.support.slack import named
from tests.support.slack.running import GUEST, MANAGER, STRANGER, WORKER, World, running
from tests.support.slack.service import MemoryService

Council = World[MemoryService]


@pytest.fixture(params=["socket", "http"])
async def council(request: pytest.FixtureRequest) -> AsyncIterator[Council]:
    async with running(request.param) as world:
        yield world


async def test_an_acknowledgement_redraws_the_pressed_card(council: Council) -> None:
    message = await council.send(MANAGER, council.service.add("t1", "QA-1"))
    delivery = await council.slack.click(MANAGER, "acknowledge")
    assert delivery.acked
    await council.slack.until(lambda: "acknowledged this" in message.words())
    assert named(message.blocks) == []


async def test_a_press_that_slack_repeats_three_times_is_done_once(council: Council) -> None:
    message = await council.send(MANAGER, council.service.add("t1", "QA-1"))
    await council.slack.click(MANAGER, "acknowledge", again=3)
    await council.slack.until(lambda: message.edited)
    await council.settled()
    assert all(delivery.acked for delivery in council.slack.wire.deliveries)
    assert len(council.service.pressed) == 1
    assert len(council.slack.calls("chat.update")) == 1


async def test_a_form_that_slack_asks_for_three_times_opens_once(council: Council) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    await council.slack.click(MANAGER, "new-date", again=2)
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    await council.settled()
    assert len(council.slack.calls("views.open")) == 1


async def test_pressing_again_later_is_success_that_redraws(council: Council) -> None:
    message = await council.send(MANAGER, council.service.add("t1", "QA-1"))
    pressed = [
        await council.slack.click(MANAGER, "not-me"),
        await council.slack.click(MANAGER, "acknowledge", message=message),
    ]
    await council.slack.until(lambda: "acknowledged this" in message.words())
    assert all(each.acked for each in pressed)


async def test_a_sentence_is_seen_by_the_person_who_pressed_only(council: Council) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    await council.slack.click(MANAGER, "not-me")
    await council.slack.until(lambda: "asked the practice lead" in council.slack.last(MANAGER).words())
    assert council.slack.last(MANAGER).ephemeral_to == MANAGER


async def test_a_link_button_wants_no_more_than_the_acknowledgement(council: Council) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    delivery = await council.slack.click(MANAGER, "open")
    await council.settled()
    assert delivery.acked
    assert council.service.pressed == []


async def test_a_button_of_an_old_version_gets_a_kind_answer(council: Council) -> None:
    card = council.service.add("t1", "QA-1")
    message = await council.send(MANAGER, card)
    message.blocks[-1]["elements"][0] |= {"action_id": "from_version_0", "value": "t0"}
    delivery = await council.slack.click(MANAGER, "from_version_0")
    assert delivery.acked
    await council.slack.until(lambda: "from before" in council.slack.last(MANAGER).words())


@pytest.mark.parametrize("outsider", [GUEST, STRANGER])
async def test_guests_and_other_workspaces_are_refused(council: Council, outsider: str) -> None:
    await council.send(outsider, council.service.add("t1", "QA-1"))
    delivery = await council.slack.click(outsider, "acknowledge")
    assert delivery.acked
    await council.slack.until(lambda: "own staff" in council.slack.last(outsider).words())
    assert council.service.changes == 0
    assert [press.who.trusted for press in council.service.pressed] == [False]


async def test_someone_unknown_is_offered_a_link_and_then_it_is_done(council: Council) -> None:
    await council.send("U0NEW", council.service.add("t1", "QA-1"))
    await council.slack.click("U0NEW", "acknowledge")
    await council.slack.until(lambda: "Are you Jo Marsh?" in council.slack.last("U0NEW").words())
    await council.slack.click("U0NEW", "link")
    await council.slack.until(lambda: "You are linked now" in council.slack.last("U0NEW").words())
    assert council.service.alerts["t1"].acknowledged_by == "Jo Marsh"


async def test_what_fails_after_the_acknowledgement_is_told_kindly(council: Council) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    council.service.broken = True
    delivery = await council.slack.click(MANAGER, "acknowledge")
    assert delivery.acked
    await council.slack.until(lambda: "Please try again" in council.slack.last(MANAGER).words())


async def test_a_press_that_takes_long_is_acknowledged_in_time_and_done(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    monkeypatch.setattr(inbound, "PATIENCE_SECONDS", 0.0)
    council.service.hold()
    delivery = await council.slack.click(MANAGER, "acknowledge")
    assert delivery.acked
    assert council.service.pressed == []
    council.service.release()
    await council.slack.until(lambda: council.service.pressed)


async def test_a_form_that_takes_longer_than_the_trigger_comes_in_a_modal_that_waits(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    monkeypatch.setattr(answering, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(inbound, "PATIENCE_SECONDS", 0.0)
    council.service.hold()
    await council.slack.click(MANAGER, "new-date")
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    assert "One moment" in str(council.slack.modal(MANAGER)["blocks"])
    council.service.release()
    await council.slack.until(lambda: "by" in named_inputs(council))


async def test_a_trigger_that_ran_out_is_told_and_works_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "PATIENCE_SECONDS", 0.0)
    async with running("socket") as council:
        message = await council.send(MANAGER, council.service.add("t1", "QA-1"))
        council.service.hold()
        await council.slack.click(MANAGER, "new-date")
        council.slack.workspace.now += 4
        council.service.release()
        await council.slack.until(lambda: "press it once more" in council.slack.last(MANAGER).words())
        await council.slack.click(MANAGER, "new-date", message=message)
        await council.slack.until(lambda: council.slack.workspace.top(MANAGER))


def named_inputs(council: Council) -> list[str]:
    return [block.get("block_id", "") for block in council.slack.modal(MANAGER)["blocks"]]


async def test_the_first_press_asks_slack_nothing_but_who_it_is(council: Council) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    before = len(council.slack.calls("auth.test"))
    await council.slack.click(MANAGER, "acknowledge")
    await council.slack.until(lambda: council.service.pressed)
    assert before == 1
    assert len(council.slack.calls("auth.test")) == before


async def test_a_card_that_is_gone_is_shown_again(council: Council) -> None:
    message = await council.send(MANAGER, council.service.add("t1", "QA-1"))
    council.slack.fail("chat.update", "error", error="message_not_found")
    await council.slack.click(MANAGER, "acknowledge")
    await council.slack.until(lambda: council.slack.last(MANAGER) is not message)
    assert "acknowledged this" in council.slack.last(MANAGER).words()


async def test_what_was_done_is_said_although_the_card_could_not_be_redrawn(council: Council) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    council.slack.fail("chat.update", "503")
    await council.slack.click(MANAGER, "not-me")
    await council.slack.until(lambda: "asked the practice lead" in council.slack.last(MANAGER).words())


async def test_a_sentence_that_slack_refuses_there_is_said_in_a_direct_message(council: Council) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    council.slack.fail("response_url", "error", error="used_url")
    await council.slack.click(MANAGER, "not-me")
    await council.slack.until(lambda: "asked the practice lead" in council.slack.last(MANAGER).words())
    assert council.slack.last(MANAGER).ephemeral_to == ""


async def test_another_copy_of_the_card_can_be_redrawn(council: Council) -> None:
    mine = await council.send(MANAGER, council.service.add("t1", "QA-1"))
    other = await council.send(WORKER, council.service.card("t1"))
    await council.slack.click(MANAGER, "acknowledge", message=mine)
    await council.slack.until(lambda: mine.edited)
    await council.adapter.update(Address(2, WORKER, other.channel), other.ts, council.service.card("t1"))
    assert "Priya Shah acknowledged this" in other.words()
