"""What stands in a person's calendar, and in the programme's: due dates, meetings, reports, absences.

Other people see calendars, and other companies' programs read them. So a title has a reference, never whom work is
about and nothing that only a grade opens.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select

from qabot.framework.schema import AUDIT
from qabot.framework.vocabulary import council_duty, graded
from qabot.models import (
    Absence,
    Answer,
    Audit,
    AuditState,
    Cycle,
    Deadline,
    DeadlineState,
    Occasion,
    OccasionState,
    Person,
)
from qabot.planning.directory import Staff
from qabot.workflows.access import chairing, owing
from qabot.workflows.access.kept import is_shown
from qabot.workflows.core.as_opened import is_alert
from qabot.workflows.core.subjects import OwnSubject, load
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of

PAST = timedelta(days=31)
"""How long what is over stays in a calendar."""
AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a calendar, under a name that it keeps. `last` is the last of its days, in England.

    `path` is the page that says more, `file` the file for a calendar ("" if there is none). `least` is the number of
    changes that it has had at least.
    """

    uid: str
    title: str
    day: date
    last: date
    path: str
    starts: time | None = None
    ends: time | None = None
    least: int = 0
    file: str = ""


def of_person(unit: Unit, person: Staff) -> list[Entry]:
    """What concerns one person, soonest first."""
    entries = [*_due(unit, person), *_dates_given(unit, person), *_occasions(unit, person), *_absences(unit, person)]
    return sorted(_near(unit, entries), key=lambda each: (each.day, each.uid))


def of_programme(unit: Unit, reader: Staff) -> list[Entry]:
    """What concerns the whole programme, for whoever looks after it, soonest first."""
    entries = [*_due_in_all(unit, reader), *_cycles(unit), *_occasions(unit, reader), *_all_absences(unit)]
    return sorted(_near(unit, entries), key=lambda each: (each.day, each.uid))


def _near(unit: Unit, entries: list[Entry]) -> Iterator[Entry]:
    return (each for each in entries if unit.today - PAST <= each.last and each.day <= unit.today + AHEAD)


def _due(unit: Unit, person: Staff) -> Iterator[Entry]:
    """What this person owes, alerts that wait for them among it."""
    deadlines = [each for each in owing.owed(unit, person.id) if each.due_on is not None]
    hidden = graded(unit.framework)
    for each, subject in zip(deadlines, load(unit.session, deadlines, unit.framework), strict=True):
        if each.due_on is None:
            continue
        yield Entry(
            uid=f"due-{each.token}",
            title=_due_title(unit, each, subject, hidden),
            day=each.due_on,
            last=each.due_on,
            path="/owe",
        )


def _due_title(unit: Unit, deadline: Deadline, subject: OwnSubject, hidden: frozenset[str]) -> str:
    """What is due: by its kind unless that gives a grade away, and by the reference of the work."""
    about = _reference(subject)
    if council_duty(unit.framework, deadline.kind) in hidden or is_alert(unit.framework, deadline):
        return f"{about or 'Something'} is due"
    title = title_of(deadline.kind, unit.framework, subject.audit.activity if subject.audit else "")
    return f"{title}: {about} is due" if about else f"{title} is due"


def _reference(subject: OwnSubject) -> str:
    """What a subject is called without a person: a reference, the name of a cycle or of a gathering's day."""
    if subject.audit is not None:
        return subject.audit.reference
    if subject.cycle is not None:
        return subject.cycle.name
    return subject.occasion.title if subject.occasion is not None else ""


def _dates_given(unit: Unit, person: Staff) -> Iterator[Entry]:
    """Days on which somebody is to meet about an audit: whoever said so, is to be there, or owes what comes of it."""
    for each in meetings(unit):
        if person.id in each.people:
            yield Entry(
                uid=each.uid,
                title=each.title,
                day=each.day,
                last=each.day,
                path=f"/audits/{each.reference}",
                file=f"/audits/{each.reference}/meeting.ics",
                least=each.sequence,
            )


@dataclass(frozen=True, slots=True)
class Meeting:
    """A day that was given for a meeting about an audit. `people` are those who are to be there, by id; `chair` is one.

    `sequence` counts how often it was changed.
    """

    uid: str
    audit_id: int
    reference: str
    day: date
    people: frozenset[int]
    chair: int | None
    sequence: int

    @property
    def title(self) -> str:
        """Without what the meeting is for, which could give a grade away."""
        return f"Meeting about {self.reference}"


