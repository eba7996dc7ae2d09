"""qabot framework: check a file, show the rules, say what changes between two, print the schema for editors."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

import orjson
import typer
from rich.table import Table
from rich.text import Text

from qabot import files
from qabot.cli.support import day_of, out
from qabot.errors import BadFile
from qabot.framework import (
    Difference,
    Framework,
    calendar_lint,
    describe,
    differences,
    json_schema,
    lint,
    load,
    names,
    require,
    warn,
)
from qabot.framework.calendar import local_day
from qabot.framework.coverage import read_catalogue
from qabot.messaging.files import Catalogue
from qabot.scheduler.clock import SystemClock
from qabot.settings import read_settings

if TYPE_CHECKING:
    from qabot.web.differences import InUse

app = typer.Typer(name="framework", help="Councils' rules as data.", no_args_is_help=True)
DIFFERENT = 1
"""How `framework diff` ends if something differs, as diff does, and `coverage` if a rule is carried out by nothing."""
Name = Annotated[str, typer.Argument(help="A framework's name, such as newham, or the path of its file.")]


def _folders() -> list[Path]:
    return files.folders("frameworks", read_settings().frameworks_folder)


def _messages() -> Catalogue:
    return Catalogue.load(files.folders("messages", read_settings().messages_folder))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The framework files.", show_default=False)],
    on: Annotated[str | None, typer.Option("--on", help="Check it as on this day; else today.", metavar="DATE")] = None,
) -> None:
    """Check framework files: every problem with its line and what was expected. Exit code 2 if there is one."""
    today = day_of(on, "--on") if on else local_day(SystemClock().now())
    messages, wrong = _messages(), []
    for file in files:
        try:
            _check(file, messages, today)
        except BadFile as error:
            wrong.extend(error.problems)
    if wrong:
        raise BadFile(wrong)


def _check(file: Path, messages: Catalogue, today: date) -> None:
    framework = load(file, _folders(), to_lint=True)
    problems = [*lint(framework, messages), *calendar_lint.problems(framework, today, over=True)]
    if problems:
        raise BadFile(sorted(problems, key=lambda each: (each.file, each.line, each.column)))
    for each in [*warn(framework), *calendar_lint.problems(framework, today, over=False)]:
        out.print(f"{each} (is this meant?)")
    out.print(
        f"{file}: {framework.title}. {len(framework.rules)} rules, {len(framework.ladders)} ladders. All is well."
    )


@app.command()
def show(name: Name) -> None:
    """The rules in plain English, with their ids, sources, and what must be confirmed before go-live."""
    framework = load(name, _folders())
    confirmed = _confirmed(framework)
    for section in describe(framework):
        out.print(Text(f"\n{section.title}", "bold"), section.intro, sep="\n" if section.intro else "")
        table = Table(show_header=False, box=None, padding=(0, 1, 0, 0))
        table.add_column(overflow="fold", no_wrap=True)
        table.add_column(overflow="fold")
        for item in section.items:
            said = confirmed.get(item.rule, "confirm before go-live")
            mark = Text(f" ({said})" if item.confirm else "", "yellow")
            table.add_row(item.rule, Text("\n").join([Text.assemble(item.text, mark), *map(Text, item.notes)]))
        out.print(table)


def _confirmed(framework: Framework) -> dict[str, str]:
    """What the database says of the readings of this framework, by rule: nothing where there is none, or of another."""
    settings = read_settings()
    if settings.framework != framework.framework or _has_no_file(settings.database_url):
        return {}
    # Not before it is known that there is a database: to load what reads one takes seconds.
    from qabot.cli.checks import is_current
    from qabot.cli.databases import open_quietly
    from qabot.workflows.programme.readings import readings

    if not is_current(settings):
        return {}
    store = open_quietly(settings)
    try:
        with store.transaction() as session:
            return {rule: each.standing for rule, each in readings(session, framework).items() if each.confirmed}
    finally:
        store.close()


def _has_no_file(database_url: str) -> bool:
    """Whether this is SQLite's, and its file is not there. Read without what connects to it, which takes long."""
    url = urlsplit(database_url)
    return url.scheme.partition("+")[0] == "sqlite" and not Path(unquote(url.path.removeprefix("/"))).is_file()


