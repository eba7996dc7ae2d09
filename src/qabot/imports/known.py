"""What the database holds already, by names instead of ids: what rows of a file are compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlmodel import Session, select

from qabot.imports.changes import Value
from qabot.models import Absence, Person, RoleHolding, Service, Team

RoleKey = tuple[str, str, str, str]
"""E-mail, role, team, service; the last two are "" where the role is not held for one."""


@dataclass(frozen=True, slots=True)
class AwayKnown:
    """An absence; the deputy by e-mail, "" for none."""

    from_on: date
    to_on: date
    deputy: str


@dataclass(slots=True)
class Known:
    """Services by name; teams with their service; people by e-mail in small letters."""

    services: set[str]
    teams: dict[str, str]
    people: dict[str, dict[str, Value]]
    roles: dict[RoleKey, RoleHolding]
    absences: dict[str, list[AwayKnown]]
    emails: dict[int | None, str]
    team_names: dict[int | None, str] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> "Known":
        """Everything, in five queries."""
        services = {each.id: each.name for each in session.exec(select(Service))}
        teams = list(session.exec(select(Team)))
        names: dict[int | None, str] = {None: "", **{each.id: each.name for each in teams}}
        people = list(session.exec(select(Person)))
        emails: dict[int | None, str] = {None: "", **{each.id: each.email.casefold() for each in people}}
        absences: dict[str, list[AwayKnown]] = {}
        for away in session.exec(select(Absence).order_by(Absence.from_on)):  # type: ignore[arg-type]
            known = AwayKnown(away.from_on, away.to_on, emails[away.deputy_id])
            absences.setdefault(emails[away.person_id], []).append(known)
        return cls(
            services=set(services.values()),
            teams={each.name: services[each.service_id] for each in teams},
            people={each.email.casefold(): _person(each, names, emails) for each in people},
            roles={_role(each, names, services, emails): each for each in session.exec(select(RoleHolding))},
            absences=absences,
            emails=emails,
            team_names=names,
        )

    def moved(self, moves: Mapping[str, str]) -> "Known":
        """The same under the addresses that people have from now on: `moves` maps old ones to new ones."""
        if not moves:
            return self

        def now(email: str) -> str:
            return moves.get(email, email)

        links = ("line_manager", "deputy")
        people = {
            now(email): {**person, **{link: now(str(person[link])) for link in links}}
            for email, person in self.people.items()
        }
        absences = {
            now(email): [replace(each, deputy=now(each.deputy)) for each in away]
            for email, away in self.absences.items()
        }
        return replace(
            self,
            people=people,
            roles={(now(key[0]), *key[1:]): holding for key, holding in self.roles.items()},
            absences=absences,
            emails={person: now(email) for person, email in self.emails.items()},
        )

    def called(self, email: str) -> str:
        """ "Name (e-mail)", or the e-mail alone."""
        person = self.people.get(email)
        return f"{person['name']} ({email})" if person else email


def ids_of_people(session: Session) -> dict[str, int]:
    """E-mail in small letters -> id."""
    return {email.casefold(): key for key, email in session.exec(select(Person.id, Person.email)) if key is not None}


def ids_of_teams(session: Session) -> dict[str, int]:
    """Name -> id."""
    return {name: key for key, name in session.exec(select(Team.id, Team.name)) if key is not None}


def _person(person: Person, teams: dict[int | None, str], emails: dict[int | None, str]) -> dict[str, Value]:
    return {
        "name": person.name,
        "employee_id": person.employee_id or "",
        "team": teams[person.team_id],
        "line_manager": emails[person.line_manager_id],
        "deputy": emails[person.deputy_id],
        "work_days": person.work_days,
        "hours_from": person.hours_from,
        "hours_to": person.hours_to,
        "administrator": person.administrator,
        "active": person.active,
    }


def _role(
    holding: RoleHolding,
    teams: dict[int | None, str],
    services: dict[int, str],
    emails: dict[int | None, str],
) -> RoleKey:
    service = services[holding.service_id] if holding.service_id else ""
    return emails[holding.person_id], holding.role, teams[holding.team_id], service
