"""Answers in Slack: tried until Slack takes them, and in the end always said, whatever Slack refuses."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from qabot.adapter_kit import persistence
from qabot_slack import answering, inbound, modals, submissions
from tests.support.patience import without_pauses
from tests.support.slack.running import MANAGER, WORKER, World, running
from tests.support.slack.service import MemoryService
from tests.support.waiting import LONG

Council = World[MemoryService]


@pytest.fixture
async def council() -> AsyncIterator[Council]:
    async with running("http") as world:
        yield world


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return without_pauses(monkeypatch)


@pytest.mark.parametrize("kind", ["429", "503", "500", "reset_before", "html"])
async def test_what_somebody_wrote_is_answered_when_slack_takes_it(
    council: Council, pauses: list[float], kind: str
) -> None:
    council.service.add("t1", "QA-1")
    council.slack.fail("chat.postMessage", kind, times=3, retry_after=7)
    await council.slack.write(WORKER, "mine")
    await council.settled()
    assert len(council.slack.to(WORKER)) == 1
    assert pauses == ([7.0] * 3 if kind == "429" else [1.0, 2.0, 4.0])


@pytest.mark.parametrize("pause", ["nan", "9" * 30, "-1", ""])
async def test_an_odd_pause_holds_up_no_answer_for_ever(council: Council, pauses: list[float], pause: str) -> None:
    council.slack.fail(
        "chat.postMessage",
        "as_is",
        status=429,
        body=b"{}",
        headers={"Retry-After": pause, "Content-Type": "application/json"},
    )
    await council.slack.write(WORKER, "mine")
    await council.settled()
    assert len(council.slack.to(WORKER)) == 1


async def test_an_answer_that_slack_does_not_take_as_it_is_drawn_is_said_in_words(
    council: Council, pauses: list[float]
) -> None:
    council.slack.fail("chat.postMessage", "error", error="invalid_blocks", when=lambda args: "blocks" in args)
    council.slack.fail("chat.postMessage", "error", error="invalid_blocks", when=lambda args: "blocks" in args)
    await council.slack.write(WORKER, "help")
    await council.settled()
    assert "You can write" in council.slack.last(WORKER).words()


@pytest.mark.parametrize("kind", ["500", "reset_before", "429", "error"])
async def test_a_response_url_that_fails_is_no_reason_to_say_nothing(
    council: Council, pauses: list[float], kind: str
) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    council.slack.fail("response_url", kind, times=1000, error="used_url", retry_after=9)
    await council.slack.click(MANAGER, "not-me")
    await council.settled()
    assert "asked the practice lead" in council.slack.last(MANAGER).words()
    assert council.slack.last(MANAGER).ephemeral_to == ""


async def test_a_response_url_that_fails_for_a_moment_is_used_all_the_same(
    council: Council, pauses: list[float]
) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    council.slack.fail("response_url", "503", times=2)
    await council.slack.click(MANAGER, "not-me")
    await council.settled()
    assert council.slack.last(MANAGER).ephemeral_to == MANAGER


REFUSALS = ("expired_trigger_id", "invalid_arguments", "exchanged_trigger_id", "view_too_large", "fatal_error")


@pytest.mark.parametrize("error", REFUSALS)
async def test_a_form_that_slack_does_not_open_comes_as_a_button_that_opens_it(
    council: Council, pauses: list[float], error: str
) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    council.slack.fail("views.open", "error", error=error)
    await council.slack.click(MANAGER, "new-date")
    await council.settled()
    offer = council.slack.last(MANAGER)
    assert "press it once more" in offer.words()
    await council.slack.click(MANAGER, "new-date", message=offer)
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    await council.slack.submit(MANAGER, by="2026-12-01")
    assert council.service.submitted[0].token == "t1"


async def test_a_form_asked_for_by_a_command_that_slack_does_not_open_comes_as_a_button(
    council: Council, pauses: list[float]
) -> None:
    council.slack.fail("views.open", "503")
    await council.slack.slash(MANAGER, "nominate")
    await council.settled()
    await council.slack.click(MANAGER, "slack.word", message=council.slack.last(MANAGER))
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))


async def test_what_a_press_on_the_home_tab_came_to_is_said_where_no_modal_opens(
    council: Council, pauses: list[float]
) -> None:
    council.service.add("t1", "QA-1")
    await council.slack.open_home(MANAGER)
    await council.slack.until(lambda: MANAGER in council.slack.workspace.homes)
    council.slack.fail("views.open", "error", error="invalid_arguments")
    await council.slack.click(MANAGER, "acknowledge", view=council.slack.home(MANAGER))
    await council.settled()
    assert "acknowledged this" in council.slack.last(MANAGER).words()


async def test_who_closed_the_modal_that_asked_to_wait_reads_the_answer_in_a_message(
    council: Council, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "PATIENCE_SECONDS", 0.0)
    council.service.hold()
    await council.slack.slash(MANAGER, "help")
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    council.slack.close_modal(MANAGER)
    council.service.release()
    await council.settled()
    assert "You can write" in council.slack.last(MANAGER).words()


async def test_a_modal_that_slack_takes_late_covers_nothing_that_came_after_it(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the answer to one press in a modal is tried again, the next press in it is answered."""
    await council.slack.slash(MANAGER, "nominate")
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    view, pauses = council.slack.modal(MANAGER)["id"], list[float]()

    async def put(words: str) -> None:
        await council.adapter._api.persist("views.update", view_id=view, view=modals.say_view(words))

    async def meanwhile(seconds: float) -> None:
        pauses.append(seconds)
        await put("The newer one.")

    monkeypatch.setattr(persistence, "sleep", meanwhile)
    council.slack.fail("views.update", "503")
    await put("The older one.")
    assert len(pauses) == 1
    assert "The newer one." in str(council.slack.modal(MANAGER)["blocks"])


