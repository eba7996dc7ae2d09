"""qabot people / cases / audits / days import: all or nothing, with --dry-run, repeatable without doubling anything."""

from pathlib import Path
from typing import Annotated

import typer

from qabot.cli import collecting, people_files
from qabot.cli.databases import is_new, name_database, open_store
from qabot.cli.support import existing, out
from qabot.errors import SetupError
from qabot.imports import kinds
from qabot.imports.people import Wishes
from qabot.models import Store, alone
from qabot.models.aside import aside
from qabot.scheduler.rehearsal import rehearse
from qabot.settings import Settings, read_settings
from qabot.web import rehearsals
from qabot.web.titles import Titles
from qabot.wiring import build, load_framework
from qabot.workflows.people import accounts
from qabot.workflows.people.links import Links

people_app = typer.Typer(name="people", help="Who works here.", no_args_is_help=True)
cases_app = typer.Typer(name="cases", help="Cases that may be drawn, by reference alone.", no_args_is_help=True)
audits_app = typer.Typer(name="audits", help="Audits that began elsewhere.", no_args_is_help=True)
days_app = typer.Typer(
    name="days", help="Days that come from elsewhere, of meetings and of events.", no_args_is_help=True
)
picks_app = typer.Typer(name="picks", help="Cases that somebody picked for a cycle.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The CSV file or workbook; docs/imports.md has its columns.")]
MapFile = Annotated[
    Path | None, typer.Option("--map", help="A YAML file that says which of the file's columns is which of ours.")
]
Others = Annotated[
    bool, typer.Option("--leave-out-others", help="Leave columns out that are not ours, instead of refusing the file.")
]
MAKES_ONE = ", or import the people with --new-database"
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
EveryChange = Annotated[
    bool, typer.Option("--every-change", help="Show each change, also of many; else the first of each sort.")
]
REST = "Not all are shown: with --every-change each is."


@people_app.command("import")
def people(
    file: File,
    dry_run: DryRun = False,
    every_change: EveryChange = False,
    profile: Annotated[str, typer.Option(help="What exported the file: entra, google, microsoft-365 or slack.")] = "",
    map_file: MapFile = None,
    leave_out_others: Others = False,
    renamed: Annotated[
        list[str] | None,
        typer.Option(help="OLD=NEW: a changed address of one person. May be given several times.", metavar="OLD=NEW"),
    ] = None,
    all_new: Annotated[
        bool, typer.Option("--all-new", help="Whoever looks like somebody who is missing is somebody else.")
    ] = False,
    absent_have_left: Annotated[
        bool, typer.Option("--absent-have-left", help="Whoever is not in the file has left.")
    ] = False,
    allow_vacant: Annotated[
        bool, typer.Option("--allow-vacant", help="Go on although nobody holds some role of the framework.")
    ] = False,
    new_database: Annotated[
        bool, typer.Option("--new-database", help="Make the database if there is none yet, as a first import does.")
    ] = False,
) -> None:
    """Import people with their teams, roles, managers, working days and absences."""
    plan = kinds.people(
        existing(file, "CSV file of people"),
        map_file=_map(map_file),
        profile=profile,
        others=leave_out_others,
        wishes=Wishes(kinds.renamed(renamed or []), all_new, absent_have_left),
        allow_vacant=allow_vacant,
    )
    _run(plan, dry_run, every_change, new_database=new_database)


people_app.command("fetch")(people_files.fetch)
people_app.command("compare")(people_files.compare)
people_app.command("export")(people_files.export)


@people_app.command("account")
def account(
    email: Annotated[str, typer.Argument(help="The person's e-mail, as in the list of people.")],
    adapter: Annotated[str, typer.Argument(help="The chat, such as slack or teams.")],
    account: Annotated[str, typer.Argument(help="The account's id there, as `qabot doctor` and the console show it.")],
) -> None:
    """Say which account of a chat is a person's, where there are two: the console's page of people asks about it."""
    qabot = build(settings := read_settings(), store=open_store(settings), adapters=())
    with qabot.store.transaction() as session:
        unit = qabot.desk.unit(session)
        person = Links(unit, adapter).owner(email)
        if person is None:
            raise SetupError(f"Nobody has this e-mail: {email!r}. Give it as in the list of people.")
        accounts.decide(unit, adapter, person.id, account)
    out.print(f"{person.name} is written to at {account} in {adapter}. The other account is not asked about again.")


