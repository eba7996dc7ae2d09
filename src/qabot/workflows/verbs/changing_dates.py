"""A date that was given is changed, kept or off: by whoever gave it, and by whoever runs quality assurance.

The date of a meeting is an answer to a duty. It stands on the cards of the duty, so changing it redraws them; whoever
heard of it, and whoever chairs the meeting, hears of it. Where it is off, the date is owed again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import col, or_, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.duties import Duty, Question
from qabot.framework.offsets import parse_moment
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.values import join_and
from qabot.models import Answer, Audit, Deadline, DeadlineState, Ending, Notice
from qabot.workflows.access.records import REACHED, given_date
from qabot.workflows.core import as_shown, date_news, dates, forms, lists, rearming, topic
from qabot.workflows.core.date_news import CHANGE_DATE
from qabot.workflows.core.questions import asked, keep, stored
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.verbs import answers

WHAT = "what-became"
OVERTAKEN = "This was changed after you opened it, so what you sent is not saved yet. Send it again if it is to count."
MOVED, HELD, OFF = "moved", "held", "off"
BECAME = {
    MOVED: "It has another date, or somebody else chairs it",
    HELD: "It was held",
    OFF: "It is not held: a new date will be needed",
}


def register(registry: Registry) -> None:
    """The button of a record and of a receipt, and its form."""
    registry.verb(Verb(CHANGE_DATE, _label, _open, lambda subject: subject.audit is not None, stewards=True))
    registry.form(FormSpec(CHANGE_DATE, _form, _take, stewards=True))


def _label(subject: Subject) -> str:
    return f"Change the date, or say that it was held: {about(subject)}"


def _open(pressed: Pressed) -> Reply:
    return OpenForm(_form(pressed))


def _dated(pressed: Pressed) -> tuple[Deadline, Duty, dict[str, Question], dict[str, Any]]:
    """What gave the date, what it asked, and the newest answers. Raises `BadRequest` if no date stands."""
    unit, audit = pressed.unit, pressed.subject.audit
    deadline = given_date(unit, unit.session.get_one(Audit, audit.id)) if audit is not None else None
    duty, questions = asked(unit, deadline) if deadline is not None else (None, {})
    if deadline is None or duty is None:
        raise BadRequest("There is no date here that could be changed. Nothing was changed.")
    dated = {name: each for name, each in questions.items() if each.kind in ("date", "person")}
    query = select(Answer).where(Answer.deadline_id == deadline.id).order_by(col(Answer.id))
    given = {each.question: each.value for each in unit.session.exec(query) if each.question in dated}
    return deadline, duty, dated, given


def _asking(unit: Unit, deadline: Deadline, questions: Mapping[str, Question]) -> forms.Asking:
    known = {name: parse_moment(text) for name, text in deadline.anchors.items()}
    return forms.Asking(unit, questions, known, deadline.practitioner_id, deadline.auditor_id)


def _form(pressed: Pressed) -> Form:
    deadline, duty, questions, given = _dated(pressed)
    fields = [replace(each, required=False) for each in forms.fields(_asking(pressed.unit, deadline, questions))]
    return Form(
        name=CHANGE_DATE,
        title=f"{duty.title}: {about(pressed.subject)}",
        intro=f"It says now: {deadline.closed_why}. Whoever heard of it, or is named, hears what you say.",
        fields=(
            Field(WHAT, "What has become of it?", "choice", options=tuple(Option(*each) for each in BECAME.items())),
            *fields,
        ),
        submit="Save",
        token=as_shown.marked(pressed.token, _as_it_stands(deadline, given)),
        values={name: str(value) for name, value in given.items() if value is not None},
    )


def _as_it_stands(deadline: Deadline, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return deadline.closed_why, dict(given)


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    deadline, duty, questions, given = _dated(pressed)
    unit, what = pressed.unit, clean[WHAT]
    before = date_news.date_in(questions, given)
    values = {name: clean.get(name) for name in questions} if what == MOVED else dict(given)
    wrong = _wrong(unit, deadline, questions, given, values) if what == MOVED else {}
    if what == HELD and before is not None and before > unit.today:
        wrong = {WHAT: f"It is on {say_day(before)}: that is still to come."}
    if what == HELD and deadline.ended == Ending.kept:
        return Say("That it was held is noted already. Thank you.")
    if wrong:
        shown = {name: forms.as_given(each) for name, each in clean.items() if each is not None}
        return OpenForm(replace(_form(pressed), errors=wrong, values=shown))
    if as_shown.is_overtaken(pressed.shown, _as_it_stands(deadline, given)):
        form = _form(pressed)
        return OpenForm(replace(form, intro=f"{OVERTAKEN} {form.intro}"))
    said = _note(unit, deadline, duty, questions, values, what, by=pressed.person.id)
    unit.event_of(
        deadline, "date-changed", actor=pressed.person.id, why=BECAME[what], before=before.isoformat() if before else ""
    )
    unit.redraw_deadlines([deadline.id])
    people = date_news.tell(
        unit,
        deadline,
        duty.title,
        said,
        _those_told(unit, deadline, questions, given, values),
        questions,
        values,
        pressed.person.id,
        kind={HELD: date_news.OVER, OFF: date_news.OFF}.get(what, date_news.ON),
        before=date_news.people_in(questions, given),
    )
    names = join_and(unit.directory.name(each) for each in people)
    return Say(
        f"Thank you. {said} {names} {'hears' if len(people) == 1 else 'hear'} of it."
        if people
        else f"Thank you. {said}"
    )


def _wrong(
    unit: Unit,
    deadline: Deadline,
    questions: Mapping[str, Question],
    given: Mapping[str, Any],
    values: Mapping[str, Any],
) -> dict[str, str]:
    missing = [name for name, each in questions.items() if values.get(name) is None and not each.optional]
    if missing:
        return {missing[0]: "Give a date." if questions[missing[0]].kind == "date" else "Choose one."}
    if all(stored(values[name]) == given.get(name) for name in questions):
        return {WHAT: "This is how it stands already. Give another date, or choose somebody else."}
    return forms.faults(_asking(unit, deadline, questions), values)


def _note(
    unit: Unit,
    deadline: Deadline,
    duty: Duty,
    questions: Mapping[str, Question],
    values: Mapping[str, Any],
    what: str,
    *,
    by: int,
) -> str:
    """Write it down, and say it."""
    day = date_news.date_in(questions, values)
    if what == MOVED:
        of = topic.about_deadline(unit, deadline)
        keep(unit, of.subject, deadline, questions, values, by=by)
        deadline.closed_why = answers.filled(unit, duty.done, questions, values) if duty.done else "Answered"
        deadline.ended = Ending.usual
        unit.session.add(deadline)
        dates.move_due(unit, of, values.keys())
        return f"It is on {say_day(day)} now." if day else "It is changed."
    if what == HELD:
        deadline.closed_why, deadline.ended = f"{deadline.closed_why}; held", Ending.kept
        unit.session.add(deadline)
        return "It was held."
    deadline.state, deadline.closed_at, deadline.closed_by_id = DeadlineState.open, None, None
    deadline.closed_why, deadline.ended = "", Ending.usual
    soonest = unit.situation.calendar.add_days(unit.today, 1)
    rearming.move(unit, deadline, max(deadline.due_on or soonest, soonest))
    return f"It is not held{f' on {say_day(day)}' if day else ''}. A new date is asked for."


def _those_told(
    unit: Unit,
    deadline: Deadline,
    questions: Mapping[str, Question],
    given: Mapping[str, Any],
    values: Mapping[str, Any],
) -> set[int]:
    """Whoever a message about it has reached, owes it, or is or was named."""
    about = or_(Notice.deadline_id == deadline.id, lists.listed([deadline.id]))
    query = select(Notice.recipient_id).where(about, col(Notice.state).in_(REACHED))
    named = {*date_news.people_in(questions, given), *date_news.people_in(questions, values)}
    owner = {deadline.owner_id} if deadline.owner_id is not None else set()
    return {*unit.session.exec(query), *named, *owner}
