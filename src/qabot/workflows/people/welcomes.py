"""The welcome: one message, once only, that says what qabot is, what it sends and when, and how to put it off.

It is a notice like any other, in the person's working hours. When a whole council is linked at once, welcomes go one
after another, so that whoever is asked about them is not asked by everybody in the same minute.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, func, select

from qabot.models import Account, Notice, NoticeState, Person
from qabot.planning.directory import Staff, next_hours
from qabot.workflows.core.unit import Unit

MESSAGE = "welcome"
GAP = timedelta(seconds=20)
"""Between two welcomes: 180 people in an hour."""
A_DAY = timedelta(hours=12)
"""How far welcomes that wait belong to the same day's."""


def plan(unit: Unit, staff: Staff) -> None:
    """Welcome somebody who can be reached now, unless they were welcomed before."""
    first = update(Person).where(col(Person.id) == staff.id, col(Person.welcomed_at).is_(None))
    statement = first.values(welcomed_at=unit.now).execution_options(synchronize_session=False)
    if unit.changed(statement) or _gives_way(unit, staff):
        _plan(unit, staff)


def _plan(unit: Unit, staff: Staff) -> None:
    unit.session.add(
        Notice(
            key=_key(staff),
            rule="",
            message=MESSAGE,
            lane="due",
            recipient_id=staff.id,
            subject_type="person",
            subject_id=staff.id,
            reason="somebody new is welcomed once",
            created_at=unit.now,
            alone=True,
            not_before=next_free(unit, staff),
        )
    )
    unit.session.flush()


def greet_again(unit: Unit, people: Iterable[int]) -> None:
    """Welcome those among people who came back who had left before their welcome was sent, and can be reached."""
    for person in people:
        reached = select(Account.id).where(Account.person_id == person, col(Account.reachable))
        staff = unit.directory.person(person)
        if staff is not None and unit.session.exec(reached).first() is not None and _gives_way(unit, staff):
            _plan(unit, staff)


def _key(staff: Staff) -> str:
    return f"{MESSAGE}:{staff.id}"


def _gives_way(unit: Unit, staff: Staff) -> bool:
    """Whether a welcome was planned and never sent, as they had left by then: another one takes its place."""
    unsent = select(Notice).where(Notice.key == _key(staff), Notice.state == NoticeState.superseded)
    notice = unit.session.exec(unsent).first()
    if notice is None:
        return False
    notice.key = f"{notice.key}:unsent:{notice.id}"
    unit.session.add(notice)
    unit.session.flush()
    return True


def next_free(unit: Unit, staff: Staff) -> datetime:
    """The next moment of this person's working hours that is behind the welcomes which wait already (UTC)."""
    moment = next_hours(staff, unit.now, unit.situation.calendar)
    while True:
        turn = moment + _waiting(unit, moment) * GAP
        moment = next_hours(staff, turn, unit.situation.calendar)
        if moment == turn:
            return turn


def _waiting(unit: Unit, moment: datetime) -> int:
    """How many welcomes wait from a moment on, on that day."""
    query = select(func.count()).where(
        Notice.message == MESSAGE,
        Notice.lane == "due",
        Notice.state == NoticeState.planned,
        col(Notice.carrier_id).is_(None),
        col(Notice.not_before) >= moment,
        col(Notice.not_before) < moment + A_DAY,
    )
    return unit.session.exec(query).one()