def meetings(unit: Unit, audit: Audit | None = None) -> list[Meeting]:
    """Those that are to come or not long past, of all audits or of one.

    A question asks for the day of a meeting if another one asks who is present on it.
    """
    present: dict[str, list[str]] = {}
    for name, question in unit.framework.questions.items():
        if question.present_on:
            present.setdefault(question.present_on, []).append(name)
    if not present:
        return []
    attendees = [*present, *(name for names in present.values() for name in names)]
    query = select(Answer).where(Answer.subject_type == AUDIT, col(Answer.question).in_(attendees))
    if audit is not None:
        query = query.where(Answer.subject_id == audit.id)
    given: dict[tuple[int, str], list[Answer]] = {}
    for answer in unit.session.exec(query.order_by(col(Answer.id))):
        given.setdefault((answer.subject_id, answer.question), []).append(answer)
    audits = {
        each.id: each
        for each in unit.session.exec(select(Audit).where(col(Audit.id).in_({number for number, _ in given})))
    }
    statement = (
        _meeting(unit, audits[number], question, answers, [given.get((number, each), []) for each in present[question]])
        for (number, question), answers in given.items()
        if question in present and number in audits
    )
    return [each for each in statement if each is not None and each.day >= unit.today - PAST]


def _meeting(
    unit: Unit, audit: Audit, question: str, answers: list[Answer], named: list[list[Answer]]
) -> Meeting | None:
    day = _day(answers[-1].value)
    if day is None or audit.state == AuditState.withdrawn:
        return None
    present = [int(each[-1].value) for each in named if each and str(each[-1].value).isdecimal()]
    people = frozenset({*present, *filter(None, (answers[-1].by_id, audit.auditor_id))})
    changes = len(answers) - 1 + sum(max(0, len(each) - 1) for each in named)
    return Meeting(
        uid=f"meeting-{audit.reference}-{question}",
        audit_id=audit.id,
        reference=audit.reference,
        day=day,
        people=people,
        chair=present[0] if present else None,
        sequence=changes,
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _occasions(unit: Unit, person: Staff) -> Iterator[Entry]:
    """Meetings and reports that this person may see."""
    query = select(Occasion).where(
        col(Occasion.state) != OccasionState.cancelled, col(Occasion.state) != OccasionState.noted
    )
    for each in unit.session.exec(query.where(Occasion.day >= unit.today - PAST)):
        gathering = unit.framework.gatherings.get(each.thing)
        if gathering is None or not chairing.may_see(unit, person, each):
            continue
        yield Entry(
            uid=each.token,
            title=each.title,
            day=each.day,
            last=each.day,
            path=f"/gatherings/{each.token}",
            file=f"/gatherings/{each.token}.ics",
            starts=gathering.starts if gathering.ends is not None else None,
            ends=gathering.ends if gathering.starts is not None else None,
            least=each.sequence,
        )


def _absences(unit: Unit, person: Staff) -> Iterator[Entry]:
    """When this person is away, and when they stand in for somebody."""
    deputy = func.coalesce(col(Absence.deputy_id), col(Person.deputy_id))
    for each in _away(unit, or_(col(Absence.person_id) == person.id, deputy == person.id)):
        if each.person_id == person.id:
            yield _absence(each, "You are away")
        elif unit.directory.person(each.person_id) is not None:
            yield _absence(each, f"You stand in for {unit.directory.name(each.person_id)}")


def _all_absences(unit: Unit) -> Iterator[Entry]:
    for each in _away(unit):
        if unit.directory.person(each.person_id) is not None:
            yield _absence(each, f"{unit.directory.name(each.person_id)} is away")


def _away(unit: Unit, *which: ColumnElement[bool]) -> Iterator[Absence]:
    query = select(Absence).join(Person, col(Person.id) == col(Absence.person_id))
    recent = query.where(Absence.to_on >= unit.today - PAST, *which)
    yield from unit.session.exec(recent.order_by(col(Absence.from_on)))


def _absence(absence: Absence, title: str) -> Entry:
    return Entry(f"away-{absence.id}", title, absence.from_on, absence.to_on, "/cover")


def _cycles(unit: Unit) -> Iterator[Entry]:
    """The day on which each cycle ends."""
    query = select(Cycle).where(Cycle.due_on >= unit.today - PAST)
    for each in unit.session.exec(query):
        title = unit.framework.activities[each.activity].title if each.activity in unit.framework.activities else ""
        if title:
            yield Entry(f"cycle-{each.id}", f"{title}: {each.name} ends", each.due_on, each.due_on, "/programme")


def _due_in_all(unit: Unit, reader: Staff) -> Iterator[Entry]:
    """How much is due on each day, in numbers alone."""
    query = select(Deadline).where(
        Deadline.state == DeadlineState.open,
        col(Deadline.due_on).is_not(None),
        is_shown(unit, reader.id, own=False),
    )
    days = Counter(each.due_on for each in unit.session.exec(query) if each.due_on is not None)
    for day, count in days.items():
        what = "thing is" if count == 1 else "things are"
        yield Entry(f"all-due-{day.isoformat()}", f"{count} {what} due", day, day, "/programme")
