"""A gathering as a file for people's calendars, by RFC 5545: one event that keeps its name when it moves."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vUri

from qabot.framework.calendar import LONDON
from qabot.framework.gatherings import Gathering
from qabot.models import Occasion, OccasionState

PRODUCT = "-//qabot//gatherings//EN"


def calendar_file(
    occasion: Occasion, gathering: Gathering | None, chair: Mapping[str, str], page: str, now: datetime
) -> bytes:
    """The file (UTF-8). `chair` is one e-mail and name, or nobody; `page` the address of the gathering's own page.

    Its `UID` stays as it is, and `SEQUENCE` goes up, when the gathering is moved or cancelled, so that a calendar that
    has it takes the new day for the old one. Without hours it lasts the whole day.
    """
    cancelled = occasion.state == OccasionState.cancelled
    event = Event()
    event.add("uid", f"{occasion.token}@qabot")
    event.add("sequence", occasion.sequence)
    event.add("dtstamp", now)
    event.add("last-modified", occasion.changed_at)
    event.add("summary", occasion.title)
    event.add("description", f"What it still needs, and its lists: {page}")
    event.add("url", vUri(page))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    _when(event, occasion, gathering)
    for email, name in chair.items():
        organizer = vCalAddress(f"mailto:{email}")
        organizer.params["CN"] = name
        event["organizer"] = organizer
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _when(event: Event, occasion: Occasion, gathering: Gathering | None) -> None:
    if gathering is None or gathering.starts is None or gathering.ends is None:
        # The last day of what lasts whole days is the day after it, and nobody is busy because of it.
        event.add("dtstart", occasion.day)
        event.add("dtend", occasion.day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        return
    event.add("dtstart", datetime.combine(occasion.day, gathering.starts, LONDON))
    event.add("dtend", datetime.combine(occasion.day, gathering.ends, LONDON))
