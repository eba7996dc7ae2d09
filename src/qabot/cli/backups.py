"""qabot backup, restore and release: a whole copy of the database, its return, and what may be sent after that."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from sqlmodel import Session, col, select

from qabot.cli.checks import sealed_answers
from qabot.cli.databases import holds_nothing, name_database, open_quietly, open_store, place
from qabot.cli.running import see_that_nothing_runs
from qabot.cli.support import existing, out, writable
from qabot.cli.upgrading import without_duty
from qabot.errors import SetupError
from qabot.framework.calendar import LONDON
from qabot.messaging.values import plural
from qabot.models import Store, Webhook
from qabot.models.copies import load, save
from qabot.rights.marks import BEGINNING, Head
from qabot.scheduler.clock import SystemClock
from qabot.scheduler.coming import coming
from qabot.scheduler.rehearsal import EVERYBODY, Said
from qabot.scheduler.standstill import brought_back, settle, stand_still
from qabot.settings import Settings, read_settings
from qabot.web.rehearsals import part
from qabot.web.titles import Titles
from qabot.wiring import Qabot, build
from qabot.workflows.access import tokens as access
from qabot.workflows.core.words import say_moment

app = typer.Typer()
KEY = "The secret key (QABOT_SECRET_KEY) is not in it: keep it apart. Without it sealed survey answers stay sealed."
HELD = "Nothing will be sent from here before you have said what was sent since: qabot release"


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write, which must not be there yet.")]) -> None:
    """Copy the whole database into one file, while the service runs. PostgreSQL makes the same kind of file."""
    settings = read_settings()
    writable(file, "copy")
    with closing(open_store(settings, any_version=True)) as store:
        counted = save(store, file, SystemClock().now())
    out.print(f"{file}: {_sum(counted)}, read again and compared. {KEY}")
    out.print(f"Head of its event log, to be kept elsewhere: {_head(file)}")


@app.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="What `qabot backup` wrote, or a copy of qabot.db.")] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="The copy stands there already: pg_restore or Litestream brought it.")
    ] = False,
) -> None:
    """Bring a copy back into an empty database. Nothing is sent from it before `qabot release`."""
    if (file is None) != in_place:
        raise SetupError("Give the file of the copy; or --in-place if another tool has brought the copy already.")
    settings = read_settings()
    said = "The copy that stands there"
    if file is not None:
        said = f"{file}: {_sum(_bring(existing(file, 'copy'), settings))}, read again and compared. It"
    qabot = build(settings, store=_stands(settings, file), adapters=())
    try:
        # One that runs has asked already whether it may send, and would go on.
        see_that_nothing_runs(qabot.store, "then give this command again")
        with qabot.store.transaction() as session:
            standing = stand_still(qabot.desk.unit(session))
            strange = list(_strange(qabot, session))
            since = list(_since(qabot, session))
        out.print("\n".join([f"{said} was made at {say_moment(standing.copied)}. {HELD}", *strange, *since]))
    finally:
        qabot.store.close()


def _strange(qabot: Qabot, session: Session) -> Iterator[str]:
    """What speaks against it: the copy of another council, or the settings of another one."""
    if sealed := sealed_answers(session, qabot.settings):
        yield f"Before anybody answers anew: {sealed}"
    if kinds := without_duty(session, qabot.framework):
        yield (
            f"Open deadlines in it have no duty in the framework {qabot.framework.framework}: {', '.join(kinds)}. Is "
            "this the copy of this council, and QABOT_FRAMEWORK the one that it has?"
        )


def _since(qabot: Qabot, session: Session) -> Iterator[str]:
    """What was ended or forbidden after the copy was made, which counts again: nothing here knows of it."""
    yield "Everybody signs in anew: sessions and links from before count no more. First do again what was done since:"
    yield "  whoever was erased is back: qabot person erase, with the number that it said then"
    yield "  whoever left, or looks after qabot no more, does here: import people"
    yield "  legal holds are gone, and what they held may go with the next day: qabot hold"
    unit = qabot.desk.unit(session)
    tokens = [each.name for each in access.known(unit) if access.is_open(unit, each)]
    hooks = session.exec(select(Webhook.name).where(col(Webhook.ended_at).is_(None)).order_by(Webhook.name)).all()
    if tokens:
        yield f"  tokens that were ended count again. These count: {', '.join(tokens)} (qabot token end)"
    if hooks:
        yield f"  webhooks that were ended are called again. These are: {', '.join(hooks)} (qabot webhook end)"


def _stands(settings: Settings, file: Path | None) -> Store:
    """The database with the copy in it, of whatever version: it is brought up with it."""
    return open_quietly(settings) if file else open_store(settings, any_version=True)


def _head(file: Path) -> Head:
    """The newest mark of a copy's event log. Opened as a store the file would get others beside it."""
    with closing(sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True)) as copy:
        row = copy.execute("SELECT number, mark FROM log_mark ORDER BY number DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, BEGINNING)


def _bring(file: Path, settings: Settings) -> Mapping[str, int]:
    name_database(settings)
    if not holds_nothing(settings):
        raise SetupError(
            f"{place(settings)} is not empty, and is not written over. Move it away, or name another database in "
            "QABOT_DATABASE_URL."
        )
    with closing(Store(settings.database_url, inline=True)) as store:
        return load(file, store)


@app.command()
def release(
    sent_until: Annotated[
        str, typer.Option(help="Until when the lost database was at work, such as 2026-11-28T10:40.", metavar="MOMENT")
    ] = "",
    nothing_sent: Annotated[
        bool, typer.Option("--nothing-sent", help="Nothing was sent since the copy was made: the service was down.")
    ] = False,
) -> None:
    """After a restore: show what would be sent, and let it go once you say until when the lost database sent."""
    if sent_until and nothing_sent:
        raise SetupError("Give --sent-until or --nothing-sent, not both.")
    settings = read_settings()
    qabot = build(settings, store=open_store(settings), adapters=())
    try:
        with qabot.store.transaction() as session:
            unit = qabot.desk.unit(session)
            standing = brought_back(session)
            if standing is None:
                out.print("Nothing is kept back here: no copy was brought back that still waits for an answer.")
                return
            if not sent_until and not nothing_sent:
                would, since = _would_be_sent(qabot, session), _since(qabot, session)
                out.print("\n".join([standing.sentence(), *would, *since, *_choices(standing.copied)]))
                return
            until = _moment(sent_until, standing.copied, unit.now) if sent_until else None
            counted, again = settle(unit, qabot.ticker, until)
        presumed = f"{plural(counted, 'message counts', 'messages count')} as sent. " if until else ""
        repeats = f"{plural(again, 'open alert goes', 'open alerts go')} again, marked as a possible repeat. "
        out.print(f"{presumed}{repeats if again else ''}qabot sends from now on.")
    finally:
        qabot.store.close()


def _would_be_sent(qabot: Qabot, session: Session) -> list[str]:
    unit = qabot.desk.unit(session)
    soon = coming(unit, EVERYBODY, unit.now + timedelta(minutes=1))
    counted = Counter((each.message, each.role, each.person_id) for each in soon)
    name = unit.directory.name
    said = [Said(what, role, name(person), person, times) for (what, role, person), times in sorted(counted.items())]
    titles = Titles(qabot.framework, qabot.tools.catalogue.titles())
    heading = "If nothing was sent since, these go at once"
    return part(heading, said, titles) or ["If nothing was sent since, nothing goes at once."]


def _choices(copied: datetime) -> list[str]:
    return [
        "Say which it was:",
        f"  qabot release --nothing-sent              the service was down since {say_moment(copied)}",
        "  qabot release --sent-until 2026-11-28T10:40   it went on sending until then (London time): what was due by",
        "                                                then counts as sent; open alerts go again, marked as repeats",
    ]


def _moment(text: str, earliest: datetime, latest: datetime) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise SetupError(f"--sent-until: {text!r} is not a moment. Give it as 2026-11-28T10:40.") from None
    moment = (given if given.tzinfo else given.replace(tzinfo=LONDON)).astimezone(UTC)
    if not earliest <= moment <= latest:
        raise SetupError(
            f"--sent-until: {say_moment(moment)} is not between the copy ({say_moment(earliest)}) and now "
            f"({say_moment(latest)})."
        )
    return moment


def _sum(counted: Mapping[str, int]) -> str:
    return f"{plural(sum(counted.values()), 'row', 'rows')} of {plural(len(counted), 'table', 'tables')}"
