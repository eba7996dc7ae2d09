"""Putting off what is owed, and letting somebody off: with a reason, and with an agreement where one is needed.

1. Whoever owes it gives a new date, or asks to be let off, and says why.
2. Without `approve`, or where they may agree themselves, it counts at once.
3. Else a deadline of those who may agree opens beside it; until one of them answers, the old date stands.
4. Whoever asked hears what became of it. What was asked, why, and who agreed stands on the record and in the log.
"""

from datetime import date
from typing import Any

from sqlmodel import col, func, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.duties import LATER, LESS, Duty, Question
from qabot.framework.offsets import Offset
from qabot.framework.schema import AUDIT
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.values import join_and
from qabot.models import Answer, Audit, Deadline, DeadlineState, Event, Notice
from qabot.planning.directory import next_digest
from qabot.planning.recipients import recipients
from qabot.workflows.core import finalising, moments, rearming, topic
from qabot.workflows.core.questions import asked, keep
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about, labelled
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import handed_to, title_of
from qabot.workflows.core.words import say_day
from qabot.workflows.programme.new_work import piece

NEWS = "duty-news"
"""What whoever something is decided about is sent."""
PUT_OFF = "answered-not-yet"
"""The line of the log that says that a new date was given."""
REASONS = {
    "away": "Somebody who is needed for it is away",
    "changed": "What it is about has changed, or is over",
    "otherwise": "It was done in another way",
    "workload": "Other work had to come first",
    "agreed": "Something else, talked over with a manager",
}
"""Why: to choose from, because the log holds nothing that a person wrote."""
WHY, NEW_DATE = "asked-because", "asked-for"
"""What is kept of a request, as answers to these."""
REQUEST = {
    WHY: Question(label="Asked because", type="text"),
    NEW_DATE: Question(label="New date asked for", type="date"),
}


def register(registry: Registry) -> None:
    """Asking to be let off."""
    registry.verb(Verb("let-off", labelled("This cannot be done"), _open_let_off, _can_let_off))
    registry.form(FormSpec("let-off", _let_off_form, _take_let_off))


def can_put_off(subject: Subject) -> bool:
    """Whether whoever owes it may give a new date."""
    return subject.open and subject.duty is not None and subject.duty.put_off is not None and subject.made is None


def _can_let_off(subject: Subject) -> bool:
    return subject.open and subject.duty is not None and subject.duty.let_off is not None and subject.made is None


def why_field() -> Field:
    """The question why."""
    return Field("why", "Why?", "choice", options=tuple(Option(key, words) for key, words in REASONS.items()))


def latest_new_date(unit: Unit, deadline: Deadline) -> date | None:
    """The last day that may be given instead."""
    duty, _ = asked(unit, deadline)
    within = duty.put_off.within if duty and duty.put_off else Offset(("today",), 60, "day")
    return within.day({"today": unit.today}, unit.situation.calendar)


def those_who_agree(unit: Unit, deadline: Deadline, end: str, by: int) -> str:
    """The roles that must agree first, as people call them; "" where nobody must, or this person may themselves."""
    duty, _ = asked(unit, deadline)
    agreeing = duty.agreeing().get(end) if duty is not None else None
    if agreeing is None or by in those_with(unit, deadline, agreeing.owes):
        return ""
    titles = unit.framework.titles()
    return join_and(titles.get(each, each) for each in agreeing.owes)


def those_with(unit: Unit, deadline: Deadline, roles: tuple[str, ...]) -> set[int]:
    parties = topic.parties_to(unit, deadline)
    people = recipients(roles, parties, unit.directory, unit.framework, unit.today)
    return {each.person_id for each in people}


def put_off(unit: Unit, deadline: Deadline, new_date: date, *, by: int, why: str = "") -> bool:
    """Note a new date (D6b), or ask for it where somebody must agree; False if the deadline was closed already.

    A duty that opens on it takes this one's place. Without one this stays open, due on the new date. `why` is one of
    `REASONS`. Raises `BadRequest` where no new date can be given, or was given as often as it may be.
    """
    duty, _ = asked(unit, deadline)
    if duty is None or duty.put_off is None:
        raise BadRequest("No new date can be given for this. Nothing was changed.")
    if deadline.state != DeadlineState.open:
        return False
    check_not_handed_on(unit, deadline)
    given = select(func.count()).where(Event.deadline_id == deadline.id, Event.what == PUT_OFF)
    if unit.session.exec(given).one() >= duty.put_off.times:
        when = f", on {say_day(deadline.expected_on)}" if deadline.expected_on else ""
        raise BadRequest(f"A new date was given for this already{when}. If you need more time, please tell us.")
    deadline.replied_at = unit.now
    unit.session.add(deadline)
    reason = REASONS.get(why, "")
    if those_who_agree(unit, deadline, LATER, by):
        ask_for(unit, duty, deadline, LATER, by, reason, new_date)
    else:
        _give_new_date(unit, duty, deadline, new_date, by, reason)
    return True


