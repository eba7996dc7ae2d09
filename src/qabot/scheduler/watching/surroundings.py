"""What the service stands on: its chats, processes, clock, disk and calendar."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlmodel import Session, select

from qabot.delivery import queries
from qabot.delivery.chats import away_for_others
from qabot.delivery.processes import take_over
from qabot.delivery.supervisor import AdapterState, Standing
from qabot.framework import calendar_lint
from qabot.framework.calendar import PUBLISHED_UNTIL, local_day
from qabot.messaging.values import plural
from qabot.models import Meta, Process
from qabot.rights.resealing import unreadable
from qabot.scheduler.standstill import brought_back
from qabot.scheduler.watch import SEEN
from qabot.scheduler.watching.findings import Finding
from qabot.workflows.core.unit import Unit

SILENT = timedelta(minutes=10)
"""The service writes the time down each minute; after so long without it, it does nothing."""
AWAY = timedelta(minutes=15)
AHEAD = timedelta(days=92)
"""Deadlines reach months ahead, so the published bank holidays should."""
APART = timedelta(minutes=2)
MEGABYTE = 1_000_000


def chats(states: Sequence[AdapterState], now: datetime) -> Iterator[Finding]:
    """Of the process that keeps them: its reasons stay here, since they are a platform's words."""
    for each in states:
        name = each.adapter.capitalize()
        if each.standing is Standing.refused:
            yield Finding("chat-refused", f"{name} does not let qabot in.", each.since, each.adapter)
        elif each.standing is not Standing.running and now - each.since >= AWAY:
            yield Finding("chat-away", f"{name} cannot be reached.", each.since, each.adapter)
        elif each.trouble:
            yield Finding("chat-impaired", f"{name} works only in part.", each.since, each.adapter)
        if each.ends is not None:
            days = max(0, (each.ends - now).days)
            sentence = f"The secret for {name} ends in {plural(days, 'day', 'days')}."
            yield Finding("secret-ending", sentence, now, each.adapter)


def chats_as_logged(session: Session, now: datetime) -> Iterator[Finding]:
    """Of a process that keeps none: what those that do have written down."""
    yield from chats([each for _, each in sorted(away_for_others(session).items())], now)


class Processes:
    """Whether each process that sends still beats. Compared with the look before, so by no clock."""

    def __init__(self) -> None:
        self._seen: Mapping[str, int] = {}

    def look(self, unit: Unit, own: str) -> Iterator[Finding]:
        """What a dead one held goes on without it."""
        beats = {each.id: each.beats for each in unit.session.exec(select(Process)) if each.id != own}
        dead = [each for each, count in beats.items() if self._seen.get(each) == count]
        self._seen = {each: count for each, count in beats.items() if each not in dead}
        if dead:
            held = take_over(unit, dead)
            what = plural(len(dead), "process that sends has", "processes that send have")
            sentence = f"{what} stopped without a word; {plural(held, 'notice', 'notices')} of it were taken over."
            yield Finding("process-dead", sentence, unit.now, repaired=True)


class Workers:
    """Whether a scaled engine has any worker. A look in which they are being started anew is not believed alone."""

    def __init__(self) -> None:
        self._missing_since: datetime | None = None

    def look(self, unit: Unit) -> Iterator[Finding]:
        """Nothing waits for them: without any the service sends by itself, one process for all."""
        if unit.session.execute(queries.WORKERS).scalar_one():
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = unit.now
        else:
            sentence = "No worker runs, although the settings say scaled: the service sends by itself, more slowly."
            yield Finding("workers-missing", sentence, self._missing_since)


def service(session: Session, now: datetime) -> Iterator[Finding]:
    """From outside: whether a service has written the time lately, and whether its clock is ours."""
    seen = _seen(session)
    if seen is None:
        return
    if now - seen > SILENT:
        yield Finding("service-silent", "The service has done nothing for some time.", seen)
    elif seen - now > APART:
        yield Finding("clock-stopped", "This machine's clock is behind the service's, or has stopped.", now)


def clocks(session: Session, now: datetime) -> Iterator[Finding]:
    """From inside: whether the time that was last written is one that this process could not have written."""
    seen = _seen(session)
    if seen is not None and seen - now > APART:
        sentence = "Another process that sends has a clock that is ahead of this machine's: one of them is wrong."
        yield Finding("clocks-apart", sentence, now)


def _seen(session: Session) -> datetime | None:
    row = session.get(Meta, SEEN)
    return datetime.fromisoformat(row.value) if row is not None and row.value else None


def rounds(quiet_since: datetime | None, now: datetime, limit: timedelta) -> Iterator[Finding]:
    """From inside: whether a round has ended lately, or the service has only begun (`Engine.quiet_since`)."""
    if quiet_since is not None and now - quiet_since > limit:
        sentence = "The service's rounds do not end: nothing is planned or sent."
        yield Finding("service-silent", sentence, quiet_since)


def copy(session: Session) -> Iterator[Finding]:
    """A database that was brought back from a copy, and waits for an answer."""
    standing = brought_back(session)
    if standing is not None:
        yield Finding("copy-waiting", standing.sentence(), standing.at)


def sealed(unit: Unit) -> Iterator[Finding]:
    """From inside, where the secret keys are those with which people answer: sheets that none of them opens."""
    if count := unreadable(unit.session, unit.tools.sealer, running=True):
        what = plural(count, "survey sheet is", "survey sheets are")
        sentence = f"{what} sealed with a secret key that is not here: nobody answers on them, and none is counted."
        yield Finding("surveys-sealed", sentence, unit.now)


def disk(database_url: str, least_megabytes: int, now: datetime) -> Iterator[Finding]:
    """The free space of the folder of an SQLite file."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    try:
        free = shutil.disk_usage(Path(url.database).absolute().parent).free // MEGABYTE
    except OSError:
        return  # of a folder that is gone the database itself says more
    if free < least_megabytes:
        yield Finding("disk-short", f"The database's disk has {free:,} MB left.", now)


def calendar(unit: Unit, today: date) -> Iterator[Finding]:
    """Bank holidays and the framework's own days that run out."""
    if local_day(unit.now + AHEAD).year > PUBLISHED_UNTIL:
        sentence = f"This qabot knows the published bank holidays to the end of {PUBLISHED_UNTIL}."
        yield Finding("holidays-ending", sentence, unit.now)
    for each in calendar_lint.endings(unit.framework, today):
        yield Finding("calendar-ending", f"{each.name}: {each.what}.", unit.now, each.name)
