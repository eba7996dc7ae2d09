"""The event log as a page and as a file for the council's own records."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import IO, TypeVar

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from qabot.framework.calendar import at_local
from qabot.messaging.folding import holds_all
from qabot.messaging.values import capital
from qabot.models import Event, Person, Store, SurveySheet
from qabot.models.look_up import by_id
from qabot.rights.retaining import DELIVERY
from qabot.web.details import Details, people_of
from qabot.web.drawing import words
from qabot.web.labels import names, subject_labels
from qabot.web.paged import PAGE, Paged
from qabot.web.table_files import Cell, large_file, written_to
from qabot.web.titles import Titles

T = TypeVar("T")
HEADINGS = ("When (England)", "What", "Who", "About", "Rule", "Why", "Detail")
BATCH = 2000
WHO_READ = "who-read"
READS = (
    "record-read",
    "person-page-read",
    "survey-read",
    "link-refused",
    "person-exported",
    *(each for each in DELIVERY if each.endswith("-exported")),
)
"""What the log says of who read or took what, or tried to: together one choice on its page."""
ENDINGS = ("deadline-met", "deadline-withdrawn", "superseded")
"""What the log says of how something that was owed has ended."""


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
    name: str = ""
    """What happened, as the code calls it."""


def whats(session: Session) -> Sequence[str]:
    """Every kind of event that there is: from one to the next in the index, however many there are of each."""
    first = select(func.min(Event.what).label("what")).cte(recursive=True)
    following = select(func.min(Event.what)).where(col(Event.what) > first.c.what).scalar_subquery()
    every = first.union_all(select(following).where(first.c.what.is_not(None)))
    return [each for (each,) in session.execute(select(every.c.what).where(every.c.what.is_not(None)))]


def page_of(session: Session, filters: LogFilter, page: int, titles: Titles) -> Paged:
    """Events, newest first."""
    query, total = _query(session, filters), _count(session, filters)
    events = session.exec(query.order_by(col(Event.id).desc()).offset((page - 1) * PAGE).limit(PAGE)).all()
    return Paged(event_rows(session, events, titles), page, total)


def _count(session: Session, filters: LogFilter) -> int:
    """How many `_query` finds: all less the endings of surveys, so that no line of the log is looked at for it."""
    every = session.exec(_narrowed(select(func.count()).select_from(Event), session, filters)).one()
    ended = ENDINGS if not filters.what else tuple(each for each in ENDINGS if each == filters.what)
    return every - session.exec(_sealed(session, ended, replace(filters, what=""))).one() if ended else every


def _sealed(session: Session, ended: Sequence[str], filters: LogFilter) -> SelectOfScalar[int]:
    """How many lines say how a survey has ended for somebody: looked up from the sheets, of which there are few.

    Of most of what has ended there is no sheet, so the index of what happened would be the long way round; what is an
    expression is looked up in none.
    """
    of_one = (
        select(func.count())
        .select_from(Event)
        .where(Event.deadline_id == SurveySheet.deadline_id, func.lower(Event.what).in_(ended))
        .correlate(SurveySheet)
    )
    each = _narrowed(of_one, session, filters).scalar_subquery()
    return select(func.coalesce(func.sum(each), 0)).select_from(SurveySheet)


def _query(session: Session, filters: LogFilter) -> SelectOfScalar[Event]:
    query = select(Event).where(or_(col(Event.deadline_id).is_(None), col(Event.what).not_in(ENDINGS), _plain()))
    return _narrowed(query, session, filters)


def _narrowed(query: SelectOfScalar[T], session: Session, filters: LogFilter) -> SelectOfScalar[T]:
    if filters.what == WHO_READ:
        query = query.where(col(Event.what).in_(READS))
    elif filters.what:
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
    return [each for each, full in session.exec(select(Person.id, Person.name)) if holds_all(name, full)]


def _subject_of(event: Event, labels: Mapping[tuple[str, int], str]) -> str:
    """What an event is about; of one that is about nothing by itself, of what kind."""
    if event.subject_id is None:
        return words(event.subject_type)
    return labels.get((event.subject_type, event.subject_id), words(event.subject_type))


def event_rows(session: Session, events: Sequence[Event], titles: Titles) -> list[EventRow]:
    """Events as rows, in words and with names."""
    people = names(session, [*(each.actor_id for each in events), *(one for each in events for one in people_of(each))])
    about = {(each.subject_type, each.subject_id) for each in events if each.subject_id is not None}
    subjects, details = subject_labels(session, about), Details(titles, people)
    return [
        EventRow(
            at=each.at,
            what=words(each.what),
            who=by_id(people, each.actor_id, "qabot"),
            who_id=each.actor_id if each.actor_id in people else None,
            subject=_subject_of(each, subjects),
            rule=each.rule,
            why=capital(details.why(each)),
            detail=details.say(each) if details.why(each) else capital(details.say(each)),
            name=each.what,
        )
        for each in events
    ]


async def export_file(store: Store, filters: LogFilter, ending: str, titles: Titles) -> IO[bytes]:
    """The whole log as a file, oldest first, read a batch at a time. Whoever gets it closes it."""
    file = large_file()
    try:
        writer = written_to(file, ending)
        await asyncio.to_thread(writer.begin, "Event log", HEADINGS)
        after = 0
        while True:
            rows, after = await store.run(partial(_batch, filters=filters, since=after, titles=titles))
            if not rows:
                break
            await asyncio.to_thread(writer.add, rows)
        await asyncio.to_thread(writer.end)
    except BaseException:
        file.close()
        raise
    return file


def _batch(session: Session, filters: LogFilter, since: int, titles: Titles) -> tuple[list[tuple[Cell, ...]], int]:
    query = _query(session, filters).where(col(Event.id) > since)
    events = session.exec(query.order_by(col(Event.id)).limit(BATCH)).all()
    rows = [_cells(each) for each in event_rows(session, events, titles)]
    return rows, (events[-1].id) if events else since


def _cells(row: EventRow) -> tuple[Cell, ...]:
    return row.at, row.what, row.who, row.subject, row.rule, row.why, row.detail
