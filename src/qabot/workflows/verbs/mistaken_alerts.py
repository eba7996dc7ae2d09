"""An alert that was raised by mistake: quality assurance takes it back, and everybody who heard of it is told why.

It is never undone: it stays on the record and in the log, and each copy of it says that it was withdrawn. What opened
because of it alone is no longer asked; what was answered of that stays.
"""

from typing import Any

from sqlalchemy import update
from sqlmodel import col, or_, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.vocabulary import following
from qabot.messaging.form import Field, Form, Option
from qabot.models import Alert, Audit, Deadline, DeadlineState, Notice
from qabot.workflows.access.records import REACHED, WITHDRAW_ALERT, rows_about
from qabot.workflows.core import conditions, date_news, finalising, lists
from qabot.workflows.core.as_opened import alerts as are_alerts
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit

REASONS = {
    "grade": "The grades were taken down wrong",
    "other": "It was meant for another audit",
    "no-concern": "There was no immediate concern",
    "twice": "It was raised twice",
}
"""Why an alert is withdrawn: to choose from, because the log holds nothing that a person wrote."""
BECAUSE = "Withdrawn: an alert was raised by mistake"


def register(registry: Registry) -> None:
    """The button of a record and its form."""
    registry.verb(Verb(WITHDRAW_ALERT, _label, _open, _can, "danger", stewards=True))
    registry.form(FormSpec(WITHDRAW_ALERT, _form, _take, stewards=True))


def _label(subject: Subject) -> str:
    return f"Withdraw the alert about {about(subject)}"


def _can(subject: Subject) -> bool:
    return subject.audit is not None and subject.alert is not None and subject.alert.withdrawn_at is None


def _open(pressed: Pressed) -> Reply:
    return OpenForm(_form(pressed))


def _form(pressed: Pressed) -> Form:
    unit, audit = pressed.unit, _audit(pressed)
    stands = _still_says_so(unit, audit)
    grade = (
        f" The grades of {audit.reference} still raise an alert: please correct them as well, or it will be raised "
        "again, and the audit is not final before."
        if stands
        else ""
    )
    return Form(
        name=WITHDRAW_ALERT,
        title=f"Withdraw the alert about {audit.reference}",
        intro="Everybody who heard of it is told that it was raised by mistake, and why. Nobody is asked about it "
        f"again, and what followed from it is no longer asked. It stays on the record and in the log.{grade}",
        fields=(
            Field("why", "Why?", "choice", options=tuple(Option(*each) for each in REASONS.items())),
            Field("sure", "Yes, this alert was raised by mistake", "tick"),
        ),
        submit="Withdraw the alert",
        token=pressed.token,
    )


def _audit(pressed: Pressed) -> Audit:
    audit = pressed.subject.audit
    if audit is None or pressed.subject.alert is None:
        raise BadRequest("There is no alert here that could be withdrawn. Nothing was changed.")
    if pressed.subject.alert.withdrawn_at is not None:
        name = pressed.unit.directory.name(pressed.subject.alert.withdrawn_by_id)
        raise BadRequest(f"{name} has withdrawn the alert about {audit.reference} already. Nothing was changed.")
    return audit


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, audit = pressed.unit, _audit(pressed)
    people = withdraw(unit, audit, clean["why"], by=pressed.person.id)
    if people is None:
        return Say(f"The alert about {audit.reference} was withdrawn already.")
    audience = f" {people} {'person hears' if people == 1 else 'people hear'} of it." if people else ""
    correct = " Please correct the grades too: they still raise an alert." if _still_says_so(unit, audit) else ""
    return Say(f"The alert about {audit.reference} is withdrawn.{audience}{correct}")


def _still_says_so(unit: Unit, audit: Audit) -> bool:
    """Whether its grades, those of second looks too, raise an alert as they stand, so that they are to be corrected."""
    duties, of_work = unit.framework.duties, About.work(audit)
    return any(
        conditions.first_that_holds(unit, duties[name], of_work) is not None for name in unit.framework.alerting()
    )


