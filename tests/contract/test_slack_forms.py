"""Forms as modals, over both transports."""

from collections.abc import AsyncIterator

import pytest

from qabot_slack import submissions
from tests.support.slack import Json, texts
from tests.support.slack.running import MANAGER, WORKER, World, running
from tests.support.slack.service import MemoryService

Council = World[MemoryService]


@pytest.fixture(params=["socket", "http"])
async def council(request: pytest.FixtureRequest) -> AsyncIterator[Council]:
    async with running(request.param) as world:
        yield world


async def opened(council: Council, word: str) -> Json:
    await council.slack.slash(MANAGER, word)
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    return council.slack.modal(MANAGER)


def inputs(view: Json) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


async def test_a_form_that_is_sent_says_so_in_the_modal(council: Council) -> None:
    await opened(council, "nominate")
    await council.slack.submit(MANAGER, nominee="2", what="She listened.", tags=["voice"])
    assert "passed on" in str(council.slack.modal(MANAGER)["blocks"])
    assert council.service.submitted[0].values == {"nominee": "2", "what": "She listened.", "tags": ["voice"]}


async def test_a_form_that_slack_sends_three_times_is_taken_once(council: Council) -> None:
    await opened(council, "nominate")
    await council.slack.submit(MANAGER, again=2, nominee="2", what="She listened.")
    answers = [d.body for d in council.slack.wire.deliveries if d.payload.get("type") == "view_submission"]
    assert len(council.service.submitted) == 1
    assert len(answers) == 3
    assert answers[0] == answers[1] == answers[2]


async def test_errors_stand_beside_the_field_and_answers_stay(council: Council) -> None:
    await opened(council, "nominate")
    delivery = await council.slack.submit(MANAGER, nominee="not-a-number", what="She listened.")
    assert delivery.errors == {"nominee": "Choose a person from the list."}
    assert council.service.submitted == []
    await council.slack.submit(MANAGER, nominee="2")
    assert council.service.submitted[0].values["what"] == "She listened."


async def test_a_form_from_a_card_redraws_the_card(council: Council) -> None:
    message = await council.send(MANAGER, council.service.add("t1", "QA-1"))
    await council.slack.click(MANAGER, "new-date")
    await council.slack.until(lambda: council.slack.workspace.top(MANAGER))
    await council.slack.submit(MANAGER, by="2026-12-01")
    assert council.slack.workspace.top(MANAGER) is None
    await council.slack.until(lambda: "Promised by 2026-12-01" in message.words())
    await council.slack.until(lambda: "Thank you for the new date" in council.slack.last(MANAGER).words())


async def test_a_form_too_large_for_one_modal_is_paged(council: Council) -> None:
    view = await opened(council, "survey")
    assert inputs(view) == [f"q{number}" for number in range(1, 41)]
    await council.slack.submit(MANAGER, q1="one")
    assert inputs(council.slack.modal(MANAGER))[0] == "q41"
    await council.slack.submit(MANAGER, q41="forty-one")
    await council.slack.submit(MANAGER, q90="ninety")
    values = council.service.submitted[0].values
    assert (values["q1"], values["q41"], values["q90"]) == ("one", "forty-one", "ninety")


async def test_answers_are_kept_when_the_person_goes_back(council: Council) -> None:
    await opened(council, "survey")
    await council.slack.submit(MANAGER, q1="one", q2="two")
    council.slack.fill(MANAGER, q41="not sent yet")
    await council.slack.click(MANAGER, "slack.back", view=council.slack.modal(MANAGER))
    await council.slack.until(lambda: "q1" in inputs(council.slack.modal(MANAGER)))
    state = council.slack.modal(MANAGER)["state"]["values"]
    assert state["q2"]["text"]["value"] == "two"
    await council.slack.submit(MANAGER)
    assert council.slack.modal(MANAGER)["state"]["values"]["q41"]["text"]["value"] == "not sent yet"


async def test_a_page_says_what_is_wrong_before_the_next(council: Council) -> None:
    await opened(council, "survey")
    delivery = await council.slack.submit(MANAGER, q1="   ")
    assert delivery.errors == {"q1": "Write an answer."}


