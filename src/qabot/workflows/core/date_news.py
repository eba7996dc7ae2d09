"""News of a date that somebody gave: that there is one, another one, that it was kept, or that it is off."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from qabot.framework.duties import Question
from qabot.messaging.card import Button
from qabot.messaging.values import join_and
from qabot.models import Deadline
from qabot.models.rows import AuditRow
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day

MESSAGE = "date-news"
CHANGE_DATE = "change-date"
"""The button that changes a date."""


def change_button(unit: Unit, audit: AuditRow) -> Button:
    """The button under what is said of a date that was just given."""
    label = unit.tools.registry.labels(Subject(audit=audit))[CHANGE_DATE]
    return Button(CHANGE_DATE, label, audit.reference)


def date_in(questions: Mapping[str, Question], values: Mapping[str, Any]) -> date | None:
    """The first date among the answers; None without one."""
    given = (values.get(name) for name, question in questions.items() if question.kind == "date")
    found = next((each for each in given if each), None)
    return date.fromisoformat(found) if isinstance(found, str) else found


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


def tell(
    unit: Unit,
    deadline: Deadline,
    title: str,
    said: str,
    people: Iterable[int],
    questions: Mapping[str, Question],
    values: Mapping[str, Any],
    by: int | None,
) -> list[int]:
    """Tell these people, but for whoever did it and whose work it is about; who was told."""
    named = people_in(questions, values)
    to = sorted({each for each in people if unit.directory.person(each)} - {by, deadline.practitioner_id})
    for each in to:
        unit.notify(
            MESSAGE,
            each,
            rule=deadline.rule,
            subject=(deadline.subject_type, deadline.subject_id),
            key=f"date:{deadline.id}:{each}:{unit.now.isoformat()}:{said}",
            reason=f"{title}: news of its date",
            alone=True,
            params={
                "title": title,
                "said": said,
                "by": unit.directory.name(by) or "the QA service",
                "named": join_and(unit.directory.name(one) for one in named),
                "you": "yes" if each in named else "",
            },
        )
    return to
