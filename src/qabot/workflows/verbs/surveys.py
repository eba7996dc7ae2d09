"""Answering a survey: one question at a time on the card, all of it on a form, or both; here or on another platform.

What is answered is kept on the person's sheet as they go. It counts once they have sent it, and may be sent once. What
somebody typed stays before them whatever becomes of it: a survey that has closed meanwhile, or was sent already.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.duties import Question
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.values import plural
from qabot.models import Deadline, DeadlineState, Notice, NoticeState, SurveySheet
from qabot.workflows.cards import pressed as pressed_cards
from qabot.workflows.cards.surveys import BACK, RATE, SEND, SENT, WORDS
from qabot.workflows.core import moments, sheets
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb
from qabot.workflows.core.sheets import Sheet, closed_questions, open_questions, options
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.verbs.answers import check_window

FORM, NO, OPEN = "survey-form", "survey-no", "open-survey"
WHEN = "when"
"""The field of the form that says whether it is sent now or only kept."""
LONGEST_WORDS = 2000
THANKS = "Thank you. Your answers are in, and nobody sees them as yours."
KEPT = "Saved. You can go on where you were, here or in the web inbox, and send it then."
NO_THANKS = "That is fine. You will not be asked about this again."
ALREADY = "You have sent your answers already, so this was not added to them. Thank you."
TYPED = "What you wrote is still in front of you, to copy if you like."
NOT_YOURS = "This was asked of a colleague, who alone can answer it."
SHUT = (
    "What you answered here is sealed, and cannot be opened just now. Nothing was taken, and nothing is lost. Whoever "
    "looks after qabot can mend it: please try again later."
)
PICK_ONE = "Choose from the answers on the newest copy of this message."


def register(registry: Registry) -> None:
    """What whoever is asked does with a survey."""
    registry.verb(Verb(FORM, lambda subject: "Answer on one form", _press_form, _waits, "primary", own=True))
    for name, label, do in (
        (WORDS, "Add something in your own words", _press_words),
        (RATE, "Answer", _rate),
        (BACK, "Back to the question before", _back),
        (SEND, "Send my answers", _send),
    ):
        registry.verb(Verb(name, lambda subject, words=label: words, do, _waits, own=True, on=FORM))  # type: ignore[misc]
    registry.verb(Verb(NO, lambda subject: "No, thank you", _no, _may_decline, own=True))
    registry.form(FormSpec(FORM, _whole_form, _take_whole, button=FORM))
    registry.form(FormSpec(WORDS, _words_form, _take_words, button=FORM))
    registry.link(OPEN, lambda subject: "Answer in the web inbox", offered=_waits)
    registry.link("open-results", lambda subject: "See the results", _results_page)


def _results_page(subject: Subject) -> str:
    return f"/surveys/{subject.survey.token}" if subject.survey is not None else "/surveys"


def _waits(subject: Subject) -> bool:
    return subject.open and subject.duty is not None and subject.duty.is_survey


def _may_decline(subject: Subject) -> bool:
    """Of an anonymous one nobody may know who would rather not."""
    return _waits(subject) and subject.duty is not None and subject.duty.promise == "confidential"


def _press_form(pressed: Pressed) -> Reply:
    return _open(pressed, _whole_form)


def _press_words(pressed: Pressed) -> Reply:
    return _open(pressed, _words_form)


def _open(pressed: Pressed, build: Any) -> Reply:
    check_window(pressed.unit, pressed.open_deadline())
    _, sheet = _sheet(pressed)
    return Say(SENT) if sheet.sent else OpenForm(build(pressed))


def _sheet(pressed: Pressed, *, lock: bool = False) -> tuple[SurveySheet, Sheet]:
    """What this person has answered. Raises `BadRequest` once the survey has closed."""
    row = sheets.row_of(pressed.unit, pressed.deadline, lock=lock) if pressed.deadline is not None else None
    if row is None:
        raise BadRequest(_closed(pressed))
    if row.person_id != pressed.person.id:
        raise BadRequest(NOT_YOURS)
    sheet = Sheet.opened(row, pressed.unit.tools.sealer)
    if not sheet.readable:
        raise BadRequest(SHUT)
    return row, sheet


def _closed(pressed: Pressed) -> str:
    day = pressed.deadline.due_on if pressed.deadline is not None else None
    return f"This survey closed at the end of {say_day(day)}, so it takes no more answers. Thank you all the same."


def _redrawn(pressed: Pressed, said: str = "", *, aside: str = "") -> Reply:
    """The card as it now is, in the place of the one that was pressed; its other copies follow."""
    pressed.unit.session.flush()
    _redraw_others(pressed)
    if pressed.notice is None:
        return Say(said or aside or KEPT)
    return pressed_cards.answered(pressed, said, aside=aside)


def _left(sheet: Sheet, closed: Sequence[str]) -> str:
    """That an answer is kept, and what is still to come; nothing counts before it is sent."""
    left = len(closed) - sheet.at
    if left > 0:
        return f"Saved. {plural(left, 'question is', 'questions are')} still to come."
    return "Saved. That was the last of these questions: your answers count once you send them."


def _redraw_others(pressed: Pressed) -> None:
    """Have what this person was sent on other platforms, or earlier, say the same.

    Not of an anonymous survey: that their cards were redrawn would say that they are answering.
    """
    unit, deadline = pressed.unit, pressed.deadline
    duty = unit.framework.duty_of(deadline.kind, deadline.ladder_id) if deadline is not None else None
    if deadline is None or duty is None or duty.promise == "anonymous":
        return
    carried = aliased(Notice)
    on = func.coalesce(carried.adapter, Notice.adapter)
    query = select(Notice.id, on).outerjoin(carried, col(carried.id) == Notice.carrier_id)
    sent = unit.session.exec(query.where(Notice.deadline_id == deadline.id, Notice.state == NoticeState.sent)).all()
    own = pressed.notice.id if pressed.notice is not None else None
    if any(number != own or adapter != pressed.via for number, adapter in sent):
        unit.redraw_deadlines([deadline.id])


def _rate(pressed: Pressed) -> Reply:
    unit, deadline = pressed.unit, pressed.open_deadline()
    check_window(unit, deadline)
    row, sheet = _sheet(pressed, lock=True)
    questions = sheets.questions_of(unit, deadline)
    number, _, key = pressed.rest.partition(":")
    at = _number(number, len(closed_questions(questions)))
    if sheet.sent:
        return _redrawn(pressed, ALREADY)
    if at is None or key not in options(unit, questions[closed_questions(questions)[at]]):
        return _redrawn(pressed, PICK_ONE)
    name = closed_questions(questions)[at]
    sheets.answer(unit, sheet, name, questions[name], key)
    if sheet.at == at:
        sheet.at += 1
    sheets.save(unit, row, sheet)
    return _redrawn(pressed, aside=_left(sheet, closed_questions(questions)))


def _back(pressed: Pressed) -> Reply:
    """To the question before the one that was shown; pressed twice it goes back once."""
    unit, deadline = pressed.unit, pressed.open_deadline()
    row, sheet = _sheet(pressed, lock=True)
    at = _number(pressed.rest, len(closed_questions(sheets.questions_of(unit, deadline))) + 1)
    if at is not None and at > 0 and sheet.at == at and not sheet.sent:
        sheet.at = at - 1
        sheets.save(unit, row, sheet)
    return _redrawn(pressed, aside="What you have answered is kept.")


def _number(text: str, most: int) -> int | None:
    """A number from 1 on as a place from 0 on; None of any other text."""
    number = int(text) if text.isdecimal() and len(text) < 4 else 0
    return number - 1 if 1 <= number <= most else None


def _send(pressed: Pressed) -> Reply:
    deadline = pressed.open_deadline()
    check_window(pressed.unit, deadline)
    row, sheet = _sheet(pressed, lock=True)
    if sheet.sent:
        return _redrawn(pressed, ALREADY)
    return _redrawn(pressed, _finish(pressed.unit, deadline, row, sheet, pressed.person.id))


def _finish(unit: Unit, deadline: Deadline, row: SurveySheet, sheet: Sheet, by: int) -> str:
    """It is sent. That somebody has answered is only known of a confidential one."""
    sheet.sent = True
    sheets.save(unit, row, sheet)
    duty = unit.framework.duty_of(deadline.kind, deadline.ladder_id)
    if duty is None or duty.promise != "anonymous":
        moments.complete(unit, deadline, "Answered", by=by)
    return duty.thanks if duty is not None and duty.thanks else THANKS


def _no(pressed: Pressed) -> Reply:
    unit, deadline = pressed.unit, pressed.open_deadline()
    # Not withdrawn: whoever still holds the role would be asked anew tomorrow.
    unit.close(deadline, "Asked, with no answer wanted", by=pressed.person.id)
    return _redrawn(pressed, NO_THANKS)


# -- on a form --------------------------------------------------------------------------------------------------------


def _whole_form(pressed: Pressed) -> Form:
    return _form(pressed, FORM, None)


def _words_form(pressed: Pressed) -> Form:
    return _form(pressed, WORDS, open_questions(_questions(pressed)))


def _questions(pressed: Pressed) -> dict[str, Question]:
    return sheets.questions_of(pressed.unit, pressed.deadline) if pressed.deadline is not None else {}


def _form(pressed: Pressed, name: str, only: Sequence[str] | None) -> Form:
    """The form with what is on the sheet. One that has closed is shown too: somebody may have it open still."""
    unit, deadline = pressed.unit, pressed.deadline
    duty = unit.framework.duty_of(deadline.kind, deadline.ladder_id) if deadline is not None else None
    row = sheets.row_of(unit, deadline) if deadline is not None else None
    sheet = Sheet.opened(row, unit.tools.sealer) if row is not None else Sheet({})
    questions = {each: question for each, question in _questions(pressed).items() if only is None or each in only}
    intro = "Leave out what you like. Nothing about a child or a family, please: no names, and no references."
    return Form(
        name=name,
        title=duty.title if duty is not None else "Survey",
        intro=intro if pressed.subject.open else _closed(pressed),
        fields=(*(_field(unit, each, question) for each, question in questions.items()), _when()),
        submit="Go on",
        token=pressed.token,
        values={WHEN: "send", **{each: sheet.answers[each]["value"] for each in questions if each in sheet.answers}},
    )


def _field(unit: Unit, name: str, question: Question) -> Field:
    if known := options(unit, question):
        choices = tuple(Option(key, said) for key, said in known.items())
        return Field(name, question.label, "choice", hint=question.hint, required=False, options=choices)
    kind = "number" if question.kind == "number" else "long-text"
    pattern = unit.framework.council.case_reference
    return Field(
        name,
        question.label,
        kind,  # type: ignore[arg-type]
        hint=question.hint,
        required=False,
        max_length=LONGEST_WORDS,
        case_reference=pattern,
    )


def _when() -> Field:
    choices = (Option("send", "Send my answers"), Option("keep", "Save them, and I go on later"))
    return Field(WHEN, "And now?", "choice", options=choices)


def _take_whole(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    return _take(pressed, clean, _whole_form(pressed))


def _take_words(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    return _take(pressed, clean, _words_form(pressed))


def _take(pressed: Pressed, clean: Mapping[str, Any], form: Form) -> Reply:
    unit, deadline = pressed.unit, pressed.deadline
    row = sheets.row_of(unit, deadline, lock=True) if deadline is not None else None
    if row is not None and row.person_id != pressed.person.id:
        raise BadRequest(NOT_YOURS)
    sheet = Sheet.opened(row, unit.tools.sealer) if row is not None else None
    if deadline is None or row is None or sheet is None or deadline.state != DeadlineState.open or sheet.sent:
        sent = sheet is not None and sheet.sent
        if sent and sheet is not None and _is_on(sheet, clean):
            return Say(SENT)
        return _refused(pressed, form, clean, ALREADY if sent else _closed(pressed))
    if not sheet.readable:
        return _refused(pressed, form, clean, SHUT)
    try:
        check_window(unit, deadline)
    except BadRequest as early:
        return _refused(pressed, form, clean, str(early))
    questions = _questions(pressed)
    for name, question in questions.items():
        if name in clean:
            sheets.answer(unit, sheet, name, question, clean[name])
    sheet.at = _first_left_out(sheet, closed_questions(questions))
    if clean.get(WHEN) == "keep":
        sheets.save(unit, row, sheet)
        return _redrawn(pressed, KEPT)
    return _redrawn(pressed, _finish(unit, deadline, row, sheet, pressed.person.id))


def _first_left_out(sheet: Sheet, closed: Sequence[str]) -> int:
    """Where somebody goes on who saved the form: at the first question without an answer, or behind the last."""
    return next((at for at, name in enumerate(closed) if name not in sheet.answers), len(closed))


def _is_on(sheet: Sheet, clean: Mapping[str, Any]) -> bool:
    """Whether a form holds nothing but what was sent: the same one, twice."""
    given = {name: value for name, value in clean.items() if value is not None and name != WHEN}
    return all(sheet.answers.get(name, {}).get("value") == value for name, value in given.items())


def _refused(pressed: Pressed, form: Form, clean: Mapping[str, Any], why: str) -> Reply:
    """It is not taken, and what was typed stays on the form; with nothing typed a sentence is enough."""
    texts = [name for name in open_questions(_questions(pressed)) if clean.get(name)]
    if not texts:
        return Say(why)
    form.values.update({name: value for name, value in clean.items() if value is not None})
    form.errors.update({"": f"{why} {TYPED}"})
    return OpenForm(form)