@pytest.mark.parametrize("closes", [True, False])
async def test_a_slow_form_is_answered_although_its_modal_is_closed_or_slack_is_away(
    council: Council, pauses: list[float], monkeypatch: pytest.MonkeyPatch, closes: bool
) -> None:
    await council.slack.slash(MANAGER, "nominate")
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    monkeypatch.setattr(submissions, "PATIENCE_SECONDS", 0.0)
    council.service.hold()
    await council.slack.submit(MANAGER, nominee="2", what="She listened.")
    if closes:
        council.slack.close_modal(MANAGER)
    else:
        council.slack.fail("views.update", "503", times=1000)
    council.service.release()
    await council.settled()
    assert len(council.service.submitted) == 1
    assert "passed on" in council.slack.last(MANAGER).words()


@pytest.mark.parametrize("late", [True, False])
async def test_what_was_written_stays_before_them_where_it_was_not_saved(
    council: Council, pauses: list[float], monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    await council.slack.slash(MANAGER, "nominate")
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    council.service.broken = True
    with monkeypatch.context() as slow:
        if late:
            slow.setattr(submissions, "PATIENCE_SECONDS", 0.0)
            council.service.hold()
        await council.slack.submit(MANAGER, nominee="2", what="She listened.")
    council.service.release()
    await council.settled()
    council.service.broken = False
    await council.slack.submit(MANAGER, nominee="2")
    assert council.service.submitted[0].values["what"] == "She listened."


async def test_who_somebody_is_is_asked_again_where_slack_does_not_say(council: Council, pauses: list[float]) -> None:
    await council.send(MANAGER, council.service.add("t1", "QA-1"))
    council.slack.fail("users.info", "503", times=3)
    await council.slack.click(MANAGER, "acknowledge")
    await council.settled()
    assert council.service.alerts["t1"].acknowledged_by


async def test_a_press_is_acknowledged_once_it_is_kept(
    council: Council, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies before that leaves it unacknowledged: Slack says that it did not work."""
    monkeypatch.setattr(inbound, "PATIENCE_SECONDS", LONG)
    first, other = [await council.send(WORKER, council.service.add(each, each)) for each in ("t1", "t2")]
    council.service.hold()
    pressing = asyncio.create_task(council.slack.click(WORKER, "acknowledge", message=first))
    await council.slack.until(lambda: council.service.asked)
    for _ in range(5):  # what asks nothing of the service is acknowledged meanwhile
        assert (await council.slack.click(WORKER, "open", message=other)).acked
    assert not pressing.done()
    council.service.release()
    assert (await pressing).acked
    assert council.service.changes == 1
