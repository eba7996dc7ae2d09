"""A small invented council for Newham's framework: two services, four teams, every role held by somebody."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sqlmodel import Session

from qabot.messaging.house import House, read_house
from qabot.models import Account, Case, Person, RoleHolding, Service, Store, Team
from qabot.models.migrate import upgrade
from tests.support.begun import begin_with

SERVICES = {"safeguarding": "Safeguarding", "care": "Children in Care"}
TEAMS = {"stratford": "safeguarding", "beckton": "safeguarding", "east": "care", "west": "care"}
CASES_PER_TEAM = 10
LONG_AGO = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Member:
    """Somebody: where they work, their roles ("role" or "role@place"), their manager and standing deputy."""

    name: str
    team: str = ""
    roles: tuple[str, ...] = ()
    manager: str = ""
    deputy: str = ""


PEOPLE = {
    "dara": Member("Dara Okafor", roles=("director-of-operations", "slt")),
    "sian": Member("Sian Whitlock", roles=("slt",), manager="dara"),
    "quinn": Member("Quinn Marsh", roles=("quality-assurance",), manager="sian"),
    "rowan": Member("Rowan Vale", roles=("quality-assurance", "practice-learning-reviewer"), manager="quinn"),
    "della": Member("Della Frost", roles=("data-and-impact",), manager="sian"),
    "hanif": Member("Hanif Bello", roles=("head-of-service@safeguarding",), manager="dara"),
    "harriet": Member("Harriet Lowe", roles=("head-of-service@care",), manager="dara"),
    "mina": Member("Mina Sharpe", roles=("service-manager@safeguarding",), manager="hanif", deputy="ade"),
    "marcus": Member("Marcus Reid", roles=("service-manager@care",), manager="harriet"),
    "ade": Member("Ade Lawal", "stratford", ("practice-lead@stratford",), manager="mina"),
    "bea": Member("Bea Novak", "beckton", ("practice-lead@beckton",), manager="mina"),
    "cyrus": Member("Cyrus Patel", "east", ("practice-lead@east",), manager="marcus"),
    "dinah": Member("Dinah Cole", "west", ("practice-lead@west",), manager="marcus"),
    "sofia": Member("Sofia Brandt", "stratford", manager="ade"),
    "ben": Member("Ben Ashby", "beckton", manager="bea"),
    "ewan": Member("Ewan Price", "east", manager="cyrus"),
    "wanda": Member("Wanda Osei", "west", manager="dinah"),
}
WORKERS = {"stratford": "sofia", "beckton": "ben", "east": "ewan", "west": "wanda"}


def says_too_much(preview: str) -> bool:
    """Whether what a locked screen shows names work, a colleague, a team, a grade, a day or a reason."""
    names = [*(each.name for each in PEOPLE.values()), *SERVICES.values(), *map(str.capitalize, TEAMS)]
    return any(each in preview for each in names) or _house().telling(preview) is not None


@lru_cache
def _house() -> House:
    return read_house([Path(__file__).parents[2] / "messages"])


def begin(store: Store) -> dict[str, int]:
    """Bring an empty database to the newest version, and fill it; ids by short name (teams too)."""
    return begin_with(store, _begun)


def _begun(store: Store) -> dict[str, int]:
    upgrade(store)
    with store.transaction() as session:
        return fill(session)


def fill(session: Session, *, accounts: str = "chat") -> dict[str, int]:
    """Write the council, everybody with an account on one platform; ids by short name (teams too)."""
    ids: dict[str, int] = {}
    for key, name in SERVICES.items():
        ids[key] = _add(session, Service(name=name))
    for key, service in TEAMS.items():
        ids[key] = _add(session, Team(name=key.capitalize(), service_id=ids[service]))
    for key, member in PEOPLE.items():
        # They have known qabot for a while: what welcomes people is tested where it belongs.
        team, address = ids.get(member.team), f"{key}@council.example"
        person = Person(name=member.name, email=address, team_id=team, welcomed_at=LONG_AGO)
        ids[key] = _add(session, person)
    for key, member in PEOPLE.items():
        row = session.get_one(Person, ids[key])
        row.line_manager_id, row.deputy_id = ids.get(member.manager), ids.get(member.deputy)
        session.add_all([row, *_roles(ids, key, member)])
        session.add(Account(person_id=ids[key], adapter=accounts, external_id=f"U-{key}"))
    _cases(session, ids)
    return ids


def _roles(ids: dict[str, int], key: str, member: Member) -> list[RoleHolding]:
    found = []
    for text in member.roles:
        role, _, place = text.partition("@")
        found.append(
            RoleHolding(
                person_id=ids[key],
                role=role,
                team_id=ids[place] if place in TEAMS else None,
                service_id=ids[place] if place in SERVICES else None,
            )
        )
    return found


def _cases(session: Session, ids: dict[str, int]) -> None:
    for number, team in enumerate(TEAMS):
        for each in range(CASES_PER_TEAM):
            reference = f"{7100000 + number * 1000 + each}"
            session.add(Case(reference=reference, team_id=ids[team], practitioner_id=ids[WORKERS[team]]))


def _add(session: Session, row: Service | Team | Person) -> int:
    session.add(row)
    session.flush()
    return row.id
