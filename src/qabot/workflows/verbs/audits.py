"""Audits: submitting grades, "not yet", knowing the case, asking for help, handing over, becoming final."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col, func, or_, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest, NotAllowed
from qabot.framework.duties import LATER
from qabot.framework.schema import AUDIT
from qabot.messaging.form import Field, Form
from qabot.messaging.values import join_and
from qabot.models import Action, Audit, AuditState, Deadline, Event, Notice, NoticeState
from qabot.models.rows import AuditRow
from qabot.planning.recipients import runs_quality
from qabot.workflows.access import owing
from qabot.workflows.cards import states
from qabot.workflows.core import finalising, in_turn, moments, own_form, rows, topic
from qabot.workflows.core.own_form import OwnForm
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about, labelled
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day, say_due
from qabot.workflows.programme import withdrawing
from qabot.workflows.programme.allocation import given_message, why_not
from qabot.workflows.verbs import made_work, putting_off

LATEST_ANSWER_DAYS = 60


def register(registry: Registry) -> None:
    """What people do with an audit."""
    registry.verb(Verb("not-yet", labelled("Not yet"), _open, _can_answer, own=True))
    registry.form(FormSpec("not-yet", _not_yet_form, _take_not_yet))
    registry.link("open-record", lambda subject: "Open the record", _record, _has_record)
    registry.link("open-item", lambda subject: f"Open {about(subject)}", _record, _has_record)


def _record(subject: Subject) -> str:
    return f"/audits/{subject.audit.reference}" if subject.audit else ""


def _has_record(subject: Subject) -> bool:
    """What is about no work has no record: a link would lead to the message that it stands under."""
    return subject.audit is not None


def can_submit(subject: Subject) -> bool:
    """Whether it is work that somebody has still to do, and not what a duty asks about such work."""
    of_work = subject.open and subject.deadline is not None and subject.deadline.kind == AUDIT
    there = subject.audit is not None and subject.audit.state == AuditState.allocated
    return of_work and subject.audit is not None and there and not waits_for_case(subject.audit)


def waits_for_case(audit: AuditRow) -> bool:
    """Whether it is about a case and has none yet: there is nothing that anybody could look at."""
    return audit.about == "case" and audit.case_reference is None


def is_named(audit: AuditRow) -> bool:
    """Whether it is known what a piece of work is about; the case of one about a case comes otherwise."""
    named = {"person": audit.practitioner_id is not None, "place": bool(audit.what), "theme": bool(audit.what)}
    return named.get(audit.about, True)


def _can_answer(subject: Subject) -> bool:
    of_work = subject.open and subject.deadline is not None and subject.deadline.kind == AUDIT
    return of_work or putting_off.can_put_off(subject)


def _open(pressed: Pressed) -> Reply:
    return OpenForm(_not_yet_form(pressed))


def take_as_history(unit: Unit, audit: Audit, answers: Mapping[str, Any], *, by: int | None, at: datetime) -> None:
    """Keep what an audit's own form asked of one that was over at `at` (UTC): nothing follows, and nobody is told."""
    activity, form = own_form.activity_of(unit, audit), OwnForm.of(unit, audit)
    form.require(answers)
    audit.state, audit.submitted_at, audit.finalised_at = AuditState.finalised, at, at
    audit.grade = answers.get(form.grade or "")
    audit.scale_version = form.scale.version if form.scale else ""
    audit.has_actions = False
    unit.session.add(audit)
    subject = ("audit", audit.id)
    for deadline in unit.open_deadlines(subject):
        unit.close(deadline, "Taken as history", by=by)
    form.keep(answers, by=by, at=at)
    unit.event("audit-submitted", actor=by, subject=subject, rule=activity.rule, why="history", grade=audit.grade)


