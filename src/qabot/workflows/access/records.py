"""The record of one audit: who may open it, and how much of it they may know.

A practitioner never learns a grade from qabot, so they never see what follows from one either: an alert, or
a duty that follows from it. The same goes for whoever was told of the audit without its grade.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from qabot.messaging.card import Button
from qabot.models import Alert, Answer, Audit, Deadline, DeadlineState, Event, Moderation, Notice, NoticeState
from qabot.planning.directory import Staff
from qabot.planning.recipients import runs_quality
from qabot.workflows.core import lists, looks
from qabot.workflows.core.date_news import CHANGE_DATE
from qabot.workflows.core.rows import ROW, ids_about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit

CORRECT = "correct"
CORRECT_LOOK = "correct-look"
WITHDRAW_ALERT = "withdraw-alert"
ON_RECORD = ("reassign", "withdraw", CORRECT, CORRECT_LOOK, WITHDRAW_ALERT, CHANGE_DATE)
"""The buttons of a record."""
REACHED = (NoticeState.sent, NoticeState.ambiguous, NoticeState.begun)
About = Callable[[type[Answer] | type[Deadline] | type[Notice] | type[Event]], ColumnElement[bool]]
"""Which rows of a table are about one audit."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person may know of an audit. `grade`: the grade, and with it all that follows from one.

    `steward`: may hand the audit over or withdraw it, as far as `buttons` still offer it.
    """

    grade: bool
    steward: bool
    buttons: tuple[Button, ...] = field(default=(), compare=False)


def is_steward(unit: Unit, person: Staff) -> bool:
    """Whether this person looks after the programme: an administrator, or whoever runs quality assurance."""
    return person.administrator or person.id in runs_quality(unit.directory, unit.framework, unit.today)


def may_steward(unit: Unit, person: Staff, audit: Audit | None) -> bool:
    """Whether this person may hand an audit over or withdraw it: a steward, but not of their own work."""
    return is_steward(unit, person) and (audit is None or audit.practitioner_id != person.id)


def sight(unit: Unit, audit: Audit, person_id: int) -> Sight | None:
    """What this person may know of an audit; None if its record is not theirs to open.

    Theirs: quality assurance and administrators, the line of management of its team, its auditor, whoever asked for it,
    owns a deadline of it or was told about it; and whoever stands in today for one of these.
    """
    person = unit.directory.person(person_id)
    if person is None:
        return None
    people = {person.id, *stood_for(unit, person.id)}
    steward = is_steward(unit, person)
    about = rows_about(unit.session, audit)
    messages = _told(unit, about, people)
    of_line = in_line_of(unit, audit, people)[0]
    theirs = bool({audit.auditor_id, audit.asked_by_id} & people) or _owns(unit, about, people)
    if not (steward or of_line or messages or theirs):
        return None
    grade = _may_know(unit, audit, person, people, messages)
    return Sight(grade, steward, buttons(unit, person, audit))


def may_use(unit: Unit, name: str, person: Staff, audit: Audit | None) -> bool:
    """Whether this person may use a button of a record.

    A steward, but not about their own work; and whoever gave the grades may correct them until somebody has looked
    again, as whoever gave a date may change it.
    """
    if name == CORRECT_LOOK:
        return audit is not None and bool(looks_to_correct(unit, person, audit))
    if may_steward(unit, person, audit):
        return True
    if name == CHANGE_DATE and audit is not None:
        dated = given_date(unit, audit)
        return dated is not None and person.id in (dated.closed_by_id, dated.owner_id)
    return name == CORRECT and audit is not None and audit.auditor_id == person.id and not _looked_again(unit, audit)


def looks_to_correct(unit: Unit, person: Staff, audit: Audit) -> list[Moderation]:
    """The second looks whose grade this person may correct, the oldest first.

    A steward all, but not about their own work; whoever looked their own, until somebody has looked after them.
    """
    query = select(Moderation).where(Moderation.audit_id == audit.id, col(Moderation.done_at).is_not(None))
    done = unit.session.exec(query.order_by(col(Moderation.done_at), col(Moderation.id))).all()
    steward = may_steward(unit, person, audit)
    theirs = done if steward else [each for each in done[-1:] if each.done_by_id == person.id]
    return [each for each in theirs if each.grade is not None and person.id != audit.practitioner_id]


def given_date(unit: Unit, audit: Audit) -> Deadline | None:
    """What was answered last with a date, such as a meeting's, and stands; None if nothing was.

    A new date that somebody agreed to is none: it stands beside what it is the date of.
    """
    of_it = and_(rows_about(unit.session, audit)(Deadline), col(Deadline.beside_id).is_(None))
    dated = select(Answer.deadline_id).where(Answer.kind == "date", col(Answer.deadline_id).is_not(None))
    query = select(Deadline).where(of_it, Deadline.state == DeadlineState.met, col(Deadline.id).in_(dated))
    return unit.session.exec(query.order_by(col(Deadline.id).desc())).first()


def _looked_again(unit: Unit, audit: Audit) -> bool:
    query = select(Moderation.id).where(Moderation.audit_id == audit.id, col(Moderation.done_at).is_not(None))
    return unit.session.exec(query).first() is not None


def buttons(unit: Unit, person: Staff, audit: Audit) -> tuple[Button, ...]:
    """The buttons that its record has for this person, in the order of `ON_RECORD`."""
    alert = unit.session.exec(select(Alert).where(Alert.audit_id == audit.id)).first()
    registry, subject = unit.tools.registry, Subject(audit=audit, alert=alert)
    there = [name for name in ON_RECORD if name != CHANGE_DATE or given_date(unit, audit) is not None]
    names = (name for name in there if may_use(unit, name, person, audit))
    made = (registry.button(name, subject, audit.reference, "") for name in names)
    return tuple(each for each in made if each is not None)


def _may_know(unit: Unit, audit: Audit, person: Staff, people: set[int], messages: set[str]) -> bool:
    over = is_steward(unit, person) or in_line_of(unit, audit, people)[1]
    waits = _second_look_waits(unit, audit, person.id)
    return knows_grade(unit, audit, person, people, messages, waits=waits, over=over)


def knows_grade(
    unit: Unit, audit: Audit, person: Staff, people: set[int], messages: set[str], *, waits: bool, over: bool
) -> bool:
    """The grade is for whoever gave it, whoever a message told it to, quality assurance, and managers above the lead.

    `people` are they and those for whom they stand in, `messages` what reached these about it. `waits`: their own
    second look does; `over`: they run quality assurance, or are above the lead.
    """
    if person.id == audit.practitioner_id:
        return False
    catalogue = unit.tools.catalogue
    shown = any("grade" in catalogue.get(name).shows for name in messages if name in catalogue.names())
    if shown or audit.auditor_id in people:
        return True
    return over and not waits


def in_line_of(unit: Unit, audit: Audit, people: set[int]) -> tuple[bool, bool]:
    """Whether any of these is of the line of management of an audit's team, and whether above its lead."""
    leads = unit.framework.doing("leads-team")
    roles = {role for role, holder in _line(unit, audit) if holder in people}
    return bool(roles), bool(roles - set(leads))


