"""What `qabot serve` says of itself: one screen at the start, and a line of the log now and then."""

import asyncio
import sys

import structlog
from sqlmodel import Session, func, select

from qabot import __version__
from qabot.cli import log_lines
from qabot.cli.checks import base_address, demonstration
from qabot.cli.databases import place
from qabot.delivery.pilot import counted
from qabot.delivery.supervisor import Standing
from qabot.models import Deadline, DeadlineState, Notice, NoticeState, Person
from qabot.rights import marks
from qabot.scheduler.standstill import brought_back
from qabot.wiring import Qabot

log = structlog.get_logger()
EVERY = 3600.0
"""Seconds between two lines that say that the service works."""


def show(qabot: Qabot) -> None:
    """Print the screen; the demo has words of its own. Whoever started the service may not be reading any more."""
    if qabot.settings.demo:
        return
    if not log_lines.say("\n".join(lines(qabot)), sys.stdout):
        log.info("the start was not read", action="start-unread")


def lines(qabot: Qabot) -> list[str]:
    """Council, version, database, address, chats with their state, and what is missing."""
    settings, framework = qabot.settings, qabot.framework
    with qabot.store.transaction() as session:
        people = _count(session, Person, Person.active)
        held = counted(session, settings.pilot)
        back = brought_back(session)
    where = settings.database_url if settings.database_url == "sqlite://" else place(settings)
    said = [
        f"qabot {__version__}: {framework.council.name}, {framework.title}",
        f"  Address    {settings.base_url} (listening on {settings.host}:{settings.port})",
        f"  Database   {where}, {people} people",
        *([f"  Copy       {back.sentence()}"] if back else []),
        *(f"  Pilot      {each}" for each in (held.sentences() if held else ())),
        *(f"  Chat       {name}: {state}" for name, state in _chats(qabot)),
    ]
    return [*said, *(f"  Missing    {each}" for each in missing(qabot, people)), "  End with Ctrl+C."]


def missing(qabot: Qabot, people: int) -> list[str]:
    """What somebody still has to see to, a sentence each."""
    checks = [each for each in (base_address(qabot.settings), demonstration(qabot.framework)) if each.advice]
    nobody = [] if people else ["Nobody is imported yet: qabot people import"]
    chats = [] if qabot.settings.adapters else ["No chat is set: people are told in the web inbox alone"]
    return [*nobody, *chats, *(each.advice for each in checks)]


def _chats(qabot: Qabot) -> list[tuple[str, str]]:
    """Each chat with its state in words, and why where it is not running."""
    return [
        (
            each.adapter,
            "connected" if each.standing is Standing.running else f"{each.standing.value}. {each.why}".strip(),
        )
        for each in qabot.supervisor.states()
    ]


async def say_now_and_then(qabot: Qabot) -> None:
    """A line each hour, until cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            say(*await qabot.store.run(lambda session: _counted(session)), chats=dict(_chats(qabot)))
        except Exception:
            log.warning("qabot could not count what is open", action="service-uncounted")


def say(open_deadlines: int, waiting: int, head: str, chats: dict[str, str]) -> None:
    """The line. `head`: of the event log, so that it stands where whoever can change that log cannot change it."""
    log.info(
        "qabot is at work", action="service-counted", open=open_deadlines, waiting=waiting, log_head=head, chats=chats
    )


def _counted(session: Session) -> tuple[int, int, str]:
    return (
        _count(session, Deadline, Deadline.state == DeadlineState.open),
        _count(session, Notice, Notice.state == NoticeState.planned),
        str(marks.head(session.connection())),
    )


def _count(session: Session, table: type, condition: object) -> int:
    return session.exec(select(func.count()).select_from(table).where(condition)).one()  # type: ignore[arg-type]