@app.command()
def coverage(
    name: Annotated[
        str | None, typer.Argument(help="A framework's name, or the path of its file; without it every council's.")
    ] = None,
) -> None:
    """How each rule of a framework is carried out, or why not. Exit code 1 if a rule is carried out by nothing."""
    from qabot.cli import coverage as report

    folders = _folders()
    entries = read_catalogue(folders)
    files_there = [load(each, folders) for each in ([name] if name else names(folders))]
    covered_frameworks = report.widest(files_there, entries)
    for framework, covered in covered_frameworks:
        for line in report.lines(framework, covered):
            out.print(line)
        if name and covered.council:
            out.print(report.table(covered))
    if any(covered.by_nothing or covered.unknown for _, covered in covered_frameworks):
        raise typer.Exit(DIFFERENT)


@app.command()
def confirm(
    rule: Annotated[str, typer.Argument(help="The rule's id, of QABOT_FRAMEWORK.")],
    by: Annotated[str, typer.Option("--by", help="Who confirmed for the council how it is read.", metavar="NAME")],
    on: Annotated[str, typer.Option("--on", help="The day on which they did, such as 2026-11-21.", metavar="DATE")],
) -> None:
    """Note in the database that the council confirmed how a rule is read."""
    from qabot.cli.databases import open_store
    from qabot.workflows.programme import readings

    settings = read_settings()
    framework, day = require(load(settings.framework, _folders())), day_of(on, "--on")
    store = open_store(settings)
    try:
        with store.transaction() as session:
            readings.confirm(session, framework, rule, by=by, on=day, now=SystemClock().now())
            by_rule = readings.readings(session, framework)
    finally:
        store.close()
    left = sum(not each.confirmed for each in by_rule.values())
    out.print(f"{rule}: {by_rule[rule].standing}. {left} of {len(by_rule)} readings are to be confirmed.")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A framework's name, such as newham, or the path of its file.")],
    new: Annotated[str, typer.Argument(help="The framework that would take its place: a name or a path.")],
    of_open: Annotated[
        bool, typer.Option("--open", help="Say what it means for what is open in the database (QABOT_DATABASE_URL).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")] = False,
) -> None:
    """Say what changes between two frameworks, key by key. Exit code 0 if nothing does, 1 if something does."""
    from qabot.web import differences as report

    one, two = _both(old, new)
    changes = differences(one, two)
    used = _in_use(one, two, changes) if of_open else None
    if as_json:
        typer.echo(orjson.dumps(report.as_json(one, two, changes, used), option=orjson.OPT_INDENT_2))
    else:
        of_database = report.open_lines(two, used) if used is not None else ()
        for line in [*report.lines(one, two, changes), *of_database]:
            out.print(line)
    if changes:
        raise typer.Exit(DIFFERENT)


def _both(*names: str) -> list[Framework]:
    """The frameworks, if all are well. Raises `BadFile` with the problems of all."""
    folders, messages = _folders(), _messages()
    frameworks, problems = [], []
    for name in names:
        try:
            frameworks.append(require(load(name, folders, to_lint=True), messages))
        except BadFile as error:
            problems += error.problems
    if problems:
        raise BadFile(list(dict.fromkeys(problems)))
    return frameworks


def _in_use(old: Framework, new: Framework, changes: Sequence[Difference]) -> "InUse":
    """What is in the database of the settings for which something changes. It is only read."""
    from qabot.cli.databases import open_store
    from qabot.web.differences import in_use

    store = open_store(read_settings())
    try:
        with store.transaction() as session:
            return in_use(session, old, new, changes, SystemClock().now())
    finally:
        store.close()


@app.command()
def schema() -> None:
    """The JSON Schema of a framework file, for editors."""
    typer.echo(json.dumps(json_schema(), indent=2))
