"""Who owes what, who was told of it, and what a button under a list is about."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache, partial
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Executable, Integer, and_, bindparam, exists, false, not_, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, func, select

from qabot.framework.duties import Duty
from qabot.framework.kept import which
from qabot.framework.opened import Which
from qabot.framework.schema import AUDIT, Framework
from qabot.models import Deadline, DeadlineState, ListLine, Notice, NoticeState, columns
from qabot.models.rows import DeadlineRow
from qabot.planning.directory import Directory
from qabot.workflows.core import in_turn, lists
from qabot.workflows.core.as_opened import alerting, alerts, those
from qabot.workflows.core.notes import Note
from qabot.workflows.core.registry import Pressed
from qabot.workflows.core.subjects import OwnSubject, load
from qabot.workflows.core.unit import Unit


def listed(pressed: Pressed) -> list[OwnSubject]:
    """What a press is about and is still open: all that its card lists, if it lists things; else the one.

    Only for buttons that stand under a list: a row's button is about its row.
    """
    unit, notice = pressed.unit, pressed.notice
    subjects = [pressed.subject]
    if notice is not None and unit.tools.catalogue.get(notice.message).rows is not None:
        card = Notice.carrier_id == notice.carrier_id if notice.carrier_id else Notice.id == notice.id
        rows = select(Notice).where(card, Notice.message == notice.message, Notice.state != NoticeState.superseded)
        notices = unit.session.exec(rows.order_by(col(Notice.id))).all()
        lines = lists.lines_of(unit, notices)
        parts: list[Notice | Note] = []
        for each in notices:
            parts += lines.get(each.id, [each])
        subjects = load(unit.session, parts, unit.framework)
    return [each for each in subjects if each.open]


def take_listed(pressed: Pressed) -> list[OwnSubject]:
    """The same for whoever does something about all of it: nobody else does, about any of it, until this is kept.

    The press itself has taken only the one thing whose token its button carries.
    """
    deadlines = [each.deadline for each in listed(pressed) if each.deadline is not None]
    for subject in sorted({(each.subject_type, each.subject_id) for each in deadlines}):
        in_turn.take(pressed.unit.session, subject)
    return listed(pressed)


def is_somebody_elses(directory: Directory, today: date, deadline: DeadlineRow | None, person_id: int) -> bool:
    """Whether this is an audit of somebody else, who is at work: what is its auditor's alone to say is not asked here.

    While the auditor is away, whoever was told in their place may say it.
    """
    if deadline is None or deadline.kind != AUDIT or deadline.owner_id in (None, person_id):
        return False
    owner = directory.person(deadline.owner_id)
    return owner is not None and owner.absence(today) is None


def owed(unit: Unit, person_id: int) -> list[Deadline]:
    """What waits for a person: alerts of which they were told, then what they owe or may answer, soonest first."""
    return _open(unit, _mine(unit.framework, person_id))


def alerts_waiting(session: Session, framework: Framework, person_id: int) -> list[int]:
    """The open alerts that wait for a person to acknowledge them: the ids of their deadlines, the newest first."""
    rows = columns.run(session, _alerts(_kinds(framework)), {"person": person_id})
    return [deadline for (deadline,) in rows]


def count_waiting(session: Session, framework: Framework, person_id: int) -> tuple[int, int]:
    """How many open alerts wait for a person, and how many things in all, alerts too. Every page asks it."""
    ((alerts, owed),) = columns.run(session, _counts(_kinds(framework)), {"person": person_id})
    return alerts, owed


def for_others(unit: Unit, person_id: int) -> list[Deadline]:
    """What waits for somebody else, and of which this person was told."""
    mine_or_hidden = or_(_mine(unit.framework, person_id), col(Deadline.kind).in_(hidden_surveys(unit.framework)))
    return _open(unit, and_(not_(mine_or_hidden), told_of(person_id)))


def was_told(unit: Unit, person_id: int, deadline: Deadline) -> bool:
    """Whether this person was told of a deadline."""
    query = select(Deadline.id).where(Deadline.id == deadline.id, told_of(person_id))
    return unit.session.exec(query).first() is not None


def owe_together(framework: Framework, people: Collection[int]) -> ColumnElement[bool]:
    """The condition that any of these people was told of a deadline by a role that owes it, whoever owns it."""
    many = [(roles, owed) for roles, owed in _kinds(framework).owed if len(roles) > 1]
    return or_(
        false(), *(and_(those(owed), _told(col(Notice.recipient_id).in_(people), roles)) for roles, owed in many)
    )


def hidden_surveys(framework: Framework) -> list[str]:
    """The surveys of which nobody may know who has answered, so that no list of what is owed has them."""
    return [name for name, duty in framework.surveys().items() if duty.promise == "anonymous"]


class _Kinds(NamedTuple):
    """A framework's duties as these questions see them, each as it was when it opened something."""

    alerts: Which
    hidden: tuple[str, ...]
    owed: tuple[tuple[tuple[str, ...], Which], ...]
    """The roles that owe something together, each with what they owe."""