def withdraw(unit: Unit, audit: Audit, why: str, *, by: int) -> int | None:
    """Withdraw an audit's alert; `why` is one of `REASONS`. How many were told; None if somebody else was first.

    Also one that somebody has acknowledged: what they were told is no less wrong for that.
    """
    if why not in REASONS:
        raise BadRequest(f"{why!r} is no reason; the reasons are {', '.join(REASONS)}.")
    statement = (
        update(Alert)
        .where(col(Alert.audit_id) == audit.id, col(Alert.withdrawn_at).is_(None))
        .values(withdrawn_at=unit.now, withdrawn_by_id=by, withdrawn_why=REASONS[why])
        .execution_options(synchronize_session=False)
    )
    if not unit.changed(statement):
        return None
    unit.session.expire_all()
    unit.event("alert-withdrawn", actor=by, subject=("audit", audit.id), rule=_rule(unit), why=REASONS[why])
    ended = [*_end_alerts(unit, audit, REASONS[why], by), *_end_what_followed(unit, audit, by)]
    people = (_those_told(unit, audit, ended) | _named_with_a_date(unit, audit)) - {by, audit.practitioner_id}
    there = {each for each in people if each is not None and unit.directory.person(each) is not None}
    _tell(unit, audit, there, REASONS[why], by)
    if not _still_says_so(unit, audit):
        finalising.make_final(unit, audit, by=by)
    return len(there)


def _rule(unit: Unit) -> str:
    return next((unit.framework.duties[name].rule for name in unit.framework.alerting()), "")


def _end_alerts(unit: Unit, audit: Audit, why: str, by: int) -> list[int]:
    """Its deadlines are withdrawn, also those that were acknowledged: each copy of their cards says so."""
    query = select(Deadline).where(
        Deadline.subject_type == "audit",
        Deadline.subject_id == audit.id,
        are_alerts(unit.framework),
        Deadline.state != DeadlineState.withdrawn,
    )
    alerts = unit.session.exec(query).all()
    for each in alerts:
        if not unit.close(each, f"Withdrawn: {why[0].lower()}{why[1:]}", by=by, withdrawn=True):
            each.state, each.closed_why = DeadlineState.withdrawn, f"Withdrawn: {why[0].lower()}{why[1:]}"
            each.closed_by_id, each.closed_at = by, unit.now
            unit.session.add(each)
            unit.redraw_deadlines([each.id])
    unit.session.flush()
    return [each.id for each in alerts]


def _end_what_followed(unit: Unit, audit: Audit, by: int) -> list[int]:
    """What opened because of the alert alone, and is unanswered: a second look, a meeting and the like."""
    names = following(unit.framework, set(unit.framework.alerting()), all)
    of_it = rows_about(unit.session, audit)
    query = select(Deadline).where(of_it(Deadline), col(Deadline.kind).in_(names), Deadline.state == DeadlineState.open)
    waiting = unit.session.exec(query).all()
    for each in waiting:
        unit.close(each, BECAUSE, by=by, withdrawn=True)
    return [each.id for each in waiting]


def _those_told(unit: Unit, audit: Audit, ended: list[int]) -> set[int | None]:
    """Whom the alert, or what is no longer asked because of it, has reached; and whoever raised it."""
    about = or_(col(Notice.deadline_id).in_(ended), lists.listed(ended))
    query = select(Notice.recipient_id).where(about, col(Notice.state).in_(REACHED))
    raised = unit.session.exec(select(Alert.raised_by_id).where(Alert.audit_id == audit.id)).one()
    return {*unit.session.exec(query), raised}


def _named_with_a_date(unit: Unit, audit: Audit) -> set[int]:
    """Who has heard of a date that was given because of the alert, such as whoever chairs the meeting.

    Whoever was only about to hear of it does not.
    """
    names = following(unit.framework, set(unit.framework.alerting()), all)
    of_it = rows_about(unit.session, audit)
    query = select(Deadline).where(of_it(Deadline), col(Deadline.kind).in_(names))
    people: set[int] = set()
    for each in unit.session.exec(query).all():
        date_news.unsay(unit, each, "the alert was withdrawn")
        recipient_ids = select(Notice.recipient_id).where(*date_news.about(each), col(Notice.state).in_(REACHED))
        people |= set(unit.session.exec(recipient_ids))
    return people


def _tell(unit: Unit, audit: Audit, people: set[int], why: str, by: int) -> None:
    unit.supersede("the alert was withdrawn", rows_about(unit.session, audit)(Notice), col(Notice.lane) == "alert")
    for person in sorted(people):
        unit.notify(
            "alert-withdrawn",
            person,
            rule=_rule(unit),
            subject=("audit", audit.id),
            key=f"alert-withdrawn:{audit.id}:{person}:{unit.now.isoformat()}",
            reason="The alert was raised by mistake",
            alone=True,
            params={"why": why, "by": unit.directory.name(by)},
        )
