"""Whether the conditions of a duty hold: grades, actions, concerns, answers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import col, select

from qabot.framework.duties import Condition, Duty
from qabot.models import (
    Alert,
    Answer,
    Audit,
    Event,
    Moderation,
)
from qabot.workflows.core import own_form, rows
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit


def first_that_holds(unit: Unit, duty: Duty, about: About) -> int | None:
    if not duty.if_:
        return 0
    return next((index for index, each in enumerate(duty.if_) if holds(unit, each, about)), None)


def holds(unit: Unit, condition: Condition, about: About) -> bool:
    """Whether all of a condition is so at this moment."""
    audit = about.audit
    if condition.grade and (audit is None or audit.grade not in condition.grade):
        return False
    if condition.any_grade and not set(condition.any_grade) & (grades_of(unit, audit) if audit else set()):
        return False
    if condition.has_actions is not None and (audit is None or _has_actions(unit, audit) != condition.has_actions):
        return False
    if condition.concern is not None and _has_concern(unit, about) != condition.concern:
        return False
    answers = newest(unit, about) if condition.answer else {}
    return all(said_values(answers.get(name)) & set(values) for name, values in condition.answer.items())


def _has_actions(unit: Unit, audit: Audit) -> bool:
    """Whether there are actions: whoever submitted it said so, or they were entered as rows on which a duty opens."""
    followed = rows.opening(unit.framework)
    given = rows.about(unit, ("audit", audit.id)) if followed else ()
    return bool(audit.has_actions) or any(each.question in followed for each in given)


def _has_concern(unit: Unit, about: About) -> bool:
    """Whether there are immediate concerns: as they were just said, or as an alert has kept them."""
    if about.concern or about.audit is None:
        return about.concern
    query = select(Alert.id).where(Alert.audit_id == about.audit.id, col(Alert.concern))
    query = query.where(col(Alert.withdrawn_at).is_(None))
    return unit.session.exec(query).first() is not None


def grades_of(unit: Unit, audit: Audit) -> set[str | None]:
    """Every grade that an audit was given: each on its form, and those of its second looks."""
    query = select(Moderation.grade).where(Moderation.audit_id == audit.id, col(Moderation.grade).is_not(None))
    on_form = (str(each.value) for each in own_form.with_work(unit.session, audit).values() if each.kind == "scale")
    return {audit.grade, *on_form, *unit.session.exec(query)}


def judged_in(unit: Unit, if_: Sequence[Condition], since: datetime, until: datetime | None = None) -> set[int]:
    """Work that was given one of the grades of these conditions in a time: looked at again, or corrected.

    It had none of them before, so that it may have come in long ago and has not been seen among these.
    """
    own = {grade for each in if_ for grade in (*each.grade, *each.any_grade)}
    of_looks = {grade for each in if_ for grade in each.any_grade}
    if not own:
        return set()
    again = select(Moderation.audit_id).join(Audit, col(Audit.id) == col(Moderation.audit_id))
    again = again.where(col(Moderation.done_at) >= since, col(Moderation.grade).in_(of_looks))
    again = again.where(or_(col(Audit.grade).is_(None), col(Audit.grade).not_in(of_looks)))
    changes = select(Event).where(Event.what == "grades-corrected", Event.at >= since, Event.subject_type == "audit")
    if until is not None:
        again, changes = again.where(col(Moderation.done_at) < until), changes.where(Event.at < until)
    audits = set(unit.session.exec(again))
    for event in unit.session.exec(changes):
        if event.detail.get("after") in own and event.detail.get("before") not in own and event.subject_id is not None:
            audits.add(event.subject_id)
    return audits


def answers_about(unit: Unit, about: About) -> Sequence[Answer]:
    """What was answered about a subject, the oldest first; of a row, what was answered about its work before that."""
    answers: list[Answer] = []
    for kind, number in dict.fromkeys((about.root, about.subject)):
        query = select(Answer).where(Answer.subject_type == kind, Answer.subject_id == number)
        answers += unit.session.exec(query.order_by(col(Answer.id)))
    return answers


def newest(unit: Unit, about: About) -> dict[str, Any]:
    """The newest answer to each question about a subject; None where it was taken back."""
    return {each.question: each.value for each in answers_about(unit, about)}


def said_values(value: Any) -> set[str]:
    if value is None:
        return set()
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    return {str(each) for each in value} if isinstance(value, list) else {str(value)}


def opens_on(unit: Unit, duty: Duty, about: About, happened: Collection[str]) -> str | None:
    """The moment on which a duty opens, of those that have happened to a subject; None if it does on none.

    Of work that the file no longer has it names none, and is raised all the same if it is an alert about any work:
    whoever must hear of a low grade hears of it, whatever the work was called.
    """
    moment = next((each for each in duty.when if each in happened), None)
    work = about.audit.activity if about.audit is not None and duty.is_alert else None
    if moment is not None or work is None or work in unit.framework.activities:
        return moment
    of_any = {each.partition(".")[2] for each in duty.when if each.partition(".")[0] in unit.framework.activities}
    return next((each for each in happened if each in {f"{work}.{name}" for name in of_any}), None)
