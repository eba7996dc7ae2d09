"""Handing over what somebody owes to somebody else, whatever it is. The date and the ladder go on."""

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_, select

from qabot.errors import BadRequest
from qabot.framework.duties import MADE
from qabot.framework.schema import AUDIT
from qabot.framework.vocabulary import is_alone
from qabot.models import Action, ActionState, AnswerRow, Audit, Deadline, DeadlineState, Moderation, Notice, Person
from qabot.models.columns import alphabetical
from qabot.planning.directory import Staff
from qabot.workflows.core import lists, looks, not_theirs, rows, topic
from qabot.workflows.core.questions import asked
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of
from qabot.workflows.core.words import say_due
from qabot.workflows.programme import withdrawing
from qabot.workflows.verbs import audits, putting_off


def hand_over(unit: Unit, deadline: Deadline, to: Staff, *, by: Staff) -> str:
    """Give it to somebody else, and tell both. Raises `BadRequest` where it cannot be theirs."""
    stays = f"It stays due on {say_due(deadline)}." if deadline.due_on is not None else "It has no date."
    before = deadline.owner_id
    if before == to.id:
        raise BadRequest(f"{to.name} has it already.")
    if deadline.kind == AUDIT:
        audit = unit.session.get_one(Audit, deadline.subject_id)
        if not audits.reassign(unit, audit, to.id, by=by.id):
            raise BadRequest("Its grades are in, so it cannot be handed over.")
        withdrawing.tell(unit, audit, before or 0, "handed over", to=to.name)
        return f"Goes from {unit.directory.name(before)} to {to.name}. {stays}"
    _check(unit, deadline, to)
    _move(unit, deadline, to)
    _tell(unit, deadline, before, to, by)
    return f"Goes from {unit.directory.name(before) or 'nobody'} to {to.name}. {stays}"


def _check(unit: Unit, deadline: Deadline, to: Staff) -> None:
    duty, _ = asked(unit, deadline)
    if deadline.kind.endswith(MADE):
        raise BadRequest("Who must agree or judge is the framework's to say, so it cannot be handed over.")
    if duty is not None and duty.is_alert:
        raise BadRequest("An alert goes up its ladder. Whoever was told and is not the right person says so on it.")
    if is_alone(unit.framework, deadline.kind):
        raise BadRequest(f"{unit.directory.name(deadline.owner_id)} alone can answer it, so it cannot be handed over.")
    if to.id == deadline.practitioner_id:
        raise BadRequest(f"It is about the work of {to.name}.")
    putting_off.check_not_handed_on(unit, deadline)
    look = _look(unit, deadline)
    if look is not None:
        audit = unit.session.get_one(Audit, look.audit_id)
        if to.id not in looks.able(unit, audit, [to.id]):
            raise BadRequest(f"{to.name} did the work itself, or is the practitioner.")


def _look(unit: Unit, deadline: Deadline) -> Moderation | None:
    """The second look that it asks for."""
    return unit.session.get(Moderation, deadline.subject_id) if deadline.subject_type == "moderation" else None


def _move(unit: Unit, deadline: Deadline, to: Staff) -> None:
    """The same for somebody else: what whoever had it answered or put off does not bind them."""
    before = deadline.owner_id
    if (look := _look(unit, deadline)) is not None:
        look.moderator_id = to.id
        unit.session.add(look)
    if deadline.subject_type == rows.ROW:
        _name_in_row(unit, deadline, to)
    deadline.owner_id = to.id
    audits.begin_anew(unit, deadline)
    audits.mark_as_before(unit, deadline, before or 0)
    unit.redraw_deadlines([deadline.id])
    unit.supersede(
        f"handed over to {to.name}",
        col(Notice.deadline_id) == deadline.id,
        col(Notice.step) == "",
        col(Notice.recipient_id) == before,
    )


