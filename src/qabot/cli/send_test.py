"""qabot send-test: a marked test message to one person, by the chat in which they are really written to."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from qabot.adapter import (
    Adapter,
    Address,
    Ambiguous,
    DirectoryUnread,
    FindsPeople,
    Outcome,
    RefusedForAll,
    RefusedForPerson,
    RetryAfter,
    Sent,
)
from qabot.cli.checks import refuse_the_demonstration
from qabot.cli.databases import open_store
from qabot.cli.staff import one_person
from qabot.cli.support import out
from qabot.delivery.pilot import members
from qabot.errors import SetupError
from qabot.models import Notice, NoticeState
from qabot.models.columns import new_token
from qabot.models.rows import ACCOUNTS
from qabot.planning.directory import Staff
from qabot.settings import read_settings
from qabot.wiring import Qabot, build, create_adapter
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import accounts
from qabot.workflows.people.accounts import WEB

app = typer.Typer()
MESSAGE = "test-message"
STATES = {Sent: NoticeState.sent, Ambiguous: NoticeState.ambiguous}
"""What becomes of the notice; any other outcome says that the message did not leave."""


@app.command("send-test")
def send_test(person: Annotated[str, typer.Argument(help="The person's e-mail, or their name.")]) -> None:
    """Send one person a test message by their real chat, and say what came of it. It is marked as a test."""
    settings = read_settings()
    qabot = build(settings, store=open_store(settings), adapters=())
    try:
        if settings.adapters:
            refuse_the_demonstration(qabot.framework)
        with qabot.store.transaction() as session:
            directory, number = qabot.desk.unit(session).directory, one_person(session, person).id
        staff = directory.people[number]
        if settings.pilot and number not in members(directory, settings.pilot):
            raise SetupError(
                f"{staff.name} is not in the pilot, and is sent nothing. Add {staff.email} to QABOT_PILOT."
            )
        reached = asyncio.run(_send(qabot, staff))
    finally:
        qabot.store.close()
    if not reached:
        raise typer.Exit(2)


async def _send(qabot: Qabot, staff: Staff) -> bool:
    """Try each chat as a notice would; what none takes is in the web inbox. Whether a chat took it, if there is one."""
    names = [each for each in qabot.settings.adapters if each != WEB]
    for name in names:
        adapter = create_adapter(name, qabot.desk)
        try:
            async for line, outcome in _try(qabot, adapter, staff):
                out.print(f"{name}: {line}", markup=False)
                if isinstance(outcome, Sent | Ambiguous):
                    return isinstance(outcome, Sent)
        finally:
            await adapter.stop()
    await qabot.desk.run(lambda unit: _record(unit, staff, WEB, "", Sent(new_token())))
    where = f"web: it is in {staff.name}'s web inbox, {qabot.settings.base_url}/inbox"
    out.print(f"{where}. No chat took it." if names else f"{where}: no chat is set (QABOT_ADAPTERS).", markup=False)
    return not names


async def _try(qabot: Qabot, adapter: Adapter, staff: Staff) -> AsyncIterator[tuple[str, Outcome | None]]:
    """One chat: what came of it in a sentence, and the outcome; none where the person is not known there."""
    where = await _address(qabot, adapter, staff)
    if isinstance(where, str):
        yield where, None
        return
    card = await qabot.desk.run(lambda unit: Drawing(unit).system(MESSAGE, staff.id))
    outcome = await adapter.send(where, card)
    await qabot.desk.run(lambda unit: _record(unit, staff, adapter.name, where.external_id, outcome))
    yield _said(outcome, staff, where.external_id), outcome


async def _address(qabot: Qabot, adapter: Adapter, staff: Staff) -> Address | str:
    """Where this person is written to there, as the service would find it; else why they are not."""
    known = await qabot.desk.run(lambda unit: _known(unit, adapter.name, staff.id))
    if known is None and isinstance(adapter, FindsPeople):
        try:
            await qabot.desk.meet(adapter.name, await adapter.find(staff.email))
        except DirectoryUnread as unread:
            return f"nobody could be looked up: {unread}"
        known = await qabot.desk.run(lambda unit: _known(unit, adapter.name, staff.id))
    if known is not None:
        return known
    words = adapter.out_of_reach
    return f"{words.no_account} {words.advice[0]}" if words else f"{staff.name} has no account there."


def _known(unit: Unit, adapter: str, person_id: int) -> Address | None:
    rows = ACCOUNTS.among(unit.session, "person_id", [person_id])
    return next((accounts.as_address(each) for each in rows if each.adapter == adapter), None)


def _record(unit: Unit, staff: Staff, adapter: str, account: str, outcome: Outcome) -> None:
    """A notice and a line of the log; what came through also says where its chat is."""
    notice = Notice(
        key=f"{MESSAGE}:{staff.id}:{new_token()}",
        rule="",
        message=MESSAGE,
        lane="due",
        recipient_id=staff.id,
        subject_type="person",
        subject_id=staff.id,
        reason="qabot send-test",
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
    why = "sent" if isinstance(outcome, Sent) else outcome.reason
    unit.event("test-sent", subject=("person", staff.id), notice=notice.id, why=why, adapter=adapter)


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
