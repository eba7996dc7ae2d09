"""Alerts: what must be acknowledged about a piece of work, from raising to acknowledgement (NEW-ALT-1 to -3, D5)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col, select

from qabot.adapter import Reply, Say, ShowCard
from qabot.errors import BadRequest
from qabot.framework.schema import AUDIT, MODERATION
from qabot.framework.steps import kept_ladder
from qabot.messaging.card import Confirm
from qabot.messaging.typed import meant
from qabot.messaging.values import join_and
from qabot.models import (
    Alert,
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Event,
    LadderSnapshot,
    Notice,
    NoticeState,
    Receipt,
)
from qabot.models.columns import run, table
from qabot.models.reasons import Reason, reason_of
from qabot.planning.planner import alert_moment
from qabot.planning.recipients import Recipient, recipients
from qabot.workflows.access import owing
from qabot.workflows.cards import pressed as pressed_cards
from qabot.workflows.core import calling, conditions, moments, statements, topic
from qabot.workflows.core.as_opened import is_alert
from qabot.workflows.core.parties import parties_of
from qabot.workflows.core.registry import Pressed, Registry, Undo, Verb, Word, about
from qabot.workflows.core.subjects import Subject, load
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of
from qabot.workflows.core.words import is_past, say_due, say_moment
from qabot.workflows.verbs import home, parts_of_alerts, undoing

ALL = ("alert", "alerts", "all", "them", "both", "every", "everything", "and")
"""Words beside those that say which alert is meant; without any, of several it is asked which."""
SEEN = "Acknowledged"
"""Why an alert is closed, where somebody has taken it on."""
_alert = table(Alert).c
_SEEN = (
    update(table(Alert))
    .where(_alert.audit_id == bindparam("b_audit"), _alert.acknowledged_at.is_(None))
    .values(acknowledged_at=bindparam("acknowledged_at"), acknowledged_by_id=bindparam("acknowledged_by_id"))
    .returning(_alert.id)
)
"""The alerts about a piece of work that nobody had acknowledged."""


def register(registry: Registry) -> None:
    """What managers do with an alert."""
    registry.verb(
        Verb(
            "acknowledge",
            lambda subject: f"Acknowledge alert {about(subject)}",
            _acknowledge,
            _waiting,
            "primary",
            undo=UNDO_ACKNOWLEDGED,
        )
    )
    registry.verb(Verb("not-me", lambda subject: "I am not the right person", _not_me, _waiting, asks=_asks, undo=UNDO))
    registry.word(Word("ack", "Acknowledge an alert", _ack, also=("acknowledge", "acknowledged")))


def _waiting(subject: Subject) -> bool:
    return subject.open and subject.duty is not None and subject.duty.is_alert


def _asks(subject: Subject) -> Confirm:
    return Confirm(
        "Are you not the right person?",
        f"The alert {about(subject)} is passed on to somebody else at once, and no longer waits for you.",
        "Yes, pass it on",
    )


def said_of(unit: Unit, audit: Audit, *, to: int) -> str:
    """What whoever has just sent the grades (`to`, a person's id) reads of the alert they raised; empty without one."""
    goes = _goes_to(unit, audit, to)
    if not goes:
        return ""
    return (
        f"An alert about {audit.reference} goes to {goes}. "
        "We do not send the grade to the practitioner: please talk with them about it first, or agree with the "
        f"managers who does. If a child may be at risk now, phone {unit.framework.council.duty_line}."
    )


def would_go_to(unit: Unit, audit: Audit, *, to: int) -> str:
    """What somebody reads before what they sent counts: to whom an alert would go."""
    return (
        f"It raises an alert about {audit.reference}, which goes to {_goes_to(unit, audit, to) or 'managers'}. "
        "Please look once more, and say below that it is right. "
        f"If a child may be at risk now, phone {unit.framework.council.duty_line}."
    )


def _goes_to(unit: Unit, audit: Audit, to: int) -> str:
    """Who is told of the open alerts about an audit, and when; "" without one."""
    names = join_and(
        "you" if each.person_id == to else unit.directory.name(each.person_id)
        for deadline in open_alerts(unit, audit.id)
        for each in moments.first_told(unit, deadline, parties_of(deadline, unit.framework))
    )
    at = alert_moment(unit.situation, unit.now)
    return f"{names} {'now' if at <= unit.now else f'on {say_moment(at)}'}" if names else ""


def that_stays(unit: Unit, audit: Audit) -> str:
    """That an alert is still there which the grades do not raise any more; "" if none is."""
    there = select(Alert).where(Alert.audit_id == audit.id, col(Alert.withdrawn_at).is_(None), col(Alert.graded))
    duties = [unit.framework.duties[name] for name in unit.framework.alerting()]
    of_work = topic.About.work(audit)
    if unit.session.exec(there).first() is None or any(
        conditions.first_that_holds(unit, each, of_work) is not None for each in duties
    ):
        return ""
    return (
        "The alert that they had raised stays, and so does what it asks of others. If it was raised by mistake, "
        f"{unit.framework.quality} withdraws it on the record."
    )


def open_alerts(unit: Unit, audit_id: int) -> list[Deadline]:
    """The alerts about an audit that nobody has acknowledged yet."""
    return [each for each in unit.open_deadlines(("audit", audit_id)) if is_alert(unit.framework, each)]


def _ack(pressed: Pressed) -> Reply:
    """Acknowledge the only alert that waits, or the only one that has the words that follow; of several, ask which."""
    unit, person = pressed.unit, pressed.person
    waiting = [each for each in owing.owed(unit, person.id) if is_alert(unit.framework, each)]
    if not waiting:
        return Say("No alert waits to be acknowledged by you. Thank you.")
    chosen = home.having(unit, waiting, pressed.rest, ALL)
    # Of several that are named, each: "ack QA-1042 and QA-1057".
    named = [each for each in meant(pressed.rest, ALL) if any(map(str.isdigit, each))] if not chosen else []
    chosen = chosen or [each for each in waiting if any(home.having(unit, [each], word) for word in named)]
    if not chosen:
        return Say(f"None of the alerts that wait for you has “{pressed.rest}” in it. Write “mine” to see them.")
    if len(chosen) > 1:
        return ShowCard(home.which(unit, person, chosen), "Which one?")
    [subject] = load(unit.session, chosen, unit.framework)
    return _acknowledge(replace(pressed, subject=subject, deadline=chosen[0], token=chosen[0].token))


def _acknowledge(pressed: Pressed) -> Reply:
    unit = pressed.unit
    deadline = pressed.subject.deadline
    if deadline is None:
        return Say("This alert is no longer open. Thank you.")
    parts = [acknowledge(unit, each, by=pressed.person.id) for each in parts_of_alerts.named(pressed, deadline)]
    parts_of_alerts.go_on(unit, deadline)
    first = parts[0]
    if first:
        said = "Thank you for taking this on. The other managers can see that you have acknowledged it."
    else:
        said = f"Thank you. {unit.directory.name(deadline.closed_by_id)} had already acknowledged this alert."
    said = f"{said} {_what_comes_next(unit, deadline)}".strip()
    reply = pressed_cards.answered(pressed, said)
    return undoing.keep(pressed, "acknowledge", reply) if first and _nothing_follows(unit, deadline) else reply


def _nothing_follows(unit: Unit, deadline: Deadline) -> bool:
    """Whether no duty opens because it was acknowledged: what has begun with others is not taken back."""
    return not any(f"{deadline.kind}.{moments.DONE}" in each.when for each in unit.framework.duties.values())


def _wait_again(pressed: Pressed, receipt: Receipt) -> tuple[str, set[int]]:
    """A slip on a small screen must not silence an alert: it waits for everybody again, and goes on climbing."""
    unit, deadline, person = pressed.unit, pressed.subject.deadline, pressed.person.id
    if deadline is not None:
        unit.session.refresh(deadline, with_for_update=True)
    if deadline is None or deadline.state != DeadlineState.met or deadline.closed_by_id != person:
        raise BadRequest("The alert has changed meanwhile, so nothing was changed. Its card says how it stands.")
    if parts_of_alerts.was_raised_again(unit, deadline):
        raise BadRequest("This alert was raised again since, and waits to be acknowledged. Nothing was changed.")
    if pressed.subject.audit is not None and pressed.subject.audit.state == AuditState.withdrawn:
        raise BadRequest(
            "The work that it was about was withdrawn meanwhile, so nobody waits for it. Nothing was changed."
        )
    parts = parts_of_alerts.acknowledged_with(unit, deadline)
    for part in parts:
        part.state, part.closed_why = DeadlineState.open, ""
        part.closed_at = part.closed_by_id = None
    unit.poke(parts)
    if deadline.subject_type == AUDIT:
        # Also where somebody else acknowledged another duty of the same alert since: not all of it is seen any more.
        unit.session.execute(
            update(Alert)
            .where(col(Alert.audit_id) == deadline.subject_id)
            .values(acknowledged_at=None, acknowledged_by_id=None)
            .execution_options(synchronize_session="fetch")
        )
    for part in parts:
        _say_what_was_dropped(unit, part, receipt.at)
        calling.plan(unit.session, calling.WAITS_AGAIN, (part.subject_type, part.subject_id), unit.now, part.id)
    unit.session.flush()
    unit.redraw_deadlines([each.id for each in (*parts, *parts_of_alerts.beside(unit, deadline))])
    return "This is taken back: the alert waits to be acknowledged again, and nobody counts on you for it.", set()


def _say_what_was_dropped(unit: Unit, deadline: Deadline, since: datetime) -> None:
    """What was not sent because somebody had acknowledged it (UTC) is sent: their steps do not come again."""
    dropped = select(Event).where(Event.deadline_id == deadline.id, Event.what == "superseded", col(Event.at) >= since)
    events = unit.session.exec(dropped).all()
    ids = [each.notice_id for each in events if reason_of(each.detail) == Reason.no_longer_needed]
    notices = select(Notice).where(col(Notice.id).in_(ids), Notice.state == NoticeState.superseded)
    for notice in unit.session.exec(notices):
        notice.state, notice.closed_at, notice.reason = NoticeState.planned, None, "the alert waits again"
        notice.not_before = alert_moment(unit.situation, unit.now)
        unit.session.add(notice)


UNDO_ACKNOWLEDGED = Undo(
    _wait_again, "If it is not yours after all, talk with the other managers who were told, or with {quality}."
)


def _what_comes_next(unit: Unit, deadline: Deadline) -> str:
    """What is owed because of the alert, by whom and by when: to have seen it is not the end of it (NEW-ALT-3)."""
    subject = (deadline.subject_type, deadline.subject_id)
    looks = run(unit.session, statements.LOOKS_AT, {"number": subject[1]}) if subject[0] == AUDIT else ()
    subjects = [*((MODERATION, each) for (each,) in looks), subject]
    following_duties = [
        f"{title_of(each.kind, unit.framework)} ({unit.directory.name(each.owner_id) or 'nobody yet'}"
        + (f", by {say_due(each)})" if each.due_on and not is_past(each, unit.now) else ")")
        for about_it in subjects
        for each in unit.open_deadlines(about_it)
        if _follows(unit, each, deadline.kind)
    ]
    return f"What comes next: {join_and(following_duties)}." if following_duties else ""


def _follows(unit: Unit, deadline: Deadline, kind: str) -> bool:
    """Whether it opened on a moment of a duty of this name."""
    duty = unit.framework.duty_of(deadline.kind, deadline.ladder_id)
    return duty is not None and any(moment.partition(".")[0] == kind for moment in duty.when)


def acknowledge(unit: Unit, deadline: Deadline, *, by: int) -> bool:
    """Acknowledge an alert; False if somebody has done so before."""
    if not moments.complete(unit, deadline, SEEN, by=by):
        return False
    note_seen(unit, deadline, by=by)
    return True


def note_seen(unit: Unit, deadline: Deadline, *, by: int) -> None:
    """The alert of which this was one duty is seen, by whoever was the last, if no other one is open about the work."""
    if deadline.subject_type == AUDIT and not open_alerts(unit, deadline.subject_id):
        for (number,) in run(
            unit.session, _SEEN, {"b_audit": deadline.subject_id, "acknowledged_at": unit.now, "acknowledged_by_id": by}
        ):
            _note_seen(unit.session.get_one(Alert, number), unit.now, by)


def _note_seen(alert: Alert, now: datetime, by: int) -> None:
    """Have an object of the session say what its row says."""
    set_committed_value(alert, "acknowledged_at", now)
    set_committed_value(alert, "acknowledged_by_id", by)


def _not_me(pressed: Pressed) -> Reply:
    """Not the right person: the next one is told at once; the alert stays open."""
    if not pressed.subject.open:
        return Say("This alert is no longer open. Thank you.")
    deadline = pressed.subject.deadline
    again = deadline is not None and _handed_to(pressed.unit, deadline, pressed.person.id)
    names = hand_on(pressed)
    if not names:
        duty = pressed.unit.framework.council.duty_line
        return Say(
            f"We know of nobody else to ask, so this stays with you. If a child may be at risk now, phone {duty}."
        )
    said = f"Thank you. We have passed this on to {names}."
    if again:
        said = (
            f"Thank you. We had passed this on to {names} already. Nobody has acknowledged it yet, so it is still open."
        )
    reply = pressed_cards.answered(pressed, said)
    return reply if again else undoing.keep(pressed, "not-me", reply)


def _take_back(pressed: Pressed, receipt: Receipt) -> tuple[str, set[int]]:
    """The alert waits for this person again, and for nobody to whom they passed it on."""
    unit, deadline, person = pressed.unit, pressed.subject.deadline, pressed.person.id
    if deadline is not None:
        # Whoever acknowledges it in this very moment is waited for.
        unit.session.refresh(deadline, with_for_update=True)
    if deadline is None or not pressed.subject.open:
        raise BadRequest(f"{_what_became(pressed)} Thank you.")
    people = undoing.recall(unit, person, col(Notice.deadline_id) == deadline.id, col(Notice.handed_on_by_id) == person)
    mine = select(Notice).where(Notice.deadline_id == deadline.id, Notice.recipient_id == person)
    for notice in unit.session.exec(mine):
        notice.params = {name: value for name, value in notice.params.items() if name != "handed_on"}
        unit.session.add(notice)
    unit.session.flush()
    unit.redraw_deadlines([deadline.id])
    return f"This is taken back: the alert {about(pressed.subject)} waits for you again.", people


def _what_became(pressed: Pressed) -> str:
    """What became of an alert that is not open any more: it was taken on, or withdrawn or raised again."""
    deadline = pressed.subject.deadline
    if deadline is None or deadline.closed_why != SEEN:
        return pressed.over()
    who = pressed.unit.directory.name(deadline.closed_by_id) or "Somebody"
    return f"{who} has taken this alert on meanwhile, so it stays with them."


UNDO = Undo(
    _take_back,
    "If you can take it on after all, talk with whoever has it now, or with {quality}.",
)


def hand_on(pressed: Pressed) -> str:
    """Tell the next person of an alert, now: this person's deputy, else whoever the ladder would tell last.

    Returns the names of those who were told, for people; empty if there is nobody else. Again changes nothing. No
    source says whom to ask next; the order is ours.
    """
    unit, deadline, person = pressed.unit, pressed.subject.deadline, pressed.person
    if deadline is None:
        return ""
    people = _handed_to(unit, deadline, person.id)
    if not people:
        next_people = _next(unit, deadline, person.id, pressed.notice.role if pressed.notice else "")
        people, subject = [each.person_id for each in next_people], (deadline.subject_type, deadline.subject_id)
        for each in next_people:
            unit.notify(
                "alert-handed-on",
                each.person_id,
                rule=deadline.rule,
                lane="alert",
                role=each.role,
                subject=subject,
                deadline=deadline.id,
                key=f"handed-on:{deadline.id}:{person.id}:{each.person_id}",
                handed_on_by=person.id,
                reason=f"{person.name} said that they are not the right person",
                params={"by": person.name},
            )
        if people:
            unit.event(
                "alert-handed-on", actor=person.id, subject=subject, deadline=deadline.id, rule=deadline.rule, to=people
            )
    names = join_and(unit.directory.name(each) for each in people)
    if pressed.notice is not None and names:
        pressed.notice.params = {**pressed.notice.params, "handed_on": names}
        unit.session.add(pressed.notice)
    return names


def _handed_to(unit: Unit, deadline: Deadline, person_id: int) -> list[int]:
    """To whom this person has handed the alert on already."""
    query = (
        select(Notice.recipient_id)
        .where(Notice.deadline_id == deadline.id, Notice.handed_on_by_id == person_id, col(Notice.brought_to).is_(None))
        .where(col(Notice.taken_back_at).is_(None))
    )
    return list(unit.session.exec(query))


def _next(unit: Unit, deadline: Deadline, person_id: int, role: str) -> list[Recipient]:
    """A deputy who knows of it already is no news, and whose own audit or work it is, is not asked."""
    deputy = unit.directory.deputy(person_id, unit.today)
    if deputy not in {None, deadline.auditor_id, deadline.practitioner_id, *_alerted(unit, deadline)}:
        return [Recipient(deputy or 0, role, "deputy")]
    snapshot = unit.session.get_one(LadderSnapshot, deadline.ladder_id)
    last = kept_ladder(snapshot.body).steps[-1]
    people = recipients(last.to, parties_of(deadline, unit.framework), unit.directory, unit.framework, unit.today)
    return [each for each in people if each.person_id != person_id]


def _alerted(unit: Unit, deadline: Deadline) -> set[int]:
    """Who has been told of an alert, or is about to be."""
    query = select(Notice.recipient_id).where(
        Notice.deadline_id == deadline.id,
        Notice.lane == "alert",
        Notice.state != NoticeState.superseded,
        col(Notice.taken_back_at).is_(None),
    )
    return set(unit.session.exec(query))