def submit(
    unit: Unit,
    audit: Audit,
    answers: Mapping[str, Any],
    *,
    by: int | None,
    has_actions: bool = True,
    immediate: bool = False,
    at: datetime | None = None,
) -> bool:
    """Take what an audit's own form asks, by question; False if it was in already. What follows is the framework's.

    `at` (UTC) is when it came in, if that was before now. What follows from it counts from now all the same: nobody
    was asked before. Raises `BadRequest` where an answer cannot be so, or one is missing.
    """
    in_turn.take(unit.session, ("audit", audit.id))
    activity, form = own_form.activity_of(unit, audit), OwnForm.of(unit, audit)
    if audit.state != AuditState.allocated:
        return False
    if waits_for_case(audit):
        raise BadRequest(f"{audit.reference} has no case yet. You hear from us as soon as it has one.")
    if not is_named(audit):
        raise BadRequest(f"Nobody has said yet what {audit.reference} is about. Please say it first.")
    form.require(answers, immediate=immediate)
    statement = (
        update(Audit)
        .where(col(Audit.id) == audit.id, col(Audit.state) == AuditState.allocated)
        .values(
            state=AuditState.submitted,
            submitted_at=at or unit.now,
            grade=answers.get(form.grade or ""),
            scale_version=form.scale.version if form.scale else "",
            has_actions=has_actions and not form.follows_rows,
        )
        .execution_options(synchronize_session=False)
    )
    if not unit.changed(statement):
        return False
    unit.session.refresh(audit)
    subject = ("audit", audit.id)
    unit.event("audit-submitted", actor=by, subject=subject, rule=activity.rule, grade=audit.grade)
    for deadline in unit.open_deadlines(subject, {AUDIT}):
        unit.close(deadline, "Submitted", by=by)
    given = form.keep(answers, by=by, at=at)
    of_it = topic.About.work(audit, concern=immediate)
    moments.happen(unit, audit.activity, "submitted", of_it, by=by)
    for row in given:
        moments.happen(unit, row.question, rows.ROW, of_it.with_row(row), by=by)
    made_work.came_in(unit, audit, by=by)
    finalising.make_final(unit, audit, by=by)
    _tell_quality_assurance(unit, audit)
    return True


def _tell_quality_assurance(unit: Unit, audit: Audit) -> None:
    """The audit has reached whoever runs quality assurance (NEW-DAT-1)."""
    rule = unit.framework.processes.submission
    for person in runs_quality(unit.directory, unit.framework, unit.today):
        unit.notify(
            "audit-submitted",
            person,
            rule=rule,
            subject=("audit", audit.id),
            key=f"submitted:{audit.id}:{person}",
            reason="An audit came in",
        )


def _not_yet_form(pressed: Pressed) -> Form:
    check_own(pressed)
    today, deadline, named = pressed.unit.today, pressed.open_deadline(), about(pressed.subject)
    latest = today + timedelta(days=LATEST_ANSWER_DAYS)
    tomorrow = today + timedelta(days=1)
    why: tuple[Field, ...] = ()
    then = "The date is kept; you need not say why."
    if deadline.kind != AUDIT:
        latest = putting_off.latest_new_date(pressed.unit, deadline) or latest
        if who := putting_off.those_who_agree(pressed.unit, deadline, LATER, pressed.person.id):
            then = f"The {who} will be asked to agree. Until then the date stands."
            why = (putting_off.why_field(),)
    return Form(
        name="not-yet",
        title=f"A new date for {named}" if named else "A new date",
        intro=f"Thank you for saying so. When do you expect this to be done? {then}",
        fields=(Field("new_date", "New date", "date", earliest=tomorrow, latest=latest), *why),
        submit="Save the new date",
        token=pressed.token,
    )


