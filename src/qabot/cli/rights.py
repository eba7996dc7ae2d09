"""qabot person, hold and retention: what people may ask of their data, and what goes with time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session

from qabot.cli.databases import open_store
from qabot.cli.support import out, writable, writing
from qabot.errors import SetupError
from qabot.models import Audit, Person
from qabot.models.migrate import upgrade
from qabot.rights import erasing, exporting, finding, holds, retaining
from qabot.rights.erasing import Erasure, Line
from qabot.rights.kinds import KINDS
from qabot.scheduler.clock import SystemClock
from qabot.settings import Settings, read_settings
from qabot.wiring import load_framework

person_app = typer.Typer(help="What is kept about one person: a copy of it, or to erase it.", no_args_is_help=True)
hold_app = typer.Typer(help="Legal holds: what is held does not go.", no_args_is_help=True)
retention_app = typer.Typer(help="What goes because it is older than its kind is kept.")

WHO = Annotated[str, typer.Argument(help="The e-mail address of the person, or the council's number of them.")]
LARGEST = 2**31 - 1
"""The largest number of a row that a database takes."""
WHY = Annotated[str, typer.Option("--why", help="Why it is held; without anybody's name.", metavar="REASON")]


@contextmanager
def _session(settings: Settings) -> Iterator[Session]:
    store = open_store(settings)
    try:
        upgrade(store)
        with store.transaction() as session:
            yield session
    finally:
        store.close()


def _now() -> datetime:
    return SystemClock().now()


@person_app.command("export")
def export(who: WHO, file: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Write all that is kept about one person to a file, with the names of others replaced by their roles."""
    writable(file, "JSON file to write")
    settings = read_settings()
    framework = load_framework(settings)
    # It has its name once the log says that it was made.
    with writing(file) as made, _session(settings) as session:
        now = _now()
        if finding.is_outside(session, who):
            name, whole = who, exporting.export_outside(session, framework, who, now)
        else:
            person = finding.person_of(session, who)
            name, whole = person.name, exporting.export(session, framework, person, now)
            exporting.note(session, person, now)
        made.write(whole)
    out.print(f"{file} is written: all that is kept about {name}. {exporting.WARNING}")
    for each in exporting.NOT_HERE:
        out.print(f"Not in it: {each}")


@person_app.command("erase")
def erase(
    who: WHO,
    confirm: Annotated[
        str, typer.Option("--confirm", help="The person's whole name: then it is done.", metavar="NAME")
    ] = "",
) -> None:
    """List what would go and what would stay, and why. With --confirm NAME it is done, and cannot be undone."""
    with _session(read_settings()) as session:
        if finding.is_outside(session, who):
            _erase_outside(session, who, confirm)
            return
        person = finding.person_of(session, who)
        planned = erasing.plan(session, person)
        _show(planned)
        if planned.refused:
            raise SetupError(" ".join(planned.refused))
        if not confirm:
            out.print(
                f'Nothing was changed. To do it: qabot person erase {who} --confirm "{person.name}"',
            )
            return
        if " ".join(confirm.split()).casefold() != person.name.casefold():
            raise SetupError(f"--confirm: {confirm!r} is not the name of {who}. Nothing was changed.")
        erasing.erase(session, person, _now())
    out.print(f"Done: it is {planned.becomes} from now on. {planned.again()}")


def _erase_outside(session: Session, address: str, confirm: str) -> None:
    """Somebody outside the list of people has no name here: their address confirms it."""
    out.print(_table("Goes", erasing.plan_outside(session, address)))
    if not confirm:
        out.print(f'Nothing was changed. To do it: qabot person erase {address} --confirm "{address}"')
        return
    if confirm.strip().casefold() != address.strip().casefold():
        raise SetupError(f"--confirm: {confirm!r} is not {address}. Nothing was changed.")
    erasing.erase_outside(session, address, _now())
    out.print("Done: nothing here says any more about whom it was. Copies of the database from before still do.")


def _show(planned: Erasure) -> None:
    for title, lines in (("Goes", planned.goes), ("Stays", planned.stays)):
        out.print(_table(title, lines))


def _table(title: str, lines: Sequence[Line]) -> Table:
    shown = Table(title, "Rows", "Why")
    for each in lines:
        shown.add_row(each.what, f"{each.count:,}", each.why)
    return shown


@hold_app.command("person")
def hold_person(who: WHO, why: WHY) -> None:
    """Hold all that is kept about a person."""
    with _session(read_settings()) as session:
        person = finding.person_of(session, who)
        made = holds.place(session, ("person", person.id), why, _now())
        out.print(f"Hold {made.id}: nothing about {person.name} goes before it is ended.")


@hold_app.command("audit")
def hold_audit(reference: Annotated[str, typer.Argument(help="The audit, such as QA-1042.")], why: WHY) -> None:
    """Hold what was sent and noted about an audit."""
    with _session(read_settings()) as session:
        audit = holds.audit_of(session, reference)
        made = holds.place(session, ("audit", audit.id), why, _now())
        out.print(f"Hold {made.id}: nothing about {audit.reference} goes before it is ended.")


@hold_app.command("end")
def hold_end(number: Annotated[int, typer.Argument(help="The number of the hold.", max=LARGEST)]) -> None:
    """End a hold."""
    with _session(read_settings()) as session:
        holds.end(session, number, _now())
    out.print(f"Hold {number} is ended.")


@hold_app.command("list")
def hold_list() -> None:
    """Every hold that lasts."""
    with _session(read_settings()) as session:
        shown = Table("Hold", "On", "Why", "Since")
        for each in holds.open_holds(session):
            row = session.get(Person if each.subject_type == "person" else Audit, each.subject_id)
            name = row.name if isinstance(row, Person) else row.reference if isinstance(row, Audit) else ""
            shown.add_row(str(each.id), name, each.why, f"{each.placed_at:%Y-%m-%d}")
    out.print(shown)


@retention_app.command("retention")
def retention(
    run: Annotated[bool, typer.Option("--run", help="Do it now, instead of only saying what would go.")] = False,
) -> None:
    """Say what would go today and why. The service does it once a day by itself."""
    settings = read_settings()
    with _session(settings) as session:
        gone = (retaining.run if run else retaining.plan)(session, _now(), settings.retention or {})
        held = len(holds.open_holds(session))
    shown = Table("Went" if run else "Would go", "Rows", "Kept for", "Why")
    for each in gone:
        shown.add_row(each.what, f"{each.count:,}", f"{each.days} days", KINDS[each.kind].why)
    out.print(shown)
    for name, days in retaining.days_of(settings.retention or {}).items():
        if days is None:
            kind = KINDS[name]
            out.print(f"Kept: {kind.title}. {kind.why}.")
    if held:
        out.print(f"Holds that last: {held} (qabot hold list). What they are on stays.")
    if not run:
        out.print("Nothing was changed.")
