"""Addresses at which calendars fetch what is due: made and ended by their person, and what each is given."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import col, delete, select

from qabot.errors import NotAllowed, NotFound
from qabot.models import CalendarFeed, CalendarItem, FeedKind
from qabot.workflows.access.records import is_steward
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import calendars
from qabot.workflows.programme.calendars import PAST, Entry

KEPT = timedelta(days=30)
"""How long what is cancelled is said to be."""
NO_CALENDAR = "There is no calendar at this address."


def of(unit: Unit, person_id: int) -> dict[str, CalendarFeed]:
    """The addresses of a person, by kind."""
    query = select(CalendarFeed).where(CalendarFeed.person_id == person_id)
    return {each.kind: each for each in unit.session.exec(query)}


def kinds(unit: Unit, person_id: int) -> list[FeedKind]:
    """Those that this person may have."""
    person = unit.directory.person(person_id)
    every = person is not None and is_steward(unit, person)
    return [FeedKind.own, FeedKind.programme] if every else [FeedKind.own]


def make(unit: Unit, person_id: int, kind: str) -> None:
    """Make an address; the one that there was ends. Raises `NotAllowed` of what is not this person's."""
    if kind not in kinds(unit, person_id):
        raise NotAllowed(f"The programme's calendar is for {unit.framework.quality} and administrators.")
    end(unit, person_id, kind)
    unit.session.add(CalendarFeed(person_id=person_id, kind=kind, made_at=unit.now))
    unit.event("feed-made", actor=person_id, subject=("person", person_id), kind=kind)


def end(unit: Unit, person_id: int, kind: str) -> bool:
    """End an address, for every calendar that has it; False if there is none."""
    feed = of(unit, person_id).get(kind)
    if feed is None:
        return False
    unit.session.execute(delete(CalendarItem).where(col(CalendarItem.feed_id) == feed.id))
    unit.session.delete(feed)
    unit.session.flush()
    unit.event("feed-ended", actor=person_id, subject=("person", person_id), kind=kind)
    return True


def read(unit: Unit, feed_id: int, nonce: str) -> tuple[CalendarFeed, Sequence[CalendarItem]]:
    """What an address holds now. Raises `NotFound` of one that is unknown, has ended, or is no longer its person's."""
    feed = unit.session.get(CalendarFeed, feed_id, with_for_update=True)
    person = unit.directory.person(feed.person_id) if feed is not None else None
    if feed is None or feed.nonce != nonce or person is None or feed.kind not in kinds(unit, person.id):
        raise NotFound(NO_CALENDAR)
    entries_of = calendars.of_person if feed.kind == FeedKind.own else calendars.of_programme
    items = _told(unit, feed, entries_of(unit, person))
    if feed.used_at is None or feed.used_at.date() != unit.now.date():
        feed.used_at = unit.now
        unit.session.add(feed)
    return feed, items


def _told(unit: Unit, feed: CalendarFeed, entries: Sequence[Entry]) -> list[CalendarItem]:
    """The items of a feed, brought up to date: what is new, what has changed, and what is cancelled."""
    query = select(CalendarItem).where(CalendarItem.feed_id == feed.id)
    known = {each.uid: each for each in unit.session.exec(query)}
    for entry in entries:
        item = known.get(entry.uid)
        if item is None:
            item = known[entry.uid] = CalendarItem(
                feed_id=feed.id, sequence=entry.least, changed_at=unit.now, **_values(entry)
            )
            unit.session.add(item)
        elif item.cancelled or any(getattr(item, name) != value for name, value in _values(entry).items()):
            for name, value in _values(entry).items():
                setattr(item, name, value)
            item.cancelled = False
            _count(unit, item, entry.least)
    there = {each.uid for each in entries}
    for item in [each for uid, each in known.items() if uid not in there]:
        over = item.changed_at <= unit.now - KEPT if item.cancelled else item.last < unit.today - PAST
        if over:
            unit.session.delete(item)
            del known[item.uid]
        elif not item.cancelled:
            item.cancelled = True
            _count(unit, item, 0)
    unit.session.flush()
    return sorted(known.values(), key=lambda each: (each.day, each.uid))


def _values(entry: Entry) -> dict[str, Any]:
    names = ("uid", "title", "day", "last", "starts", "ends", "path")
    return {name: getattr(entry, name) for name in names}


def _count(unit: Unit, item: CalendarItem, least: int) -> None:
    item.sequence, item.changed_at = max(item.sequence + 1, least), unit.now
    unit.session.add(item)
