"""The state that planning needs, read from the database: who works here, and the council's framework."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select as select_rows
from sqlalchemy import update
from sqlmodel import Session, and_, col, func, select

from qabot.framework import pulses
from qabot.framework.calendar import Calendar
from qabot.framework.kept import Work, take_in
from qabot.framework.schema import AUDIT, MODERATION, Framework
from qabot.messaging.files import Catalogue
from qabot.models import (
    Absence,
    Audit,
    Deadline,
    DeadlineState,
    LadderSnapshot,
    Meta,
    Person,
    Pulse,
    RoleHolding,
    Service,
    Team,
    alone,
)
from qabot.models.columns import insert_new, new_token, table
from qabot.planning.directory import Away, Directory, Holding, Staff, TeamPlace
from qabot.planning.namesakes import Colleague, called
from qabot.planning.planner import Situation

PEOPLE_VERSION = "people-version"
_VERSION = select_rows(
    select_rows(table(Meta).c.value).where(table(Meta).c.key == PEOPLE_VERSION).scalar_subquery(),
    select_rows(func.max(table(LadderSnapshot).c.id)).scalar_subquery(),
)
"""The version of the people here, and the newest of what deadlines keep of the file by which they opened."""


def read_directory(session: Session) -> Directory:
    """Everybody who works here, with roles and absences."""
    away: dict[int, list[Away]] = defaultdict(list)
    for absence in session.exec(select(Absence)):
        away[absence.person_id].append(Away(absence.from_on, absence.to_on, absence.deputy_id))
    roles: dict[str, list[Holding]] = defaultdict(list)
    for held in session.exec(select(RoleHolding)):
        roles[held.role].append(Holding(held.person_id, held.team_id, held.service_id, held.from_on, held.to_on))
    services = {service.id: service.name for service in session.exec(select(Service))}
    teams = {
        team.id: TeamPlace(team.name, team.service_id, services[team.service_id]) for team in session.exec(select(Team))
    }
    people = session.exec(select(Person)).all()
    names = called(
        Colleague(each.id, each.name, teams[each.team_id].name if each.team_id else "", each.email)
        for each in people
        if each.active
    )
    return Directory(
        people={each.id: _staff(each, names, away) for each in people},
        teams=teams,
        roles={role: tuple(held) for role, held in roles.items()},
    )


def _staff(person: Person, names: Mapping[int, str], away: Mapping[int, list[Away]]) -> Staff:
    return Staff(
        id=person.id,
        name=names.get(person.id, person.name),
        own_name=person.name,
        email=person.email,
        team_id=person.team_id,
        line_manager_id=person.line_manager_id,
        deputy_id=person.deputy_id,
        work_days=frozenset(int(each) for each in person.work_days),
        hours_from=person.hours_from,
        hours_to=person.hours_to,
        digest_at=person.digest_at,
        news=person.news,
        administrator=person.administrator,
        active=person.active,
        away=tuple(away.get(person.id, ())),
    )


def people_changed(session: Session) -> None:
    """Say that people, roles, absences or pulses have changed, so that every process reads them anew.

    The version is a new name, not a count: two transactions at once, or one that is undone, would count to the same.
    """
    insert_new(session, Meta, [{"key": PEOPLE_VERSION, "value": "0"}])
    meta = table(Meta)
    session.connection().execute(update(meta).where(meta.c.key == PEOPLE_VERSION).values(value=new_token()))


def _take_in_pulses(framework: Framework, session: Session) -> None:
    said = {pulses.name_of(number): says for number, says in session.exec(select(Pulse.id, Pulse.says))}
    pulses.take_in(framework, said)


def _take_in_what_is_owed(framework: Framework, session: Session) -> None:
    """What deadlines keep of the file by which they opened."""
    of_duties = Deadline.state == DeadlineState.open, col(Deadline.kind).not_in([AUDIT, MODERATION])
    pairs = session.exec(select(Deadline.kind, Deadline.ladder_id).where(*of_duties).distinct()).all()
    kept = dict(session.exec(select(LadderSnapshot.id, LadderSnapshot.duty)).all())
    of_duties_before = [(kind, number, kept[number]) for kind, number in pairs if kept[number].get("duty")]
    take_in(framework, of_duties_before, _work_before(framework, session), kept)


def _work_before(framework: Framework, session: Session) -> list[Work]:
    """Of each activity that the file no longer has, what its newest piece of work keeps of it."""
    of_it = (Deadline.kind == AUDIT, Deadline.subject_type == "audit", Deadline.subject_id == Audit.id)
    newest = (
        select(Audit.activity, func.max(col(Deadline.id)))
        .join(Deadline, and_(*of_it))
        .where(col(Audit.activity).not_in(framework.activities))
        .group_by(Audit.activity)
    )
    work: list[Work] = []
    for name, number in session.exec(newest):
        deadline = session.get_one(Deadline, number)
        kept = session.get_one(LadderSnapshot, deadline.ladder_id).duty
        work.append((name, session.get_one(Audit, deadline.subject_id).about, deadline.rule, kept))
    return work


def telling(catalogue: Catalogue, verbs: Collection[str]) -> frozenset[str]:
    """The messages without a button that does something: what they say has to be heard, and nothing is to be done."""
    files = catalogue.files.items()
    return frozenset(name for name, file in files if not {*file.buttons, *file.row_buttons} & set(verbs))


@dataclass
class Situations:
    """The situation, read anew only when people have changed; and what is open by another file, once there is more."""

    framework: Framework
    calendar: Calendar
    tells: frozenset[str] = frozenset()
    """The messages that ask nothing of anybody (`telling`)."""
    _read: tuple[tuple[str, int], Situation] | None = None
    """The versions and what was read of them: one value, because several threads read and set it."""

    @classmethod
    def of(cls, framework: Framework) -> "Situations":
        """For one framework."""
        return cls(framework, framework.calendar())

    def read(self, session: Session) -> Situation:
        """The situation as this transaction sees it. Until it ends nobody of whom it knows is erased."""
        session.flush()
        alone.be_beside(session, alone.Work.names)
        people, kept = session.connection().execute(_VERSION).one()
        version, known = (people or "0", kept or 0), self._read
        if known is not None and known[0] == version:
            return known[1]
        directory = known[1].directory if known is not None and known[0][0] == version[0] else None
        if directory is None:
            # Before anybody reads by the new version: what is asked by itself is known to all who hold the framework.
            _take_in_pulses(self.framework, session)
        if known is None or known[0][1] != version[1]:
            # A process that was started with another file may have opened what this one's file does not have.
            _take_in_what_is_owed(self.framework, session)
        situation = Situation(self.framework, self.calendar, directory or read_directory(session), self.tells)
        self._read = version, situation
        return situation
