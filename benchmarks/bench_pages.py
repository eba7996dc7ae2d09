"""How long each page takes in a large council, beside an empty one.

    python benchmarks/bench_pages.py [--quick]

Qabots on SQLite files: one with 400 people, 3,000 audits and three years of log, one in which nothing has happened yet.
Every page that the application has is opened in both by turns, as somebody of the QA service, a service manager and a
senior leader. What there is no page of while nothing has happened (a review, a deadline) is compared with the page of
the only one in a third qabot, and not with "there is no such page". Milliseconds are of the wall clock, at the median;
the ratio is of processor time in the same run, so that a busy machine does not decide it.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import insert
from sqlmodel import Session, col, select
from support import TEN, Recorder, council, folder, options, report, seed

from qabot.framework.calendar import at_local
from qabot.models import Audit, AuditState, Cycle, Deadline, DeadlineState, Event, Notice, NoticeState, RoleHolding
from qabot.models.columns import new_token, table
from qabot.web.app import create_app
from qabot.web.signin import personal_url
from qabot.wiring import Qabot, web_parts
from qabot.workflows.core.unit import Unit

PEOPLE, AUDITS, YEARS = 400, 3000, 3
OPEN, ALERTS = 250, 6
NOTICES_EACH, EVENTS_EACH = 20, 50
BATCH = 5000
LEFT_OUT = re.compile(r"\.(csv|xlsx|ics|pdf|docx)$|^/(inbox/changes|health|static|in/|demo|calendar)")
"""Files, what waits for news, and what needs a link of its own."""
READERS = {"": "quality-assurance", "/my-team": "service-manager"}
"""Whose page it is: the QA service's, where no other role is named."""
TIMES = 7
MISSING = "{missing}"
"""The address of a page of which there is nothing in a council."""
SHOWN = (200, 403, 422)
"""Answers that are pages."""


@dataclass
class Council:
    """A qabot, its application, and somebody's browser by role."""

    qabot: Qabot
    app: FastAPI
    browsers: dict[str, httpx.AsyncClient]

    async def become(self, role: str) -> None:
        """A browser of whoever holds a role."""
        with self.qabot.store.transaction() as session:
            person = session.exec(select(RoleHolding.person_id).where(RoleHolding.role == role)).first()
        assert person is not None
        base = self.qabot.settings.base_url
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=base, follow_redirects=True)
        link = personal_url(self.qabot.settings, person, self.qabot.clock.now(), "/inbox")
        found = re.search(r'name="csrf" value="([^"]+)"', (await browser.get(link)).text)
        assert found is not None
        await browser.post(link, data={"csrf": found[1]})
        self.browsers[role] = browser

    async def seconds(self, role: str, path: str) -> tuple[float, float, int]:
        """One opening: of the wall clock, of processor time; and the answer's status."""
        wall, spent = time.perf_counter(), time.process_time()
        answer = await self.browsers[role].get(path)
        return time.perf_counter() - wall, time.process_time() - spent, answer.status_code