def check_not_handed_on(unit: Unit, deadline: Deadline) -> None:
    """Raises `BadRequest` while somebody does the new work that it made: that has a date of its own."""
    made = piece(unit, deadline.id)
    if made is not None:
        raise BadRequest(f"This was handed to {handed_to(made, unit.directory)}, so nothing was changed.")


def _give_new_date(unit: Unit, duty: Duty, deadline: Deadline, new_date: date, by: int, reason: str) -> None:
    """Agreed to late, a date that has passed is the next working day: nothing is late as it is granted."""
    calendar = unit.situation.calendar
    new_date = new_date if new_date > unit.today else calendar.add_days(unit.today, 1)
    of = topic.about_deadline(unit, deadline)
    unit.event_of(deadline, PUT_OFF, actor=by, why=reason, expected=new_date.isoformat())
    follows = [each for each in unit.framework.duties.values() if f"{deadline.kind}.put-off" in each.when]
    if not any(unit.framework.ladder_by(each.terms).steps for each in follows):
        deadline.expected_on = new_date
        move_to(unit, deadline, new_date, by)
        _tell_of_new_date(unit, duty, deadline, deadline, by)
        return
    unit.close(deadline, f"Answered: not yet, new date {say_day(new_date)}", by=by)
    given_now = topic.with_owner(of, by, **{"new-date": new_date})
    opened = moments.happen(unit, deadline.kind, "put-off", given_now, by=by)
    for each in opened:
        each.replied_at = unit.now
        unit.session.add(each)
    _tell_of_new_date(unit, duty, deadline, opened[0] if opened else deadline, by)


def give_time(
    unit: Unit, deadline: Deadline, day: date, reason: str, *, by: int, approver: int, hears: int | None = None
) -> None:
    """A later date that whoever owes it did not ask for themselves; they are told, and its reminders begin again.

    `reason` is one of the sentences of `REASONS`. A day that has passed meanwhile is the next working day. `hears` is
    who is told of it by another message.
    """
    day = day if day > unit.today else unit.situation.calendar.add_days(unit.today, 1)
    before = deadline.due_on
    deadline.late_at = None
    rearming.move(unit, deadline, day, again=True)
    if deadline.subject_type == "audit" and deadline.kind == AUDIT:
        audit = unit.session.get_one(Audit, deadline.subject_id)
        audit.due_on, audit.due_at = day, None
        unit.session.add(audit)
    unit.event_of(
        deadline,
        "more-time",
        actor=by,
        why=reason,
        approved_by=unit.directory.name(approver),
        before=before.isoformat() if before else "",
        expected=day.isoformat(),
    )
    owner = unit.directory.person(deadline.owner_id)
    if owner is None:
        return
    deadline.expected_on = deadline.snoozed_until = deadline.snoozed_by_id = None
    earlier = col(Notice.deadline_id) == deadline.id, col(Notice.recipient_id) == owner.id, col(Notice.step) == ""
    unit.supersede("there is another new date", *earlier, col(Notice.message) == NEWS)
    if owner.id not in (by, hears):
        tell_owner(unit, deadline, owner.id, f"There is more time, until {say_day(day)}", while_open=True)


def tell_let_off(unit: Unit, deadline: Deadline, by: int | None) -> None:
    """Whose it was hears that nothing is owed any more, unless they asked for that themselves."""
    owner = unit.directory.person(deadline.owner_id)
    if owner is not None and owner.id != by:
        tell_owner(unit, deadline, owner.id, "You need not do this any more")


