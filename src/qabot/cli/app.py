"""Every command, by group. A module is imported once its command is used: `qabot --version` needs none of them."""

import os
from collections import UserDict
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperGroup

from qabot import __version__

if TYPE_CHECKING:
    from typer._click import Command

PLACES = {
    "framework": "frameworks",
    "messages": "messages",
    "people": "imports:people_app",
    "person": "rights:person_app",
    "hold": "rights:hold_app",
    "retention": "rights:retention_app",
    "log": "event_log",
    "reseal": "reseal",
    "token": "programs:token_app",
    "webhook": "webhooks:webhook_app",
    "cases": "imports:cases_app",
    "audits": "imports:audits_app",
    "days": "imports:days_app",
    "picks": "imports:picks_app",
    "slack": "slack",
    "teams": "teams",
    "setup": "setting_up.command",
    "serve": "serve",
    "worker": "worker",
    "demo": "serve",
    "link": "serve",
    "sign-out": "access",
    "break-glass": "access",
    "send-test": "send_test",
    "simulate": "simulate",
    "doctor": "doctor",
    "status": "status",
    "watch": "watch",
    "upgrade": "upgrading",
    "export": "leaving",
    "erase": "leaving",
    "host": "host",
    "backup": "backups",
    "restore": "backups",
    "release": "backups",
    "db": "moving",
}
"""A command or group -> its module in qabot.cli and the Typer in it, `app` if none is named."""
WITHOUT_SETTINGS = frozenset({"setup", "demo"})
"""Commands that make the file of settings, or have their own."""


class _Commands(UserDict[str, Any]):
    """The names are known from the start; a command is made when it is asked for."""

    def __getitem__(self, name: str) -> "Command":
        module, _, attribute = cast(str, super().__getitem__(name)).partition(":")
        group = typer.main.get_group(getattr(import_module(f"qabot.cli.{module}"), attribute or "app"))
        command = group.commands.get(name, group)
        # The list of commands shows this; a group made without a name would stand there without one.
        command.name = name
        return command


class _Root(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands(PLACES)


app = typer.Typer(
    name="qabot",
    cls=_Root,
    help="qabot knows what people in a council's quality-assurance programme owe one another and by when.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Settings come from the environment (QABOT_...), or from the file that QABOT_SETTINGS_FILE names."""
    from qabot.cli.logs import configure_logs
    from qabot.settings_file import take_settings

    if context.invoked_subcommand not in WITHOUT_SETTINGS:
        take_settings(os.environ)
    configure_logs()
