"""The event log as a page and as a file for the council's own records."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import IO

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from qabot.framework.calendar import at_local
from qabot.messaging import values
from qabot.models import Event, Person, Store, SurveySheet
from qabot.web.labels import names, subject_labels
from qabot.web.reading import PAGE, Paged
from qabot.web.table_files import Cell, large_file, written_to
from qabot.web.titles import Titles
from qabot.workflows.core.words import say_moment

HEADINGS = ("When (England)", "What", "Who", "About", "Rule", "Why", "Detail")
BATCH = 2000
PEOPLE = ("recipient", "deputy", "before", "after", "to")
"""What of an event's detail is a person, or several, if it is a number or a list of them."""
ENDINGS = ("deadline-met", "deadline-withdrawn", "superseded")
"""What the log says of how something that was owed has ended."""
COUNTED = ("notices",)
"""What is a list of rows that no page shows by their number: how many there were says more."""
MOMENTS = ("date", "expected", "starts", "until")
"""What of an event's detail is a moment or a day, kept as ISO text."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which events: empty or None means all. Days are days in England, both included."""

    what: str = ""
    actor: str = ""
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in a list. `at` is UTC."""

    at: datetime
    what: str
    who: str
    who_id: int | None
    subject: str
    rule: str
    why: str
    detail: str


def whats(session: Session) -> Sequence[str]:
    """Every kind of event that there is."""
    return sorted(session.exec(select(Event.what).distinct()))


def page_of(session: Session, filters: LogFilter, page: int, titles: Titles) -> Paged:
    """Events, newest first."""
    query = _query(session, filters)
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    events = session.exec(query.order_by(col(Event.id).desc()).offset((page - 1) * PAGE).limit(PAGE)).all()
    return Paged(event_rows(session, events, titles), page, total)


def _query(session: Session, filters: LogFilter) -> SelectOfScalar[Event]:
    query = select(Event).where(or_(col(Event.deadline_id).is_(None), col(Event.what).not_in(ENDINGS), _plain()))
    if filters.what:
        query = query.where(Event.what == filters.what)
    if filters.actor:
        query = query.where(col(Event.actor_id).in_(_people(session, filters.actor)))
    if filters.from_on:
        query = query.where(Event.at >= at_local(filters.from_on, time(0, 0)))
    if filters.to_on:
        query = query.where(Event.at < at_local(filters.to_on + timedelta(days=1), time(0, 0)))
    return query


def _plain() -> ColumnElement[bool]:
    """Whether an event is not about somebody's survey: how that ended would say whether they have answered."""
    return col(Event.deadline_id).not_in(select(SurveySheet.deadline_id))


def _people(session: Session, name: str) -> list[int]:
    return [
        each or 0 for each in session.exec(select(Person.id).where(col(Person.name).icontains(name, autoescape=True)))
    ]


def event_rows(session: Session, events: Sequence[Event], titles: Titles | None = None) -> list[EventRow]:
    """Events as rows, with names. With `titles` for people; without them a file's own names stay, for machines."""
    named = [number for each in events for key in PEOPLE for number in _numbers(each.detail.get(key))]
    people = names(session, [*(each.actor_id for each in events), *named])
    about = {(each.subject_type, each.subject_id) for each in events if each.subject_id is not None}
    subjects = subject_labels(session, about)
    return [
        EventRow(
            at=each.at,
            what=each.what,
            who=people.get(each.actor_id or 0, "qabot"),
            who_id=each.actor_id if each.actor_id in people else None,
            subject=subjects.get((each.subject_type, each.subject_id or 0), each.subject_type),
            rule=each.rule,
            why=each.why,
            detail=_detail(_titled(each.detail, titles), people),
        )
        for each in events
    ]


def _titled(detail: Mapping[str, object], titles: Titles | None) -> Mapping[str, object]:
    """The same with titles in place of a file's own names."""
    if titles is None:
        return detail
    titled = {"kind": titles.kind, "duty": titles.kind, "message": titles.message}
    return {
        key: titled[key](value) if key in titled and isinstance(value, str) else value for key, value in detail.items()
    }


def _detail(detail: Mapping[str, object], people: Mapping[int, str]) -> str:
    shown = {key: _shown(key, value, people) for key, value in detail.items()}
    return "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in shown.items() if value)


def _shown(key: str, value: object, people: Mapping[int, str]) -> str:
    if key in COUNTED and isinstance(value, list):
        return f"{len(value)} in all"
    if key in PEOPLE and (numbers := _numbers(value)):
        return values.join_and(people.get(number, number) for number in numbers)
    if key in MOMENTS and isinstance(value, str):
        return say_moment(value)
    return values.join_and(value) if isinstance(value, list) else "" if value is None else str(value)


def _numbers(value: object) -> list[int]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int)]


async def export_file(store: Store, filters: LogFilter, ending: str) -> IO[bytes]:
    """The whole log as a file, oldest first, read a batch at a time. Whoever gets it closes it."""
    file = large_file()
    try:
        writer = written_to(file, ending)
        await asyncio.to_thread(writer.begin, "Event log", HEADINGS)
        after = 0
        while True:
            rows, after = await store.run(partial(_batch, filters=filters, since=after))
            if not rows:
                break
            await asyncio.to_thread(writer.add, rows)
        await asyncio.to_thread(writer.end)
    except BaseException:
        file.close()
        raise
    return file


def _batch(session: Session, filters: LogFilter, since: int) -> tuple[list[tuple[Cell, ...]], int]:
    query = _query(session, filters).where(col(Event.id) > since)
    events = session.exec(query.order_by(col(Event.id)).limit(BATCH)).all()
    rows = [_cells(each) for each in event_rows(session, events)]
    return rows, (events[-1].id) if events else since


def _cells(row: EventRow) -> tuple[Cell, ...]:
    return row.at, row.what, row.who, row.subject, row.rule, row.why, row.detail
