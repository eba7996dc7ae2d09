"""An invented council for the roles of a framework file: plain data and the files to import it from."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from string import ascii_uppercase

from qabot.demo.names import emails, names
from qabot.demo.post import Post
from qabot.demo.posts import casework_roles, pools, posts_of, size_of
from qabot.demo.references import references
from qabot.errors import SetupError
from qabot.framework import Framework

DOMAIN = "council.example"
SERVICES = (
    "Assessment and Early Help",
    "Safeguarding and Family Support",
    "Children in Our Care",
    "Leaving Care and Disability",
)
TEAMS = (
    ("Assessment North", "Assessment South", "Early Help"),
    ("Safeguarding North", "Safeguarding South", "Safeguarding West"),
    ("Children in Care East", "Children in Care West", "Fostering Support"),
    ("Leaving Care East", "Leaving Care West", "Children with Disabilities"),
)
PART_TIME = ("123", "1245", "345", "1234", "235")
CASES_PER_TEAM, CASES_EACH = 10, 2
SMALLEST = 30
FIRST_AWAY = 4
"""Which of those who have a post in a team, counted from nought, is on leave first."""


@dataclass(frozen=True, slots=True)
class TeamData:
    """A team and the name of its service."""

    name: str
    service: str


@dataclass(frozen=True, slots=True)
class PersonData:
    """A member of staff. Colleagues are named by e-mail; the fields are the columns of the people import, in order.

    `work_days` are ISO weekdays, `hours` local time, `away_from` and `away_to` days in England, both included.
    """

    name: str
    email: str
    team: str = ""
    service: str = ""
    roles: tuple[str, ...] = ()
    line_manager: str = ""
    work_days: str = "12345"
    hours: str = "09:00-16:30"
    deputy: str = ""
    away_from: date | None = None
    away_to: date | None = None
    away_deputy: str = ""
    administrator: bool = False


@dataclass(frozen=True, slots=True)
class CaseData:
    """A case by its reference (7 digits). `involved` are e-mails of people who must not audit it."""

    reference: str
    team: str
    practitioner: str
    involved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CouncilData:
    """A whole council."""

    services: tuple[str, ...]
    teams: tuple[TeamData, ...]
    people: tuple[PersonData, ...]
    cases: tuple[CaseData, ...]

    def as_files(self, folder: Path) -> tuple[Path, Path]:
        """Write people.csv (roles are a column of it) and cases.csv in the import's format, and say where they are."""
        folder.mkdir(parents=True, exist_ok=True)
        return _write(folder / "people.csv", self.people), _write(folder / "cases.csv", self.cases)


def invented_council(
    framework: Framework, people: int = 60, seed: int = 1, *, today: date = date(2026, 11, 23)
) -> CouncilData:
    """A council of so many people for these roles and case references; the same arguments always give the same one.

    60 people are 4 services and 12 teams at Newham; larger councils have more of both, with every role in proportion.
    Whoever is on leave is so around `today`. Raises `SetupError` for too few people, and where no case reference can
    be made up for the council's pattern.
    """
    if people < SMALLEST:
        raise SetupError(f"An invented council needs at least {SMALLEST} people to hold every role: it has {people}.")
    random = Random(f"newham-{people}-{seed}")  # noqa: S311 - invented people, not secrets
    posts = posts_of(framework, people)
    services, teams = size_of(posts, people)
    places = _teams(services, teams)
    seats = [Seat(post, team, service, number) for post in posts for team, service, number in _where(post, places)]
    staff = _Staff(seats, names(people, random), today)
    leads = {team.name: staff.leading(team.name, framework) for team in places}
    workers = _workers(staff, places, leads, casework_roles(framework), random, today)
    everybody = _shared(framework, (*staff.people(), *workers))
    return CouncilData(
        tuple(dict.fromkeys(team.service for team in places)),
        places,
        everybody,
        _cases(
            framework.council.case_reference,
            max(CASES_PER_TEAM * teams, CASES_EACH * people),
            places,
            leads,
            workers,
            random,
        ),
    )


@dataclass(frozen=True, slots=True)
class Seat:
    """One place in a post: in a team or service, "" for the whole council, and which of several it is."""

    post: Post
    team: str
    service: str
    number: int


def _where(post: Post, teams: Sequence[TeamData]) -> list[tuple[str, str, int]]:
    """The team, service and number of each seat of a post."""
    match post.of:
        case "team":
            return [(team.name, team.service, number) for number, team in enumerate(teams)]
        case "service":
            services = dict.fromkeys(team.service for team in teams)
            return [("", service, number) for number, service in enumerate(services)]
    return [("", "", number) for number in range(post.number)]


def _teams(services: int, teams: int) -> tuple[TeamData, ...]:
    every = []
    for number in range(teams):
        service, place = number % services, number // services
        again = f" {service // len(SERVICES) + 1}" if service >= len(SERVICES) else ""
        kinds = TEAMS[service % len(SERVICES)]
        extra = f" {_letters(place // len(kinds))}" if place >= len(kinds) else ""
        every.append(TeamData(kinds[place % len(kinds)] + extra + again, SERVICES[service % len(SERVICES)] + again))
    return tuple(sorted(every, key=lambda team: team.service))


