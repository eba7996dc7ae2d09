"""A message that somebody sends one person by hand: a marked test, or a link; and what came of it, in a sentence.

It goes by the person's real chat at once, beside everything that waits to be sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from qabot.adapter import (
    Adapter,
    Address,
    Ambiguous,
    DirectoryEntry,
    DirectoryUnread,
    FindsPeople,
    Outcome,
    RefusedForAll,
    RefusedForPerson,
    RetryAfter,
    Sent,
)
from qabot.messaging.card import Card
from qabot.models import Notice, NoticeState
from qabot.models.columns import new_token
from qabot.models.rows import ACCOUNTS
from qabot.planning.directory import Staff
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import accounts

log = structlog.get_logger()
T = TypeVar("T")
TEST = "test-message"
STATES = {Sent: NoticeState.sent, Ambiguous: NoticeState.ambiguous}
"""What becomes of the notice; any other outcome says that the message did not leave."""


class Runs(Protocol):
    """Units of work, and links of accounts: the desk is it."""

    async def run(self, work: Callable[[Unit], T]) -> T:
        """Work in a transaction of its own."""

    async def meet(self, entry_of: str, entries: Sequence[DirectoryEntry]) -> int:
        """Link whoever a directory knows."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one chat: a sentence; `outcome` is None where the person is not known there."""

    said: str
    outcome: Outcome | None = None
    account: str = ""

    @property
    def left(self) -> bool:
        """Whether it left, or may have: no other chat is tried then."""
        return isinstance(self.outcome, Sent | Ambiguous)


async def send(desk: Runs, adapter: Adapter, staff: Staff, card: Callable[[Unit], Card]) -> Tried:
    """A card by one chat, as a notice would go."""
    where = await _address(desk, adapter, staff)
    if isinstance(where, str):
        return Tried(where)
    drawn = await desk.run(card)
    try:
        outcome = await adapter.send(where, drawn)
    except Exception:
        # As in the delivery: it may have arrived.
        log.exception("an adapter failed in mid-send", action="send-failed", adapter=adapter.name)
        outcome = Ambiguous("the chat failed in mid-send")
    return Tried(_said(outcome, staff, where.external_id), outcome, where.external_id)


async def send_test(desk: Runs, adapter: Adapter, staff: Staff, why: str, by: int | None = None) -> Tried:
    """A marked test by one chat. What came of it is in the log; `why` says by what it was sent, `by` by whom."""
    tried = await send(desk, adapter, staff, lambda unit: Drawing(unit).system(TEST, staff.id))
    if (outcome := tried.outcome) is not None:
        await desk.run(lambda unit: record_test(unit, staff, adapter.name, tried.account, outcome, why, by))
    return tried


async def _address(desk: Runs, adapter: Adapter, staff: Staff) -> Address | str:
    """Where this person is written to there, as the service would find it; else why they are not."""
    known = await desk.run(lambda unit: _known(unit, adapter.name, staff.id))
    if known is None and isinstance(adapter, FindsPeople):
        try:
            await desk.meet(adapter.name, await adapter.find(staff.email))
        except DirectoryUnread as unread:
            return f"nobody could be looked up: {unread}"
        known = await desk.run(lambda unit: _known(unit, adapter.name, staff.id))
    if known is not None:
        return known
    words = adapter.out_of_reach
    return f"{words.no_account} {words.advice[0]}" if words else f"{staff.name} has no account there."


def _known(unit: Unit, adapter: str, person_id: int) -> Address | None:
    rows = ACCOUNTS.among(unit.session, "person_id", [person_id])
    return next((accounts.as_address(each) for each in rows if each.adapter == adapter), None)


def record_test(
    unit: Unit, staff: Staff, adapter: str, account: str, outcome: Outcome, why: str, by: int | None = None
) -> None:
    """A notice and a line of the log; what came through also says where its chat is."""
    notice = Notice(
        key=f"{TEST}:{staff.id}:{new_token()}",
        rule="",
        message=TEST,
        lane="due",
        recipient_id=staff.id,
        subject_type="person",
        subject_id=staff.id,
        reason=why,
        state=STATES.get(type(outcome), NoticeState.failed),
        created_at=unit.now,
        not_before=unit.now,
        closed_at=unit.now,
        alone=True,
        adapter=adapter,
    )
    if isinstance(outcome, Sent):
        notice.sent_at, notice.message_id, notice.conversation = unit.now, outcome.message_id, outcome.conversation
        if outcome.conversation:
            accounts.reached(unit, adapter, account, outcome.conversation)
    unit.session.add(notice)
    unit.session.flush()
    came = "sent" if isinstance(outcome, Sent) else outcome.reason
    unit.event("test-sent", actor=by, subject=("person", staff.id), notice=notice.id, why=came, adapter=adapter)


def _said(outcome: Outcome, staff: Staff, account: str) -> str:
    match outcome:
        case Sent():
            return f"sent to {account}. Ask {staff.name} whether it is there."
        case Ambiguous(reason):
            return f"nobody knows whether it arrived: {reason}. Ask {staff.name} before you send another."
        case RetryAfter(seconds, reason):
            return f"not sent: {reason}. It can be tried again in {seconds:.0f} seconds."
        case RefusedForPerson(reason):
            return f"not sent, {staff.name} cannot be reached there: {reason}"
        case RefusedForAll(reason):
            return f"not sent, nobody can be reached there: {reason}"