async def test_an_error_on_an_earlier_page_leads_back_to_it(council: Council) -> None:
    await opened(council, "survey")
    await council.slack.submit(MANAGER, q1="one")
    await council.slack.submit(MANAGER)
    council.service.rejected = {"q1": "Write an answer."}
    await council.slack.submit(MANAGER, q90="ninety")
    view = council.slack.modal(MANAGER)
    assert inputs(view)[0] == "q1"
    assert any("Write an answer." in words for words in texts(view["blocks"]))


async def test_a_restart_between_two_pages_is_told_and_this_page_is_kept(council: Council) -> None:
    await opened(council, "survey")
    await council.slack.submit(MANAGER, q1="one")
    await council.restart()
    await council.slack.submit(MANAGER, q41="forty-one")
    view = council.slack.modal(MANAGER)
    assert any("restarted" in words for words in texts(view["blocks"]))
    await council.slack.submit(MANAGER, q1="one again")
    assert council.slack.modal(MANAGER)["state"]["values"]["q41"]["text"]["value"] == "forty-one"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not answered at once takes too long."""
    monkeypatch.setattr(submissions, "PATIENCE_SECONDS", 0.0)


@pytest.mark.usefixtures("impatient")
async def test_a_slow_form_is_acknowledged_in_time_and_answered_later(council: Council) -> None:
    await opened(council, "nominate")
    council.service.hold()
    delivery = await council.slack.submit(MANAGER, nominee="2", what="She listened.")
    assert delivery.acked
    assert "One moment" in str(council.slack.modal(MANAGER)["blocks"])
    council.service.release()
    await council.slack.until(lambda: "passed on" in str(council.slack.modal(MANAGER)["blocks"]))


async def test_a_slow_forms_errors_come_later_with_the_answers(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(council, "nominate")
    with monkeypatch.context() as slow:
        slow.setattr(submissions, "PATIENCE_SECONDS", 0.0)
        council.service.hold()
        await council.slack.submit(MANAGER, nominee="not-a-number", what="She listened.")
    council.service.release()
    await council.slack.until(lambda: "Choose a person" in str(council.slack.modal(MANAGER)["blocks"]))
    await council.slack.submit(MANAGER, nominee="2")
    assert council.service.submitted[0].values["what"] == "She listened."


async def test_a_form_that_fails_keeps_the_modal_and_the_answers(council: Council) -> None:
    await opened(council, "nominate")
    council.service.broken = True
    delivery = await council.slack.submit(MANAGER, nominee="2", what="She listened.")
    assert delivery.acked
    assert not delivery.user_sees_error


async def test_names_are_offered_while_the_person_types(council: Council) -> None:
    await opened(council, "nominate")
    offered = await council.slack.suggest(MANAGER, "nominee", "sam")
    assert [(each["text"]["text"], each["value"]) for each in offered] == [("Sam Okafor", "2")]


async def test_a_form_asked_for_in_a_direct_message_opens_from_a_button(council: Council) -> None:
    await council.slack.write(WORKER, "nominate")
    await council.slack.until(lambda: council.slack.to(WORKER))
    await council.slack.click(WORKER, "slack.word")
    await council.slack.until(lambda: council.slack.workspace.top(WORKER))
    assert inputs(council.slack.modal(WORKER)) == ["nominee", "what", "tags"]


@pytest.mark.usefixtures("impatient")
async def test_the_modal_of_somebody_who_closed_it_is_let_be(council: Council) -> None:
    await opened(council, "nominate")
    council.service.hold()
    await council.slack.submit(MANAGER, nominee="2", what="She listened.")
    council.slack.close_modal(MANAGER)
    council.service.release()
    await council.slack.until(lambda: council.service.submitted)
    await council.slack.until(lambda: council.slack.calls("views.update"))
    await council.settled()
    assert council.slack.calls("views.update")[-1].error == "not_found"


async def test_half_an_emoji_is_left_out_and_a_text_that_is_too_long_stays(council: Council) -> None:
    """A client that cut a text in the middle of one has lost a letter, and not the whole form."""
    await opened(council, "nominate")
    long = "She listened. \ud83d" + "x" * 1500
    council.slack.fill(MANAGER, nominee="2", what=long)
    delivery = await council.slack.send(MANAGER)
    assert delivery.errors == {"what": "Keep this to 1500 characters: it has 1514."}
    await council.slack.submit(MANAGER, what="She listened. \ud83d")
    assert council.service.submitted[0].values["what"].strip() == "She listened."
