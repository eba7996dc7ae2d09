"""qabot token: what programs use the API with, made, listed and ended."""

from typing import Annotated

import typer

from qabot.cli.databases import open_store
from qabot.cli.staff import one_person
from qabot.cli.support import out
from qabot.framework.calendar import local_day
from qabot.settings import read_settings
from qabot.wiring import Qabot, build
from qabot.workflows.access import tokens

token_app = typer.Typer(name="token", help="What programs use the API with.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Its name, such as power-bi.")]


@token_app.command("new")
def new(
    name: Name,
    person: Annotated[str, typer.Option("--for", help="The administrator for whom it acts, by e-mail.")],
    scope: Annotated[list[str], typer.Option(help="What it may do, such as audits:read. May be given several times.")],
    days: Annotated[int, typer.Option(help="Days until it ends.")] = tokens.USUAL_DAYS,
) -> None:
    """Make a token, and print it this once: only its hash is kept."""
    qabot = open_qabot()
    with qabot.store.transaction() as session:
        unit = qabot.desk.unit(session)
        text = tokens.new(unit, name, scope, days, person_id=one_person(session, person).id)
    typer.echo(text)


@token_app.command("list")
def listed() -> None:
    """Show every token: what it may do, for whom, until when, and when it was last used."""
    qabot = open_qabot()
    with qabot.store.transaction() as session:
        unit = qabot.desk.unit(session)
        for each in tokens.known(unit):
            state = f"ends {local_day(each.expires_at)}" if tokens.is_open(unit, each) else "no longer works"
            used = f"last used {local_day(each.used_at)}" if each.used_at else "never used"
            who = unit.directory.name(each.person_id)
            out.print(f"{each.name}: {', '.join(each.scopes)}; for {who}; {state}; {used}")


@token_app.command("end")
def end(name: Name) -> None:
    """End a token: from the next call on it is nobody's."""
    qabot = open_qabot()
    with qabot.store.transaction() as session:
        tokens.end(qabot.desk.unit(session), name, by=None)
    out.print(f"The token {name} has ended.")


def open_qabot() -> Qabot:
    """The whole service of the settings on its database, without its chats."""
    settings = read_settings()
    return build(settings, store=open_store(settings), adapters=())