def _name_in_row(unit: Unit, deadline: Deadline, to: Staff) -> None:
    """The row that it is about names them in place of whoever had it; what was answered stays as it was given."""
    row = unit.session.get_one(AnswerRow, deadline.subject_id)
    duty = unit.framework.duty_of(deadline.kind, deadline.ladder_id)
    columns = [
        each
        for each in (duty.everybody if duty is not None else ())
        if row.columns.get(each) == "person" and row.given.get(each) == deadline.owner_id
    ]
    if columns:
        row.given = {**row.given, **dict.fromkeys(columns, to.id)}
        unit.session.add(row)


def _tell(unit: Unit, deadline: Deadline, before: int | None, to: Staff, by: Staff) -> None:
    subject, title = topic.about_deadline(unit, deadline).subject, title_of(deadline.kind, unit.framework)
    times = unit.session.exec(select(Notice.id).where(Notice.deadline_id == deadline.id)).all()
    unit.event_of(
        deadline, "handed-over", actor=by.id, why=f"from {unit.directory.name(before) or 'nobody'} to {to.name}"
    )
    news = f"No longer yours, with {to.name} now: {title}"
    handed_on = _handed_on(subject, deadline)
    if not not_theirs.go_on(unit, handed_on, to.id, {"title": news}):
        unit.notify(
            "duty",
            to.id,
            rule=deadline.rule,
            subject=(deadline.subject_type, deadline.subject_id),
            role="owner",
            key=f"handed-over:{deadline.id}:{to.id}:{len(times)}",
            deadline=deadline.id,
            reason=f"{by.name} handed it over",
        )
    if before is None or before == by.id or unit.directory.person(before) is None:
        return
    of_it = or_(col(Notice.deadline_id) == deadline.id, lists.listed([deadline.id]), handed_on)
    if not_theirs.take_it_for_theirs(unit, before, of_it, col(Notice.date_of_id).is_not(None)):
        unit.notify(
            putting_off.NEWS,
            before,
            rule=deadline.rule,
            subject=subject,
            key=f"handed-on:{deadline.id}:{before}:{len(times)}",
            reason=f"{by.name} handed it over",
            date_of=deadline.id,
            params={"title": news},
        )


def _handed_on(subject: tuple[str, int], deadline: Deadline) -> ColumnElement[bool]:
    """Which notices say to somebody that it is not theirs any more: found by what it is about, which has an index."""
    of_it = col(Notice.subject_type) == subject[0], col(Notice.subject_id) == subject[1]
    return and_(*of_it, col(Notice.date_of_id) == deadline.id, col(Notice.message) == putting_off.NEWS)


def everything_of(unit: Unit, person_id: int) -> list[Deadline]:
    """What somebody owes by name, soonest first; no surveys, which are nobody's but theirs."""
    query = select(Deadline).where(
        Deadline.owner_id == person_id,
        Deadline.state == DeadlineState.open,
        col(Deadline.kind).not_in([*unit.framework.surveys()]),
    )
    order = col(Deadline.due_on).is_(None), col(Deadline.due_on), col(Deadline.id)
    return list(unit.session.exec(query.order_by(*order)))


def follow(unit: Unit, person_id: int, to: Staff, *, by: Staff) -> list[str]:
    """Beside what they owe: planned actions, and whose deputy they are, move to somebody else. Says what was moved."""
    open_actions = select(Action).where(Action.owner_id == person_id, Action.state == ActionState.open)
    actions = unit.session.exec(open_actions).all()
    for each in actions:
        each.owner_id = to.id
        unit.session.add(each)
    stood_in = select(Person).where(Person.deputy_id == person_id, Person.id != to.id, col(Person.active).is_(True))
    people = unit.session.exec(stood_in.order_by(alphabetical(Person.name), col(Person.id))).all()
    for person in people:
        person.deputy_id = to.id
        unit.session.add(person)
    if people:
        people_changed(unit.session)
    said = [f"{to.name} is the deputy of {each.name} now." for each in people]
    if actions:
        said.insert(0, f"Actions that were planned with an audit: {len(actions)} are {to.name}'s now.")
    if said:
        unit.event("deputies-moved", actor=by.id, subject=("person", person_id), why=f"to {to.name}")
    return said
