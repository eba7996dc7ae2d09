"""What the measurements share: a council in a database, rows to find and send, a platform on loopback, a heartbeat."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert
from sqlmodel import Session, col, func, select
from starlette.types import ASGIApp

from qabot.adapter import Address, Ambiguous, DirectoryEntry, Finding, Outcome, Rate, Sent
from qabot.demo.council import invented_council
from qabot.framework.offsets import Moment
from qabot.imports import cases, people
from qabot.imports.people_rows import read_people
from qabot.messaging.card import Card, Limits, plain_card
from qabot.models import Alert, Audit, Cycle, Deadline, DeadlineState, Store
from qabot.models.columns import new_token, table
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.wiring import Qabot, build
from qabot.workflows.core.unit import Unit

AT_ONCE = 50
QUARTER = (date(2026, 10, 1), date(2026, 12, 31))
MORNING = datetime(2026, 11, 16, 0, 5, tzinfo=UTC)
"""A Monday to which the reminder of the 15th rolls, before anybody is at work."""
TEN = MORNING.replace(hour=10, minute=0)
QUICK = "BENCH_QUICK"
"""Set for the processes that a quick run starts."""


class Quiet:
    """The parts of an adapter that a measurement does not use."""

    name = "web"
    limits = Limits()
    rate = Rate()
    out_of_reach = None

    async def start(self) -> None:
        """Nothing to connect."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """Takes every redraw."""
        return Sent(message_id)

    async def home_changed(self, address: Address) -> None:
        """Has no home tab."""

    def check(self, card: Card) -> list[str]:
        """Refuses nothing."""
        return []

    def app(self) -> tuple[str, ASGIApp] | None:
        """Is called by nobody."""
        return None

    async def directory(self) -> Sequence[DirectoryEntry]:
        """Has no directory."""
        return ()

    async def doctor(self) -> AsyncIterator[Finding]:
        """Is always well."""
        yield Finding("reachable", True)


class Recorder(Quiet):
    """Takes every card without sending it anywhere, and counts."""

    def __init__(self) -> None:
        self.taken = 0

    async def send(self, address: Address, card: Card) -> Outcome:
        """Counts it."""
        self.taken += 1
        return Sent(str(self.taken))


class HttpAdapter(Quiet):
    """Posts each card's words and buttons as JSON with one shared session, as a gateway for text messages takes them.

    `bodies` holds what was posted since it was last emptied.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.bodies: list[bytes] = []

    async def send(self, address: Address, card: Card) -> Outcome:
        """One POST; its answer holds the message's id."""
        buttons = [{"label": each.label, "action": each.action, "token": each.token} for each in card.all_buttons()]
        body = orjson.dumps({"to": address.external_id, "text": plain_card(card), "buttons": buttons})
        self.bodies.append(body)
        try:
            answer = await post(self.session, self.url, body)
        except aiohttp.ClientError as error:
            return Ambiguous(type(error).__name__)
        return Sent(orjson.loads(answer)["id"])


async def post(session: aiohttp.ClientSession, url: str, body: bytes) -> bytes:
    """What both sides of the comparison do for one message. Raises if the sink does not take it."""
    async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
        response.raise_for_status()
        return await response.read()


async def post_all(session: aiohttp.ClientSession, url: str, bodies: Sequence[bytes]) -> None:
    """Plain aiohttp at its best: as many in flight as the delivery has, and nothing else."""
    waiting = iter(bodies)

    async def worker() -> None:
        for body in waiting:
            await post(session, url, body)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


