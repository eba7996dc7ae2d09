"""Who works here, as plain data: the state that planning looks people up in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from qabot.framework.calendar import Calendar, at_local, local_day


@dataclass(frozen=True, slots=True)
class Away:
    """Away from a day to a day, both included."""

    from_on: date
    to_on: date
    deputy_id: int | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """A person. `work_days` are ISO weekdays."""

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

    def absence(self, day: date) -> Away | None:
        """The absence that covers a day."""
        return next((away for away in self.away if away.from_on <= day <= away.to_on), None) if self.away else None

    def works(self, day: date, calendar: Calendar) -> bool:
        """Whether this person is at work on a day."""
        return day.isoweekday() in self.work_days and calendar.is_working(day) and self.absence(day) is None


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
        found = self.people.get(person_id) if person_id is not None else None
        return found if found is not None and found.active else None

    def name(self, person_id: int | None) -> str:
        """A person's name, also of somebody who has left."""
        found = self.people.get(person_id) if person_id is not None else None
        return found.name if found else ""

    def holders(self, role: str, day: date, *, team_id: int | None = None, of: str | None = None) -> list[int]:
        """Who holds a role on a day, relative to a team: `of` is "team", "service" or None for the whole council."""
        place = self.teams.get(team_id) if team_id is not None else None
        found = []
        for holding in self.roles.get(role, ()):
            if not holding.holds_on(day) or self.person(holding.person_id) is None:
                continue
            if of == "team" and holding.team_id != team_id:
                continue
            if of == "service" and (place is None or holding.service_id != place.service_id):
                continue
            found.append(holding.person_id)
        return sorted(set(found))

    def deputy(self, person_id: int, day: date) -> int | None:
        """Who stands in for a person on a day: whom the absence names, else the standing deputy; nobody who is away."""
        seen = {person_id}
        current = self.people.get(person_id)
        while current is not None:
            away = current.absence(day)
            following = (away.deputy_id if away and away.deputy_id else None) or current.deputy_id
            if following is None or following in seen:
                return None
            seen.add(following)
            current = self.person(following)
            if current is not None and current.absence(day) is None:
                return current.id
        return None


def next_digest(staff: Staff, from_day: date, now: datetime, calendar: Calendar) -> datetime:
    """The person's first digest (UTC) on `from_day` or later that is not past."""
    day = max(from_day, local_day(now))
    for _ in range(400):
        if staff.works(day, calendar):
            moment = at_local(day, min(max(staff.digest_at, staff.hours_from), staff.hours_to))
            if moment >= now:
                return moment
        day += timedelta(days=1)
    return at_local(day, staff.digest_at)


def next_hours(staff: Staff, now: datetime, calendar: Calendar) -> datetime:
    """The first moment from now on in which this person is at work."""
    day = local_day(now)
    for _ in range(400):
        if staff.works(day, calendar):
            start, end = at_local(day, staff.hours_from), at_local(day, staff.hours_to)
            if now < end:
                return max(now, start)
        day += timedelta(days=1)
    return now


def last_worked(staff: Staff, day: date, earliest: date, calendar: Calendar) -> date | None:
    """The last day, at most `day` and at least `earliest`, on which this person is at work."""
    while day >= earliest:
        if staff.works(day, calendar):
            return day
        day -= timedelta(days=1)
    return None