def _letters(number: int) -> str:
    """0 is A, 25 is Z, 26 is AA: a service is told apart by a number already."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + ascii_uppercase[number % 26]


class _Staff:
    """Whoever has a post, with who manages them and who stands in for them; the others wait for work in a team."""

    def __init__(self, seats: Sequence[Seat], called: list[str], today: date) -> None:
        everybody = list(zip(called, emails(called, DOMAIN), strict=True))
        self.seats = dict(zip(seats, everybody, strict=False))
        self.left = everybody[len(self.seats) :]
        self.today = today

    def people(self) -> list[PersonData]:
        """Everybody with a post."""
        return [self._person(seat, name, email) for seat, (name, email) in self.seats.items()]

    def leading(self, team: str, framework: Framework) -> str:
        """The e-mail of whoever leads a team."""
        leads = set(framework.doing("leads-team"))
        return next(
            email for seat, (_, email) in self.seats.items() if seat.team == team and leads & {*seat.post.roles}
        )

    def _person(self, seat: Seat, name: str, email: str) -> PersonData:
        post, number, colleagues = seat.post, seat.number, self._colleagues(seat)
        manager = self._manager(seat)
        in_team = post.of == "team"
        away = in_team and number % 12 == 4
        nearest = colleagues or ([manager] if post.of != "council" else [])
        return PersonData(
            name,
            email,
            team=seat.team,
            service=seat.service,
            roles=post.roles,
            line_manager=manager,
            work_days="1245" if in_team and number % 6 == 3 else "12345",
            hours="08:30-16:00" if in_team and number % 5 == 2 else "09:00-16:30",
            deputy=nearest[0] if post.covered and nearest else "",
            away_from=self.today - timedelta(days=4) if away else None,
            away_to=self.today + timedelta(days=18) if away else None,
            away_deputy=nearest[-1] if away else "",
            administrator=post.administrator and number == 0,
        )

    def _manager(self, seat: Seat) -> str:
        """The nearest holder of the post above; of several in the whole council the first manages the others."""
        if seat.post.of == "council" and seat.number > 0:
            return self._email(Seat(seat.post, "", "", 0))
        above = [each for each in self.seats if seat.post.under in (each.post.name, *each.post.roles)]
        near = [each for each in above if each.team == seat.team] if seat.team else []
        near += [each for each in above if each.service == seat.service and not each.team] if seat.service else []
        return next((self._email(each) for each in (*near, *above) if each.post != seat.post), "")

    def _colleagues(self, seat: Seat) -> list[str]:
        """Who stands in: colleagues of the same service, holders of the post in the next ones, the first of several."""
        same = [each for each in self.seats if each.post == seat.post and each != seat]
        match seat.post.of:
            case "team":
                same = [each for each in same if each.service == seat.service]
            case "service":
                same = [*same[seat.number :], *same[: seat.number]]
            case _:
                same = same if seat.number else []
        return [self._email(each) for each in same]

    def _email(self, seat: Seat) -> str:
        return self.seats[seat][1]


def _workers(
    staff: _Staff,
    teams: Sequence[TeamData],
    leads: dict[str, str],
    roles: Sequence[str],
    random: Random,
    today: date,
) -> tuple[PersonData, ...]:
    """Those who do the casework, spread over the teams; roles of theirs go round among them."""
    workers = []
    nobody_else = len(teams) <= FIRST_AWAY
    for number, (name, email) in enumerate(staff.left):
        team = teams[number % len(teams)]
        away = number % 40 == 37 or (nobody_else and number == 0)
        workers.append(
            PersonData(
                name,
                email,
                team=team.name,
                service=team.service,
                roles=(roles[number // len(teams) % len(roles)],) if roles else (),
                line_manager=leads[team.name],
                work_days=random.choice(PART_TIME) if number % 6 == 1 else "12345",
                hours="10:00-15:00" if number % 10 == 7 else "09:00-16:30",
                away_from=today - timedelta(days=2) if away else None,
                away_to=today + timedelta(days=9) if away else None,
            )
        )
    return tuple(workers)


def _shared(framework: Framework, people: Sequence[PersonData]) -> tuple[PersonData, ...]:
    """The same people, of whom so many more share work of the whole council as its number needs.

    Managers come first, then those who do the casework; of both every second one, so that their teams keep somebody.
    """
    number = {each.email: place for place, each in enumerate(people)}
    everybody = sorted(people, key=lambda each: (not each.roles, number[each.email] % 2, number[each.email]))
    for role, needed in pools(framework).items():
        missing = needed - sum(role in each.roles for each in everybody)
        others = (place for place, each in enumerate(everybody) if role not in each.roles)
        for place in [*islice(others, max(0, missing))]:
            everybody[place] = replace(everybody[place], roles=(*everybody[place].roles, role))
    return tuple(sorted(everybody, key=lambda each: number[each.email]))


def _cases(
    pattern: str,
    count: int,
    teams: Sequence[TeamData],
    leads: dict[str, str],
    workers: Sequence[PersonData],
    random: Random,
) -> tuple[CaseData, ...]:
    made = references(pattern, count, random)
    managers = list(leads.values())
    cases = []
    for number, reference in enumerate(made):
        team = teams[number * len(teams) // len(made)]
        own = [worker.email for worker in workers if worker.team == team.name] or [leads[team.name]]
        practitioner = random.choice(own)
        others = sorted({*own, *random.sample(managers, min(2, len(managers)))} - {practitioner})
        involved = tuple(random.sample(others, min(len(others), random.choice((0, 0, 1, 2)))))
        cases.append(CaseData(reference, team.name, practitioner, involved))
    return tuple(cases)


def _write(path: Path, rows: Sequence[PersonData] | Sequence[CaseData]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(each.name for each in fields(rows[0]))
        writer.writerows([_cell(value) for value in astuple(row)] for row in rows)
    return path


def _cell(value: str | bool | date | Iterable[str] | None) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case str():
            return value
        case date():
            return value.isoformat()
    return ";".join(value)
