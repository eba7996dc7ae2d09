"""Who works here, as plain data: the state that planning looks people up in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from qabot.framework.calendar import Calendar, at_local, local_day

HORIZON = 400
"""Days within which somebody's next day at work is looked for."""
TIME_TO_READ = timedelta(hours=1)
"""How long before somebody's hours end their digest comes, if these end before its time."""


@dataclass(frozen=True, slots=True)
class Away:
    """Away from a day to a day, both included."""

    from_on: date
    to_on: date
    deputy_id: int | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """A person. `work_days` are ISO weekdays.

    `name` is what others read: of two people here with one name, each with what tells them apart. `own_name` is the
    name alone, where it is another.
    """

    id: int
    name: str
    email: str = ""
    team_id: int | None = None
    line_manager_id: int | None = None
    deputy_id: int | None = None
    work_days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    hours_from: time = time(9, 0)
    hours_to: time = time(16, 30)
    digest_at: time = time(9, 30)
    news: bool = True
    administrator: bool = False
    active: bool = True
    away: tuple[Away, ...] = ()
    own_name: str = ""

    def absence(self, day: date) -> Away | None:
        """The absence that covers a day."""
        return next((away for away in self.away if away.from_on <= day <= away.to_on), None) if self.away else None

    def works(self, day: date, calendar: Calendar) -> bool:
        """Whether this person is at work on a day."""
        return day.isoweekday() in self.work_days and calendar.is_working(day) and self.absence(day) is None


ANYBODY = Staff(0, "")
"""Whoever works the usual days and hours: on which day a message is read, whoever it goes to."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A role held for a team, a service or the council, from a day to a day."""

    person_id: int
    team_id: int | None = None
    service_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is held on a day."""
        return (self.from_on is None or self.from_on <= day) and (self.to_on is None or day <= self.to_on)


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A team and its service."""

    name: str
    service_id: int
    service: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody, by id."""

    people: Mapping[int, Staff]
    teams: Mapping[int, TeamPlace] = field(default_factory=dict)
    roles: Mapping[str, tuple[Holding, ...]] = field(default_factory=dict)

    def person(self, person_id: int | None) -> Staff | None:
        """An active person."""
        staff = self.people.get(person_id) if person_id is not None else None
        return staff if staff is not None and staff.active else None

    def name(self, person_id: int | None) -> str:
        """A person's name, also of somebody who has left."""
        staff = self.people.get(person_id) if person_id is not None else None
        return staff.name if staff else ""

    def holders(self, role: str, day: date, *, team_id: int | None = None, of: str | None = None) -> list[int]:
        """Who holds a role on a day, relative to a team: `of` is "team", "service" or None for the whole council."""
        place = self.teams.get(team_id) if team_id is not None else None
        people = []
        for holding in self.roles.get(role, ()):
            if not holding.holds_on(day) or self.person(holding.person_id) is None:
                continue
            if of == "team" and holding.team_id != team_id:
                continue
            if of == "service" and (place is None or holding.service_id != place.service_id):
                continue
            people.append(holding.person_id)
        return sorted(set(people))

    def services(self, person_id: int | None, day: date) -> set[int]:
        """The services in which somebody works on a day: their team's, and those for which they hold a role."""
        staff = self.person(person_id)
        if staff is None:
            return set()
        held = [each for role in self.roles.values() for each in role if each.person_id == person_id]
        teams = [staff.team_id, *(each.team_id for each in held if each.holds_on(day))]
        of_teams = {self.teams[each].service_id for each in teams if each is not None and each in self.teams}
        return of_teams | {each.service_id for each in held if each.service_id is not None and each.holds_on(day)}

    def deputy(self, person_id: int, day: date) -> int | None:
        """Who stands in for a person on a day: whom the absence names, else the standing deputy; nobody who is away."""
        seen = {person_id}
        current = self.people.get(person_id)
        while current is not None:
            away = current.absence(day)
            following = self.named_deputy(current, away.deputy_id if away is not None else None)
            if following is None or following.id in seen:
                return None
            seen.add(following.id)
            if following.absence(day) is None:
                return following.id
            current = following
        return None

    def named_deputy(self, staff: Staff, named: int | None) -> Staff | None:
        """Whom an absence of somebody names as their deputy; the standing one where it names nobody who works here."""
        return self.person(named) or self.person(staff.deputy_id)


def days_at_work(staff: Staff, from_day: date, calendar: Calendar) -> Iterator[date]:
    """The days from a day on, itself included, on which this person is at work.

    After these the council's working days, and then every day: whoever works on no day of the council (at weekends
    only, or not within a year) gets what is theirs all the same, and no search is endless.
    """
    yield from (day for day in _days(from_day) if staff.works(day, calendar))
    yield from (day for day in _days(from_day) if calendar.is_working(day))
    yield from _days(from_day)


def _days(from_day: date) -> Iterator[date]:
    # One by one: it is asked for each notice, and nearly always of the first day or two.
    return (from_day + timedelta(days=each) for each in range(HORIZON))


def hours_of(staff: Staff, day: date) -> tuple[datetime, datetime]:
    """When this person's working hours begin and end on a day (UTC); hours that end before they begin last all day."""
    midnight = at_local(day + timedelta(days=1), time(0, 0))
    end = at_local(day, staff.hours_to) if staff.hours_to > staff.hours_from else midnight
    return at_local(day, staff.hours_from), end


def digest_of(staff: Staff, day: date) -> datetime:
    """The moment (UTC) of this person's digest on a day: always within their hours, with time to read it."""
    start, end = hours_of(staff, day)
    moment = max(at_local(day, staff.digest_at), start)
    return moment if moment < end else max(start, end - TIME_TO_READ)


def next_digest(staff: Staff, from_day: date, now: datetime, calendar: Calendar) -> datetime:
    """The person's first digest (UTC) on `from_day` or later that is not past."""
    moments = (digest_of(staff, day) for day in days_at_work(staff, max(from_day, local_day(now)), calendar))
    return next(moment for moment in moments if moment >= now)


def next_hours(staff: Staff, now: datetime, calendar: Calendar) -> datetime:
    """The first moment from now on in which this person is at work."""
    hours = (hours_of(staff, day) for day in days_at_work(staff, local_day(now), calendar))
    return next(max(now, start) for start, end in hours if now < end)


def today_or_next(staff: Staff, now: datetime, calendar: Calendar) -> datetime:
    """The person's next digest; now, while they are still at work after the time of today's.

    If today's has gone already, what comes now is held for the next working day's: one a day.
    """
    today = local_day(now)
    if staff.works(today, calendar) and digest_of(staff, today) <= now < hours_of(staff, today)[1]:
        return now
    return next_digest(staff, today, now, calendar)


def digest_since(staff: Staff, from_day: date, since: datetime, now: datetime, calendar: Calendar) -> datetime:
    """The digest for what was wanted since a moment: the first after it, or if nobody could send that, the soonest.

    So a reminder of today that is planned ten minutes after the digest's time, because the service was down, is still
    one of today.
    """
    first = next_digest(staff, from_day, since, calendar)
    return first if first >= now else today_or_next(staff, now, calendar)


def last_worked(staff: Staff, day: date, earliest: date, calendar: Calendar) -> date | None:
    """The last day, at most `day` and at least `earliest`, on which this person is at work."""
    while day >= earliest:
        if staff.works(day, calendar):
            return day
        day -= timedelta(days=1)
    return None
