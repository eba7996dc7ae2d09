"""qabot webhook: addresses that are called when something happens, made, tried, listed and ended."""

import asyncio
from typing import Annotated

import typer

from qabot.cli.programs import open_qabot
from qabot.cli.staff import one_person
from qabot.cli.support import out
from qabot.errors import SetupError
from qabot.wiring import calls_of
from qabot.workflows.access import webhooks

webhook_app = typer.Typer(name="webhook", help="Addresses that are called of what happens.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Its name, such as case-system.")]


@webhook_app.command("new")
def new(
    name: Name,
    url: Annotated[str, typer.Argument(help="The https address.")],
    person: Annotated[str, typer.Option("--for", help="The administrator whose it is, by e-mail.")],
    event: Annotated[list[str], typer.Option(help="What it is called of, such as alert.raised. Several times.")],
    tell: Annotated[list[str] | None, typer.Option(help="What it is told besides: grades, people.")] = None,
) -> None:
    """Make a webhook, and print its secret this once."""
    qabot = open_qabot()
    settings = qabot.settings
    if not settings.secret_key:
        raise SetupError("QABOT_SECRET_KEY must be the same as that of the running service: the secret is made of it.")
    with qabot.store.transaction() as session:
        unit = qabot.desk.unit(session)
        whose = one_person(session, person).id
        private = settings.webhook_private
        row = webhooks.new(unit, name, url, event, tell or (), person_id=whose, private=private)
        secret = webhooks.secrets_of(row, settings.secret_keys)[0]
    typer.echo(secret)


@webhook_app.command("list")
def listed() -> None:
    """Show every webhook: where it leads, of what it is called, and how its calls are going."""
    qabot = open_qabot()
    with qabot.store.transaction() as session:
        unit = qabot.desk.unit(session)
        for each in webhooks.known(unit):
            how = webhooks.standing(unit, each)
            state = "ended" if each.ended_at else f"{how['waiting']} waiting, {how['failed']} failed"
            out.print(f"{each.name}: {each.url}; {', '.join(each.events)}; {state}")


@webhook_app.command("test")
def test(name: Name) -> None:
    """Call a webhook now with a test, and say what it answered."""
    ended = asyncio.run(calls_of(open_qabot()).test(name))
    out.print(f"{name} {'took' if ended.taken else 'did not take'} the test: {ended.why}.")
    if not ended.taken:
        raise typer.Exit(1)


@webhook_app.command("end")
def end(name: Name) -> None:
    """End a webhook: it is called no more."""
    qabot = open_qabot()
    with qabot.store.transaction() as session:
        unit = qabot.desk.unit(session)
        webhooks.end(unit, webhooks.named(unit, name), by=None)
    out.print(f"The webhook {name} has ended.")
