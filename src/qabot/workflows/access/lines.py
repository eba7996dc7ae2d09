"""Whose work somebody looks after: the people of their teams and services, as the framework's roles say it.

The line begins with whoever leads a team and goes up by `above`, as it does for the record of an audit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from qabot.framework.schema import MODERATION, Framework
from qabot.framework.vocabulary import graded, worrying
from qabot.models import Deadline
from qabot.planning.directory import Staff
from qabot.workflows.access import owing, records
from qabot.workflows.access.kept import is_shown
from qabot.workflows.core.unit import Unit


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody's teams and people. `above` are the teams of which they may know grades: by a role above the lead's.

    `roles` are the roles by which it is theirs, `for_whom` the people in whose place they look after it today.
    """

    teams: frozenset[int] = frozenset()
    above: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    roles: tuple[str, ...] = ()
    for_whom: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.teams or self.people)


def line_of(unit: Unit, person: Staff) -> Line:
    """What this person looks after today, by their own roles, as line manager, and for whoever they stand in for.

    Themselves they do not look after: what they owe is under What I owe.
    """
    covered = tuple(records.stood_for(unit, person.id))
    mine = {person.id, *covered}
    leads = unit.framework.doing("leads-team")
    teams: set[int] = set()
    above: set[int] = set()
    roles: dict[str, None] = {}
    for role in line_roles(unit.framework):
        for team in _teams_of(unit, role, mine):
            roles[role] = None
            teams.add(team)
            if role not in leads:
                above.add(team)
    members = {
        each.id
        for each in unit.directory.people.values()
        if each.active and (each.team_id in teams or each.line_manager_id in mine)
    }
    return Line(frozenset(teams), frozenset(above), frozenset(members - {person.id}), tuple(roles), covered)


def line_roles(framework: Framework) -> list[str]:
    """The roles of the line, from the lead upwards; whoever runs quality assurance sees all of it elsewhere."""
    quality = framework.doing("runs-quality")
    roles: dict[str, None] = {}
    for first in framework.doing("leads-team"):
        name: str | None = first
        while name and name not in roles and name in framework.roles and name not in quality:
            roles[name] = None
            name = framework.roles[name].above
    return list(roles)


def _teams_of(unit: Unit, role: str, people: set[int]) -> Iterator[int]:
    """The teams for which any of these people holds a role today."""
    of = unit.framework.roles[role].of
    for held in unit.directory.roles.get(role, ()):
        if held.person_id not in people or not held.holds_on(unit.today):
            continue
        for team, place in unit.directory.teams.items():
            here = {"team": held.team_id == team, "service": held.service_id == place.service_id}
            if here.get(of, True):
                yield team


def in_line(unit: Unit, person: Staff, line: Line) -> ColumnElement[bool]:
    """The deadlines that are their people's, also with others, or their teams' and nobody's.

    Not what is kept from them, nor, below the roles that may know grades, what only a grade or a concern opens,
    unless they were told of it.
    """
    theirs = or_(
        col(Deadline.owner_id).in_(line.people),
        owing.owe_together(unit.framework, line.people),
        and_(col(Deadline.owner_id).is_(None), col(Deadline.team_id).in_(line.teams)),
    )
    open_to_them = or_(
        col(Deadline.kind).not_in([MODERATION, *graded(unit.framework), *worrying(unit.framework)]),
        col(Deadline.team_id).in_(line.above),
        owing.told_of(person.id),
    )
    return and_(theirs, open_to_them, is_shown(unit, person.id, own=False))