def _second_look_waits(unit: Unit, audit: Audit, person_id: int) -> bool:
    """Whoever judges a second time judges first and sees the other grade then."""
    query = select(Moderation.id).where(
        Moderation.audit_id == audit.id, Moderation.moderator_id == person_id, looks.to_judge(unit.framework)
    )
    return unit.session.exec(query).first() is not None


def stood_for(unit: Unit, person_id: int) -> Iterator[int]:
    """Those in whose place this person is today."""
    directory, today = unit.directory, unit.today
    for each in directory.people.values():
        if each.active and each.absence(today) is not None and directory.deputy(each.id, today) == person_id:
            yield each.id


def _line(unit: Unit, audit: Audit) -> Iterator[tuple[str, int]]:
    """The line of management of the audit's team: (role, who holds it today), from the lead upwards."""
    name = next(iter(unit.framework.doing("leads-team")), None)
    seen: set[str] = set()
    while name and name not in seen and (role := unit.framework.roles.get(name)) is not None:
        seen.add(name)
        for holder in unit.directory.holders(name, unit.today, team_id=audit.team_id, of=role.of):
            yield name, holder
        name = role.above


def _told(unit: Unit, about: About, people: set[int]) -> set[str]:
    """The messages about an audit that have reached any of these people."""
    on_lists = lists.listed(select(Deadline.id).where(about(Deadline)))
    query = select(Notice.message).where(
        or_(about(Notice), on_lists), col(Notice.recipient_id).in_(people), col(Notice.state).in_(REACHED)
    )
    return set(unit.session.exec(query.distinct()))


def _owns(unit: Unit, about: About, people: set[int]) -> bool:
    query = select(Deadline.id).where(about(Deadline), col(Deadline.owner_id).in_(people))
    return unit.session.exec(query).first() is not None


def rows_about(session: Session, audit: Audit) -> About:
    """Which rows are about an audit, its moderations or what was answered in rows. Looked up once for every table."""
    moderations = session.exec(select(Moderation.id).where(Moderation.audit_id == audit.id)).all()
    given = session.exec(ids_about("audit", audit.id)).all()

    def rows(model: type[Answer] | type[Deadline] | type[Notice] | type[Event]) -> ColumnElement[bool]:
        kind, number = col(model.subject_type), col(model.subject_id)
        return or_(
            and_(kind == "audit", number == audit.id),
            and_(kind == "moderation", number.in_(list(moderations))),
            and_(kind == ROW, number.in_(list(given))),
        )

    return rows
