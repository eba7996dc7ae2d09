"""What is wrong today, for whoever runs the programme: what nobody took, has no date, is late or went nowhere.

Read in a number of statements that does not grow with what there is. Nothing of surveys, nor of what the reader must
not know, such as alerts about work of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, not_, or_
from sqlmodel import col, func, select

from qabot.framework.schema import Framework
from qabot.framework.vocabulary import following, graded, worrying
from qabot.models import (
    Deadline,
    DeadlineState,
    Event,
    HelpRequest,
    Notice,
    NoticeState,
    Person,
    Service,
    Team,
    is_past,
)
from qabot.models.columns import alphabetical
from qabot.models.notice import DIGEST
from qabot.planning.outlook import Ahead
from qabot.workflows.access import presses
from qabot.workflows.access.kept import is_shown, kept_from
from qabot.workflows.cards.loading import ahead_of
from qabot.workflows.core.as_opened import alerts as are_alerts
from qabot.workflows.core.unit import Unit

LATELY = timedelta(days=14)
"""What could not be delivered longer ago is in the list of notices only."""


@dataclass(frozen=True, slots=True)
class Part:
    """Deadlines of one part of the page, `total` in all."""

    rows: Sequence[Deadline]
    total: int


@dataclass(frozen=True, slots=True)
class Late:
    """Open deadlines whose date has passed, by service and then by person; `services` are (id, name, how many).

    The id of those that belong to no service is 0. `service` is the service of each of `rows`.
    """

    rows: Sequence[Deadline]
    service: Mapping[int, str]
    total: int
    services: Sequence[tuple[int, str, int]]


@dataclass(frozen=True, slots=True)
class Board:
    """All of it. Of alerts: whom each reached with when (UTC), and who is next; by the deadline's id.

    `answers` is the newest thing that somebody did about a late deadline. `helps` are requests nobody has answered,
    each with whether this reader may answer it.
    """

    alerts: Part
    reached: Mapping[int, Mapping[int, datetime | None]]
    ahead: Mapping[int, Ahead]
    undated: Part
    late: Late
    answers: Mapping[int, Event]
    helps: Sequence[tuple[HelpRequest, Deadline, bool]]
    undelivered: Sequence[Notice]
    undelivered_total: int


def dating(framework: Framework) -> frozenset[str]:
    """The duties that follow from a low grade or a concern and ask for a date: in the file's words, a meeting's."""
    behind = graded(framework) | worrying(framework) | following(framework, set(framework.alerting()), any)
    asking = {name for name, each in framework.questions.items() if each.kind == "date"}
    return frozenset(name for name in behind if name in framework.duties and asking & set(framework.duties[name].ask))


def board(unit: Unit, reader_id: int, *, service: int | None, skip: int, most: int) -> Board:
    """What this reader may see of it; of what is late one service's (0: of none) or all, and `skip` left out.

    Of each part `most` lines; how many there are in all is said.
    """
    shown = col(Deadline.state) == DeadlineState.open, is_shown(unit, reader_id, own=False)
    alerts = _part(unit, (*shown, are_alerts(unit.framework)), col(Deadline.opened_at), most)
    ids = [each.id for each in alerts.rows]
    late = _late(unit, shown, service, skip, most)
    undelivered, total = _undelivered(unit, reader_id, most)
    return Board(
        alerts=alerts,
        reached=_reached(unit, ids),
        ahead=ahead_of(unit, ids),
        undated=_part(unit, (*shown, col(Deadline.kind).in_(dating(unit.framework))), col(Deadline.due_on), most),
        late=late,
        answers=answers_to(unit, [each.id for each in late.rows]),
        helps=_helps(unit, reader_id, most),
        undelivered=undelivered,
        undelivered_total=total,
    )


def _part(unit: Unit, which: Sequence[ColumnElement[bool]], order: Any, most: int) -> Part:
    total = unit.session.exec(select(func.count()).select_from(Deadline).where(*which)).one()
    query = select(Deadline).where(*which).order_by(order, col(Deadline.id)).limit(most)
    return Part(unit.session.exec(query).all() if total else (), total)


def _reached(unit: Unit, ids: Sequence[int]) -> dict[int, dict[int, datetime | None]]:
    """Whom these alerts reached, each with the first time."""
    query = select(Notice.deadline_id, Notice.recipient_id, Notice.sent_at).where(
        col(Notice.deadline_id).in_(ids), Notice.lane == "alert", Notice.state == NoticeState.sent
    )
    reached: dict[int, dict[int, datetime | None]] = {}
    for deadline, person, at in unit.session.exec(query.order_by(col(Notice.sent_at))) if ids else ():
        reached.setdefault(deadline or 0, {}).setdefault(person, at)
    return reached


def _late(unit: Unit, shown: Sequence[ColumnElement[bool]], service: int | None, skip: int, most: int) -> Late:
    place = func.coalesce(col(Deadline.team_id), col(Person.team_id))

    def joined(query: Any) -> Any:
        people = query.select_from(Deadline).join(Person, col(Deadline.owner_id) == col(Person.id), isouter=True)
        teams = people.join(Team, place == col(Team.id), isouter=True)
        services = teams.join(Service, col(Team.service_id) == col(Service.id), isouter=True)
        return services.where(*shown, is_past(unit.today, unit.now))

    counting = joined(select(Service.id, Service.name, func.count())).group_by(col(Service.id), col(Service.name))
    counted = [(number or 0, name or "", many) for number, name, many in unit.session.exec(counting)]
    query = joined(select(Deadline, Service.name))
    if service is not None:
        query = query.where(col(Service.id) == service if service else col(Service.id).is_(None))
    names = alphabetical(Service.name), alphabetical(Person.name)
    order = col(Service.id).is_(None), *names, col(Deadline.due_on), col(Deadline.id)
    rows = unit.session.exec(query.order_by(*order).offset(skip).limit(most)).all()
    total = sum(many for number, _, many in counted if service is None or number == service)
    services = sorted(counted, key=lambda each: (each[0] == 0, each[1]))
    return Late([row for row, _ in rows], {row.id: name or "" for row, name in rows}, total, services)


def answers_to(unit: Unit, ids: Sequence[int]) -> dict[int, Event]:
    """The newest thing that a person did about each of these."""
    newest = (
        select(func.max(Event.id))
        .where(col(Event.deadline_id).in_(ids), col(Event.actor_id).is_not(None))
        .group_by(col(Event.deadline_id))
    )
    events = unit.session.exec(select(Event).where(col(Event.id).in_(newest))) if ids else ()
    return {each.deadline_id: each for each in events if each.deadline_id is not None}


def _helps(unit: Unit, reader_id: int, most: int) -> list[tuple[HelpRequest, Deadline, bool]]:
    query = (
        select(HelpRequest, Deadline)
        .join(Deadline, col(HelpRequest.deadline_id) == col(Deadline.id))
        .where(col(HelpRequest.closed_at).is_(None), is_shown(unit, reader_id, own=False))
    )
    reader = unit.directory.person(reader_id)
    rows = unit.session.exec(query.order_by(col(HelpRequest.asked_at)).limit(most)).all()
    return [(request, row, reader is not None and presses.can_answer(unit, reader, request)) for request, row in rows]


def _undelivered(unit: Unit, reader_id: int, most: int) -> tuple[Sequence[Notice], int]:
    """What failed lately, or may not have come, and is still asked for, if a deadline asked; and what a pilot holds."""
    still = select(Deadline.id).where(Deadline.state == DeadlineState.open, is_shown(unit, reader_id, own=False))
    at = func.coalesce(col(Notice.closed_at), col(Notice.sent_at), col(Notice.not_before))
    lost = col(Notice.state).in_((NoticeState.failed, NoticeState.ambiguous)) & (at >= unit.now - LATELY)
    which = (
        or_(lost, col(Notice.state) == NoticeState.held),
        Notice.message != DIGEST,
        Notice.subject_type != "survey",
        not_(kept_from(unit, Notice, reader_id)),
        or_(col(Notice.deadline_id).is_(None), col(Notice.deadline_id).in_(still)),
    )
    total = unit.session.exec(select(func.count()).select_from(Notice).where(*which)).one()
    order = col(Notice.lane) != "alert", col(Notice.state) == NoticeState.held, col(Notice.id).desc()
    rows = unit.session.exec(select(Notice).where(*which).order_by(*order).limit(most)).all() if total else ()
    return rows, total
