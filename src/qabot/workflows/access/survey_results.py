"""Who reads what of a survey: its figures whoever a file names; who has answered, never anybody who manages them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import col, select

from qabot.errors import NotFound
from qabot.messaging.folding import plain_letters
from qabot.models import (
    Audit,
    CommentState,
    Deadline,
    DeadlineState,
    RoundState,
    SurveyComment,
    SurveyFigure,
    SurveyRound,
    SurveySheet,
)
from qabot.planning.counting import ANSWERED, ASKED, PREFER_NOT
from qabot.planning.directory import Staff
from qabot.planning.percentages import percentage
from qabot.planning.recipients import runs_quality
from qabot.workflows.core.sheets import NOT_SAID, Sheet
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day

NO_RESULTS = "There are no results of a survey at this address that are open to you."
EVERYBODY = "All services"
YES, NOT_YET, NO = "Yes", "Not yet", "No"
"""Whether somebody has answered: they have, they still can, or their time is over."""


@dataclass(frozen=True, slots=True)
class QuestionTable:
    """One question: its words, what can be answered, and for all and for each service that is shown the counts.

    `refused` says how many would rather not answer, by the same services. `before` are the counts of all when the same
    was asked last, in the same words and with the same version of its scale; () if it never was, or not shown.
    """

    section: str
    label: str
    version: str
    answers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    name: str = ""
    refused: Mapping[str, int] = field(default_factory=dict)
    before: tuple[int, ...] = ()

    @property
    def upper(self) -> str:
        """The answers above the middle of its scale, in words; "" of what has no scale."""
        return " or ".join(self.answers[-(len(self.answers) // 2) :]) if self.version and len(self.answers) > 1 else ""

    @property
    def shares(self) -> tuple[int, int] | None:
        """Of a hundred answers how many are above the middle, now and last time; None without a last time."""
        if not self.upper or not self.before:
            return None
        above = len(self.answers) // 2
        now = self.rows[0][1]
        return _share(now[-above:], now), _share(self.before[-above:], self.before)


@dataclass(frozen=True, slots=True)
class Results:
    """A survey as one of its readers sees it. `rates` are asked and answered by service.

    `people` are those of whom this reader may see whether they have answered, in words.
    `waiting` are comments that quality assurance has not read yet, for whoever runs it. `last` is the time before this
    one, if this reader reads that too.
    """

    survey: SurveyRound
    rates: tuple[tuple[str, int, int], ...] = ()
    tables: tuple[QuestionTable, ...] = ()
    comments: tuple[SurveyComment, ...] = ()
    waiting: tuple[SurveyComment, ...] = ()
    people: tuple[tuple[str, str], ...] = field(default=())
    last: SurveyRound | None = None


def readable(unit: Unit, person_id: int) -> list[SurveyRound]:
    """The surveys whose results this person reads, or in which they did the work that people were asked about."""
    query = select(SurveyRound).where(SurveyRound.state != RoundState.joined)
    rounds = unit.session.exec(query.order_by(col(SurveyRound.starts_on).desc(), SurveyRound.duty)).all()
    person = unit.directory.person(person_id)
    return [each for each in rounds if person and (reads(unit, each, person_id) or any(_people(unit, each, person)))]


def reads(unit: Unit, survey: SurveyRound, person_id: int) -> bool:
    """Whether this person is one of its readers."""
    return person_id in readers(unit, survey)


def readers(unit: Unit, survey: SurveyRound) -> list[int]:
    """Who holds a role that reads it; while nobody does, whoever runs quality assurance. Each once."""
    held = [person for role in survey.reads for person in unit.directory.holders(str(role), unit.today)]
    return list(dict.fromkeys(held or runs_quality(unit.directory, unit.framework, unit.today)))


def results(unit: Unit, token: str, person_id: int) -> Results:
    """What this person sees of a survey. Raises `NotFound` if that is nothing."""
    survey = unit.session.exec(select(SurveyRound).where(SurveyRound.token == token)).first()
    person = unit.directory.person(person_id)
    if survey is None or person is None or survey.state == RoundState.joined:
        raise NotFound(NO_RESULTS)
    reader = reads(unit, survey, person_id)
    people = tuple(sorted(_people(unit, survey, person), key=lambda each: plain_letters(each[0])))
    if not reader:
        if not people:
            raise NotFound(NO_RESULTS)
        return Results(survey, people=people)
    figures = _figures(unit, survey)
    last = _last(unit, survey, person_id)
    tables = tuple(_tables(figures, unit))
    query = select(SurveyComment).where(SurveyComment.round_id == survey.id)
    comments = unit.session.exec(query.order_by(col(SurveyComment.place_in_form), SurveyComment.key)).all()
    quality = person_id in runs_quality(unit.directory, unit.framework, unit.today)
    return Results(
        survey,
        tuple(_rates(figures)),
        _beside(tables, tuple(_tables(_figures(unit, last), unit))) if last else tables,
        tuple(each for each in comments if each.state == CommentState.released),
        tuple(each for each in comments if quality and each.state == CommentState.waiting),
        people,
        last,
    )


def _figures(unit: Unit, survey: SurveyRound) -> Sequence[SurveyFigure]:
    return unit.session.exec(select(SurveyFigure).where(SurveyFigure.round_id == survey.id)).all()


def question_tables(unit: Unit, survey: SurveyRound) -> list[QuestionTable]:
    """What was published of each question of a survey, for those who read it (`reads`)."""
    return list(_tables(_figures(unit, survey), unit))


def _last(unit: Unit, survey: SurveyRound, person_id: int) -> SurveyRound | None:
    """The time before, as far as this person reads it."""
    query = select(SurveyRound).where(
        SurveyRound.duty == survey.duty,
        SurveyRound.state == RoundState.published,
        col(SurveyRound.starts_on) < survey.starts_on,
    )
    known = unit.session.exec(query.order_by(col(SurveyRound.starts_on).desc())).first()
    return known if known is not None and reads(unit, known, person_id) else None


def _beside(tables: Sequence[QuestionTable], earlier: Sequence[QuestionTable]) -> tuple[QuestionTable, ...]:
    """Each question with what all said last time to the very same, on the same answers."""
    known = {(each.name, each.label, each.version, each.answers): each.rows[0][1] for each in earlier}
    return tuple(
        replace(each, before=known.get((each.name, each.label, each.version, each.answers), ())) for each in tables
    )


def _share(part: Sequence[int], whole: Sequence[int]) -> int:
    """How many of a hundred."""
    return percentage(sum(part), sum(whole) or 1)


def judge_comment(unit: Unit, token: str, key: str, person_id: int, *, release: bool) -> None:
    """Quality assurance has read what somebody wrote. Raises `NotFound` if it is not theirs to read."""
    waiting = {each.key: each for each in results(unit, token, person_id).waiting}
    if key not in waiting:
        raise NotFound(NO_RESULTS)
    comment = waiting[key]
    comment.state = CommentState.released if release else CommentState.withheld
    unit.session.add(comment)
    unit.event(
        "comment-read", actor=person_id, subject=("survey", comment.round_id), why="released" if release else "withheld"
    )


def as_table(shown: Results) -> list[list[str | int]]:
    """All figures of the page as the rows of a file, with a heading: the same numbers, and no more."""
    rows: list[list[str | int]] = [["Part", "Question", "Version of the answers", "Service", "Answer", "How many"]]
    for service, number, answered in shown.rates:
        rows += [["", "", "", service, ASKED, number], ["", "", "", service, ANSWERED, answered]]
    for table in shown.tables:
        about = [table.section, table.label, table.version]
        before = [(last_time(shown.last), table.before)] if shown.last and table.before else []
        for service, counts in [*table.rows, *before]:
            rows += [[*about, service, answer, count] for answer, count in zip(table.answers, counts, strict=True)]
            if refused := table.refused.get(service):
                rows.append([*about, service, NOT_SAID, refused])
    return rows


def last_time(survey: SurveyRound) -> str:
    """What stands for all services, the time before."""
    return f"{EVERYBODY}, asked from {say_day(survey.starts_on)}"


def _rates(figures: Sequence[SurveyFigure]) -> Iterator[tuple[str, int, int]]:
    counts = {(each.service, each.answer): each.count for each in figures if not each.question}
    for service in _services(each.service for each in figures if not each.question):
        yield service or EVERYBODY, counts[service, ASKED], counts[service, ANSWERED]


def _services(names: Iterator[str]) -> list[str]:
    """All first, then each by name."""
    return sorted(set(names))


def _tables(figures: Sequence[SurveyFigure], unit: Unit) -> Iterator[QuestionTable]:
    of: dict[tuple[int, str, str, str], list[SurveyFigure]] = {}
    for each in figures:
        if each.question:
            of.setdefault((each.place_in_form, each.question, each.label, each.version), []).append(each)
    scales = {scale.version: scale.labels for scale in unit.framework.scales.values()}
    for (_, name, label, version), rows in sorted(of.items()):
        said = {each.answer: each.said for each in sorted(rows, key=lambda each: each.order)}
        # Of a scale that is still there, also the answers that nobody gave.
        answers = {**scales.get(version, {}), **said}
        answers.pop(PREFER_NOT, None)
        counts = {(each.service, each.answer): each.count for each in rows}
        services = _services(each.service for each in rows)
        yield QuestionTable(
            rows[0].section,
            label,
            version,
            tuple(answers.values()),
            tuple((each or EVERYBODY, tuple(counts.get((each, key), 0) for key in answers)) for each in services),
            name,
            {each or EVERYBODY: counts[each, PREFER_NOT] for each in services if (each, PREFER_NOT) in counts},
        )


def _people(unit: Unit, survey: SurveyRound, person: Staff) -> Iterator[tuple[str, str]]:
    """Who was asked in a confidential one, as far as this person may see it, and whether they have answered.

    Each has a time of their own: it may be over while others are still asked.
    """
    if survey.promise != "confidential":
        return
    reader = reads(unit, survey, person.id)
    query = (
        select(SurveySheet, Deadline.auditor_id, Audit.practitioner_id, Deadline.state)
        .join(Deadline, col(SurveySheet.deadline_id) == col(Deadline.id))
        .outerjoin(Audit, (col(Audit.id) == Deadline.subject_id) & (Deadline.subject_type == "audit"))
        .where(SurveySheet.round_id == survey.id)
    )
    for row, auditor, about, state in unit.session.exec(query.order_by(col(SurveySheet.person_id))):
        staff = unit.directory.people.get(row.person_id)
        if staff is None or not (reader or auditor == person.id):
            continue
        if person.id not in {staff.id, about} and not _manages(unit, person.id, staff):
            waits = NOT_YET if state == DeadlineState.open else NO
            yield staff.name, YES if Sheet.opened(row, unit.tools.sealer).sent else waits


def _manages(unit: Unit, person_id: int, staff: Staff) -> bool:
    """Whether this person is in the line of management of somebody: their manager's line, or their team's."""
    seen: set[int] = set()
    above = staff.line_manager_id
    while above is not None and above not in seen:
        seen.add(above)
        manager = unit.directory.people.get(above)
        above = manager.line_manager_id if manager is not None else None
    name = next(iter(unit.framework.doing("leads-team")), None)
    roles: set[str] = set()
    while name and name not in roles and (role := unit.framework.roles.get(name)) is not None and role.of != "council":
        roles.add(name)
        seen |= set(unit.directory.holders(name, unit.today, team_id=staff.team_id, of=role.of))
        name = role.above
    return person_id in seen
