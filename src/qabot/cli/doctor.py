"""qabot doctor: check an adapter, step by step, with what to do."""

import asyncio
from typing import Annotated

import typer

from qabot.cli.support import open_store, out
from qabot.settings import read_settings
from qabot.wiring import build, create_adapter


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(adapter: Annotated[str, typer.Argument(help="The adapter to check, such as slack or teams.")]) -> None:
    """Check a chat adapter: credentials, connection, clock, and whether it can reach the administrator."""
    settings = read_settings()
    qabot = build(settings, store=open_store(settings), adapters=())
    checked = create_adapter(adapter, qabot.desk)

    async def run() -> bool:
        well = True
        async for finding in checked.doctor():
            well &= finding.ok
            out.print(f"{'OK  ' if finding.ok else 'FAIL'} {finding.check}", markup=False)
            if not finding.ok and finding.advice:
                out.print(f"     {finding.advice}", markup=False)
        return well

    if not asyncio.run(run()):
        raise typer.Exit(2)
