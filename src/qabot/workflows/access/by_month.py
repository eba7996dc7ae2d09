"""What people give, by month and by service: nominations, and whose work was followed by a few questions.

1. Only whole quarters that are over, from the first day of one to the last: no two looks at the page, on whatever days,
   differ by one person.
2. Months stand for all services, and services for a whole quarter, never both at once.
3. Fewer than five are hidden, and what would give them away. Nominations stand among the figures too, by quarter and by
   month: so they are hidden here exactly where they are there, or one page would tell what the other hides.

How many have answered is counted by quarter, with the answers: by month it would say who has.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select

from qabot.framework.calendar import at_local, local_day
from qabot.models import Deadline, Nomination, SurveyRound, SurveySheet
from qabot.models.look_up import by_id
from qabot.planning.disclosure import groups_shown, may_be_shown, whole_shown
from qabot.planning.periods import QUARTER, Period
from qabot.planning.suppression import FLOOR, numbers_shown
from qabot.workflows.access.survey_results import reads
from qabot.workflows.core.sheets import quarter
from qabot.workflows.core.unit import Unit

QUARTERS = 4
NO_SERVICE = "No service"
Cell = str | int | date


@dataclass(frozen=True, slots=True)
class Quarter:
    """One quarter: its months and its services in order, each with how many; None of what is hidden.

    `total` is hidden too where it is less than five, and more than none, or would give away what is hidden.
    """

    starts: date
    total: int | None
    months: dict[date, int | None]
    services: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Given:
    """One thing that people give, or are asked to: by quarter, the earliest first."""

    title: str
    quarters: tuple[Quarter, ...]

    @property
    def months(self) -> list[tuple[date, int | None]]:
        """Every month in order."""
        return [month for each in self.quarters for month in each.months.items()]

    @property
    def services(self) -> list[str]:
        """Every service in order."""
        return list(dict.fromkeys(name for each in self.quarters for name in each.services))

    @property
    def rows(self) -> list[list[Cell]]:
        """The same as the rows of a file: what, from which day, of which service or month, how many."""
        lines: list[list[Cell]] = []
        for each in self.quarters:
            numbers = {"All services": each.total, **each.services}
            lines += [[self.title, "Quarter", each.starts, name, _said(number)] for name, number in numbers.items()]
            lines += [
                [self.title, "Month", month, "All services", _said(number)] for month, number in each.months.items()
            ]
        return lines


def _said(number: int | None) -> str | int:
    return "hidden" if number is None else number


def given(unit: Unit, reader_id: int) -> list[Given]:
    """What this reader may know: nominations, and who is asked in each survey after work that they read about."""
    first = _first(unit.today)
    nominated = select(Nomination.submitted_at, Nomination.place, Nomination.nominee_id)
    rows_of = unit.session.exec(nominated.where(Nomination.submitted_at >= _start(first)))
    praise = [(local_day(at), place or _service(unit, person)) for at, place, person in rows_of]
    rows: list[tuple[str, list[tuple[date, str]]]] = []
    for title, rounds in _rounds(unit, reader_id).items():
        requests = (
            select(Deadline.opened_at, SurveySheet.place)
            .join(SurveySheet, col(SurveySheet.deadline_id) == col(Deadline.id))
            .where(col(SurveySheet.round_id).in_(rounds), Deadline.opened_at >= _start(first))
        )
        rows.append(
            (f"Asked: {title}", [(local_day(at), place or NO_SERVICE) for at, place in unit.session.exec(requests)])
        )
    services = sorted({each.service for each in unit.directory.teams.values()})
    return [
        Given("Nominations", tuple(_as_figures(first, praise, services))),
        *(Given(title, tuple(_quarters(first, happened, services))) for title, happened in rows),
    ]


def _first(today: date) -> date:
    """The first day of the earliest quarter that is shown."""
    start = quarter(today)[0]
    for _ in range(QUARTERS):
        start = quarter(start - timedelta(days=1))[0]
    return start


def _start(day: date) -> datetime:
    return at_local(day, datetime.min.time())


def _service(unit: Unit, person_id: int | None) -> str:
    staff = unit.directory.people.get(person_id) if person_id is not None else None
    team = by_id(unit.directory.teams, staff.team_id) if staff is not None else None
    return team.service if team is not None else NO_SERVICE


def _rounds(unit: Unit, reader_id: int) -> dict[str, list[int]]:
    """By title the rounds of what is asked after each piece of work, as far as this reader reads them."""
    rounds: dict[str, list[int]] = {}
    query = select(SurveyRound).where(col(SurveyRound.cycle_id).is_(None)).order_by(col(SurveyRound.id))
    for each in unit.session.exec(query):
        if reads(unit, each, reader_id):
            rounds.setdefault(each.title, []).append(each.id)
    return rounds


def _as_figures(first: date, happened: Iterable[tuple[date, str]], services: Iterable[str]) -> Iterator[Quarter]:
    """What the figures of these quarters and of their months show, and no more."""
    kept = list(happened)

    def counts(period: Period) -> Mapping[str, int]:
        return Counter(service for day, service in kept if period.holds(day))

    period = Period(QUARTER, first)
    for _ in range(QUARTERS):
        here, whole, shown = counts(period), whole_shown(counts, period), groups_shown(counts, period)
        total, months = sum(here.values()), {each.starts: sum(counts(each).values()) for each in period.months()}
        yield Quarter(
            period.starts,
            total if whole else None,
            {day: number if may_be_shown(number) else None for day, number in months.items()},
            {
                each: here.get(each, 0) if each in shown or (whole and each not in here) else None
                for each in dict.fromkeys([*services, *sorted(here)])
            },
        )
        period = Period.of(QUARTER, period.ends + timedelta(days=1))


def _quarters(first: date, happened: Iterable[tuple[date, str]], services: Iterable[str]) -> Iterable[Quarter]:
    by_quarter: dict[date, list[tuple[date, str]]] = {}
    for day, service in happened:
        by_quarter.setdefault(quarter(day)[0], []).append((day.replace(day=1), service))
    start = first
    for _ in range(QUARTERS):
        here = by_quarter.get(start, [])
        months, places = Counter(month for month, _ in here), Counter(service for _, service in here)
        named = {month.isoformat(): months[month] for month in _months(start)}
        yield Quarter(
            start,
            None if 0 < len(here) < FLOOR else len(here),
            {date.fromisoformat(name): number for name, number in numbers_shown(named).items()},
            numbers_shown({each: places[each] for each in dict.fromkeys([*services, *sorted(places)])}),
        )
        start = quarter(start + timedelta(days=95))[0]


def _months(start: date) -> list[date]:
    return [start, (start + timedelta(days=31)).replace(day=1), (start + timedelta(days=62)).replace(day=1)]