def _kinds(framework: Framework) -> _Kinds:
    every = (*framework.duties.values(), *framework.opened.by_ladder.values())
    roles = dict.fromkeys(duty.owes for duty in every if duty.owes and not duty.is_alert)
    together = tuple((each, which(framework, partial(_is_owed_by, each))) for each in roles)
    return _Kinds(alerting(framework), tuple(hidden_surveys(framework)), together)


def _is_owed_by(roles: tuple[str, ...], duty: Duty) -> bool:
    return duty.owes == roles and not duty.is_alert


PERSON = bindparam("person", type_=Integer)


@lru_cache(maxsize=8)
def _alerts(kinds: _Kinds) -> Executable:
    """The newest open alert first. Put together once: that takes longer than the answer."""
    ids = select_rows(col(Deadline.id)).where(col(Deadline.state) == DeadlineState.open)
    ids = ids.where(those(kinds.alerts), _may_be_owed(PERSON), _are_owed(kinds, PERSON))
    return ids.order_by(col(Deadline.id).desc())


@lru_cache(maxsize=8)
def _counts(kinds: _Kinds) -> Executable:
    """One look for both numbers."""
    alerts = func.count().filter(those(kinds.alerts))
    both = select_rows(alerts, func.count()).select_from(Deadline)
    return both.where(col(Deadline.state) == DeadlineState.open, _may_be_owed(PERSON), _are_owed(kinds, PERSON))


def _mine(framework: Framework, person_id: int) -> ColumnElement[bool]:
    return _are_owed(_kinds(framework), person_id)


def _are_owed(kinds: _Kinds, person: int | BindParameter[int]) -> ColumnElement[bool]:
    """What this person owes; alerts of which they were told; and what one answer of those who owe it settles.

    Without the alerts of which they said that they are not the right person: those wait for others.
    """
    owed = or_(
        func.coalesce(col(Deadline.owner_id), 0) == person,
        and_(those(kinds.alerts), told_of(person)),
        *(and_(those(owed), told_of(person, *roles)) for roles, owed in kinds.owed),
    )
    return and_(owed, not_(_passed_on(person)), col(Deadline.kind).not_in(kinds.hidden))


def _may_be_owed(person: BindParameter[int]) -> ColumnElement[bool]:
    """What is this person's, or of which they were told: found by indexes, not among all that is open."""
    own = select(Deadline.id).where(Deadline.owner_id == person, Deadline.state == DeadlineState.open)
    about = select(Notice.deadline_id).where(Notice.recipient_id == person, Notice.state == NoticeState.sent)
    on_lists = select(ListLine.deadline_id).join(Notice, col(Notice.id) == col(ListLine.list_id))
    on_lists = on_lists.where(Notice.recipient_id == person, Notice.state == NoticeState.sent)
    return col(Deadline.id).in_(own.union(about.where(col(Notice.deadline_id).is_not(None)), on_lists))


def _passed_on(person: int | BindParameter[int]) -> ColumnElement[bool]:
    """Whether this person has passed an alert on to somebody, who was told."""
    return exists().where(
        col(Notice.deadline_id) == col(Deadline.id),
        col(Notice.handed_on_by_id) == person,
        col(Notice.taken_back_at).is_(None),
    )


def told_of(person: int | BindParameter[int], *roles: str) -> ColumnElement[bool]:
    """The condition that a notice or a list told this person of a deadline (in one of these roles), for good."""
    return _told(col(Notice.recipient_id) == person, roles)


def _told(recipient: ColumnElement[bool], roles: tuple[str, ...]) -> ColumnElement[bool]:
    about = select(Notice.deadline_id).where(
        recipient,
        col(Notice.deadline_id).is_not(None),
        Notice.state == NoticeState.sent,
        col(Notice.taken_back_at).is_(None),
    )
    on_lists = select(ListLine.deadline_id).join(Notice, col(Notice.id) == col(ListLine.list_id))
    on_lists = on_lists.where(recipient, Notice.state == NoticeState.sent)
    if roles:
        about, on_lists = about.where(col(Notice.role).in_(roles)), on_lists.where(col(ListLine.role).in_(roles))
    return or_(col(Deadline.id).in_(about), col(Deadline.id).in_(on_lists))


def _open(unit: Unit, which: ColumnElement[bool]) -> list[Deadline]:
    query = (
        select(Deadline)
        .where(Deadline.state == DeadlineState.open, which)
        .order_by(
            not_(alerts(unit.framework)),
            col(Deadline.due_on).is_(None),
            col(Deadline.due_on),
            col(Deadline.id),
        )
    )
    return list(unit.session.exec(query))