@cases_app.command("import")
def cases(
    file: File,
    dry_run: DryRun = False,
    every_change: EveryChange = False,
    map_file: MapFile = None,
    leave_out_others: Others = False,
) -> None:
    """Import cases: references, teams, practitioners, and who has been involved."""
    plan = kinds.cases(existing(file, "CSV file of cases"), map_file=_map(map_file), others=leave_out_others)
    _run(plan, dry_run, every_change)


cases_app.command("collect")(collecting.collect)


@audits_app.command("import")
def audits(
    file: File,
    dry_run: DryRun = False,
    every_change: EveryChange = False,
    map_file: MapFile = None,
    leave_out_others: Others = False,
    history: Annotated[
        bool, typer.Option("--history", help="What has grades is over: it is kept in silence, and nothing follows.")
    ] = False,
) -> None:
    """Import audits: allocated ones get a deadline, submitted ones their grades and what follows from those."""
    rules = load_framework(read_settings())
    given = existing(file, "CSV file of audits")
    plan = kinds.audits(given, rules, map_file=_map(map_file), others=leave_out_others, history=history)
    _run(plan, dry_run, every_change)


@days_app.command("import")
def days(
    file: File,
    dry_run: DryRun = False,
    every_change: EveryChange = False,
    map_file: MapFile = None,
    leave_out_others: Others = False,
) -> None:
    """Import days that come from elsewhere: planned, and moved or cancelled by a later file."""
    plan = kinds.days(existing(file, "CSV file of days"), map_file=_map(map_file), others=leave_out_others)
    _run(plan, dry_run, every_change)


@picks_app.command("import")
def picks(file: File, dry_run: DryRun = False, every_change: EveryChange = False) -> None:
    """Import picked cases: for which cycle of what, and for whom if they are not to be shared out."""
    _run(kinds.picks(existing(file, "CSV file of picked cases")), dry_run, every_change)


def _map(map_file: Path | None) -> Path | None:
    return existing(map_file, "map") if map_file else None


def _run(plan: kinds.Plan, dry_run: bool, every_change: bool, *, new_database: bool = False) -> None:
    """Show what changes. A database that is still to be made is rehearsed first: a refusal or a dry run makes none."""
    settings = read_settings()
    rehearsed = new_database and is_new(settings)
    if rehearsed:
        lines = _in(Store("sqlite://", inline=True), settings, plan, dry_run, every_change)
    if rehearsed and dry_run:
        name_database(settings)
    else:
        store = open_store(settings, make=new_database, advice=MAKES_ONE)
        lines = _in(store, settings, plan, dry_run, every_change)
    for line in lines:
        out.print(line)
    out.print("Nothing was changed: this was a dry run." if dry_run else "Done.")


def _in(store: Store, settings: Settings, plan: kinds.Plan, dry_run: bool, every_change: bool) -> list[str]:
    """In one transaction: what fails half-way leaves nothing behind. A dry run also says what would be sent."""
    qabot = build(settings, store=store, adapters=())
    try:
        with aside(store) if dry_run else store.transaction() as session:
            # What is there already is read first: two that read at once would both add the same.
            alone.be_alone(session, alone.Work.imports)
            changes, change = plan(qabot.desk.unit(session))
            lines = changes.lines(whole=every_change, rest=REST)
            if not dry_run:
                change(qabot.desk.unit(session))
                return lines
            titles = Titles(qabot.framework, qabot.tools.catalogue.titles())
            return [*lines, *rehearsals.lines(rehearse(session, qabot.desk.unit, change), titles)]
    finally:
        store.close()
