"""Files and feeds for people's calendars, by RFC 5545: each event keeps its name when it moves or is cancelled."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from icalendar import Calendar, Event, vCalAddress, vDuration, vText, vUri

from qabot.framework.calendar import LONDON
from qabot.framework.gatherings import Gathering
from qabot.models import CalendarItem, Occasion, OccasionState
from qabot.workflows.programme.calendars import Meeting

PRODUCT = "-//qabot//gatherings//EN"
FETCH_EVERY = timedelta(hours=1)
"""How often a calendar is asked to look again."""


def calendar_file(
    occasion: Occasion,
    gathering: Gathering | None,
    chair: Mapping[str, str],
    page: str,
    now: datetime,
    invited: Mapping[str, str] | None = None,
) -> bytes:
    """The file (UTF-8). `chair` is one e-mail and name, or nobody; `page` the address of the gathering's own page.

    It is an invitation of those who are `invited`, by e-mail and name, if there are any and somebody invites them.

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
    hours = (gathering.starts, gathering.ends) if gathering is not None else (None, None)
    _when(event, occasion.day, occasion.day, *hours)
    attendees = _people(event, chair, invited or {})
    return _whole(event, method="CANCEL" if cancelled else "REQUEST" if attendees else "PUBLISH")


def invitation(
    meeting: Meeting, chair: Mapping[str, str], invited: Mapping[str, str], page: str, now: datetime
) -> bytes:
    """The file (UTF-8) that invites people to a meeting about an audit, whose title is the audit's reference alone."""
    event = Event()
    event.add("uid", f"{meeting.uid}@qabot")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", now)
    event.add("summary", meeting.title)
    event.add("description", f"The hour is agreed among yourselves. Its record: {page}")
    event.add("url", vUri(page))
    event.add("status", "CONFIRMED")
    _when(event, meeting.day, meeting.day, None, None)
    return _whole(event, method="REQUEST" if _people(event, chair, invited) else "PUBLISH")


def feed(items: Sequence[CalendarItem], name: str, base_url: str) -> bytes:
    """A whole calendar (UTF-8). It is the same as long as its items are, so that it can be known by its content."""
    calendar = Calendar()
    calendar.add("prodid", "-//qabot//calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", vText(name))
    calendar.add("x-wr-calname", vText(name))
    every = vDuration(FETCH_EVERY)
    every.params["VALUE"] = "DURATION"
    calendar["refresh-interval"] = every
    calendar.add("x-published-ttl", vDuration(FETCH_EVERY))
    for item in items:
        event = Event()
        event.add("uid", f"{item.uid}@qabot")
        event.add("sequence", item.sequence)
        event.add("dtstamp", item.changed_at)
        event.add("last-modified", item.changed_at)
        event.add("summary", item.title)
        event.add("description", f"More: {base_url}{item.path}")
        event.add("url", vUri(f"{base_url}{item.path}"))
        event.add("status", "CANCELLED" if item.cancelled else "CONFIRMED")
        _when(event, item.day, item.last, item.starts, item.ends)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _people(event: Event, chair: Mapping[str, str], invited: Mapping[str, str]) -> bool:
    """Who invites and who is invited; whether somebody is, by somebody else."""
    for email, name in chair.items():
        organizer = vCalAddress(f"mailto:{email}")
        organizer.params["CN"] = name
        event["organizer"] = organizer
    others = {email: name for email, name in invited.items() if email not in chair}
    for email, name in others.items() if chair else ():
        attendee = vCalAddress(f"mailto:{email}")
        attendee.params.update({"CN": name, "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"})
        event.add("attendee", attendee)
    return bool(chair and others)


def _whole(event: Event, *, method: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _when(event: Event, day: date, last: date, starts: time | None, ends: time | None) -> None:
    if starts is None or ends is None:
        # The last day of what lasts whole days is the day after it, and nobody is busy because of it.
        event.add("dtstart", day)
        event.add("dtend", last + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        return
    event.add("dtstart", datetime.combine(day, starts, LONDON))
    event.add("dtend", datetime.combine(last, ends, LONDON))
