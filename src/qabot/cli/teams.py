"""qabot teams: the app package for Microsoft Teams, written by the adapter if it is installed."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from qabot.cli.support import out
from qabot.errors import SetupError
from qabot.settings import read_settings
from qabot.web.sign_on.providers import providers_of
from qabot.wiring import load_framework
from qabot.workflows.registrations import new_registry

app = typer.Typer(name="teams", help="Microsoft Teams.", no_args_is_help=True)
WRITERS = "qabot.packages"


@app.callback()
def teams() -> None:
    """Microsoft Teams."""


@app.command()
def package(
    file: Annotated[Path, typer.Argument(help="Where to write the zip.")] = Path("qabot-teams.zip"),
    app_id: Annotated[str, typer.Option(help="The bot's application id.", envvar="QABOT_TEAMS_APP_ID")] = "",
    nudge: Annotated[
        bool, typer.Option("--nudge", help="Let the app write to people's activity feed.", envvar="QABOT_TEAMS_NUDGE")
    ] = False,
    app_version: Annotated[str, typer.Option(help="Teams takes an update only with a higher one.")] = "1.0.0",
) -> None:
    """Write the app package (manifest and icons) that an administrator uploads to Teams."""
    writers = entry_points(group=WRITERS, name="teams")
    if not writers:
        raise SetupError("The Teams adapter is not installed. docs/commands.md says how it is installed.")
    settings = read_settings()
    write = next(iter(writers)).load()
    write(
        file,
        app_id=app_id,
        public_url=settings.base_url,
        council=load_framework(settings).council.name,
        words=new_registry().command_words(),
        version=app_version,
        nudge=nudge,
        tab_id=next((each.client_id for each in providers_of(settings) if each.tenant and settings.sign_on_tab), ""),
    )
    out.print(f"{file} is written. Upload it in the Teams admin centre (docs/teams.md).")
