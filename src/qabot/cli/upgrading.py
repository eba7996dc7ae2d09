"""qabot upgrade: bring a database to this version; with --check only say what would change, and what is in its way."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib.metadata import entry_points
from typing import Annotated

import typer
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlmodel import Session, col, select

from qabot import __version__
from qabot.adapter import Finding
from qabot.adapter_kit.network import CA_FILE
from qabot.cli.checks import say
from qabot.cli.databases import is_new, name_database, open_quietly, place
from qabot.cli.support import out
from qabot.errors import QabotError, SetupError
from qabot.framework import Framework
from qabot.framework.loader import did_you_mean
from qabot.models import ConfirmedReading, Deadline, DeadlineState, Meta, Store
from qabot.models.columns import table
from qabot.models.migrate import config, version
from qabot.scheduler.engines import LISTS_FROM, bring_up
from qabot.settings import PREFIX, SECRETS, Settings, read_settings
from qabot.wiring import GROUP, check_messages, known_limits, load_framework, load_tools
from qabot.workflows.programme import rules_in_force
from qabot.workflows.programme.readings import digest, to_confirm

app = typer.Typer()
NOT_YET = 2
DIFFER = "These differ from the rules in force, by your own file or by the one that it extends:"
ADDS_FROM = "0030"
"""From this version of the database on a migration only adds (tests/migration/test_every_version.py)."""


@app.command("upgrade")
def upgrade_it(
    check: Annotated[bool, typer.Option("--check", help="Say what would change, and change nothing.")] = False,
    new_database: Annotated[
        bool, typer.Option("--new-database", help="Make the database's tables where there are none yet.")
    ] = False,
) -> None:
    """Bring the database up to this version. With --check: what would change, and what must be mended first."""
    settings = read_settings()
    name_database(settings)
    well = [say(each) for each in findings(settings, os.environ)]
    if check:
        raise typer.Exit(0 if all(well) else NOT_YET)
    if not all(well):
        raise SetupError("Nothing was changed: mend what is marked FAIL first.")
    if is_new(settings) and not new_database:
        raise SetupError(f"There is no database of qabot at {place(settings)}. --new-database makes it.")
    with closing(open_quietly(settings)) as store:
        before = version(store)
        bring_up(store, settings.engine)
        now = version(store)
    out.print(f"The database is of version {now}" + (f", and was of {before or 'none'}." if now != before else "."))


def findings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Schema, settings, framework and messages, readings, running deadlines. Nothing is changed."""
    yield Finding(f"qabot {__version__}", True)
    yield from _settings(environ)
    framework = None
    try:
        tools = load_tools(settings)
        framework = load_framework(settings, tools.catalogue)
        check_messages(tools, known_limits())
        yield Finding(f"Framework {framework.framework} and the messages pass this version's check", True)
    except QabotError as wrong:
        yield Finding(f"Framework {settings.framework} and the messages", False, str(wrong))
    try:
        new = is_new(settings)
    except SetupError as wrong:
        yield Finding("Database", False, str(wrong))
        return
    if new:
        yield Finding("Database: none yet", True, "There is nothing to upgrade.")
        return
    with closing(open_quietly(settings)) as store:
        yield _schema(store)
        yield from _stops_first(version(store))
        if framework is not None:
            yield from _of_framework(store, framework)


def _settings(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that nothing reads: a setting that went, or one that is misspelt."""
    own = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    known = {*own, CA_FILE, *(f"{PREFIX}{name.upper()}_FILE" for name in SECRETS)}
    chats = tuple(f"{PREFIX}{each.name.upper()}_" for each in entry_points(group=GROUP))
    strange = sorted(each for each in environ if each.startswith(PREFIX) and each not in known)
    left = [each for each in strange if not chats or not each.startswith(chats)]
    for name in left:
        yield Finding(
            f"Setting {name}", True, f"This version does not know it{did_you_mean(name, sorted(known))}: take it out."
        )
    if not left:
        yield Finding("Settings: each is known to this version", True)


def _schema(store: Store) -> Finding:
    scripts, now = ScriptDirectory.from_config(config()), version(store)
    head = scripts.get_current_head()
    known = {each.revision: each for each in scripts.walk_revisions()}
    if now == head:
        return Finding(f"Database: of version {now}, which is this one's", True)
    if now not in known:
        return Finding(f"Database: of version {now}", False, "A newer qabot wrote it: install that version again.")
    steps = [each for each in known.values() if each.revision > (now or "")]
    said = "; ".join(f"{each.revision} {each.doc}" for each in reversed(steps))
    return Finding(
        f"Database: of version {now}, would be {head}",
        True,
        f"Copy it first, with the qabot that runs there (qabot backup). {said}",
    )


def _stops_first(now: str | None) -> Iterator[Finding]:
    """Which processes may go on meanwhile (docs/upgrade.md). Nothing where there is nothing to do."""
    if now == ScriptDirectory.from_config(config()).get_current_head():
        return
    if (now or "") < ADDS_FROM:
        yield Finding("Stop first: every process of the version before", True, "Their migrations were not made for it.")
    elif (now or "") < LISTS_FROM:
        yield Finding(
            "Stop first: every process of the version before that sends",
            True,
            "It cannot draw a list of the week, and would record it as one that reached nobody.",
        )
    else:
        yield Finding(
            "Stop first: nothing has to be",
            True,
            "Processes of the version before may go on until each is replaced: these migrations only add.",
        )


def _of_framework(store: Store, framework: Framework) -> Iterator[Finding]:
    """Readings that were confirmed in other words, and open deadlines whose duty is not in the file any more."""
    there = set(inspect(store.engine).get_table_names())
    with store.transaction() as session:
        if table(ConfirmedReading).name in there:
            query = select(ConfirmedReading.rule, ConfirmedReading.reading).order_by(col(ConfirmedReading.id))
            confirmed = dict(session.exec(query).all())
            known = [each for each in to_confirm(framework) if each in confirmed]
            void = [each for each in known if confirmed[each] != digest(framework, each)]
            advice = f"Their words changed since: {', '.join(void)} (qabot framework show)" if void else ""
            yield Finding(f"Confirmed readings: {len(known)}, of which {len(void)} are void", True, advice)
        rules = rules_in_force.said(session, framework) if table(Meta).name in there else ""
        if rules:
            yield Finding("Rules that differ", True, f"{DIFFER} {rules}")
        gone = without_duty(session, framework)
    advice = f"Deadlines of these are open, and keep their own ladder: {', '.join(gone)}" if gone else ""
    yield Finding("Running deadlines" + ("" if gone else ": each has its duty in the file"), True, advice)


def without_duty(session: Session, framework: Framework) -> list[str]:
    """The kinds of open deadlines that the framework knows no duty of."""
    open_kinds = session.exec(select(Deadline.kind).where(Deadline.state == DeadlineState.open).distinct()).all()
    return sorted(set(open_kinds) - set(framework.kinds()))
