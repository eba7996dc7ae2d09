"""What the page of people reads from the tables, by name."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from qabot.messaging.folding import holds_all, plain_letters
from qabot.models import (
    Absence,
    Account,
    Person,
    RoleHolding,
    Team,
)
from qabot.models.look_up import by_id
from qabot.web.labels import names
from qabot.web.paged import PAGE, Paged
from qabot.web.reach import Platforms, places
from qabot.web.titles import Titles
from qabot.workflows.people.reach import out_of_reach


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a list.

    `places` say where they are reached, and where not and why. `away` is from when to when they are or will next be
    away; why is not kept.
    """

    id: int
    name: str
    team: str
    roles: str
    places: Sequence[str]
    away: tuple[date, date] | None
    deputy: str
    administrator: bool


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people: those whose name holds `name`, and whom the platform `missing` does not reach; "" means all."""

    name: str = ""
    missing: str = ""


def people(
    session: Session,
    filters: PeopleFilter,
    page: int,
    today: date,
    titles: Titles,
    platforms: Platforms,
    size: int = PAGE,
) -> Paged:
    """Who works here, by name. `platforms` are the platforms that the service runs with."""
    query = select(Person.id, Person.name).where(col(Person.active).is_(True))
    if filters.missing in platforms:
        query = query.where(out_of_reach(filters.missing, platforms[filters.missing]))
    # By name as people sort them: a database puts Özlem behind Zoe, or not, by how it was set up. Two of one name have
    # an order too, or a page could have one of them twice and the next page neither.
    here = sorted(
        (plain_letters(name), number) for number, name in session.exec(query) if holds_all(filters.name, name)
    )
    ids = [number for _, number in here[(page - 1) * size : page * size]]
    persons = {each.id: each for each in session.exec(select(Person).where(col(Person.id).in_(ids)))}
    return Paged(person_rows(session, [persons[each] for each in ids], today, titles, platforms), page, len(here))


def person_rows(
    session: Session, persons: Sequence[Person], today: date, titles: Titles, platforms: Platforms
) -> list[PersonRow]:
    """People as rows, in the order given."""
    ids = [each.id for each in persons]
    roles: dict[int, set[str]] = defaultdict(set)
    for held in session.exec(select(RoleHolding).where(col(RoleHolding.person_id).in_(ids))):
        roles[held.person_id].add(titles.role(held.role))
    accounts: dict[int, dict[str, Account]] = defaultdict(dict)
    for account in session.exec(select(Account).where(col(Account.person_id).in_(ids))):
        accounts[account.person_id][account.adapter] = account
    to_come = select(Absence).where(col(Absence.to_on) >= today, col(Absence.person_id).in_(ids))
    # The first of each person's stands: the later ones are written over.
    away = {each.person_id: each for each in session.exec(to_come.order_by(col(Absence.from_on).desc()))}
    deputies = {each.id: (away[each.id].deputy_id if each.id in away else None) or each.deputy_id for each in persons}
    known = names(session, [*ids, *deputies.values()])
    teams = {team.id: team.name for team in session.exec(select(Team))}
    return [
        PersonRow(
            id=each.id,
            name=known[each.id],
            team=by_id(teams, each.team_id, ""),
            roles=", ".join(sorted(roles[each.id])),
            places=places(accounts[each.id], platforms),
            away=(away[each.id].from_on, away[each.id].to_on) if each.id in away else None,
            deputy=known.get(deputies[each.id] or 0, ""),
            administrator=each.administrator,
        )
        for each in persons
    ]
