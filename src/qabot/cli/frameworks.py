"""qabot framework: check a file, show the rules in plain English, print the schema for editors."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from qabot import files
from qabot.cli.support import out
from qabot.errors import BadFile
from qabot.framework.describe import describe
from qabot.framework.editors import json_schema
from qabot.framework.lint import lint
from qabot.framework.loader import load
from qabot.messaging.files import Catalogue
from qabot.settings import read_settings

app = typer.Typer(name="framework", help="Councils' rules as data.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A framework's name, such as newham, or the path of its file.")]


def _folders() -> list[Path]:
    return files.folders("frameworks", read_settings().frameworks_folder)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="The framework file.")]) -> None:
    """Check a framework file: every problem with its line and what was expected. Exit code 2 if there is one."""
    framework = load(file, _folders())
    settings = read_settings()
    messages = Catalogue.load(files.folders("messages", settings.messages_folder)).names()
    problems = lint(framework, messages)
    if problems:
        raise BadFile(list(problems))
    out.print(
        f"{file}: {framework.title}. {len(framework.rules)} rules, {len(framework.ladders)} ladders. All is well."
    )


@app.command()
def show(name: Name) -> None:
    """The rules in plain English, with their ids, sources, and what must be confirmed before go-live."""
    framework = load(name, _folders())
    for section in describe(framework):
        out.print(f"\n[bold]{section.title}[/bold]", section.intro, sep="\n" if section.intro else "")
        table = Table(show_header=False, box=None, padding=(0, 1, 0, 0))
        table.add_column(overflow="fold", no_wrap=True)
        table.add_column(overflow="fold")
        for item in section.items:
            mark = " [yellow](confirm before go-live)[/yellow]" if item.confirm else ""
            table.add_row(item.rule, "\n".join([f"{item.text}{mark}", *item.notes]))
        out.print(table)


@app.command()
def schema() -> None:
    """The JSON Schema of a framework file, for editors."""
    typer.echo(json.dumps(json_schema(), indent=2))
