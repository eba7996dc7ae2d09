"""The card of a survey: what is promised, and the question at which its person is, to be answered on the card itself.

A button names its question and its answer (`rate:3:4`), so that a press that comes twice, or on an older copy of the
card, answers the question that it stood under.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import col, select

from qabot.framework import pulses
from qabot.framework.duties import Duty, Question
from qabot.messaging.card import Block, Button, Card, Heading, Note, Paragraph, Row, Run
from qabot.messaging.values import join_and
from qabot.messaging.views import SurveyView
from qabot.models import Deadline, LadderSnapshot
from qabot.models.rows import SHEETS, SheetRow
from qabot.planning.counting import PREFER_NOT
from qabot.workflows.core.sheets import Sheet, closed_questions, open_questions, options
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit

RATE, BACK, SEND, WORDS = "rate", "survey-back", "survey-send", "survey-words"
SENT = "Your answers are in. Thank you."
MINUTE = 5
"""Questions with a choice in a minute; of those in one's own words two."""


def views(unit: Unit, subjects: Sequence[Subject]) -> dict[int, SurveyView]:
    """What the surveys among these look like to whom each was asked of, by the deadline's id."""
    asking = {each.deadline.id: each for each in subjects if each.deadline and each.duty and each.duty.is_survey}
    rows: Mapping[int, SheetRow] = {
        each.deadline_id: each for each in SHEETS.among(unit.session, "deadline_id", list(asking))
    }
    sheets = _asked(unit, list(asking))
    return {
        number: view(unit, each, *sheets[number], rows.get(number), each.duty)
        for number, each in asking.items()
        if each.duty is not None
    }


def _asked(unit: Unit, deadlines: Sequence[int]) -> dict[int, tuple[dict[str, Question], date | None]]:
    """What each deadline asks, as it was when it opened, and from when. Many have the same snapshot."""
    if not deadlines:
        return {}
    query = select(Deadline.id, Deadline.ladder_id, col(Deadline.opens_on)).where(col(Deadline.id).in_(deadlines))
    ladders = {number: (ladder, opens) for number, ladder, opens in unit.session.exec(query)}
    kept = select(LadderSnapshot).where(col(LadderSnapshot.id).in_({ladder for ladder, _ in ladders.values()}))
    snapshots = {
        each.id: {name: Question.model_validate(asks) for name, asks in each.duty.get("questions", {}).items()}
        for each in unit.session.exec(kept)
    }
    return {number: (snapshots[ladder], opens) for number, (ladder, opens) in ladders.items()}


def view(
    unit: Unit,
    subject: Subject,
    questions: Mapping[str, Question],
    opens: date | None,
    row: SheetRow | None,
    duty: Duty,
) -> SurveyView:
    """One survey as its person sees it. Without a sheet it has closed."""
    sheet = Sheet.opened(row, unit.tools.sealer) if row is not None else Sheet({})
    closed, words = closed_questions(questions), open_questions(questions)
    deadline, audit, framework = subject.deadline, subject.audit, unit.framework
    forms = framework.forms_of(questions)
    readers = [f"the {framework.roles[each].title}" for each in duty.reads if each in framework.roles]
    minutes = sum(framework.forms[each].minutes for each in forms)
    seen = SurveyView(
        title=duty.title,
        promise=duty.promise or "",
        readers=join_and(readers),
        closes=deadline.due_on if deadline else None,
        about=_about(unit, subject),
        person=_person(unit, subject),
        reviewer=unit.directory.name(audit.auditor_id) if audit else "",
        questions=len(questions),
        minutes=minutes or max(1, -(-len(closed) // MINUTE) + len(words) // 2),
        opens=opens,
        asked_before=row.asked_before if row is not None else "",
        started=bool(sheet.answers) or sheet.at > 0,
        sent=sheet.sent,
        over=not subject.open,
        words=len(words),
        count=len(closed),
        whom=subject.cycle.name if subject.cycle and deadline and pulses.is_own(deadline.kind) else "",
    )
    if not subject.open or sheet.sent or row is None or (opens and opens > unit.today):
        return seen
    if sheet.at >= len(closed):
        return replace(seen, number=len(closed) + 1)
    name = closed[sheet.at]
    question, sections = questions[name], _sections(unit, forms)
    return replace(
        seen,
        number=sheet.at + 1,
        section=sections.get(name, ""),
        label=question.label,
        hint=question.hint,
        choices=tuple(options(unit, question).items()),
        chose=str(sheet.answers.get(name, {}).get("value", "")),
    )


def _person(unit: Unit, subject: Subject) -> str:
    """Whom the work is about that it asks of, if that is not whoever is asked; "" otherwise."""
    audit, deadline = subject.audit, subject.deadline
    if audit is None or deadline is None or audit.about != "person" or audit.practitioner_id == deadline.owner_id:
        return ""
    return unit.directory.name(audit.practitioner_id)


def _about(unit: Unit, subject: Subject) -> str:
    """The work that it asks of, by reference; of work about a colleague they are named, or nobody knew of whom."""
    reference, person = subject.audit.reference if subject.audit else "", _person(unit, subject)
    return f"{person} ({reference})" if person else reference


def _sections(unit: Unit, forms: Sequence[str]) -> dict[str, str]:
    return {name: title for form in forms for name, title in unit.framework.forms[form].section_of(form).items()}


def with_question(card: Card, seen: SurveyView, token: str) -> Card:
    """The card with the question at which its person is; with nothing to press once it was sent."""
    if seen.sent:
        return replace(card.without_buttons(), done=True)
    if not seen.number:
        return card
    body = tuple(each for each in card.blocks if not isinstance(each, Note))
    notes = tuple(each for each in card.blocks if isinstance(each, Note))
    # The answers are what stands in front: the other ways to give them are no more than that.
    others = tuple(replace(each, style="default") for each in card.buttons)
    return replace(card, blocks=(*body, *_question(seen, token), *notes), buttons=others)


def _question(seen: SurveyView, token: str) -> tuple[Block, ...]:
    back = (Button(f"{BACK}:{seen.number}", "Back to the question before", token),) if seen.number > 1 else ()
    if not seen.choices:
        words = (Button(WORDS, "Add something in your own words", token),) if seen.words else ()
        count = f"That is all {seen.count}. " if seen.count else ""
        more = "You can add something in your own words, or send it now." if seen.words else "You can send it now."
        send = Button(SEND, "Send my answers", token, "primary")
        return (Row((Run(f"{count}{more}", bold=True),), (send, *words, *back)),)
    above: tuple[Block, ...] = (Heading(seen.section),) if seen.section and seen.number == 1 else ()
    text: tuple[Run, ...] = (Run(f"{seen.number} of {seen.count}. {seen.label}", bold=True),)
    text += (Run(f" {seen.hint}"),) if seen.hint else ()
    chosen = next((said for key, said in seen.choices if key == seen.chose), "")
    before: tuple[Block, ...] = (Paragraph((Run(f"You said before: {chosen}", italic=True),)),) if chosen else ()
    rates = tuple(Button(f"{RATE}:{seen.number}:{key}", said, token) for key, said in seen.choices if key != PREFER_NOT)
    others = tuple(
        Button(f"{RATE}:{seen.number}:{key}", said, token) for key, said in seen.choices if key == PREFER_NOT
    )
    return (*above, Row(text, rates), *before, Row((), (*others, *back)))
