"""Counting what a simulation sent, for the page that shows it.

book = yearbook(lines, cast, framework, catalogue.titles(), first, last)
"""

from calendar import Calendar as Weeks
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from qabot.framework import Framework
from qabot.framework.calendar import Calendar, add_months
from qabot.framework.duties import USUAL, Duty, PutOff
from qabot.planning.planner import ALERT_HELD_UNTIL
from qabot.simulation.lines import Line
from qabot.simulation.loads import NO_ROLE, loads
from qabot.simulation.run import Cast
from qabot.simulation.yearbook import Day, Entry, Frequency, Group, Month, Shade, Yearbook

SHADES = 4
"""Steps from the fewest messages of a day to the most."""


def yearbook(
    lines: Sequence[Line], cast: Cast, framework: Framework, titles: Mapping[str, str], first: date, last: date
) -> Yearbook:
    """What `lines` come to, from `first` to `last`, both included. `titles` are the messages', by name."""
    unsent = _named(framework) - {each.message for each in lines}
    shared = _shared(framework)
    lines = [replace(each, message=_label(each, titles, shared)) for each in lines]
    council = framework.council
    calendar = Calendar.of(council.closure_days, council.opens, council.closes)
    roles = {each.email: each.roles or NO_ROLE for each in cast.members}
    days = _days(lines, calendar, first, last)
    busiest = max(days.values(), key=lambda each: (each.messages, -each.day.toordinal()))
    on_busiest = [each for each in lines if each.at.date() == busiest.day]
    return Yearbook(
        first=first,
        last=last,
        cast=cast,
        notices=len(lines),
        months=tuple(_months(days, lines, calendar)),
        groups=tuple(_groups(lines, cast)),
        loads=loads(lines, cast.members),
        busiest=busiest if busiest.messages else None,
        as_busy=tuple(day for day, each in days.items() if each.messages == busiest.messages and each is not busiest),
        on_busiest=tuple(_by_message(on_busiest, roles)),
        most_for_one=_most_for_one(lines, roles),
        longest=_longest(lines, roles),
        doubles=tuple(_doubles(lines, roles)),
        outside=tuple(_outside(lines, roles, framework)),
        unsent=tuple(sorted(titles.get(each, each) for each in unsent)),
        shades=tuple(_shades(busiest.messages)),
    )


def _label(line: Line, titles: Mapping[str, str], shared: set[str]) -> str:
    """What lists call a message; of one that any duty may send also what it was about."""
    title = titles.get(line.message, line.message)
    return f"{title}: {line.kind}" if line.kind and line.message in shared else title


def _shared(framework: Framework) -> set[str]:
    """The messages that duties send which name none of their own: their title says nothing of the duty."""
    usual = framework.every_ladder[USUAL].steps if USUAL not in framework.ladders else ()
    return {*(each.send for each in usual), Duty.model_fields["send"].default, PutOff.model_fields["send"].default}


def _days(lines: Sequence[Line], calendar: Calendar, first: date, last: date) -> dict[date, Day]:
    digests: dict[date, set[tuple[str, str]]] = defaultdict(set)
    alerts: Counter[date] = Counter()
    others: Counter[date] = Counter()
    for line in lines:
        day = line.at.date()
        if line.sent_in:
            digests[day].add((line.email, line.sent_in))
        else:
            (alerts if line.lane == "alert" else others)[day] += 1
    every = (first + timedelta(days=each) for each in range((last - first).days + 1))
    return {day: Day(day, len(digests[day]), alerts[day], others[day], not calendar.is_working(day)) for day in every}


def _months(days: Mapping[date, Day], lines: Sequence[Line], calendar: Calendar) -> Iterator[Month]:
    notices = Counter(each.at.date().replace(day=1) for each in lines)
    first, last = min(days).replace(day=1), max(days)
    while first <= last:
        weeks = Weeks().monthdatescalendar(first.year, first.month)
        yield Month(
            first, tuple(tuple(_day(each, first, days, calendar) for each in week) for week in weeks), notices[first]
        )
        first = add_months(first, 1)


def _day(day: date, month: date, days: Mapping[date, Day], calendar: Calendar) -> Day | None:
    if day.month != month.month:
        return None
    return days.get(day) or Day(day, closed=not calendar.is_working(day), played=False)


def _shades(most: int) -> Iterator[Shade]:
    """Each from how many to how many; few messages have fewer shades."""
    for level in range(1, SHADES + 1):
        least, up_to = most * (level - 1) // SHADES + 1, most * level // SHADES
        if least <= up_to:
            yield Shade(level, least, up_to)