def tell_owner(unit: Unit, deadline: Deadline, owner: int, what: str, *, while_open: bool = False) -> None:
    """Tell whose it is what was decided about it, in words that a title can begin with.

    `while_open`: that is no news any more once it is closed, or somebody else's.
    """
    key = f"decided:{deadline.id}:{owner}:{unit.now.isoformat()}"
    _tell_decision(unit, deadline, owner, what, key=key, while_open=while_open)


def _tell_decision(
    unit: Unit, deadline: Deadline, person: int, what: str, *, key: str, while_open: bool = False
) -> None:
    duty, _ = asked(unit, deadline)
    title = duty.title if duty is not None else title_of(deadline.kind, unit.framework)
    unit.notify(
        NEWS,
        person,
        rule=deadline.rule,
        subject=topic.about_deadline(unit, deadline).subject,
        key=key,
        deadline=deadline.id if while_open else None,
        reason=f"{deadline.rule}: {what}",
        params={"title": f"{what}: {title}"},
    )


def move_to(unit: Unit, deadline: Deadline, new_date: date, by: int) -> None:
    """What has a date is due on the new one, and whoever gave it hears again on that day."""
    if deadline.due_on is not None:
        deadline.late_at = None
        rearming.move(unit, deadline, new_date, again=True)
        hold_until(unit, deadline, by, new_date)


def hold_until(unit: Unit, deadline: Deadline, person_id: int, day: date) -> None:
    """Say no more to this person until a day, and once again on it; never past the deadline. Again changes nothing."""
    if deadline.due_on is not None and day > deadline.due_on:
        return
    staff = unit.directory.people[person_id]
    until = next_digest(staff, day, unit.now, unit.situation.calendar)
    if deadline.due_at is not None and until >= deadline.due_at:
        return
    if (deadline.snoozed_until, deadline.snoozed_by_id) == (until, person_id):
        return
    deadline.snoozed_until, deadline.snoozed_by_id = until, person_id
    deadline.snoozes += 1
    unit.poke([deadline])


def let_off(unit: Unit, deadline: Deadline, why: str, *, by: int) -> bool:
    """Let those who owe it off, or ask for it where somebody else must agree; False if it was closed already.

    `why` is one of `REASONS`. Raises `BadRequest` where nobody can be let off.
    """
    duty, _ = asked(unit, deadline)
    if duty is None or duty.let_off is None:
        raise BadRequest("Nobody can be let off this. Nothing was changed.")
    if deadline.state != DeadlineState.open:
        return False
    check_not_handed_on(unit, deadline)
    deadline.replied_at = unit.now
    unit.session.add(deadline)
    if those_who_agree(unit, deadline, LESS, by):
        ask_for(unit, duty, deadline, LESS, by, REASONS.get(why, ""))
    else:
        release(unit, deadline, REASONS.get(why, ""), by)
    return True


def release(unit: Unit, deadline: Deadline, reason: str, by: int, *, approver: int | None = None) -> None:
    """Let those who owe it off, now; `approver` if somebody decided it who does not owe it."""
    of = topic.about_deadline(unit, deadline)
    approved: dict[str, Any] = {"approved_by": unit.directory.name(approver)} if approver is not None else {}
    unit.event_of(deadline, "let-off", actor=by, why=reason, **approved)
    moments.complete(unit, deadline, f"Let off: {reason.lower()}", by=by, moment=moments.LET_OFF, about=of)
    if of.audit is not None:
        finalising.make_final(unit, of.audit, by=by)


def ask_for(
    unit: Unit, duty: Duty, deadline: Deadline, end: str, by: int, reason: str, new_date: date | None = None
) -> None:
    """Open a deadline of those who may agree, with what is asked for."""
    if unit.session.exec(_waiting_beside(deadline)).first() is not None:
        raise BadRequest("This was asked for already. Until somebody has agreed, nothing changes; we will tell you.")
    of = topic.about_deadline(unit, deadline)
    opened = moments.open_beside(unit, f"{deadline.kind}{end}", duty.agreeing()[end], of, deadline)
    request: dict[str, Any] = {WHY: reason, NEW_DATE: new_date}
    keep(unit, of.subject, opened, REQUEST, request, by=by)
    unit.event_of(deadline, "agreement-asked", actor=by, why=reason, expected=new_date.isoformat() if new_date else "")


def _waiting_beside(deadline: Deadline) -> Any:
    return select(Deadline.id).where(Deadline.beside_id == deadline.id, Deadline.state == DeadlineState.open)


