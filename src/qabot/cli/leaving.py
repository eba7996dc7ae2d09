"""qabot export and erase: all of a council's data in open formats, and the end of it, with a certificate."""

import time
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection
from sqlmodel import Session

from qabot import files
from qabot.cli.databases import open_store, place
from qabot.cli.support import out, writable
from qabot.errors import SetupError
from qabot.framework.loader import files_of
from qabot.imports import whole
from qabot.messaging.values import plural
from qabot.models import Store
from qabot.models.copies import still
from qabot.models.migrate import upgrade
from qabot.rights import ending
from qabot.scheduler.clock import SystemClock
from qabot.settings import Settings, read_settings
from qabot.web.figures import GROUPS, by_measure
from qabot.web.report_files import as_page
from qabot.whole_files import in_place_of
from qabot.wiring import load_framework
from qabot.workflows.verbs.reports import every_issue

app = typer.Typer()
EVERYTHING = Annotated[bool, typer.Option("--all", help="All of it: there is no other way.")]
sleep = time.sleep


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The ZIP file to write, which must not be there yet.")],
    everything: EVERYTHING = False,
) -> None:
    """Write all of the council's data to one ZIP file, in open formats, with a dictionary of every column."""
    if not everything:
        raise SetupError("`qabot export --all FILE` writes all data of everybody; of one person: qabot person export.")
    _new(file, "ZIP file to write")
    settings = read_settings()
    framework = load_framework(settings)
    with closing(_current(settings)) as store:
        part, now = file.with_name(f"{file.name}.part"), SystemClock().now()
        try:
            with still(store) as reading:
                texts = chain(_texts(settings), _reports(reading))
                made = whole.export(reading, part, now, texts, framework.council.name)
            with store.transaction() as session:
                whole.note(session, made, now)
            part.replace(file)
        except OSError as error:
            raise SetupError(f"{file}: this cannot be written: {error.strerror}.") from None
        finally:
            part.unlink(missing_ok=True)
    rows = sum(each.rows for each in made)
    out.print(
        f"{file}: {plural(rows, 'row', 'rows')} of {plural(len(made), 'table', 'tables')}. Not in it:",
    )
    for each in whole.NOT_HERE:
        out.print(f"  {each}")


def _texts(settings: Settings) -> Iterator[tuple[str, str]]:
    """The framework's files, and the messages as they are used: the council's own in the place of ours."""
    for number, path in enumerate(
        files_of(settings.framework, files.folders("frameworks", settings.frameworks_folder))
    ):
        yield f"framework/{number:02}-{path.name}", path.read_text("utf-8")
    used = {path.name: path for folder in files.folders("messages", settings.messages_folder) for path in _in(folder)}
    for name, path in sorted(used.items()):
        yield f"messages/{name}", path.read_text("utf-8")


def _reports(reading: Connection) -> Iterator[tuple[str, str]]:
    """Every report as it was issued, as a page that opens in any browser."""
    with Session(reading) as session:
        for each in every_issue(session):
            number = each.issued.number if each.issued else 0
            yield (
                f"reports/{each.kind}-{each.key}-{number}.html",
                as_page(each, GROUPS, by_measure(each.content.figures)),
            )


def _in(folder: Path) -> Iterator[Path]:
    return (each for each in folder.iterdir() if each.suffix in {".md", ".yaml"})


@app.command("erase")
def erase(
    certificate: Annotated[Path, typer.Argument(help="The certificate to write, which must not be there yet.")],
    everything: EVERYTHING = False,
    council: Annotated[str, typer.Option(help="The council's name, as its framework has it: then it is done.")] = "",
    by: Annotated[str, typer.Option(help="Who erases it: a name and an office.")] = "",
    why: Annotated[str, typer.Option(help="Why, such as the end of a contract.")] = "",
) -> None:
    """List all that the database holds. With --council, --by and --why it is erased, and a certificate is written."""
    if not everything:
        raise SetupError("`qabot erase --all` ends a council's use of qabot; of one person: qabot person erase.")
    _new(certificate, "certificate to write")
    settings = read_settings()
    framework = load_framework(settings)
    name = framework.council.name
    with closing(_current(settings)) as store:
        _list(store)
        if not council:
            out.print(f'Nothing was changed. To erase it all, give --council "{name}", --by and --why.')
            return
        if council.strip() != name:
            raise SetupError(f"--council: {council!r} is not the name of this council, {name!r}. Nothing was changed.")
        if not by.strip() or not why.strip():
            raise SetupError("Say who erases it (--by) and why (--why): the certificate says so. Nothing was changed.")
        if ending.living(store, sleep):
            raise SetupError("A service works on this database. Stop it first, and its workers. Nothing was changed.")
        counted = ending.erase(store)
        made = ending.Certificate(name, place(settings), SystemClock().now(), by.strip(), why.strip(), counted)
    _write(certificate, ending.sealed(made.text()))


def _list(store: Store) -> None:
    with store.transaction() as session:
        ending.refuse_what_is_held(session)
        for kind, count in ending.by_title(ending.counts(session)):
            out.print(f"{count:>12,}  {kind}")


def _write(file: Path, text: str) -> None:
    """The certificate; on the screen where its file cannot be written, since what it says has happened."""
    try:
        with in_place_of(file) as made:
            made.write(text.encode("utf-8"))
    except OSError as error:
        out.print(text)
        raise SetupError(f"{file}: this cannot be written: {error.strerror}. Keep what is printed above.") from None
    out.print(f"Erased. {file} is the certificate, and says what remains elsewhere.")
    out.print(f"Write this down elsewhere, {ending.seal_of(text)}")


def _new(file: Path, what: str) -> None:
    writable(file, what)
    if file.exists():
        raise SetupError(f"{file} is there already, and is not written over. Give another name.")


def _current(settings: Settings) -> Store:
    store = open_store(settings)
    upgrade(store)
    return store
