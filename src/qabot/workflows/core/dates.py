"""From what the dates of a duty count, and running ladders that count anew."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

from sqlmodel import col, select

from qabot.framework.calendar import local_day
from qabot.framework.duties import AccordingTo, Duty, offset_of
from qabot.framework.offsets import Moment as When
from qabot.framework.offsets import Offset, parse_moment
from qabot.framework.steps import Ladder, kept_ladder
from qabot.framework.surveys import OPENS
from qabot.models import (
    Deadline,
    LadderSnapshot,
    Moment,
)
from qabot.planning.occurrences import marks
from qabot.workflows.core import conditions, looks, rearming, rows
from qabot.workflows.core.questions import asked as questions_asked
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit

NAMES_OF_WORK = ("submitted", "moderated", "final")


def due_of(unit: Unit, duty: Duty, about: About) -> Offset | None:
    """From what its due date counts; by an answer, `else` until there is one."""
    if not isinstance(duty.due, AccordingTo):
        return offset_of(duty.due)
    given = [each for each in conditions.answers_about(unit, about) if each.question == duty.due.according_to]
    answer = next(iter(conditions.said_values(given[-1].value)), "") if given else ""
    return duty.due.by_answer.get(answer, duty.due.else_)


def due_for_day(
    unit: Unit, duty: Duty, due: Offset | None, known: Mapping[str, When], soonest: date
) -> tuple[date | None, datetime | None]:
    """When something is due that counts from a gathering's or event's day, not before `soonest`: its day and hour.

    What is planned late, or moved earlier, was not owed before.
    """
    calendar = unit.situation.calendar
    day = due.day(known, calendar) if due is not None else None
    if due is None or day is None:
        return None, None
    counted = calendar.roll(day, duty.roll)
    return max(counted, soonest), due.hour(known, calendar, counted) if counted >= soonest else None


def dates_of(unit: Unit, about: About) -> dict[str, When]:
    """The names from which offsets about this subject count: days of work, moments of duties, dates that were given."""
    dates: dict[str, When] = {}
    for kind, number in dict.fromkeys((about.root, about.subject)):
        query = select(Moment).where(Moment.subject_type == kind, Moment.subject_id == number).order_by(col(Moment.id))
        dates |= {each.name: each.at for each in unit.session.exec(query)}
    if about.audit is not None:
        dates |= looks.days_of(about.audit)
    given = {each.question: each for each in conditions.answers_about(unit, about) if each.kind == "date"}
    dates |= {name: local_day(datetime.fromisoformat(each.value)) for name, each in given.items() if each.value}
    return {**dates, "opened": unit.now, **about.dates}


def move_due(unit: Unit, about: About, questions: Collection[str]) -> None:
    """An answer has come on which due dates depend. One that moves earlier is the next working day at the soonest."""
    calendar = unit.situation.calendar
    for deadline in running(unit, about.subject):
        duty, _ = questions_asked(unit, deadline)
        question = _depends_on(deadline, duty, questions) if duty is not None else ""
        if duty is None or not question:
            continue
        due, known = due_of(unit, duty, about), dates_of(unit, about)
        dates = {**known, **{name: parse_moment(text) for name, text in deadline.anchors.items()}}
        dates |= {question: known[question]} if question in known else {}
        day = due.day(dates, calendar) if due is not None else None
        if day is None:
            continue
        soonest = calendar.add_days(unit.today, 1)
        counted = calendar.roll(day, duty.roll)
        day = max(counted, soonest)
        at = due.hour(dates, calendar, day) if due is not None and day == counted else None
        if (day, at) != (deadline.due_on, deadline.due_at):
            before = deadline.due_on
            rearming.move(unit, deadline, day, at)
            unit.event(
                "due-moved",
                subject=about.subject,
                deadline=deadline.id,
                rule=deadline.rule,
                why=f"it depends on the answer to '{_asked(unit, question)}'",
                before=before.isoformat() if before else "",
                after=day.isoformat(),
            )


def _depends_on(deadline: Deadline, duty: Duty, questions: Collection[str]) -> str:
    """The question by whose answer, or from whose date, a deadline is due; "" if by none of these.

    A date that somebody gave for the deadline itself stays theirs.
    """
    if isinstance(duty.due, AccordingTo):
        return duty.due.according_to if duty.due.according_to in questions else ""
    due = offset_of(duty.due)
    named = [each for each in due.anchors if each in questions] if due is not None else []
    return named[0] if named and deadline.expected_on is None else ""


def count_anew(unit: Unit, about: About, name: str, at: datetime) -> None:
    """Let the running ladders about a subject count from a moment that has come, and what is due from it have its date.

    Not the ladders of which a step was sent that counts from it, or from what stood in for it: the next step would
    come too late, or again.
    """
    for deadline in running(unit, about.subject):
        if deadline.due_on is None:
            _give_due(unit, deadline, about, name)
        snapshot = unit.session.get_one(LadderSnapshot, deadline.ladder_id)
        ladder = kept_ladder(snapshot.body)
        counting = set(_counting_from(ladder, name))
        if counting and not any(mark.step in counting for mark in marks(deadline.fired)):
            when = local_day(at) if name in NAMES_OF_WORK else at
            deadline.anchors = {**deadline.anchors, name: when.isoformat()}
            unit.poke([deadline])


def _give_due(unit: Unit, deadline: Deadline, about: About, name: str) -> None:
    """Give what had no date its own, and its window, if it counts from this moment, which has come now."""
    duty, _ = questions_asked(unit, deadline)
    due = due_of(unit, duty, about) if duty is not None else None
    if duty is None or due is None or name not in due.anchors:
        return
    calendar, kept = unit.situation.calendar, {each: parse_moment(text) for each, text in deadline.anchors.items()}
    known = {**dates_of(unit, about), **kept, name: local_day(unit.now) if name in NAMES_OF_WORK else unit.now}
    day = due.day(known, calendar)
    if day is None:
        return
    day = calendar.roll(day, duty.roll)
    deadline.opens_on = duty.opening(known, calendar, day)
    if deadline.opens_on is not None:
        deadline.anchors = {**deadline.anchors, OPENS: deadline.opens_on.isoformat()}
    rearming.move(unit, deadline, day, due.hour(known, calendar, day))
    why = "it counts from what has happened now"
    unit.event_of(deadline, "due-moved", why=why, before="", after=day.isoformat())


def running(unit: Unit, subject: tuple[str, int]) -> list[Deadline]:
    """What is open about a subject, and about the rows that were answered about it."""
    of_rows = rows.about(unit, subject) if rows.opening(unit.framework) else ()
    deadlines = unit.open_deadlines(subject)
    return deadlines + [each for row in of_rows for each in unit.open_deadlines((rows.ROW, row.id))]


def _counting_from(ladder: Ladder, name: str) -> Iterator[str]:
    """The steps of a ladder that count from a name, also by way of a point."""
    names = {name}
    for point, offset in ladder.points.items():
        if names & set(offset.anchors):
            names.add(point)
    for step in ladder.steps:
        offsets = [each for each in (step.at, step.since, step.until) if each is not None]
        if any(names & set(each.anchors) for each in offsets):
            yield step.name


def _asked(unit: Unit, name: str) -> str:
    """What people read for the question by which a date goes."""
    question = unit.framework.questions.get(name)
    return question.label if question is not None else name
