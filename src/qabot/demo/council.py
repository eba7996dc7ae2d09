"""An invented council for the roles of Newham's framework (NEW-ROL-1): plain data and the files to import it from."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from random import Random

from qabot.demo.names import emails, names

DOMAIN = "council.example"
SERVICES = (
    "Assessment and Early Help",
    "Safeguarding and Family Support",
    "Children in Our Care",
    "Leaving Care and Disability",
)
TEAMS = (
    ("Assessment North", "Assessment South", "Early Help"),
    ("Safeguarding Stratford", "Safeguarding Beckton", "Safeguarding Forest Gate"),
    ("Children in Care East", "Children in Care West", "Fostering Support"),
    ("Leaving Care Plaistow", "Leaving Care Docklands", "Children with Disabilities"),
)
PART_TIME = ("123", "1245", "345", "1234", "235")
CASES_PER_TEAM = 10
SMALLEST = 30


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


def newham_council(people: int = 60, seed: int = 1, *, today: date = date(2026, 11, 23)) -> CouncilData:
    """A council of so many people; the same arguments always give the same one.

    60 people are 4 services and 12 teams; larger councils have more of both, with every role in proportion. Whoever is
    on leave is so around `today`. Raises `ValueError` for fewer people than it takes to hold every role.
    """
    if people < SMALLEST:
        raise ValueError(f"A council needs at least {SMALLEST} people to hold every role.")
    random = Random(f"newham-{people}-{seed}")  # noqa: S311 - invented people, not secrets
    teams = _teams(people)
    services = tuple(dict.fromkeys(team.service for team in teams))
    staff = _Staff(people, random)
    leaders = _leaders(staff, services)
    leads = _practice_leads(staff, teams, leaders, today)
    workers = _social_workers(staff, teams, leads, random)
    everybody = (*staff.central, *leaders.values(), *leads.values(), *workers)
    return CouncilData(services, teams, everybody, _cases(teams, leads, workers, random))


class _Staff:
    """Hands out people who have a name and no job yet; starts with the centre: directors, QA, data."""

    def __init__(self, count: int, random: Random) -> None:
        called = names(count, random)
        self._left = list(zip(called, emails(called, DOMAIN), strict=True))
        director = self._central("director-of-operations", "slt")
        assistant = self._central("slt", manager=director)
        manager = self._central(
            "quality-assurance", "practice-learning-reviewer", manager=assistant, administrator=True
        )
        reviewers = [
            self._central("quality-assurance", "practice-learning-reviewer", manager=manager, deputy=manager)
            for _ in range(max(2, count // 30))
        ]
        data = [self._central("data-and-impact", manager=assistant) for _ in range(max(1, count // 60))]
        self.director = director
        self.central = (director, assistant, manager, *reviewers, *data)

    def hire(self) -> tuple[str, str]:
        """The next name and e-mail."""
        return self._left.pop(0)

    def left(self) -> int:
        """How many still have no job."""
        return len(self._left)

    def _central(
        self,
        *roles: str,
        manager: PersonData | None = None,
        deputy: PersonData | None = None,
        administrator: bool = False,
    ) -> PersonData:
        name, email = self.hire()
        return PersonData(
            name,
            email,
            roles=roles,
            line_manager=manager.email if manager else "",
            deputy=deputy.email if deputy else "",
            administrator=administrator,
        )


def _teams(people: int) -> tuple[TeamData, ...]:
    services = max(2, people // 15)
    teams = []
    for number in range(max(services, people // 5)):
        service, place = number % services, number // services
        again = f" {service // len(SERVICES) + 1}" if service >= len(SERVICES) else ""
        kinds = TEAMS[service % len(SERVICES)]
        extra = f" {'ABCDEFGHIJ'[place // len(kinds)]}" if place >= len(kinds) else ""
        teams.append(TeamData(kinds[place % len(kinds)] + extra + again, SERVICES[service % len(SERVICES)] + again))
    return tuple(sorted(teams, key=lambda team: team.service))


def _leaders(staff: _Staff, services: Sequence[str]) -> dict[tuple[str, str], PersonData]:
    """A head of service and a service manager for each service; each stands in for the next one."""
    hired = {(role, service): staff.hire() for role in ("head-of-service", "service-manager") for service in services}
    leaders = {}
    for (role, service), (name, email) in hired.items():
        head = role == "head-of-service"
        deputy = hired[role, services[(services.index(service) + 1) % len(services)]][1]
        manager = staff.director.email if head else hired["head-of-service", service][1]
        roles = (role, "slt") if head else (role,)
        leaders[role, service] = PersonData(
            name, email, service=service, roles=roles, line_manager=manager, deputy=deputy
        )
    return leaders


def _practice_leads(
    staff: _Staff, teams: Sequence[TeamData], leaders: dict[tuple[str, str], PersonData], today: date
) -> dict[str, PersonData]:
    """One for each team, with a colleague of the same service as deputy; one in sixty people is on leave."""
    hired = {team.name: staff.hire() for team in teams}
    leads = {}
    for number, team in enumerate(teams):
        name, email = hired[team.name]
        near = [hired[other.name][1] for other in teams if other.service == team.service and other != team]
        away = number % 12 == 4
        leads[team.name] = PersonData(
            name,
            email,
            team=team.name,
            service=team.service,
            roles=("practice-lead",),
            line_manager=leaders["service-manager", team.service].email,
            work_days="1245" if number % 6 == 3 else "12345",
            hours="08:30-16:00" if number % 5 == 2 else "09:00-16:30",
            deputy=near[0] if near else leaders["service-manager", team.service].email,
            away_from=today - timedelta(days=4) if away else None,
            away_to=today + timedelta(days=18) if away else None,
            away_deputy=(near[-1] if near else leaders["service-manager", team.service].email) if away else "",
        )
    return leads


def _social_workers(
    staff: _Staff, teams: Sequence[TeamData], leads: dict[str, PersonData], random: Random
) -> tuple[PersonData, ...]:
    workers = []
    for number in range(staff.left()):
        team = teams[number % len(teams)]
        name, email = staff.hire()
        workers.append(
            PersonData(
                name,
                email,
                team=team.name,
                service=team.service,
                line_manager=leads[team.name].email,
                work_days=random.choice(PART_TIME) if number % 6 == 1 else "12345",
                hours="10:00-15:00" if number % 10 == 7 else "09:00-16:30",
            )
        )
    return tuple(workers)


def _cases(
    teams: Sequence[TeamData], leads: dict[str, PersonData], workers: Sequence[PersonData], random: Random
) -> tuple[CaseData, ...]:
    references = iter(random.sample(range(1_000_000, 10_000_000), CASES_PER_TEAM * len(teams)))
    managers = [lead.email for lead in leads.values()]
    cases = []
    for team in teams:
        own = [worker.email for worker in workers if worker.team == team.name] or [leads[team.name].email]
        for _ in range(CASES_PER_TEAM):
            practitioner = random.choice(own)
            others = sorted({*own, *random.sample(managers, 2)} - {practitioner})
            involved = tuple(random.sample(others, min(len(others), random.choice((0, 0, 1, 2)))))
            cases.append(CaseData(f"{next(references)}", team.name, practitioner, involved))
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