def _groups(lines: Sequence[Line], cast: Cast) -> Iterator[Group]:
    """In the order of the cast, which is that of the file's roles; within a group what comes most often first."""
    of_person: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        of_person[line.email].append(line)
    members: dict[str, list[str]] = defaultdict(list)
    for each in cast.members:
        members[each.roles or NO_ROLE].append(each.email)
    for roles, emails in members.items():
        counts = Counter((line.message, email) for email in emails for line in of_person[email])
        quiet = sum(1 for email in emails if not of_person[email])
        yield Group(roles, len(emails), quiet, tuple(_frequencies(counts)))


def _frequencies(counts: Mapping[tuple[str, str], int]) -> list[Frequency]:
    """By message and person how often -> by message."""
    times: dict[str, list[int]] = defaultdict(list)
    for (message, _), count in counts.items():
        times[message].append(count)
    frequencies = [Frequency(name, sum(each), len(each), max(each)) for name, each in times.items()]
    return sorted(frequencies, key=lambda each: (-each.times, each.title))


def _by_message(lines: Sequence[Line], roles: Mapping[str, str]) -> list[Entry]:
    by_message: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in lines:
        by_message[line.message, roles[line.email]].append(line.email)
    entries = [
        Entry(lines[0].at.date(), group, title, len(each), len(set(each)))
        for (title, group), each in by_message.items()
    ]
    return sorted(entries, key=lambda each: (-each.count, each.title, each.roles))


def _most_for_one(lines: Sequence[Line], roles: Mapping[str, str]) -> Entry | None:
    """Whoever gets the most messages in the whole period."""
    digests = {(each.email, each.sent_in) for each in lines if each.sent_in}
    counts = Counter(email for email, _ in digests) + Counter(each.email for each in lines if not each.sent_in)
    email, most = max(counts.items(), key=lambda each: (each[1], each[0]), default=("", 0))
    return Entry(lines[0].at.date(), roles[email], count=most) if most else None


def _longest(lines: Sequence[Line], roles: Mapping[str, str]) -> Entry | None:
    """The digest that carries the most notices."""
    counts = Counter((each.at.date(), each.email, each.sent_in) for each in lines if each.sent_in)
    if not counts:
        return None
    (day, email, _), most = max(counts.items(), key=lambda each: (each[1], -each[0][0].toordinal()))
    return Entry(day, roles[email], count=most)


def _doubles(lines: Sequence[Line], roles: Mapping[str, str]) -> Iterator[Entry]:
    """Everybody who gets more than one digest in a day: nobody, unless something is wrong."""
    digests: dict[tuple[date, str], set[str]] = defaultdict(set)
    for line in lines:
        if line.sent_in:
            digests[line.at.date(), line.email].add(line.sent_in)
    for (day, email), keys in sorted(digests.items()):
        if len(keys) > 1:
            yield Entry(day, roles[email], count=len(keys))


def _outside(lines: Sequence[Line], roles: Mapping[str, str], framework: Framework) -> Iterator[Entry]:
    """Alerts that come when the council is closed, several of one moment and message to one group together."""
    council = framework.council
    calendar = Calendar.of(council.closure_days, _alerts_from(framework), council.closes)
    totals: Counter[tuple[datetime, str, str]] = Counter(
        (each.at, each.message, roles[each.email])
        for each in lines
        if each.lane == "alert" and not calendar.is_open(each.at)
    )
    for (at, title, group), count in sorted(totals.items()):
        yield Entry(at, group, title, count)


def _alerts_from(framework: Framework) -> time:
    """When the day begins for alerts: those that were held overnight come a little before the council opens."""
    opens = framework.council.opens
    return opens if framework.council.alerts_outside_hours == "send" else min(opens, ALERT_HELD_UNTIL)


def _named(framework: Framework) -> set[str]:
    """The names of every message that the framework sends."""
    terms = [each for kind in framework.kinds() for each in framework.terms(kind)]
    steps = [
        step.send for each in terms if each.ladder in framework.every_ladder for step in framework.ladder_by(each).steps
    ]
    duties = [each for each in framework.duties.values() if each.rule not in framework.without]
    at_once = [each.send for each in duties if each.tell]
    put_off = [each.put_off.send for each in duties if each.put_off is not None and each.put_off.tell]
    return {*steps, *at_once, *put_off}
