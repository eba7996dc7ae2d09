"""qabot send-test: a marked test message to one person, by the chat in which they are really written to."""

import asyncio
from typing import Annotated

import typer

from qabot.adapter import Sent
from qabot.cli.checks import refuse_the_demonstration
from qabot.cli.databases import open_store
from qabot.cli.staff import one_person
from qabot.cli.support import out
from qabot.delivery import trials
from qabot.delivery.pilot import refusal
from qabot.errors import SetupError
from qabot.models.columns import new_token
from qabot.planning.directory import Staff
from qabot.settings import read_settings
from qabot.wiring import Qabot, build, create_adapter
from qabot.workflows.people.accounts import WEB

app = typer.Typer()
WHY = "qabot send-test"


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
        if why := refusal(staff, settings.pilot):
            raise SetupError(why)
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
            tried = await trials.send_test(qabot.desk, adapter, staff, WHY)
        finally:
            await adapter.stop()
        out.print(f"{name}: {tried.said}")
        if tried.left:
            return isinstance(tried.outcome, Sent)
    await qabot.desk.run(lambda unit: trials.record_test(unit, staff, WEB, "", Sent(new_token()), WHY))
    where = f"web: it is in {staff.name}'s web inbox, {qabot.settings.base_url}/inbox"
    out.print(f"{where}. No chat took it." if names else f"{where}: no chat is set (QABOT_ADAPTERS).")
    return not names