def request(unit: Unit, agreeing: Deadline) -> tuple[str, dict[str, Answer]]:
    """What those who must agree are asked, in a sentence, and the answers that hold it."""
    kept = unit.session.exec(select(Answer).where(Answer.deadline_id == agreeing.id).order_by(col(Answer.id))).all()
    answers = {each.question: each for each in kept if each.question in REQUEST}
    if not answers:
        return "", {}
    first = next(iter(answers.values()))
    what = "to be let off"
    if NEW_DATE in answers:
        what = f"for more time, until {say_day(date.fromisoformat(answers[NEW_DATE].value))}"
    why = f" The reason: {answers[WHY].value[:1].lower()}{answers[WHY].value[1:]}." if WHY in answers else ""
    return f"{unit.directory.name(first.by_id)} asks {what}.{why}", answers


def decide(unit: Unit, agreeing: Deadline, *, agreed: bool, by: int | None) -> None:
    """One of those who must agree has answered: carry it out or not, and tell whoever asked."""
    _, answers = request(unit, agreeing)
    deadline = unit.session.get(Deadline, agreeing.beside_id) if agreeing.beside_id else None
    if deadline is None or not answers:
        return
    duty, _ = asked(unit, deadline)
    first = next(iter(answers.values()))
    asker = first.by_id
    unit.event_of(deadline, "agreed" if agreed else "not-agreed", actor=by)
    if asker is not None:
        what = "Agreed" if agreed else "Not agreed, the old date stands"
        _tell_decision(unit, deadline, asker, what, key=f"agreed:{agreeing.id}:{asker}")
    if not agreed or deadline.state != DeadlineState.open or duty is None:
        return
    reason = answers[WHY].value if WHY in answers else ""
    if NEW_DATE in answers and asker is not None and asker not in those_with(unit, deadline, ("owes",)):
        # Whoever runs the programme asked for it: it stays whose it is.
        give_time(unit, deadline, date.fromisoformat(answers[NEW_DATE].value), reason, by=asker, approver=by or 0)
    elif NEW_DATE in answers:
        _give_new_date(unit, duty, deadline, date.fromisoformat(answers[NEW_DATE].value), asker or by or 0, reason)
    else:
        release(unit, deadline, reason, asker or by or 0, approver=by)
        tell_let_off(unit, deadline, asker)


def _open_let_off(pressed: Pressed) -> Reply:
    return OpenForm(_let_off_form(pressed))


def _let_off_form(pressed: Pressed) -> Form:
    deadline, named = pressed.open_deadline(), about(pressed.subject)
    who = those_who_agree(pressed.unit, deadline, LESS, pressed.person.id)
    then = f"The {who} will be asked to agree. Until then it stays as it is." if who else "It will be closed at once."
    return Form(
        name="let-off",
        title=f"This cannot be done: {named}" if named else "This cannot be done",
        intro=f"Thank you for saying so. {then} The reason is kept.",
        fields=(why_field(),),
        submit="Send",
        token=pressed.token,
    )


def _take_let_off(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, deadline = pressed.unit, pressed.open_deadline()
    who = those_who_agree(unit, deadline, LESS, pressed.person.id)
    let_off(unit, deadline, clean["why"], by=pressed.person.id)
    if who:
        return Say(f"Thank you. The {who} will be asked to agree. Until then it stays as it is; we will tell you.")
    return Say("Thank you. This is closed, with the reason.")


def _tell_of_new_date(unit: Unit, duty: Duty, deadline: Deadline, now: Deadline, by: int) -> None:
    """Whom the duty names hears of the new date, unless they gave it; their card is about what has it `now`."""
    tell = duty.put_off.tell if duty.put_off is not None else ()
    parties, subject = topic.parties_to(unit, deadline), (deadline.subject_type, deadline.subject_id)
    people = recipients(tell, parties, unit.directory, unit.framework, unit.today) if tell else ()
    for person in (each for each in people if each.person_id != by):
        unit.notify(
            duty.put_off.send if duty.put_off else "",
            person.person_id,
            rule=deadline.rule,
            subject=subject,
            role=person.role,
            key=f"new-date:{deadline.id}:{person.person_id}:{deadline.expected_on or ''}",
            deadline=now.id,
            reason=f"{duty.rule}: a new date was given",
            params={"by": unit.directory.name(by)},
        )
