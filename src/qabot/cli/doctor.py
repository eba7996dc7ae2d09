"""qabot doctor: check an adapter, step by step, with what to do."""

import asyncio
import os
from typing import Annotated

import typer

from qabot.adapter import Adapter
from qabot.cli.databases import is_new, name_database, open_store, place
from qabot.cli.support import out
from qabot.framework import calendar_lint
from qabot.framework.calendar import local_day
from qabot.models import Store
from qabot.private_files import open_to_others
from qabot.settings import Settings, read_settings
from qabot.wiring import Qabot, build, create_adapter
from qabot.workflows.people.reach import counted, questions

app = typer.Typer()


@app.command()
def doctor(adapter: Annotated[str, typer.Argument(help="The adapter to check, such as slack or teams.")]) -> None:
    """Check a chat adapter: credentials, connection, clock, the way to the administrator, and who is out of reach."""
    settings = read_settings()
    qabot = build(settings, store=_store(settings), adapters=())
    checked = create_adapter(adapter, qabot.desk)

    async def run() -> bool:
        well = True
        async for finding in checked.doctor():
            well &= finding.ok
            out.print(f"{'OK  ' if finding.ok else 'FAIL'} {finding.check}", markup=False)
            if not finding.ok and finding.advice:
                out.print(f"     {finding.advice}", markup=False)
        return well

    well = asyncio.run(run())
    for sentence in open_to_others(settings.database_url, os.environ):
        out.print(f"NOTE {sentence}", markup=False)
    for each in calendar_lint.endings(qabot.framework, local_day(qabot.clock.now())):
        out.print(f"NOTE Calendar: {each.name}: {each.what}", markup=False)
    _say_who_is_missing(qabot, checked)
    _say_what_is_asked(qabot, checked.name)
    if not well:
        raise typer.Exit(2)


def _store(settings: Settings) -> Store:
    """The database, or an empty one in memory where there is none yet: the doctor makes nothing."""
    if not is_new(settings):
        return open_store(settings)
    name_database(settings)
    out.print(f"NOTE Database: there is none at {place(settings)} yet; `qabot serve` makes it", markup=False)
    return Store("sqlite://", inline=True)


def _say_who_is_missing(qabot: Qabot, adapter: Adapter) -> None:
    """How many people are not in reach, and what to do. No fault of the set-up: people come one by one."""
    words = adapter.out_of_reach
    if words is None:
        return
    with qabot.store.transaction() as session:
        missing, everybody = counted(session, adapter.name, words)
    if not missing:
        out.print(f"OK   People: all {everybody} are reached" if everybody else "NOTE People: nobody is imported yet")
        return
    out.print(f"NOTE People: {missing} of {everybody} are not reached here, and are written to elsewhere", markup=False)
    page = f"{qabot.settings.base_url}/programme/people?missing={adapter.name}"
    for line in (*words.advice, f"Their names: {page}"):
        out.print(f"     {line}", markup=False)


def _say_what_is_asked(qabot: Qabot, adapter: str) -> None:
    """Second accounts of people, with what settles each. No fault of the set-up either."""
    with qabot.store.transaction() as session:
        clashes = questions(session, [adapter])
    if not clashes:
        return
    count = f"{len(clashes)} accounts need" if len(clashes) > 1 else "1 account needs"
    out.print(f"NOTE Accounts: {count} a decision; until then qabot writes to the one that is linked", markup=False)
    for each in clashes:
        name = f" ({each.other_name})" if each.other_name else ""
        out.print(f"     {each.person}: {each.other}{name}. {each.why}", markup=False)
        for account in filter(None, (each.linked, each.other)):
            out.print(f"       {each.command(account)}", markup=False)
