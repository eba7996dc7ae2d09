"""Every command, by group."""

from typing import Annotated

import typer

from qabot import __version__
from qabot.cli import doctor, frameworks, imports, messages, serve, simulate, teams
from qabot.cli.support import configure_logs

app = typer.Typer(
    name="qabot",
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
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Settings come from the environment (QABOT_...); docs/settings.md lists them all."""
    configure_logs()


for group in (frameworks, messages, imports, teams):
    app.add_typer(group.app)
for module in (serve, simulate, doctor):
    module.add(app)
