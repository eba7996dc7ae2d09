"""News of a date that somebody gave: that there is one, another one, that it was kept, or that it is off."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from qabot.framework.duties import Question
from qabot.messaging.card import Button
from qabot.messaging.values import join_and
from qabot.models import Deadline, Notice, NoticeState
from qabot.models.notice import WAITING
from qabot.models.rows import AuditRow
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day

MESSAGE = "date-news"
ON, OVER, OFF = "on", "over", "off"
"""Whether there is a date to note, it is behind, or it is given up."""
CHANGE_DATE = "change-date"
"""The button that changes a date."""


def change_button(unit: Unit, audit: AuditRow) -> Button:
    """The button under what is said of a date that was just given."""
    label = unit.tools.registry.labels(Subject(audit=audit))[CHANGE_DATE]
    return Button(CHANGE_DATE, label, audit.reference)


def date_in(questions: Mapping[str, Question], values: Mapping[str, Any]) -> date | None:
    """The first date among the answers; None without one."""
    given = (values.get(name) for name, question in questions.items() if question.kind == "date")
    first = next((each for each in given if each), None)
    return date.fromisoformat(first) if isinstance(first, str) else first


def people_in(questions: Mapping[str, Question], values: Mapping[str, Any]) -> list[int]:
    """The people whom the answers name, such as whoever chairs a meeting."""
    return [int(values[name]) for name, each in questions.items() if each.kind == "person" and values.get(name)]


def tell_named(
    unit: Unit,
    deadline: Deadline,
    title: str,
    questions: Mapping[str, Question],
    values: Mapping[str, Any],
    by: int | None,
) -> None:
    """Whoever is named with a date hears of it: they may not be the one who gave it."""
    day = date_in(questions, values)
    if day is not None:
        tell(unit, deadline, title, f"It is on {say_day(day)}.", people_in(questions, values), questions, values, by)


def about(deadline: Deadline) -> tuple[ColumnElement[bool], ...]:
    """Which notices are news of its date. They are found by what the deadline is about, which has an index."""
    return (
        col(Notice.subject_type) == deadline.subject_type,
        col(Notice.subject_id) == deadline.subject_id,
        col(Notice.date_of_id) == deadline.id,
        col(Notice.message) == MESSAGE,
    )


def unsay(unit: Unit, deadline: Deadline, why: str) -> set[int]:
    """What waits to be said of its date is not said; for whom it waited, of those who have not heard anything of it."""
    of_it = about(deadline)
    query = select(Notice.recipient_id, Notice.state).where(*of_it)
    rows = unit.session.exec(query).all()
    unit.supersede(why, *of_it)
    heard = {person for person, state in rows if state not in (*WAITING, NoticeState.superseded)}
    return {person for person, state in rows if state in WAITING} - heard


def tell(
    unit: Unit,
    deadline: Deadline,
    title: str,
    said: str,
    people: Iterable[int],
    questions: Mapping[str, Question],
    values: Mapping[str, Any],
    by: int | None,
    *,
    kind: str = ON,
    before: Collection[int] = (),
) -> list[int]:
    """Tell these people, but for whoever did it and whose work it is about; who was told.

    `kind` says whether it is on, over or off, and `before` who was named until now. News that waits is overtaken:
    whoever was only about to hear of a date that holds no longer, and is not named, hears nothing.
    """
    named = people_in(questions, values)
    # Of a date that holds no longer nobody hears for the first time.
    never_heard = unsay(unit, deadline, "there is newer news of the date")
    unaware = {each for each in never_heard if each not in named and each != deadline.owner_id}
    there = {each for each in people if unit.directory.person(each)}
    to = sorted(there - unaware - {by, deadline.practitioner_id})
    shared = {
        "title": title,
        "said": said,
        "by": unit.directory.name(by) or unit.framework.quality,
        "named": join_and(unit.directory.name(one) for one in named),
        "kind": kind,
    }
    for each in to:
        own = {"you": "yes" if each in named else "", "was": "yes" if each in before and each not in named else ""}
        _notify(unit, deadline, each, shared | own)
    return to


def _notify(unit: Unit, deadline: Deadline, person: int, params: dict[str, str]) -> None:
    unit.notify(
        MESSAGE,
        person,
        rule=deadline.rule,
        subject=(deadline.subject_type, deadline.subject_id),
        key=f"date:{deadline.id}:{person}:{unit.now.isoformat()}:{params['said']}",
        reason=f"{params['title']}: news of its date",
        alone=True,
        date_of=deadline.id,
        params=params,
    )
