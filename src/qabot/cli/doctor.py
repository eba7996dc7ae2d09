"""qabot doctor: check the service and its chats, step by step, with what to do. It changes nothing."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Annotated

import typer

from qabot.adapter import Adapter, DirectoryEntry, DirectoryUnread, Finding
from qabot.adapter_kit.network import reason
from qabot.cli.checks import is_current, operators_mail, say, service_findings
from qabot.cli.databases import name_database, open_quietly
from qabot.cli.support import out
from qabot.errors import BadFile, SetupError
from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.settings import Settings, read_settings
from qabot.web import checklist
from qabot.wiring import Qabot, build, create_adapter
from qabot.workflows.people.links import normal
from qabot.workflows.people.reach import counted, newcomers, questions

app = typer.Typer()


@app.command()
def doctor(
    adapter: Annotated[
        str, typer.Argument(help="The only chat to check, such as slack or teams; else all is checked.")
    ] = "",
) -> None:
    """Check everything that the service needs, or one chat: each with what to do, and who is out of reach."""
    settings = read_settings()
    name_database(settings)
    looked = () if adapter else chain(service_findings(settings), operators_mail(settings))
    well = not [each for each in looked if not say(each)]
    try:
        qabot = build(settings, store=_store(settings), adapters=(), migrate=False)
    except (BadFile, SetupError):
        if adapter or well:
            raise
        raise typer.Exit(2) from None  # the framework, a message or their folder is wrong, which was said
    if not adapter:
        people = is_current(settings)
        with qabot.store.transaction() as session:
            findings = list(checklist.findings(qabot.desk.unit(session), settings.pilot, people=people))
        well &= not [each for each in findings if not say(each)]
    for name in [adapter] if adapter else settings.adapters:
        well &= _check_chat(qabot, name)
    if not well:
        raise typer.Exit(2)


def _store(settings: Settings) -> Store:
    """The database, or an empty one in memory where there is none of this version: the doctor makes nothing."""
    if is_current(settings):
        return open_quietly(settings)
    store = Store("sqlite://", inline=True)
    upgrade(store)
    return store


def _check_chat(qabot: Qabot, name: str) -> bool:
    """Whether a chat is well set up; who is not reached there is no fault of the set-up."""
    try:
        checked = create_adapter(name, qabot.desk)
    except SetupError as wrong:
        return say(Finding(f"Chat: {name}", False, str(wrong)))

    async def run() -> tuple[bool, Sequence[DirectoryEntry]]:
        well = True
        try:
            async for finding in checked.doctor():
                well &= say(finding)
            return well, await checked.directory() if well else ()
        except DirectoryUnread as unread:
            return well, unread.entries
        except Exception as wrong:
            # What stands in a platform's place can answer anything: a proxy's page, a list, nothing at all.
            return say(_unforeseen(checked.name, wrong)), ()
        finally:
            await checked.stop()

    well, entries = asyncio.run(run())
    _say_who_is_missing(qabot, checked, entries)
    _say_what_is_asked(qabot, checked.name)
    return well


def _unforeseen(name: str, wrong: Exception) -> Finding:
    advice = (
        f"What came back is none of the answers that are known ({reason(wrong)}). Does a proxy or a page for signing "
        "in answer in its place? If not, please report this."
    )
    return Finding(f"Chat: {name} could not be checked to the end", False, advice)


def _say_who_is_missing(qabot: Qabot, adapter: Adapter, entries: Sequence[DirectoryEntry]) -> None:
    """How many people are not in reach, and what to do. No fault of the set-up: people come one by one.

    Whoever has an account in the directory is linked as soon as the service reads it, and is not missing.
    """
    words = adapter.out_of_reach
    if words is None:
        return
    with qabot.store.transaction() as session:
        missing, everybody = counted(session, adapter.name, words)
        addresses = {
            normal(each) for entry in entries if entry.active for each in (entry.email, *entry.aliases) if each
        }
        soon = sum(normal(each.email) in addresses for each in newcomers(session, adapter.name))
    if soon:
        what = "and are linked once `qabot serve` reads its directory"
        out.print(f"OK   People: {soon} of {everybody} have an account here, {what}")
        missing -= 0 if words.no_chat else soon
        everybody -= 0 if words.no_chat else soon
    if not missing:
        if everybody or not soon:
            out.print(
                f"OK   People: all {everybody} are reached" if everybody else "NOTE People: nobody is imported yet"
            )
        return
    out.print(f"NOTE People: {missing} of {everybody} are not reached here, and are written to elsewhere")
    page = f"{qabot.settings.base_url}/programme/people?missing={adapter.name}"
    for line in (*words.advice, f"Their names: {page}"):
        out.print(f"     {line}")


def _say_what_is_asked(qabot: Qabot, adapter: str) -> None:
    """Second accounts of people, with what settles each. No fault of the set-up either."""
    with qabot.store.transaction() as session:
        clashes = questions(session, [adapter])
    if not clashes:
        return
    count = f"{len(clashes)} accounts need" if len(clashes) > 1 else "1 account needs"
    out.print(f"NOTE Accounts: {count} a decision; until then qabot writes to the one that is linked")
    for each in clashes:
        name = f" ({each.other_name})" if each.other_name else ""
        out.print(f"     {each.person}: {each.other}{name}. {each.why}")
        for account in filter(None, (each.linked, each.other)):
            out.print(f"       {each.command(account)}")
