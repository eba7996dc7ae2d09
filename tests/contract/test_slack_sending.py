"""What a send comes to: each answer of Slack's, and each way of losing it, as one of the five outcomes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from qabot.adapter import Address, Ambiguous, Outcome, RefusedForAll, RefusedForPerson, RetryAfter, Sent
from qabot.messaging.card import Card, Paragraph, text
from qabot_slack import SlackAdapter
from qabot_slack.settings import Settings
from tests.support.slack.fake import BOT_TOKEN
from tests.support.slack.running import MANAGER, World, running
from tests.support.slack.service import MemoryService

Council = World[MemoryService]
CARD = Card("A review is due", "A review is due in qabot.", blocks=(Paragraph(text("Audit QA-1")),))


@pytest.fixture
async def council() -> AsyncIterator[Council]:
    async with running("socket") as world:
        yield world


async def outcome(council: Council, kind: str, **how: object) -> Outcome:
    council.slack.fail("chat.postMessage", kind, **how)
    return await council.adapter.send(Address(1, MANAGER), CARD)


async def test_a_card_reaches_the_persons_direct_messages(council: Council) -> None:
    sent = await council.adapter.send(Address(1, MANAGER), CARD)
    message = council.slack.to(MANAGER)[-1]
    assert sent == Sent(message.ts, message.channel)
    assert message.text == "A review is due in qabot."
    assert not message.unfurl_links


async def test_too_many_requests_frees_the_worker_at_once(council: Council) -> None:
    began = asyncio.get_running_loop().time()
    assert await outcome(council, "429", retry_after=17) == RetryAfter(17.0, "Slack asked to wait")
    assert asyncio.get_running_loop().time() - began < 1.0
    assert len(council.slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("kind", ["500", "503", "html", "text", "reset_before", "reset_after"])
async def test_a_lost_answer_is_ambiguous_and_never_repeated(council: Council, kind: str) -> None:
    assert isinstance(await outcome(council, kind), Ambiguous)
    assert len(council.slack.calls("chat.postMessage")) == 1


async def test_a_reset_after_acceptance_leaves_one_message(council: Council) -> None:
    await outcome(council, "reset_after")
    assert len(council.slack.to(MANAGER)) == 1


async def test_a_slow_answer_within_the_time_is_sent(council: Council) -> None:
    assert isinstance(await outcome(council, "slow", delay=0.5), Sent)


async def test_a_web_filter_in_between_stops_the_adapter(council: Council) -> None:
    told = await outcome(council, "filter")
    assert isinstance(told, RefusedForAll)
    assert "403" in told.reason


async def test_nobody_listening_is_certainly_not_taken() -> None:
    adapter = SlackAdapter(MemoryService(), Settings("xoxb-fake", "xapp-fake", api_url="http://127.0.0.1:1/api/"))
    assert isinstance(await adapter.send(Address(1, MANAGER), CARD), RetryAfter)
    await adapter.stop()


PERSON = [
    "channel_not_found",
    "user_not_found",
    "is_archived",
    "not_in_channel",
    "restricted_action",
    "invalid_blocks",
    "msg_too_long",
    "msg_blocks_too_long",
    "an_error_of_next_year",
]
EVERYBODY = [
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "ekm_access_denied",
    "org_login_required",
    "messages_tab_disabled",
]
PERHAPS = ["fatal_error", "internal_error", "request_timeout", "service_unavailable"]
LATER = ["ratelimited", "rate_limited", "team_added_to_org"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        *((error, RefusedForPerson) for error in PERSON),
        *((error, RefusedForAll) for error in EVERYBODY),
        *((error, Ambiguous) for error in PERHAPS),
        *((error, RetryAfter) for error in LATER),
    ],
)
async def test_each_error_of_slacks_has_its_outcome(council: Council, error: str, kind: type[Outcome]) -> None:
    assert isinstance(await outcome(council, "error", error=error), kind)


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "an_error_that_nobody_has_heard_of"])
async def test_a_card_that_slack_does_not_take_says_nothing_of_the_person(council: Council, error: str) -> None:
    told = await outcome(council, "error", error=error)
    assert isinstance(told, RefusedForPerson)
    assert told.of_card


async def test_a_revoked_token_stops_the_adapter(council: Council) -> None:
    council.slack.server.tokens["bot"] = "xoxb-another"
    assert isinstance(await council.adapter.send(Address(1, MANAGER), CARD), RefusedForAll)
    council.slack.server.tokens["bot"] = BOT_TOKEN


async def test_a_deactivated_person_is_refused_alone(council: Council) -> None:
    council.slack.workspace.users[MANAGER]["deleted"] = True
    told = await council.adapter.send(Address(1, MANAGER), CARD)
    assert isinstance(told, RefusedForPerson)
    assert not told.of_card


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "is_inactive", "not_in_channel"])
async def test_a_conversation_that_is_refused_is_opened_anew_once(council: Council, error: str) -> None:
    old = council.slack.workspace.add_channel("D0OLD", "directmessage", [MANAGER])
    council.slack.fail("chat.postMessage", "error", error=error, when=lambda args: args["channel"] == old)
    told = await council.adapter.send(Address(1, MANAGER, old), CARD)
    assert isinstance(told, Sent)
    assert told.conversation == council.slack.workspace.direct(MANAGER)
    assert len(council.slack.to(MANAGER)) == 1
    assert len(council.slack.calls("conversations.open")) == 1


@pytest.mark.parametrize(
    ("opening", "kind"),
    [
        ({"kind": "error", "error": "user_disabled"}, RefusedForPerson),
        ({"kind": "error", "error": "cannot_dm_bot"}, RefusedForPerson),
        ({"kind": "error", "error": "user_not_found"}, RefusedForPerson),
        ({"kind": "error", "error": "account_inactive"}, RefusedForAll),
        ({"kind": "429", "retry_after": 7}, RetryAfter),
        ({"kind": "500"}, RetryAfter),
        ({"kind": "reset_before"}, RetryAfter),
    ],
)
async def test_what_opening_it_anew_comes_to(council: Council, opening: dict[str, Any], kind: type[Outcome]) -> None:
    council.slack.fail("chat.postMessage", "error", error="channel_not_found")
    council.slack.fail("conversations.open", **opening)
    assert isinstance(await council.adapter.send(Address(1, MANAGER, "D0OLD"), CARD), kind)
    assert council.slack.to(MANAGER) == []


async def test_a_person_whom_slack_refuses_is_tried_no_third_time(council: Council) -> None:
    council.slack.fail("chat.postMessage", "error", error="channel_not_found", times=9)
    told = await council.adapter.send(Address(1, MANAGER, "D0OLD"), CARD)
    assert isinstance(told, RefusedForPerson)
    assert len(council.slack.calls("chat.postMessage")) == 2


ALERT = replace(CARD, lane="alert")


@pytest.mark.parametrize("card", [ALERT, CARD])
async def test_what_follows_an_alert_is_posted_in_its_thread(council: Council, card: Card) -> None:
    first = await council.send(MANAGER, ALERT)
    assert first.thread_ts == ""
    told = await council.adapter.send(Address(1, MANAGER, first.channel, thread=first.ts), card)
    reply = council.slack.to(MANAGER)[-1]
    assert told == Sent(reply.ts, first.channel)
    # What must be acknowledged stands in the conversation too; what is only to be known stays in the thread.
    assert (reply.thread_ts, reply.broadcast) == (first.ts, card is ALERT)
    done = replace(card, title="It was taken on")
    assert isinstance(await council.adapter.update(Address(1, MANAGER, first.channel), reply.ts, done), Sent)
    assert "It was taken on" in reply.words()


async def test_a_thread_that_is_gone_or_refused_keeps_no_alert_back(council: Council) -> None:
    first = await council.send(MANAGER, ALERT)
    under = Address(1, MANAGER, first.channel, thread=first.ts)
    council.slack.fail(
        "chat.postMessage", "error", error="cannot_reply_to_message", when=lambda args: "thread_ts" in args
    )
    assert isinstance(await council.adapter.send(under, ALERT), Sent)
    assert council.slack.to(MANAGER)[-1].thread_ts == ""
    first.deleted = True
    assert isinstance(await council.adapter.send(under, ALERT), Sent)
    assert [each.thread_ts for each in council.slack.to(MANAGER)] == ["", ""]


async def test_a_conversation_that_is_opened_anew_knows_no_old_thread(council: Council) -> None:
    council.slack.fail("chat.postMessage", "error", error="is_archived")
    told = await council.adapter.send(Address(1, MANAGER, "D0OLD", thread="1764000000.000100"), ALERT)
    assert isinstance(told, Sent)
    assert "thread_ts" not in council.slack.calls("chat.postMessage")[-1].args


async def test_a_card_is_redrawn_where_it_was_sent(council: Council) -> None:
    message = await council.send(MANAGER, CARD)
    done = Card("This is done", "A review was done.")
    assert await council.adapter.update(Address(1, MANAGER, message.channel), message.ts, done) == Sent(
        message.ts, message.channel
    )
    assert "This is done" in message.words()


async def test_a_conversation_that_was_not_kept_is_found_again(council: Council) -> None:
    message = await council.send(MANAGER, CARD)
    assert isinstance(await council.adapter.update(Address(1, MANAGER), message.ts, CARD), Sent)
    assert message.edited


async def test_a_message_that_is_gone_cannot_be_redrawn(council: Council) -> None:
    message = await council.send(MANAGER, CARD)
    message.deleted = True
    told = await council.adapter.update(Address(1, MANAGER, message.channel), message.ts, CARD)
    assert isinstance(told, RefusedForPerson)


async def test_everything_goes_over_shared_connections(council: Council) -> None:
    for _ in range(10):
        await council.adapter.send(Address(1, MANAGER), CARD)
    assert len({call.connection for call in council.slack.calls("chat.postMessage")}) == 1


async def test_slacks_own_rates_hold_against_a_burst(council: Council) -> None:
    council.slack.server.enforce_rates = True
    told = [await council.adapter.send(Address(1, MANAGER), CARD) for _ in range(6)]
    assert [type(each) for each in told] == [Sent] * 4 + [RetryAfter] * 2


async def test_a_long_card_is_cut_with_a_link_and_never_refused(council: Council) -> None:
    words = "Please look at the record and at what was agreed. " * 400
    card = Card(
        "Long", "There is a long message.", blocks=(Paragraph(text(words)),) * 3, more_url="https://qabot.example/m"
    )
    message = await council.send(MANAGER, card)
    assert "<https://qabot.example/m|Read all of it>" in message.words()


async def test_no_metadata_leaves_for_others_to_read(council: Council) -> None:
    await council.adapter.send(Address(1, MANAGER), CARD)
    assert "metadata" not in council.slack.calls("chat.postMessage")[-1].args
