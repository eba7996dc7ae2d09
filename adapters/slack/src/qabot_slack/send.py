"""Cards to people: one post or one update each, never repeated, and what came of it as an `Outcome`."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import structlog

from qabot.adapter import Address, Ambiguous, Outcome, RefusedForPerson, RetryAfter, Sent
from qabot.messaging.card import Card
from qabot_slack import blocks, tables
from qabot_slack.api import Api
from qabot_slack.background import Background
from qabot_slack.elements import Json
from qabot_slack.files import SOON, Files
from qabot_slack.outcomes import LOST, TABLE_REFUSED, THREAD_REFUSED, WAIT_UNLESS_TOLD, CallFailed, outcome
from qabot_slack.validate import message_problems

log = structlog.get_logger()
TABLES_AGAIN = 86_400.0
"""Seconds for which a workspace that refused a table is sent none."""
UPLOADING = "its pictures are being uploaded"


class PicturesNotReady(Exception):
    """Nothing was posted: Slack does not show a picture's file yet."""


class Sender:
    """Sends and redraws cards."""

    def __init__(self, api: Api, now: Callable[[], float] = monotonic, background: Background | None = None) -> None:
        self._api, self._now = api, now
        self._files = Files(api, background or Background(), now)
        self._tables_again = 0.0
        """When tables are tried again (monotonic seconds), after the workspace has refused one."""

    async def send(self, address: Address, card: Card) -> Outcome:
        """Post a card to one person's direct messages. A known conversation that is refused is opened anew, once.

        One whose pictures are not in the workspace yet is not posted yet.
        """
        if self._files.waiting(card):
            return RetryAfter(SOON, UPLOADING)
        channel = address.conversation or address.external_id
        first = await self._post(channel, card, _thread(address, card))
        if not isinstance(first, RefusedForPerson) or first.of_card or not address.conversation:
            return first
        try:
            opened = await self.conversation(address.external_id)
        except CallFailed as failed:
            again = _told(failed)
            # Nothing was posted: not knowing whether a conversation was opened is no reason to call the card lost.
            return RetryAfter(WAIT_UNLESS_TOLD, again.reason) if isinstance(again, Ambiguous) else again
        return await self._post(opened, card) if opened != channel else first

    async def _post(self, channel: str, card: Card, thread: Json | None = None) -> Outcome:
        try:
            answer = await self._take(card, "chat.postMessage", channel=channel, **_QUIET, **(thread or {}))
        except PicturesNotReady:
            return RetryAfter(SOON, UPLOADING)
        except CallFailed as failed:
            if thread and failed.error in THREAD_REFUSED:
                # Nothing was posted, and a thread is no reason to keep an alert from anybody.
                return await self._post(channel, card)
            return _told(failed)
        if not (answer.get("ts") and answer.get("channel")):
            return Ambiguous("Slack's answer names no message")
        return Sent(str(answer["ts"]), str(answer["channel"]))

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """Redraw a card that was posted."""
        if self._files.waiting(card):
            return RetryAfter(SOON, UPLOADING)
        try:
            channel = address.conversation or await self.conversation(address.external_id)
            await self._take(card, "chat.update", channel=channel, ts=message_id)
        except PicturesNotReady:
            return RetryAfter(SOON, UPLOADING)
        except CallFailed as failed:
            return _told(failed)
        return Sent(message_id, channel)

    async def redraw(self, channel: str, ts: str, card: Card) -> None:
        """Redraw the message at `channel`, `ts`, which somebody looks at. Raises `CallFailed`.

        Without its pictures: where it has any, the service redraws it once more.
        """
        await self._take_words(card, blocks.NOTHING, "chat.update", channel=channel, ts=ts)

    async def _take(self, card: Card, method: str, **where: Any) -> Json:
        """Have Slack take a card: with its pictures, or, where it refuses these for good, as it is without.

        What Slack refuses for its blocks it has not posted, so nothing is there twice. Raises `CallFailed`, and
        `PicturesNotReady` where it may take them in a moment.
        """
        pictures = self._files.blocks(card)
        try:
            return await self._take_words(card, pictures, method, **where)
        except CallFailed as failed:
            if not pictures or failed.error not in TABLE_REFUSED:
                raise
        if self._files.refused(card):
            raise PicturesNotReady
        return await self._take_words(card, blocks.NOTHING, method, **where)

    async def _take_words(self, card: Card, pictures: Mapping[int, list[Json]], method: str, **where: Any) -> Json:
        """Have Slack take a card with these pictures: with its long lists as tables, where it takes any.

        Raises `CallFailed`.
        """
        with_tables = tables.message(card, pictures) if card.tables and self._now() >= self._tables_again else None
        if with_tables is None or message_problems(with_tables):
            return await self._api.call(method, **where, **drawn(card, pictures))
        try:
            return await self._api.call(method, **where, **with_tables)
        except CallFailed as failed:
            if failed.error not in TABLE_REFUSED:
                raise
            refused = failed
        answer = await self._api.call(method, **where, **drawn(card, pictures))
        # It was the table, and no other block.
        self._tables_again = self._now() + TABLES_AGAIN
        log.warning(
            "Slack takes no tables here; lists are sent as lines", action="slack-table-refused", error=refused.error
        )
        return answer

    async def conversation(self, user: str) -> str:
        """The direct messages with `user`: an update does not take a person's id as channel. Raises `CallFailed`."""
        answer = await self._api.call("conversations.open", users=user)
        channel = answer.get("channel")
        if not isinstance(channel, dict) or not channel.get("id"):
            raise CallFailed("conversations.open", LOST)
        return str(channel["id"])

    async def post(self, channel: str, payload: Json) -> None:
        """Post an answer that was drawn already, until Slack takes it. Raises `CallFailed`."""
        await self._api.persist("chat.postMessage", channel=channel, **_QUIET, **payload)


def _thread(address: Address, card: Card) -> Json:
    """Under the first message about the same alert. What must be acknowledged is shown in the conversation as well:
    a reply that stands in its thread alone is easily overlooked.
    """
    if not (address.thread and address.conversation):
        return {}
    return {"thread_ts": address.thread, "reply_broadcast": card.lane == "alert" and not card.done}


_QUIET = {"unfurl_links": False, "unfurl_media": False}


def drawn(card: Card, pictures: Mapping[int, list[Json]] = blocks.NOTHING) -> Json:
    """The card's payload, held against the limits; the bare card if Slack would refuse it."""
    payload = blocks.message(card, pictures)
    problems = message_problems(payload)
    if not problems:
        return payload
    log.error("a card does not fit Slack", action="slack-card-refused", message=card.message, problems=problems)
    return blocks.bare(card)


def _told(failed: CallFailed) -> Outcome:
    result = outcome(failed)
    log.warning("Slack did not take a card", action="slack-send-failed", error=failed.error, status=failed.status)
    return result
