"""Where what is counted belongs: in which service, and to which kind of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import select as select_rows
from sqlalchemy.sql import Select
from sqlmodel import SQLModel, select

from qabot.framework.vocabulary import OCCASION, ROW
from qabot.messaging.values import capital
from qabot.models import AnswerRow, Audit, Deadline, Occasion
from qabot.models.columns import Rows, run, table
from qabot.models.look_up import by_id
from qabot.planning.figures import ACTIVITY, SERVICE
from qabot.workflows.core.unit import Unit


def gone(name: str) -> str:
    """What work is called of which the rules know no more than its name."""
    return capital(name.replace("-", " "))


class CountedRow(Protocol):
    """A deadline, as it is counted: there are thousands, of which cards and checks need twice as much."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject_type(self) -> str: ...
    @property
    def subject_id(self) -> int: ...
    @property
    def owner_id(self) -> int | None: ...
    @property
    def team_id(self) -> int | None: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def expected_on(self) -> date | None: ...
    @property
    def state(self) -> str: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def closed_at(self) -> datetime | None: ...


COUNTED = Rows[CountedRow](Deadline, CountedRow)


@dataclass(frozen=True, slots=True)
class Work:
    """What the figures know of a piece of work."""

    groups: Mapping[str, str]
    """Where it is counted: shared by all that is counted there."""
    grade: str | None
    version: str


class Places:
    """Reads each table once, when it is first asked."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._known: dict[tuple[str, str], Mapping[str, str]] = {}
        self._services: dict[tuple[int | None, int | None], str] = {}

    @cached_property
    def work(self) -> dict[int, Work]:
        """All work, by its id."""
        query = columns(Audit, "id", "activity", "team_id", "auditor_id", "grade", "scale_version")
        titles = {
            name: each.title[:1].upper() + each.title[1:] for name, each in self.unit.framework.activities.items()
        }
        return {
            number: Work(
                self._counted_in(titles.get(activity) or gone(activity), self.service(team, auditor)), grade, version
            )
            for number, activity, team, auditor, grade, version in run(self.unit.session, query)
        }

    def groups_of(self, deadline: CountedRow) -> Mapping[str, str]:
        """Those of what a deadline is about: of work, also where a row of it led there."""
        kind, number = deadline.subject_type, deadline.subject_id
        if kind == ROW:
            kind, number = self._rows.get(number, ("", 0))
        if kind == "audit" and number in self.work:
            return self.work[number].groups
        source = {ACTIVITY: self._occasions.get(number, "")} if kind == OCCASION else {}
        return {**source, SERVICE: self.service(deadline.team_id, deadline.owner_id)}

    def _counted_in(self, activity: str, service: str) -> Mapping[str, str]:
        return self._known.setdefault((activity, service), {ACTIVITY: activity, SERVICE: service})

    @cached_property
    def _rows(self) -> dict[int, tuple[str, int]]:
        query = select(AnswerRow.id, AnswerRow.subject_type, AnswerRow.subject_id)
        return {number: (kind, of) for number, kind, of in self.unit.session.exec(query)}

    @cached_property
    def _occasions(self) -> dict[int, str]:
        return dict(self.unit.session.exec(select(Occasion.id, Occasion.title)).all())

    def service(self, team_id: int | None, person_id: int | None) -> str:
        """A team's service, or else a person's; "" if there is none."""
        known = self._services.get((team_id, person_id))
        if known is None:
            place = by_id(self.unit.directory.teams, team_id)
            known = place.service if place is not None else self.service_of(person_id)
            self._services[team_id, person_id] = known
        return known

    def service_of(self, person_id: int | None) -> str:
        """A person's service, also of somebody who has left."""
        staff = by_id(self.unit.directory.people, person_id)
        place = by_id(self.unit.directory.teams, staff.team_id) if staff is not None else None
        return place.service if place is not None else ""


def columns(model: type[SQLModel], *names: str) -> Select[Any]:
    """A query of a few columns: objects of all work would cost five times as much."""
    return select_rows(*[table(model).c[name] for name in names])
