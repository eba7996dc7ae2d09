"""Pages look at what is there now, and not at all that was kept for years; and show the same as if they did."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite
from sqlmodel import Session, select

from qabot.models import Deadline, Event, Notice, NoticeState, Store, SurveyRound, SurveySheet
from qabot.models.columns import new_token
from qabot.models.migrate import upgrade
from qabot.models.notice import DIGEST
from qabot.scheduler import coming
from qabot.web import log
from qabot.web.log import LogFilter
from tests.support.web_platform import OnWeb, on_web
from tests.unit.web.test_web_today import rows

DAY = date(2026, 4, 1)
FILTERS = [
    LogFilter(),
    LogFilter(what="deadline-met"),
    LogFilter(what="deadline-withdrawn"),
    LogFilter(what="sent"),
    LogFilter(what=log.WHO_READ),
    LogFilter(actor="cyrus"),
]


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


def plan(session: Session, statement: Any) -> list[str]:
    """How SQLite will look for the answer."""
    compiled = str(statement.compile(dialect=sqlite.dialect()))
    sql = re.sub(r"__\[POSTCOMPILE_\w+\]", "1", compiled)
    raw = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?"))
    return [row[3] for row in raw if " notice" in row[3] or " event" in row[3]]


@pytest.mark.parametrize("filters", FILTERS)
def test_the_endings_of_surveys_are_counted_from_the_sheets(tmp_path: Path, filters: LogFilter) -> None:
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    upgrade(store)
    with store.transaction() as session:
        sealed = log._sealed(session, log.ENDINGS, replace(filters, what=""))
        assert plan(session, sealed) == ["SEARCH event USING INDEX ix_event_deadline_id (deadline_id=?)"]
    store.close()


def test_what_waits_is_found_in_the_small_indexes(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    upgrade(store)
    with store.transaction() as session:
        used = {re.sub(r" \(.*", "", line).rpartition(" ")[2] for line in plan(session, coming._unsent())}
    store.close()
    assert used == {"notice_due", "notice_held", "notice_held_back"}


async def test_the_log_counts_what_it_shows(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus")
    await web.world.submit(audit)
    await web.world.submit(await web.world.audit("cyrus"))
    await web.world.tick()
    with web.world.nodes[0].store.transaction() as session:
        met = session.exec(select(Deadline).where(Deadline.kind == "audit", Deadline.subject_id == audit.id)).one()
        asked = SurveyRound(duty="evaluation", rule="R", title="T", promise="anonymous", starts_on=DAY, ends_on=DAY)
        session.add(asked)
        session.flush()
        sheet = SurveySheet(round_id=asked.id, deadline_id=met.id, person_id=web.world.ids["cyrus"], sealed=b"-")
        session.add(sheet)
        session.flush()
        for filters in FILTERS:
            shown = session.exec(log._query(session, filters)).all()
            assert log._count(session, filters) == len(shown), filters
            assert not [each for each in shown if each.deadline_id == met.id and each.what in log.ENDINGS]
        every = session.exec(select(Event)).all()
        assert len([each for each in every if each.deadline_id == met.id and each.what in log.ENDINGS]) == 1


@pytest.mark.parametrize(
    "state", [NoticeState.planned, NoticeState.claimed, NoticeState.begun, NoticeState.held], ids=str
)
async def test_what_waits_in_a_digest_is_to_come_whatever_the_digest_waits_for(web: OnWeb, state: NoticeState) -> None:
    await web.world.audit("cyrus", team="stratford", due="2026-12-01")
    await web.world.advance("2026-11-23 10:30")
    with web.world.nodes[0].store.transaction() as session:
        waiting = session.exec(
            select(Notice).where(Notice.state == NoticeState.planned, Notice.message != DIGEST)
        ).first()
        assert waiting is not None
        before = waiting.id
    there = {each["Message"] for each in await rows(web)}
    with web.world.nodes[0].store.transaction() as session:
        child = session.get_one(Notice, before)
        digest = Notice(
            key=f"digest:{state}",
            rule="",
            token=new_token(),
            message=DIGEST,
            lane="due",
            recipient_id=child.recipient_id,
            subject_type="person",
            subject_id=child.recipient_id,
            state=state,
            owner="somebody" if state in (NoticeState.claimed, NoticeState.begun) else None,
            created_at=child.created_at,
            not_before=child.not_before,
        )
        session.add(digest)
        session.flush()
        child.carrier_id = digest.id
    assert {each["Message"] for each in await rows(web)} == there
