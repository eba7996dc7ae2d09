"""qabot simulate: every notice that a framework would send in a period, without a server."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from qabot.adapter import Adapter
from qabot.cli.listing import print_listing
from qabot.cli.support import day_of, existing, out, writable, write
from qabot.errors import SetupError
from qabot.messaging.values import plural
from qabot.models import Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.lines import Line
from qabot.simulation.pace import Answering
from qabot.simulation.run import Simulation
from qabot.simulation.scenario import load_scenario
from qabot.simulation.tally import yearbook
from qabot.web.drawing import draw
from qabot.wiring import Qabot, build, load_framework, load_tools

LONG_RUN_DAYS = 14
HEADINGS = ("When", "Message", "To", "About", "Why")


app = typer.Typer()


@app.command()
def simulate(
    framework: Annotated[str, typer.Argument(help="A framework's name, such as newham, or the path of its file.")],
    start: Annotated[str, typer.Option("--from", help="The first day, such as 2026-10-01.", metavar="DATE")],
    end: Annotated[str, typer.Option("--to", help="The last day.", metavar="DATE")],
    people: Annotated[Path | None, typer.Option(help="A CSV file of people; else an invented council.")] = None,
    cases: Annotated[Path | None, typer.Option(help="A CSV file of cases, with --people.")] = None,
    scenario: Annotated[Path | None, typer.Option(help="A YAML file of what happens (docs/scenarios.md).")] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line instead of a table.")] = False,
    calendar: Annotated[
        Path | None, typer.Option(help="An HTML file to write: the period as a calendar, to read or to print.")
    ] = None,
    invented: Annotated[int, typer.Option(help="How many invented people there are, without --people.", min=30)] = 60,
    answering: Annotated[
        Answering,
        typer.Option(
            "--people-answer",
            help="What people do by themselves: most of it in time, all but late, all of it, or none.",
        ),
    ] = "none",
) -> None:
    """Print every notice that a framework would send in a period, with the service's own rules."""
    first, last = day_of(start, "--from"), day_of(end, "--to")
    if last < first:
        raise SetupError(f"--to ({last.isoformat()}) is before --from ({first.isoformat()}).")
    if calendar is not None:
        writable(calendar, "HTML file to write")
    settings = read_settings(framework=framework)
    catalogue = load_tools(settings).catalogue
    rules = load_framework(settings, catalogue)
    story = load_scenario(existing(scenario, "scenario"), rules) if scenario else None

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(settings, store=store, clock=clock, adapters=adapters, framework=rules)

    run = Simulation(made, first, last)
    if cases is not None and people is None:
        raise SetupError("--cases: the cases of a council go with its people. Give --people as well.")
    work = existing(cases, "CSV file of cases") if cases else None
    run.load(existing(people, "CSV file of people") if people else None, story, invented, answering, work)
    lines = _play(run, (last - first).days)
    if calendar is not None:
        book = yearbook(lines, run.cast(), rules, catalogue.titles(), first, last)
        write(calendar, draw("calendar.html", book=book, framework=rules))
        _errors().print(f"{calendar}: {plural(book.messages, 'message', 'messages')}, by day and by role.")
    if calendar is None or jsonl:
        _show(lines, jsonl)


def _play(run: Simulation, days: int) -> list[Line]:
    if days < LONG_RUN_DAYS or not sys.stderr.isatty():
        return asyncio.run(run.play())
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True, console=_errors()) as progress:
        task = progress.add_task("Playing", total=None)

        def moved(day: date) -> None:
            progress.update(task, description=f"Playing {day:%d %B %Y}")

        return asyncio.run(run.play(moved))


def _errors() -> Console:
    return Console(stderr=True)


def _show(lines: Sequence[Line], jsonl: bool) -> None:
    if jsonl:
        for line in lines:
            sys.stdout.buffer.write(orjson.dumps(line.as_json()) + b"\n")
        return
    rows = [
        (
            _when(line.at),
            f"{line.message}\n{line.rule}, {line.lane}",
            _lines(line.recipient, line.role),
            _lines(line.subject, f"due {line.due.isoformat()}" if line.due else ""),
            line.reason,
        )
        for line in lines
    ]
    # The terminal may be narrow or none at all: two lines for each notice stay readable in 80 columns.
    print_listing(out, plural(len(lines), "notice", "notices"), HEADINGS, rows, whole=("When", "Message"))


def _lines(first: str, second: str) -> str:
    return f"{first}\n{second}" if second else first


def _when(at: datetime) -> str:
    return f"{at:%a %d %b}\n{at:%Y %H:%M}"
