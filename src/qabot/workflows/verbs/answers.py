"""Answering a duty: a button that says it is done, or a form made of the questions that it asks.

What is asked is what was asked when the deadline was opened: a file that changes meanwhile changes nothing for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from qabot.adapter import OpenForm, Reply, Say, ShowCard
from qabot.errors import BadRequest
from qabot.framework.duties import AGREED, GOES_TO, SATISFIED, TOLD_IN_PERSON, Duty, Question
from qabot.framework.gatherings import AFTER, HELD
from qabot.framework.offsets import Moment as When
from qabot.framework.offsets import Offset, parse_moment
from qabot.framework.secret_lint import hidden_from
from qabot.messaging.form import Field, Form, Kind, Option
from qabot.messaging.values import weekday
from qabot.models import Action, ActionState, AnswerRow, Deadline, DeadlineState, Occasion
from qabot.workflows.cards import draw
from qabot.workflows.core import dates, finalising, moments, rows, topic
from qabot.workflows.core.questions import asked, keep, stored
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.programme import gatherings, new_work
from qabot.workflows.verbs import putting_off

YES_NO = (Option("yes", "Yes"), Option("no", "No"))
FIELDS: dict[str, Kind] = {"date": "date", "person": "person", "number": "number", "text": "long-text"}
"""What a question of each type is on a form, where it is not a choice."""
THANKS = "Thank you. This is noted."
NOT_HELD = "It was not held"
"""Why a gathering is cancelled whose chair says so afterwards."""
PUT_OFF_MOMENT = ".put-off"
AGAIN = "This was answered already. Thank you."
LATEST = Offset(("today",), 366, "day")


def register(registry: Registry) -> None:
    """What people do with a duty."""
    registry.verb(Verb("answer", _label, _press, _waiting, "primary"))
    registry.form(FormSpec("answer", answer_form, take_answer))


def _waiting(subject: Subject) -> bool:
    duty = subject.duty
    of_answer = subject.open and duty is not None and not duty.is_alert and not duty.looks_again
    return of_answer and subject.made is None


def _label(subject: Subject) -> str:
    duty, named = subject.duty, about(subject)
    if duty is not None and duty.button:
        return duty.button.replace("{about}", named)
    words = "Answer" if duty is not None and duty.ask else "Done"
    if duty is not None and duty.ask == (TOLD_IN_PERSON,):
        words = "We have spoken in person"
    return f"{words}: {named}" if named else words


def _press(pressed: Pressed) -> Reply:
    deadline = pressed.open_deadline()
    _, questions = asked(pressed.unit, deadline)
    check_window(pressed.unit, deadline)
    if questions:
        return OpenForm(answer_form(pressed))
    first = answer(pressed.unit, deadline, {}, by=pressed.person.id)
    said = _thanks(pressed.unit, deadline, {}) if first else AGAIN
    return ShowCard(draw.pressed_card(pressed), said) if pressed.notice else Say(said)


def check_window(unit: Unit, deadline: Deadline) -> None:
    """Raises `BadRequest` before the day from which it takes an answer."""
    if deadline.opens_on is not None and unit.today < deadline.opens_on:
        raise BadRequest(
            f"This can be answered from {say_day(deadline.opens_on)} on. Nothing is lost: we will ask you then."
        )


def answer_form(pressed: Pressed) -> Form:
    """The form of what a deadline asks."""
    deadline, unit = pressed.open_deadline(), pressed.unit
    duty, questions = asked(unit, deadline)
    named = about(pressed.subject)
    asks = putting_off.request(unit, deadline)[0] if duty and AGREED in duty.ask else ""
    return Form(
        name="answer",
        title=f"{duty.title}: {named}" if duty and named else duty.title if duty else named,
        intro=asks or "Nothing about a child, please: what is discussed stays in the case system.",
        fields=tuple(each for name, question in questions.items() for each in _fields(unit, deadline, name, question)),
        submit="Send",
        token=pressed.token,
    )


def _fields(unit: Unit, deadline: Deadline, name: str, question: Question) -> Iterator[Field]:
    required = not question.optional
    match question.kind:
        case "tick":
            yield Field(name, question.label, "choice", options=YES_NO, required=required, hint=question.hint)
        case "choice" | "scale":
            options = tuple(Option(key, label) for key, label in _options(unit, question).items())
            yield Field(name, question.label, "choice", options=options, required=required, hint=question.hint)
        case "rows":
            for row in range(1, question.most + 1):
                for column, kind in question.rows.items():
                    label = f"{question.label} {row}: {column.replace('-', ' ')}"
                    earliest, latest = _window(unit, deadline, question) if kind == "date" else (None, None)
                    first = earliest or unit.today if kind == "date" else None
                    yield Field(
                        f"{name}.{row}.{column}",
                        label,
                        FIELDS[kind],
                        required=False,
                        hint=question.hint if row == 1 else "",
                        earliest=first,
                        latest=latest,
                    )
        case kind:
            earliest, latest = _window(unit, deadline, question) if kind == "date" else (None, None)
            yield Field(
                name,
                question.label,
                FIELDS[kind],
                required=required,
                hint=question.hint or _bounds(question),
                earliest=earliest,
                latest=latest,
            )


def _bounds(question: Question) -> str:
    """What a number may be, said before anybody gives another one."""
    match question.least, question.greatest:
        case None, None:
            return ""
        case least, None:
            return f"{least:g} or more."
        case None, greatest:
            return f"{greatest:g} at most."
        case least, greatest:
            return f"From {least:g} to {greatest:g}."
    return ""


def _options(unit: Unit, question: Question) -> Mapping[str, str]:
    if question.kind == "choice":
        return question.choice
    scale = unit.framework.scales.get(question.scale or "")
    return {key: scale.label(key) for key in scale.labels} if scale else {}


def _window(unit: Unit, deadline: Deadline, question: Question) -> tuple[date | None, date | None]:
    known: dict[str, When] = {name: parse_moment(text) for name, text in deadline.anchors.items()}
    known |= {"today": unit.today}
    calendar = unit.situation.calendar
    earliest = question.earliest.day(known, calendar) if question.earliest else None
    latest = (question.latest or LATEST).day(known, calendar)
    return earliest, latest


def take_answer(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    """Take what was answered; the form again where something cannot be right."""
    unit, deadline = pressed.unit, pressed.open_deadline()
    check_window(unit, deadline)
    duty, questions = asked(unit, deadline)
    values = _gathered(questions, clean)
    form = answer_form(pressed)
    form.errors.update(faults(unit, deadline, questions, values, by=pressed.person.id))
    if form.errors:
        form.values.update({name: _as_given(value) for name, value in clean.items() if value is not None})
        return OpenForm(form)
    given = _without_empty_rows(values)
    if not answer(unit, deadline, given, by=pressed.person.id):
        return Say(AGAIN)
    return Say(_thanks(unit, deadline, given) if duty else THANKS)


def _as_given(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _gathered(questions: Mapping[str, Question], clean: Mapping[str, Any]) -> dict[str, Any]:
    """The answers by question; of rows all, in their places on the form."""
    values: dict[str, Any] = {}
    for name, question in questions.items():
        if question.kind != "rows":
            values[name] = clean.get(name)
            continue
        values[name] = [
            {column: clean.get(f"{name}.{row}.{column}") for column in question.rows}
            for row in range(1, question.most + 1)
        ]
    return values


def _without_empty_rows(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [row for row in value if _begun(row)] if isinstance(value, list) else value
        for name, value in values.items()
    }


def _begun(row: Mapping[str, Any]) -> bool:
    return any(each is not None for each in row.values())


def faults(
    unit: Unit, deadline: Deadline, questions: Mapping[str, Question], values: Mapping[str, Any], *, by: int | None
) -> dict[str, str]:
    """What cannot be right about the answers, by field."""
    errors: dict[str, str] = {}
    if values.get(GOES_TO) is not None:
        duty, _ = asked(unit, deadline)
        what = new_work.fault(unit, deadline, duty, values[GOES_TO], by) if duty else ""
        errors |= {GOES_TO: what} if what else {}
    for name, question in questions.items():
        value = values.get(name)
        if value is None:
            continue
        match question.kind:
            case "date" if what := _day_fault(unit, question, value):
                errors[name] = what
            case "person" if what := _person_fault(unit, deadline, question, value, values):
                errors[name] = what
            case "number" if what := _number_fault(question, value):
                errors[name] = what
            case "rows":
                errors |= _row_faults(unit, deadline, name, question, value)
    return errors


def _day_fault(unit: Unit, question: Question, day: date) -> str:
    if question.days == "working" and not unit.situation.calendar.is_working(day):
        return f"{weekday(day)} is not a working day. Give another date."
    return ""


def _person_fault(unit: Unit, deadline: Deadline, question: Question, person_id: int, values: Mapping[str, Any]) -> str:
    person = unit.directory.person(person_id)
    if person is None:
        return "Choose a person from the list."
    own = {"practitioner": deadline.practitioner_id, "auditor": deadline.auditor_id}
    for word in question.never:
        if person.id == own[word]:
            return f"This is about the work of {person.name}. Choose somebody else."
    day = values.get(question.present_on or "")
    if isinstance(day, date) and day >= unit.today and person.absence(day):
        return f"{person.name} is away on that day. Choose another person, or another date."
    return ""


def _number_fault(question: Question, value: float) -> str:
    if question.least is not None and value < question.least:
        return f"Give a number from {question.least:g} on."
    if question.greatest is not None and value > question.greatest:
        return f"Give a number no greater than {question.greatest:g}."
    return ""


def _row_faults(
    unit: Unit, deadline: Deadline, name: str, question: Question, given: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    errors: dict[str, str] = {}
    hidden = hidden_from(unit.framework, name)
    for number, row in enumerate(given, start=1):
        for column, kind in question.rows.items() if _begun(row) else ():
            if what := _cell_fault(unit, deadline, question, kind, row.get(column), secret=column in hidden):
                errors[f"{name}.{number}.{column}"] = what
    return errors


def _cell_fault(unit: Unit, deadline: Deadline, question: Question, kind: str, value: Any, *, secret: bool) -> str:
    """What is wrong with one column of a row.

    Where what follows stands behind a grade (`secret`), it is for nobody whose work it is: no grade reaches them.
    """
    match kind:
        case _ if value is None:
            return "Fill in the whole row, or leave it empty."
        case "person" if what := _person_fault(unit, deadline, question, value, {}):
            return what
        case "person" if secret and value == deadline.practitioner_id:
            name = unit.directory.name(value)
            return f"This is about the work of {name}, who hears of it from a person first. Choose somebody else."
        case "date":
            return _day_fault(unit, question, value)
    return ""


def answer(unit: Unit, deadline: Deadline, values: Mapping[str, Any], *, by: int | None) -> bool:
    """Keep the answers, close the deadline, and see what follows; False if somebody else was first."""
    duty, questions = asked(unit, deadline)
    if any(each.rows for each in questions.values()):
        # Of two answers at one time only the first one's rows are given.
        unit.session.refresh(deadline, with_for_update=True)
    deadline.replied_at = unit.now
    unit.session.add(deadline)
    makes = duty is not None and duty.makes is not None
    if deadline.state != DeadlineState.open or (makes and new_work.piece(unit, deadline.id, lock=True) is not None):
        return False
    of = topic.about_deadline(unit, deadline)
    keep(unit, of.subject, deadline, questions, values, by=by)
    given = rows.keep(unit, of.root, questions, values, by=by)
    if of.audit is not None and of.row is None and duty is not None and _is_about_actions(unit, duty):
        _finish_actions(unit, of.audit.id, by)
    dates.move_due(unit, of, values.keys())
    if duty is not None and makes:
        new_work.make(unit, deadline, duty, values[GOES_TO], by=by)
        _open_rows(unit, of, given, by)
        return True
    why = filled(unit, duty.done, questions, values) if duty and duty.done else "Answered" if values else "Done"
    first = moments.complete(unit, deadline, why, by=by, about=of)
    if first:
        _open_rows(unit, of, given, by)
    if first and duty is not None and SATISFIED in duty.ask:
        moments.judge(unit, deadline, of, satisfied=values.get(SATISFIED) == "yes", by=by)
    if first and duty is not None and AGREED in duty.ask:
        putting_off.decide(unit, deadline, agreed=values.get(AGREED) == "yes", by=by)
    if first and of.audit is not None:
        finalising.make_final(unit, of.audit, by=by)
    if first and of.occasion is not None and deadline.kind == f"{of.occasion.thing}{AFTER}":
        _say_how_it_went(unit, of.occasion, held=values.get(HELD) != "no", by=by)
    return first


def _say_how_it_went(unit: Unit, occasion: Occasion, *, held: bool, by: int | None) -> None:
    """A gathering was held; or not, and then it is cancelled."""
    if held:
        gatherings.hold(unit, occasion, by=by)
    else:
        gatherings.cancel(unit, occasion, NOT_HELD, by=by)


def _open_rows(unit: Unit, of: topic.About, given: Sequence[AnswerRow], by: int | None) -> None:
    """Each row that was given has happened, in order, and what follows from it opens."""
    for row in given:
        moments.happen(unit, row.question, rows.ROW, of.with_row(row), by=by)


def _is_about_actions(unit: Unit, duty: Duty) -> bool:
    """Whether a duty opens because there are actions, or takes the place of such a one that was put off."""
    if any(each.has_actions for each in duty.if_):
        return True
    duties = unit.framework.duties
    before = (duties.get(each.removesuffix(PUT_OFF_MOMENT)) for each in duty.when if each.endswith(PUT_OFF_MOMENT))
    return any(each.has_actions for duty_before in before if duty_before is not None for each in duty_before.if_)


def _finish_actions(unit: Unit, audit_id: int, by: int | None) -> None:
    """All actions of the audit are completed."""
    unit.session.execute(
        update(Action)
        .where(col(Action.audit_id) == audit_id, col(Action.state) == ActionState.open)
        .values(state=ActionState.done, done_at=unit.now, done_by_id=by)
        .execution_options(synchronize_session=False)
    )


def _thanks(unit: Unit, deadline: Deadline, values: Mapping[str, Any]) -> str:
    duty, questions = asked(unit, deadline)
    said = filled(unit, duty.thanks, questions, values) if duty and duty.thanks else ""
    return f"Thank you. {said}" if said else THANKS


def filled(unit: Unit, text: str, questions: Mapping[str, Question], values: Mapping[str, Any]) -> str:
    """A duty's words with each answer in the place of its question's name."""
    for name, question in questions.items():
        text = text.replace(f"{{{name}}}", say_answer(unit, question.kind, question, stored(values.get(name))))
    return text


def say_answer(unit: Unit, kind: str, question: Question | None, value: Any) -> str:
    """An answer as people read it."""
    match kind:
        case "date" if value:
            return say_day(date.fromisoformat(value))
        case "person" if value:
            return unit.directory.name(value)
        case "choice" | "scale" if question is not None:
            return _options(unit, question).get(value, str(value))
        case "rows" if question is not None:
            return "; ".join(_say_row(unit, question, row) for row in value or ())
    return str(value) if value is not None else ""


def _say_row(unit: Unit, question: Question, row: Mapping[str, Any]) -> str:
    return ", ".join(say_answer(unit, kind, None, row.get(column)) for column, kind in question.rows.items())