def history(unit: Unit, audits: int, years: int) -> None:
    """Work that is over, spread over the last years: audits with their deadlines, notices and lines of the log."""
    people = [each.id for each in unit.directory.people.values()]
    teams = list(unit.directory.teams)
    ladder = unit.session.exec(select(Deadline.ladder_id)).first()
    cycles = list(_cycles(unit, years))
    rows: dict[Any, list[dict[str, Any]]] = {Audit: [], Deadline: [], Notice: [], Event: []}
    for number in range(audits):
        one, day = 10_000 + number, unit.today - timedelta(days=30 + number * years * 365 // audits)
        at = at_local(day, clock_time(10, 0))
        people_of_it = [people[(number * 7 + each * 13) % len(people)] for each in range(4)]
        cycle = next((each for each in cycles if each.starts_on <= day <= each.due_on), cycles[-1])
        rows[Audit].append(_audit(one, cycle, teams[number % len(teams)], people_of_it, day, at))
        rows[Deadline] += [
            _deadline(one, kind, ladder or 1, teams[number % len(teams)], people_of_it[0], day, at, each)
            for each, kind in enumerate(("audit", "actions"))
        ]
        rows[Notice] += [_notice(one, each, people_of_it, at) for each in range(NOTICES_EACH)]
        rows[Event] += [_event(one, each, people_of_it, at) for each in range(EVENTS_EACH)]
    for model, made in rows.items():
        for first in range(0, len(made), BATCH):
            unit.session.execute(insert(table(model)), made[first : first + BATCH])


def _cycles(unit: Unit, years: int) -> Iterator[Cycle]:
    for quarter in range(years * 4):
        starts = unit.today - timedelta(days=91 * (quarter + 1) + 60)
        row = Cycle(
            activity="practice-learning-review",
            name=f"{starts:%B %Y}",
            starts_on=starts,
            due_on=starts + timedelta(days=90),
            created_at=unit.now,
            opened_at=unit.now,
        )
        unit.session.add(row)
        unit.session.flush()
        yield row


def _audit(one: int, cycle: Cycle, team: int, people: list[int], day: Any, at: datetime) -> dict[str, Any]:
    row = Audit(
        id=one,
        reference=f"QA-{one}",
        activity=cycle.activity,
        cycle_id=cycle.id,
        case_reference=f"{3_000_000 + one}",
        team_id=team,
        auditor_id=people[0],
        practitioner_id=people[1],
        state=AuditState.finalised,
        due_on=day,
        grade=("green", "amber", "green", "blue", "red")[one % 5],
        scale_version="1",
        allocated_at=at - timedelta(days=40),
        submitted_at=at,
        finalised_at=at + timedelta(days=2),
        has_actions=True,
    )
    return row.model_dump()


def _deadline(
    one: int, kind: str, ladder: int, team: int, owner: int, day: Any, at: datetime, each: int
) -> dict[str, Any]:
    row = Deadline(
        id=one * 10 + each,
        token=new_token(),
        kind=kind,
        rule="NEW-QUO-1",
        subject_type="audit",
        subject_id=one,
        owner_id=owner,
        team_id=team,
        auditor_id=owner,
        due_on=day + timedelta(days=20 * each),
        ladder_id=ladder,
        state=DeadlineState.met,
        opened_at=at - timedelta(days=40),
        closed_at=at,
        closed_by_id=owner,
        closed_why="Submitted",
    )
    return row.model_dump()


def _notice(one: int, each: int, people: list[int], at: datetime) -> dict[str, Any]:
    sent = at - timedelta(days=30 - each)
    row = Notice(
        id=one * 100 + each,
        key=f"{one}:{each}",
        token=new_token(),
        deadline_id=one * 10 + each % 2,
        step="NEW-REM-1",
        slot=str(each),
        rule="NEW-REM-1",
        message="outstanding-list",
        lane="due",
        recipient_id=people[each % len(people)],
        role="owner",
        subject_type="audit",
        subject_id=one,
        reason="NEW-REM-1: each month",
        state=NoticeState.sent if each % 5 else NoticeState.superseded,
        created_at=sent,
        not_before=sent,
        sent_at=sent if each % 5 else None,
        closed_at=sent,
        adapter="web",
        message_id=f"m{one}-{each}",
    )
    return row.model_dump()


def _event(one: int, each: int, people: list[int], at: datetime) -> dict[str, Any]:
    row = Event(
        id=one * 1000 + each,
        at=at - timedelta(days=30 - each % 30),
        what=("sent", "sent", "held", "audit-submitted", "deadline-met")[each % 5],
        actor_id=people[0] if each % 5 > 2 else None,
        subject_type="audit",
        subject_id=one,
        deadline_id=one * 10,
        notice_id=one * 100 + each % NOTICES_EACH,
        rule="NEW-REM-1",
        why="NEW-REM-1: each month",
    )
    return row.model_dump()


async def make(where: Path, *, size: int, audits: int, years: int, opened: int, alerts: int) -> Council:
    """A council with so much behind it, and its rounds made up to now."""
    qabot, clock = council(where, Recorder(), size=size, start=TEN - timedelta(days=3))
    await qabot.engine.cycle()
    if audits:
        with qabot.store.transaction() as session:
            unit = qabot.desk.unit(session)
            seed(unit, "audit", opened)
            seed(unit, "alert", alerts)
            for late in session.exec(select(Deadline).where(Deadline.kind == "audit").limit(opened // 4)):
                late.due_on = unit.today - timedelta(days=4)
            history(unit, audits - opened, years)
    clock.set(TEN)
    await qabot.engine.cycle()
    made = Council(qabot, create_app(web_parts(qabot)), {})
    for role in ("quality-assurance", "service-manager", "slt"):
        await made.become(role)
    return made


def routes(router: Any) -> Iterator[APIRoute]:
    """Every route of an application, also of the groups that it is made of."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router)


def addresses(made: Council) -> dict[str, tuple[str, str]]:
    """Each page by its pattern: whose, and its address here. What has nothing to show in this council has none."""
    with made.qabot.store.transaction() as session:
        known = _known(session)
    found: dict[str, tuple[str, str]] = {}
    for route in routes(made.app):
        if "GET" not in (route.methods or ()) or LEFT_OUT.search(route.path):
            continue
        filled = re.sub(r"{(\w+)[^}]*}", lambda part: known.get(part[1], part[0]), route.path)
        filled = known.get(route.path, filled)
        if "{" not in filled:
            found[route.path] = (READERS.get(route.path, "quality-assurance"), filled)
    found["/my-team (senior leader)"] = ("slt", "/my-team?which=open")
    found["/search (a name)"] = ("quality-assurance", "/search?q=a")
    return found


def _known(session: Session) -> dict[str, str]:
    """What stands in addresses: of work that is open, and of a record with much behind it."""
    audit = session.exec(select(Audit.reference).order_by(col(Audit.id).desc())).first()
    deadline = session.exec(select(Deadline).where(Deadline.kind == "audit").order_by(col(Deadline.id))).first()
    holder = session.exec(select(RoleHolding.person_id).where(RoleHolding.role == "practice-lead")).first()
    token = deadline.token if deadline is not None else None
    by_pattern = {
        "/audits/{reference}": f"/audits/{audit}",
        "/people/{person}": f"/people/{holder}",
        "/programme/deadlines/{token}": f"/programme/deadlines/{token}",
        "/act": f"/act?do=nudge&d={token}",
        "/search": "/search?q=10",
        "/words/{word}": "/words/mine",
        "/forms/{name}": "/forms/nominate",
    }
    return {key: MISSING if "None" in text else text for key, text in by_pattern.items()}


async def measure(*, quick: bool) -> tuple[list[tuple[str, float, float, float]], dict[str, Any]]:
    """Each page: its pattern, milliseconds at the median in the full council, and the ratio to the empty one."""
    with folder() as full_place, folder() as empty_place, folder() as first_place:
        size, audits = (60, 200) if quick else (PEOPLE, AUDITS)
        opened = audits // 12 if quick else OPEN
        full = await make(full_place, size=size, audits=audits, years=YEARS, opened=opened, alerts=ALERTS)
        empty = await make(empty_place, size=60 if quick else PEOPLE, audits=0, years=0, opened=0, alerts=0)
        first = await make(first_place, size=60 if quick else PEOPLE, audits=1, years=0, opened=1, alerts=0)
        pages, in_empty, in_first = addresses(full), addresses(empty), addresses(first)
        rows = []
        for pattern, (role, address) in pages.items():
            twin, other = (empty, in_empty) if pattern in in_empty else (first, in_first)
            if pattern not in other:
                raise ValueError(f"{pattern} is in neither of the small councils")
            wall, spent, base = [], [], []
            for number in range(2 if quick else TIMES):
                there = await full.seconds(role, address)
                here = await twin.seconds(role, other[pattern][1])
                if there[2] in SHOWN and here[2] not in SHOWN:
                    raise ValueError(f"{pattern} is no page where it is compared: {here[2]}")
                if number or quick:
                    wall.append(there[0])
                    spent.append(there[1])
                    base.append(here[1])
            if there[2] in SHOWN:
                ratio = statistics.median(spent) / max(statistics.median(base), 1e-4)
                rows.append((pattern, statistics.median(wall) * 1000, ratio, statistics.median(spent) * 1000))
        for made in (full, empty, first):
            for browser in made.browsers.values():
                await browser.aclose()
            made.qabot.store.close()
    figures = {
        "pages": len(rows),
        "people": size,
        "audits": audits,
        "median_ms": round(statistics.median(row[1] for row in rows), 1),
        "slowest_ms": round(max(row[1] for row in rows), 1),
        "processor_ms": round(max(row[3] for row in rows), 1),
        "slowest": max(rows, key=lambda row: row[1])[0],
        "ratio": round(max(row[2] for row in rows), 2),
        "steepest": max(rows, key=lambda row: row[2])[0],
    }
    return sorted(rows, key=lambda row: -row[1]), figures


def main() -> None:
    """Measure and report."""
    quick = options(__doc__ or "").quick
    rows, figures = asyncio.run(measure(quick=quick))
    shown = [
        (page, f"{ms:.0f} ms ({spent:.0f} of the processor), {ratio:.1f} times the empty council", "300 ms, 3 times")
        for page, ms, ratio, spent in rows
    ]
    report("pages", f"Pages with {figures['people']} people and {figures['audits']} audits", shown, figures)


if __name__ == "__main__":
    main()
