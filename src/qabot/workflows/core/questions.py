"""What a deadline asks, as it was asked when it opened, and the answers that are kept of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from qabot.framework import Framework
from qabot.framework.duties import GOES_TO, Duty, Question
from qabot.models import Answer, Deadline, LadderSnapshot
from qabot.workflows.core.unit import Unit


def asked(unit: Unit, deadline: Deadline) -> tuple[Duty | None, dict[str, Question]]:
    """The duty of a deadline and its questions, as they were when it was opened; (None, {}) where no duty made it."""
    kept = unit.session.get_one(LadderSnapshot, deadline.ladder_id).duty
    if kept and kept["duty"]:
        questions = as_kept(unit.framework, kept["questions"])
        duty = Duty.model_validate(kept["duty"])
        return duty, {**_of_new_work(unit, duty), **questions}
    # Opened by a version that kept no duty: it asks what the framework asks now.
    duty_now, known = unit.framework.duties.get(deadline.kind), unit.framework.questions
    return duty_now, {name: known[name] for name in duty_now.ask if name in known} if duty_now else {}


def as_kept(framework: Framework, kept: Mapping[str, Any]) -> dict[str, Question]:
    """Kept questions, each on the scale by which the file asks it now: its conditions know no other grades.

    A question that the file no longer asks on a scale has the one of its own.
    """
    questions = {name: Question.model_validate(each) for name, each in kept.items()}
    for name, question in questions.items():
        now = framework.questions.get(name)
        if question.scale is not None and now is not None and now.scale in framework.scales:
            questions[name] = question.model_copy(update={"scale": now.scale})
    return questions


def _of_new_work(unit: Unit, duty: Duty) -> dict[str, Question]:
    """What a duty that makes new work asks by itself: whom it goes to."""
    if duty.makes is None:
        return {}
    activity = unit.framework.activities.get(duty.makes)
    label = f"Who does the new {activity.title if activity else duty.makes.replace('-', ' ')}?"
    hint = "Somebody who has not worked on the case, and does not oversee it"
    return {GOES_TO: Question(label=label, hint=hint, type="person")}


def keep(
    unit: Unit,
    subject: tuple[str, int],
    deadline: Deadline | None,
    questions: Mapping[str, Question],
    values: Mapping[str, Any],
    *,
    by: int | None,
    at: datetime | None = None,
) -> None:
    """Keep what was answered about a subject; with the work itself there is no `deadline`. `at` (UTC) if not now."""
    for name, value in values.items():
        question = questions.get(name)
        if value is not None and question is not None:
            unit.session.add(
                Answer(
                    subject_type=subject[0],
                    subject_id=subject[1],
                    deadline_id=deadline.id if deadline else None,
                    question=name,
                    kind=question.kind,
                    label=question.label,
                    given=_given(unit, question, value),
                    at=at or unit.now,
                    by_id=by,
                )
            )
    unit.session.flush()


def _given(unit: Unit, question: Question, value: Any) -> dict[str, Any]:
    """An answer as it is kept: a grade with the version of its scale."""
    scale = unit.framework.scales.get(question.scale or "")
    return {"value": stored(value), **({"version": scale.version} if scale is not None else {})}


def stored(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [{column: stored(each) for column, each in row.items()} for row in value]
    return value
