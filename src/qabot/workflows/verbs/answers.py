"""Answering a duty: a button that says it is done, or a form made of the questions that it asks.

What is asked is what was asked when the deadline was opened: a file that changes meanwhile changes nothing for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.duties import AGREED, GOES_TO, SATISFIED, TOLD_IN_PERSON, Duty, Question
from qabot.framework.gatherings import AFTER, HELD
from qabot.framework.offsets import Moment as When
from qabot.framework.offsets import parse_moment
from qabot.messaging.form import Form
from qabot.messaging.values import join_and
from qabot.models import Action, ActionState, AnswerRow, Deadline, DeadlineState, Occasion
from qabot.workflows.cards import pressed as pressed_cards
from qabot.workflows.core import date_news, dates, finalising, forms, moments, news_of_practice, rows, topic
from qabot.workflows.core.questions import asked, keep, stored
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, about
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.programme import gatherings, new_work
from qabot.workflows.verbs import putting_off

THANKS = "Thank you. This is noted."
PUT_OFF_MOMENT = ".put-off"
AGAIN = "This was answered already. Thank you."


def register(registry: Registry) -> None:
    """What people do with a duty."""
    registry.verb(Verb("answer", _label, _press, _waiting, "primary"))
    registry.form(FormSpec("answer", answer_form, take_answer))


def _waiting(subject: Subject) -> bool:
    duty = subject.duty
    other = duty is not None and (duty.is_alert or duty.looks_again or duty.picks or duty.is_survey)
    return subject.open and duty is not None and not other and subject.made is None


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
    return pressed_cards.answered(pressed, said)


def check_window(unit: Unit, deadline: Deadline) -> None:
    """Raises `BadRequest` before the day from which it takes an answer."""
    if deadline.opens_on is not None and unit.today < deadline.opens_on:
        raise BadRequest(
            f"This can be answered from {say_day(deadline.opens_on)} on. Nothing is lost: it stays on your list."
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
        fields=forms.fields(_asking(unit, deadline, questions)),
        submit="Send",
        token=pressed.token,
    )


def _asking(unit: Unit, deadline: Deadline, questions: Mapping[str, Question]) -> forms.Asking:
    """What a deadline asks, with its dates and its people."""
    dates: dict[str, When] = {name: parse_moment(text) for name, text in deadline.anchors.items()}
    return forms.Asking(unit, questions, dates, deadline.practitioner_id, deadline.auditor_id)


def take_answer(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    """Take what was answered; the form again where something cannot be right."""
    unit, deadline = pressed.unit, pressed.open_deadline()
    check_window(unit, deadline)
    duty, questions = asked(unit, deadline)
    values = forms.gathered(questions, clean)
    form = answer_form(pressed)
    form.errors.update(faults(unit, deadline, questions, values, by=pressed.person.id))
    if form.errors:
        form.values.update({name: forms.as_given(value) for name, value in clean.items() if value is not None})
        return OpenForm(form)
    given = forms.without_empty_rows(values)
    if not answer(unit, deadline, given, by=pressed.person.id):
        return Say(AGAIN)
    hears = _who_hears(unit, deadline, pressed.person.id)
    audit, dated = pressed.subject.audit, date_news.date_in(questions, given) is not None
    buttons = (date_news.change_button(unit, audit),) if dated and audit is not None else ()
    said = _thanks(unit, deadline, given) if duty else THANKS
    return Say(f"{said} {hears}".strip(), buttons=buttons)


def _who_hears(unit: Unit, deadline: Deadline, by: int) -> str:
    """Who hears of what was given them to do with this answer; "" if nobody does."""
    numbers = [each.id for each in rows.about(unit, topic.about_deadline(unit, deadline).root)]
    opened = select(Deadline.owner_id).where(
        Deadline.subject_type == rows.ROW,
        col(Deadline.subject_id).in_(numbers),
        Deadline.state == DeadlineState.open,
        Deadline.opened_at == unit.now,
    )
    people = {each for each in unit.session.exec(opened) if each not in (None, by)} if numbers else set()
    names = sorted(unit.directory.name(each) for each in people)
    return f"{join_and(names)} {'hears what is theirs' if len(names) == 1 else 'hear what is theirs'}." if names else ""


def faults(
    unit: Unit, deadline: Deadline, questions: Mapping[str, Question], values: Mapping[str, Any], *, by: int | None
) -> dict[str, str]:
    """What cannot be right about the answers, by field."""
    errors: dict[str, str] = {}
    if values.get(GOES_TO) is not None:
        duty, _ = asked(unit, deadline)
        what = new_work.fault(unit, deadline, duty, values[GOES_TO], by) if duty else ""
        errors |= {GOES_TO: what} if what else {}
    return {**errors, **forms.faults(_asking(unit, deadline, questions), values)}


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
    before = news_of_practice.shared(unit, of.subject)
    keep(unit, of.subject, deadline, questions, values, by=by)
    news_of_practice.follow(unit, of.subject, before)
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
        date_news.tell_named(unit, deadline, duty.title if duty else "", questions, values, by)
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
        gatherings.cancel(unit, occasion, "It was not held", by=by, missed=True)


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
    return said if said.startswith("Thank you") else f"Thank you. {said}" if said else THANKS


def filled(unit: Unit, text: str, questions: Mapping[str, Question], values: Mapping[str, Any]) -> str:
    """A duty's words with each answer in the place of its question's name."""
    for name, question in questions.items():
        text = text.replace(f"{{{name}}}", forms.say_answer(unit, question.kind, question, stored(values.get(name))))
    return text
