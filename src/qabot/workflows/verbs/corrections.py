"""What follows when grades are corrected, those of the work itself and those of a second look: one way for both."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlmodel import col, or_, select

from qabot.adapter import OpenForm
from qabot.messaging.form import Field, Form, Option
from qabot.models import Audit, Deadline, DeadlineState, Event, Moderation, Notice
from qabot.models.notice import WAITING
from qabot.workflows.access.records import REACHED, rows_about
from qabot.workflows.core import as_shown, dates, finalising, judging_again, lists, looks
from qabot.workflows.core.forms import as_given
from qabot.workflows.core.registry import Pressed
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.programme import new_work, withdrawing
from qabot.workflows.verbs import alerts

CORRECTED = "grades-corrected"
"""The line of the log, and the message."""
BESIDE = ("why", "immediate", "look")
"""What a form of a correction asks beside what is corrected."""
REASONS = {
    "slip": "It was a slip",
    "form": "It is not what stands on the audit form",
    "talked": "It was talked over, and judged otherwise",
    "new": "Something was not known before",
}
"""Why grades are corrected: to choose from, because the log holds nothing that a person wrote."""


def why() -> Field:
    """The question why grades are corrected."""
    return Field("why", "Why?", "choice", options=tuple(Option(*each) for each in REASONS.items()))


def overtaken(
    pressed: Pressed, form: Form, clean: Mapping[str, Any], stands: Any, subject: tuple[str, int]
) -> OpenForm | None:
    """The form once more, where it would undo a correction that whoever sent it has not seen: whose, and what changes.

    `form` is as it is now, `clean` what was sent, `stands` what the form's mark is of, and `subject` what the log has
    corrections about. None if they have seen how it stands, or change nothing of it.
    """
    unit = pressed.unit
    changes = [
        f"{each.label} {_said(unit, each, form.values.get(each.name))} becomes {_said(unit, each, clean[each.name])}"
        for each in form.fields
        if each.name in clean and each.name not in BESIDE and as_given(clean[each.name]) != form.values.get(each.name)
    ]
    if not changes or not as_shown.is_overtaken(pressed.shown, stands):
        return None
    of_it = Event.what == CORRECTED, Event.subject_type == subject[0], Event.subject_id == subject[1]
    by = unit.session.exec(select(Event.actor_id).where(*of_it).order_by(col(Event.id).desc()).limit(1)).first()
    who = "You have" if by == pressed.person.id else f"{unit.directory.name(by) or 'Somebody'} has"
    said = f"{who} corrected this after you opened it, so what you sent is not saved yet. If you send it again: "
    return OpenForm(replace(form, intro=f"{said}{'; '.join(changes)}. Change below what should stay as it is."))


def _said(unit: Unit, item: Field, value: Any) -> str:
    """An answer as people read it on a form."""
    match value:
        case None | "":
            return "“no answer”"
        case date():
            return f"“{say_day(value)}”"
    known = {each.value: each.label for each in item.options}
    words = unit.directory.name(int(value)) if item.kind == "person" else known.get(str(value), str(value))
    return f"“{words}”"


def settle(
    unit: Unit,
    audit: Audit,
    about: About,
    held: Mapping[str, int],
    *,
    by: int,
    why: str,
    answers: Collection[str] = (),
    look: bool = False,
) -> None:
    """Judge again what follows from the grades, and tell those who heard of them.

    `held` are the duties whose condition held before the correction, `answers` the questions that were answered anew,
    `why` is one of the sentences of `REASONS`. `look`: it was a second look's grade.
    """
    _compare_anew(unit, audit)
    recipients, waiting = _those_told(unit, audit), _waiting(unit, audit)
    opened = judging_again.judge_again(unit, about, held, by=by)
    dates.move_due(unit, about, answers)
    for made in new_work.waiting(unit, [each.id for each in waiting if each.state == DeadlineState.withdrawn]):
        withdrawing.withdraw(unit, made, f"The grades of {audit.reference} were corrected", by=by)
    # What a second look has opened before does not hold what is final, so that to put it right does not either.
    held_anew = not look or any(each.holds for each in opened)
    if not (held_anew and finalising.reopen(unit, audit, by=by)):
        finalising.make_final(unit, audit, by=by)
    params = {"by": unit.directory.name(by), "why": why, **({"look": "yes"} if look else {})}
    _tell(unit, audit, recipients - {by}, params)


def _compare_anew(unit: Unit, audit: Audit) -> None:
    """Whether a second look's grade is that of the first is said of the grades as they are now."""
    for look in unit.session.exec(select(Moderation).where(Moderation.audit_id == audit.id)).all():
        of_it = (Notice.subject_type == "moderation", Notice.subject_id == look.id, Notice.message == looks.DONE)
        for notice in unit.session.exec(select(Notice).where(*of_it)):
            without = {name: said for name, said in notice.params.items() if name != looks.AGREES}
            notice.params = {**without, **looks.compared(look, audit)}
            unit.session.add(notice)
    unit.session.flush()


def _waiting(unit: Unit, audit: Audit) -> Sequence[Deadline]:
    """What is open about it."""
    of_it = rows_about(unit.session, audit)
    return unit.session.exec(select(Deadline).where(of_it(Deadline), Deadline.state == DeadlineState.open)).all()


def _those_told(unit: Unit, audit: Audit) -> set[int]:
    """Whom a message about it has reached, and what the messages show is drawn anew.

    The practitioner hears nothing of grades from qabot, so nothing of their being corrected either.
    """
    of_it = rows_about(unit.session, audit)
    about = or_(of_it(Notice), lists.listed(select(Deadline.id).where(of_it(Deadline))))
    reached = select(Notice.id, Notice.recipient_id).where(about, col(Notice.state).in_(REACHED))
    rows = unit.session.exec(reached).all()
    unit.redraw_notices([number for number, _ in rows])
    return {person for _, person in rows} - {audit.practitioner_id}


def _unsay(unit: Unit, audit: Audit, look: str) -> None:
    """What waits to be said of an earlier correction of the same grades is not said: of two the newest is."""
    of_it = Notice.subject_type == "audit", Notice.subject_id == audit.id, Notice.message == CORRECTED
    earlier = Notice.created_at < unit.now, col(Notice.state).in_(WAITING)
    waiting = unit.session.exec(select(Notice).where(*of_it, *earlier)).all()
    same = [each.id for each in waiting if each.params.get("look", "") == look]
    unit.supersede("they were corrected once more", col(Notice.id).in_(same))


def _tell(unit: Unit, audit: Audit, people: set[int], params: dict[str, str]) -> None:
    activity = unit.framework.activity(audit.activity)
    _unsay(unit, audit, params.get("look", ""))
    if alerts.open_alerts(unit, audit.id):
        params = {**params, "alert": "open"}
    for person in sorted(people):
        unit.notify(
            CORRECTED,
            person,
            rule=activity.rule if activity else "",
            subject=("audit", audit.id),
            key=f"corrected:{audit.id}:{person}:{unit.now.isoformat()}",
            reason="The grades were corrected",
            params=params,
        )
