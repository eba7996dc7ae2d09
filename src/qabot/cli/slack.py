"""qabot slack: the app's manifest, which the adapter brings if it is installed."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from qabot.cli.support import out, writable, write
from qabot.errors import SetupError
from qabot.settings import read_settings

app = typer.Typer(name="slack", help="Slack.", no_args_is_help=True)
MANIFESTS = "qabot.manifests"


@app.callback()
def slack() -> None:
    """Slack."""


@app.command()
def manifest(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; else it is printed.")] = None,
    http: Annotated[
        bool, typer.Option("--http", help="For Slack that calls qabot at QABOT_BASE_URL, instead of Socket Mode.")
    ] = False,
) -> None:
    """The manifest from which the app is made in Slack: its scopes, events and buttons."""
    makers = entry_points(group=MANIFESTS, name="slack")
    if not makers:
        raise SetupError("The Slack adapter is not installed. docs/commands.md says how it is installed.")
    address = read_settings().base_url if http else ""
    if http and not address.startswith("https://"):
        raise SetupError("Slack calls qabot at an https address only. Set QABOT_BASE_URL to it.")
    text = next(iter(makers)).load()(address)
    if file is None:
        typer.echo(text, nl=False)
        return
    writable(file, "manifest")
    write(file, text)
    out.print(f"{file} is written. Make the app from it in Slack (docs/slack.md).")