@asynccontextmanager
async def sink() -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A platform in a process of its own, and a session to reach it."""
    process = subprocess.Popen(  # noqa: ASYNC220 - it starts before anything is measured
        [sys.executable, str(Path(__file__).with_name("sink.py"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    port = int(process.stdout.readline())
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
            yield session, f"http://127.0.0.1:{port}/"
    finally:
        process.stdin.close()
        process.wait(10)


@dataclass
class Helper:
    """A script of this folder at work in a process of its own. It ends when its input closes."""

    process: "subprocess.Popen[str]"

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def say(self, line: str) -> None:
        """A line of its input."""
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


@contextmanager
def helper(script: str, *words: str) -> Iterator[Helper]:
    """A helper, until we are done with it."""
    command = [sys.executable, str(Path(__file__).with_name(script)), *words]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin
    try:
        yield Helper(child)
    finally:
        child.stdin.close()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            # Whoever still waits for a line of it hears that there is none.
            child.kill()
            raise


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for a database file, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="qabot-bench-") as name:
        yield Path(name)


def staff() -> int:
    """How many people the councils have: 400, and few where a quick run only shows that the measurement works."""
    return 60 if os.environ.get(QUICK) else 400


def council(
    where: Path | None, adapter: Quiet, *, size: int, start: datetime, url: str = "", engine: str = "embedded"
) -> tuple[Qabot, DemoClock]:
    """A qabot whose clock stands still, with an invented council; in memory and without threads if `where` is None.

    `url` is another database than the file in `where`.
    """
    url = url or (f"sqlite:///{where / 'qabot.sqlite3'}" if where else "sqlite://")
    clock = DemoClock(start)
    store = Store(url, inline=where is None)
    settings = read_settings(database_url=url, engine=engine)
    qabot = build(settings, clock=clock, store=store, adapters=[adapter])  # type: ignore[list-item]
    with tempfile.TemporaryDirectory() as name:
        staff, work = invented_council(qabot.framework, size, today=start.date()).as_files(Path(name))
        with store.transaction() as session:
            changes = people.plan_people(session, read_people(staff), qabot.framework, clock.now())
            people.apply_people(session, changes)
        with store.transaction() as session:
            cases.apply_cases(session, cases.plan_cases(session, cases.read_cases(work), qabot.framework))
    return qabot, clock


def seed(unit: Unit, kind: str, count: int) -> None:
    """Reviews with an open deadline of this kind each ("audit" or "alert"), all due now, spread over the council."""
    cycle = _cycle(unit)
    at_work = [each.id for each in unit.directory.people.values() if each.works(unit.today, unit.situation.calendar)]
    teams = list(unit.directory.teams)
    first = 1 + (unit.session.exec(select(func.max(Audit.id))).first() or 0)
    anchors: dict[str, Moment] = {"cycle-start": cycle.starts_on, "due": cycle.due_on}
    if kind == "alert":
        anchors = {"submitted": unit.now, "opened": unit.now}
    audits, deadlines, alerts = [], [], []
    pattern = _pattern(unit, kind, anchors)
    for number in range(first, first + count):
        auditor, team = at_work[number % len(at_work)], teams[number % len(teams)]
        audits.append(
            Audit(
                id=number,
                reference=f"QA-{1000 + number}",
                activity="practice-learning-review",
                cycle_id=cycle.id,
                case_reference=f"{2_000_000 + number}",
                team_id=team,
                auditor_id=auditor,
                due_on=cycle.due_on,
                grade="red" if kind == "alert" else None,
                allocated_at=unit.now,
            ).model_dump()
        )
        deadlines.append(
            {
                **pattern,
                "token": new_token(),
                "subject_id": number,
                "owner_id": auditor,
                "team_id": team,
                "auditor_id": auditor,
            }
        )
        if kind == "alert":
            alerts.append({"audit_id": number, "raised_at": unit.now})
    for model, rows in ((Audit, audits), (Deadline, deadlines), (Alert, alerts)):
        if rows:
            unit.session.execute(insert(table(model)), rows)


def _cycle(unit: Unit) -> Cycle:
    found = unit.session.exec(select(Cycle).where(Cycle.starts_on == QUARTER[0])).first()
    if found is None:
        found = Cycle(
            activity="practice-learning-review",
            name="October to December 2026",
            starts_on=QUARTER[0],
            due_on=QUARTER[1],
            created_at=unit.now,
            opened_at=unit.now,
        )
        unit.session.add(found)
        unit.session.flush()
    return found


def _pattern(unit: Unit, kind: str, anchors: dict[str, Moment]) -> dict[str, Any]:
    """A deadline's row as the workflows make it."""
    terms, duty = unit.framework.terms(kind)[0], unit.framework.duties.get(kind)
    row = unit.open_deadline(kind, ("audit", 0), anchors, terms=terms, owner_id=None, duty=duty)
    assert row is not None
    found = row.model_dump(exclude={"id"})
    unit.session.delete(row)
    unit.session.flush()
    return found


def open_and_due(session: Session, now: datetime) -> int:
    """How many deadlines still wait to be planned."""
    query = select(func.count(col(Deadline.id))).where(
        Deadline.state == DeadlineState.open, col(Deadline.next_at) <= now
    )
    return session.exec(query).one()


class Heartbeat:
    """Notes how long the event loop does not come back to a task that only wants a millisecond."""

    def __init__(self) -> None:
        self.stalls: list[float] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Heartbeat":
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _beat(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            self.stalls.append((time.perf_counter() - before - 0.001) * 1000)

    def worst(self) -> float:
        """The longest stall, in milliseconds."""
        return max(self.stalls, default=0.0)

    def usual(self, share: float = 0.99) -> float:
        """The stall that this share of all beats stays under, in milliseconds."""
        ordered = sorted(self.stalls)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def options(what: str, **numbers: int) -> argparse.Namespace:
    """The options of every measurement, and some `numbers` of its own by name, each with its usual value."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--quick", action="store_true", help="a small run that shows that the measurement works")
    for name, usual in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=usual, help=f"{usual} if not given")
    given = parser.parse_args()
    if given.quick:
        os.environ[QUICK] = "1"
    return given


def report(bench: str, title: str, rows: Sequence[tuple[str, str, str]], figures: dict[str, Any]) -> None:
    """A table of (what, measured, wanted), and one JSON object on the last line."""
    shown = Table("what", "measured", "wanted", title=title)
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)
    print(json.dumps({"bench": bench, "cores": os.cpu_count(), **figures}))
