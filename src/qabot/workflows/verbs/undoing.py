"""Taking back what one press did, for five minutes: what followed from it is undone, and whoever heard of it hears so.

    press --> the verb does it, and leaves a receipt (how all was before) --> "Undo" under what is said
    undo  --> the verb's own way back --> its notices are recalled, those who had them are told

What was done stays in the log, and so does that it was taken back. After five minutes it stands: others may have begun.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, update
from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.messaging.card import Button, Row, Run
from qabot.messaging.values import join_and, time_of_day
from qabot.models import Notice, Receipt
from qabot.models.columns import table
from qabot.models.notice import GONE_OUT
from qabot.workflows.access import presses
from qabot.workflows.core.registry import Pressed, Registry, Verb, Word
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit

UNDO, LABEL = "undo", "label"
PATIENCE = timedelta(minutes=5)
NOTHING = (
    "There is nothing that you could undo. What can be undone, for five minutes, has a button “Undo” under what we say "
    "of it."
)
ALREADY = "You have taken this back already. Nothing more was changed."
TOO_LATE = "This was more than five minutes ago, so it stands: others may have begun with it."
_receipt = table(Receipt).c
_OLD = delete(table(Receipt)).where(
    _receipt.person_id == bindparam("b_person"),
    _receipt.verb == bindparam("b_verb"),
    _receipt.token == bindparam("b_token"),
)
_KEPT = insert(table(Receipt)).returning(_receipt.id)


def register(registry: Registry) -> None:
    """The button under what is said, and the word."""
    press = partial(_press, registry)
    registry.verb(Verb(UNDO, lambda subject: "Undo", press, lambda subject: True, for_all=True, redraws=False))
    registry.word(Word(UNDO, "Take back what you have just done, for five minutes", partial(_word, registry)))


def keep(pressed: Pressed, verb: str, reply: Reply, subject: Subject | None = None, **before: Any) -> Reply:
    """What is said of what was just done, with the button that takes it back; `before` is what that needs."""
    unit, person = pressed.unit, pressed.person.id
    unit.session.flush()
    unit.session.connection().execute(_OLD, {"b_person": person, "b_verb": verb, "b_token": pressed.token})
    label = before[LABEL] = unit.tools.registry.label(verb, subject or pressed.subject)
    row = {"person_id": person, "verb": verb, "token": pressed.token, "at": unit.now, "before": before}
    number = unit.session.connection().execute(_KEPT, row).scalar_one()
    return reply if isinstance(reply, OpenForm) else replace(reply, buttons=(_button(number, label, pressed.token),))


def _button(number: int, label: str, token: str) -> Button:
    return Button(f"{UNDO}:{number}", f"Undo: {label}" if label else "Undo", token)


def undoable(unit: Unit, person_id: int) -> list[Row]:
    """What this person has done and can still take back, the newest first: until when, each with its button."""
    query = select(Receipt).where(
        Receipt.person_id == person_id, col(Receipt.undone_at).is_(None), col(Receipt.at) >= unit.now - PATIENCE
    )
    return [_row(each) for each in unit.session.exec(query.order_by(col(Receipt.id).desc()))]


def _row(receipt: Receipt) -> Row:
    """It stands by itself, also after more was done: what it would take back stands on its button."""
    said = f"You can take back what this button names until {time_of_day(receipt.at + PATIENCE)}."
    return Row((Run(said),), (_button(receipt.id, receipt.before.get(LABEL, ""), receipt.token),))


def _press(registry: Registry, pressed: Pressed) -> Reply:
    """What the button's number names; without one what the word would take back."""
    if not pressed.rest:
        return _word(registry, pressed)
    number = int(pressed.rest) if pressed.rest.isdecimal() and len(pressed.rest) <= 9 else 0
    receipt = pressed.unit.session.get(Receipt, number)
    if receipt is None or receipt.person_id != pressed.person.id:
        return Say(NOTHING)
    return Say(_take_back(registry, pressed.unit, receipt, pressed))


def _word(registry: Registry, pressed: Pressed) -> Reply:
    """What this person did last and has not taken back; else the last that they have, which says so."""
    own = select(Receipt).where(Receipt.person_id == pressed.person.id)
    last = own.order_by(col(Receipt.undone_at).is_not(None), col(Receipt.id).desc()).limit(1)
    receipt = pressed.unit.session.exec(last).first()
    return Say(_take_back(registry, pressed.unit, receipt, pressed) if receipt is not None else NOTHING)


def _take_back(registry: Registry, unit: Unit, receipt: Receipt, pressed: Pressed) -> str:
    """Take it back, and what to say of that. Raises `BadRequest` where too much has happened meanwhile."""
    verb = registry.verbs.get(receipt.verb)
    if verb is None or verb.undo is None:
        return NOTHING
    if receipt.undone_at is None and unit.now - receipt.at > PATIENCE:
        return f"{TOO_LATE} {verb.undo.later.format(quality=unit.framework.quality)}"
    statement = (
        update(Receipt)
        .where(col(Receipt.id) == receipt.id, col(Receipt.undone_at).is_(None))
        .values(undone_at=unit.now)
        .execution_options(synchronize_session=False)
    )
    if not unit.changed(statement):
        return ALREADY
    then = presses.take_up(unit, pressed.person, receipt.token)
    label = verb.label(then.subject)
    said, people = verb.undo.take_back(then, receipt)
    deadline = then.deadline
    subject = (deadline.subject_type, deadline.subject_id) if deadline is not None else None
    unit.event(
        "taken-back",
        actor=pressed.person.id,
        subject=subject,
        deadline=deadline.id if deadline is not None else None,
        rule=deadline.rule if deadline is not None else "",
        why=label,
    )
    sentence = tell(unit, then, receipt, people)
    return f"{said} {sentence}".strip()


def recall(unit: Unit, by: int, *where: ColumnElement[bool]) -> set[int]:
    """Take these notices back: those that wait are not sent, the others say so. Who has them, or may have them.

    Their keys are free again, so that the same can be said once more.
    """
    which = (*where, col(Notice.taken_back_at).is_(None))
    unit.supersede("it was taken back", *which)
    notices = unit.session.exec(select(Notice).where(*which)).all()
    for each in notices:
        unit.session.refresh(each)
        each.key, each.taken_back_at, each.taken_back_by_id = f"{each.key}:taken-back:{each.id}", unit.now, by
        unit.session.add(each)
    unit.session.flush()
    unit.redraw_notices([each.id for each in notices])
    return {each.recipient_id for each in notices if each.state in GONE_OUT}


def tell(unit: Unit, then: Pressed, receipt: Receipt, people: Iterable[int]) -> str:
    """Tell those who heard of it that it was taken back; the sentence that says to whom."""
    person, subject = then.person, then.subject
    to = sorted({*people} - {person.id})
    deadline = then.deadline
    if deadline is None:
        return ""
    label = unit.tools.registry.label(receipt.verb, Subject())
    urgent = subject.duty is not None and subject.duty.is_alert
    for each in to:
        unit.notify(
            "taken-back",
            each,
            rule=deadline.rule,
            subject=(deadline.subject_type, deadline.subject_id),
            key=f"taken-back:{receipt.id}:{receipt.at.isoformat()}:{each}",
            reason=f"{person.name} took it back",
            alone=True,
            at_once=urgent,
            params={"by": person.name, "what": label},
        )
    names = join_and(unit.directory.name(each) for each in to)
    return f"{names} {'hears' if len(to) == 1 else 'hear'} of it." if to else ""