def _take_not_yet(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    deadline = pressed.open_deadline()
    if not _can_answer(pressed.subject):
        raise BadRequest("A new date can be given once, for an audit or its actions. Nothing was changed.")
    if deadline.kind != AUDIT:
        who = putting_off.those_who_agree(pressed.unit, deadline, LATER, pressed.person.id)
        putting_off.put_off(pressed.unit, deadline, clean["new_date"], by=pressed.person.id, why=clean.get("why") or "")
        if who:
            return Say(f"Thank you. The {who} will be asked to agree. Until then the date stands; we will tell you.")
        people = _those_told(pressed)
        return Say(f"Thank you. We have noted {say_day(clean['new_date'])}{people}. We will ask again on that day.")
    if deadline.expected_on == clean["new_date"]:
        return Say(f"{say_day(clean['new_date'])} was noted for this already. Thank you.")
    answer_not_yet(pressed.unit, deadline, clean["new_date"], by=pressed.person.id)
    due = f" It stays due on {say_due(deadline)}." if deadline.due_on else ""
    return Say(f"Thank you. We have noted {say_day(clean['new_date'])}.{due}")


def _those_told(pressed: Pressed) -> str:
    duty, titles = pressed.subject.duty, pressed.unit.framework.titles()
    tell = duty.put_off.tell if duty is not None and duty.put_off is not None else ()
    return f" and told the {join_and(titles.get(each, each) for each in tell)}" if tell else ""


def answer_not_yet(unit: Unit, deadline: Deadline, new_date: date, *, by: int) -> None:
    """Note when an auditor expects to be done. The deadline does not move; they hear from us again on that day."""
    deadline.expected_on, deadline.replied_at = new_date, unit.now
    unit.session.add(deadline)
    unit.event_of(deadline, "answered-not-yet", actor=by, expected=new_date.isoformat())
    putting_off.hold_until(unit, deadline, by, new_date)
    unit.redraw_deadlines([deadline.id])


def plan_actions(unit: Unit, audit: Audit, planned: Sequence[tuple[int, date]]) -> None:
    """Keep the owners and days of an audit's actions (owner's id, day). What they are stands in the case system."""
    for number, (owner, due) in enumerate(planned, start=1):
        unit.session.add(Action(audit_id=audit.id, number=number, owner_id=owner, due_on=due))


def reassign(unit: Unit, audit: Audit, to: int, *, by: int | None) -> bool:
    """Hand an audit that is not submitted to another auditor. The deadline does not move.

    Raises `BadRequest` if they must not audit its case (NEW-SEL-1).
    """
    in_turn.take(unit.session, ("audit", audit.id))
    if audit.state != AuditState.allocated or audit.auditor_id == to:
        return False
    if why := why_not(unit, audit, to):
        raise BadRequest(
            f"{unit.directory.name(to)} {why} the case of {audit.reference}, so it cannot be "
            "handed to them. Nothing was changed."
        )
    if audit.about == "person" and audit.practitioner_id == to:
        raise BadRequest(f"{audit.reference} is about the work of {unit.directory.name(to)}. Nothing was changed.")
    before = audit.auditor_id
    audit.auditor_id = to
    unit.session.add(audit)
    subject = ("audit", audit.id)
    # It has come back to whoever has heard that it is theirs, and not yet that it was somebody else's.
    know_it = withdrawing.goes_on(unit, audit, to)
    for deadline in unit.open_deadlines(subject, {AUDIT}):
        _hand_over(unit, deadline, before, to)
        if know_it:
            continue
        unit.notify(
            given_message(audit),
            to,
            rule=deadline.rule,
            subject=subject,
            deadline=deadline.id,
            key=f"reassigned:{audit.id}:{to}:{_handed_over(unit, audit)}",
            reason="The audit was handed over",
            params={"before": unit.directory.name(before) or "a colleague"},
        )
    if audit.made_for_id is not None:
        unit.redraw_deadlines([audit.made_for_id])
    unit.event("audit-reassigned", actor=by, subject=subject, before=before, after=to)
    return True


def _hand_over(unit: Unit, deadline: Deadline, before: int, to: int) -> None:
    """The same deadline for somebody else: what only the one before has answered or put off does not bind them."""
    auditor = unit.directory.person(to)
    deadline.owner_id = deadline.auditor_id = to
    deadline.team_id = auditor.team_id if auditor and auditor.team_id is not None else deadline.team_id
    begin_anew(unit, deadline)
    mark_as_before(unit, deadline, before)
    unit.redraw_deadlines([deadline.id])
    unit.supersede(
        f"handed over to {unit.directory.name(to)}",
        col(Notice.deadline_id) == deadline.id,
        col(Notice.step) == "",
        or_(col(Notice.recipient_id) == before, col(Notice.message) == "covering"),
    )


def begin_anew(unit: Unit, deadline: Deadline) -> None:
    """Nothing that was answered or put off stands any more, and the planner looks at it again."""
    deadline.expected_on = deadline.replied_at = deadline.snoozed_until = deadline.snoozed_by_id = None
    deadline.snoozes = 0
    unit.poke([deadline])


def mark_as_before(unit: Unit, deadline: Deadline, before: int) -> None:
    """What was sent to whoever had it, or to their deputy, says from now on who has it."""
    theirs = or_(col(Notice.recipient_id) == before, col(Notice.role) == "owner", col(Notice.message) == "covering")
    gone_out = col(Notice.state).not_in((NoticeState.planned, NoticeState.superseded))
    query = select(Notice).where(Notice.deadline_id == deadline.id, theirs, gone_out)
    for notice in unit.session.exec(query).all():
        notice.params = {states.WAS_WITH: str(before), **notice.params}
        unit.session.add(notice)


def _handed_over(unit: Unit, audit: Audit) -> int:
    """How often an audit was handed over before."""
    query = select(func.count()).select_from(Event)
    return unit.session.exec(
        query.where(Event.what == "audit-reassigned", Event.subject_type == "audit", Event.subject_id == audit.id)
    ).one()


def check_own(pressed: Pressed) -> None:
    """Grades come from the auditor: not from somebody who was only told, nor from whoever had the audit before."""
    unit, deadline = pressed.unit, pressed.subject.deadline
    if deadline is not None and owing.is_somebody_elses(unit.directory, unit.today, deadline, pressed.person.id):
        owner = unit.directory.name(deadline.owner_id)
        raise NotAllowed(f"This is with {owner} now, so nothing was changed. Thank you.")


def audit_of(pressed: Pressed) -> Audit:
    """The audit that a press is about. Raises `BadRequest` if it is about none."""
    if pressed.subject.audit is None:
        raise BadRequest("This message is not about an audit. Please open your inbox and choose the audit there.")
    return pressed.subject.audit
