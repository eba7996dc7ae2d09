"""Who reads what of a survey: its figures whoever a file names; who has answered, never anybody who manages them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlmodel import col, select

from qabot.errors import NotFound
from qabot.models import (
    Audit,
    CommentState,
    Deadline,
    RoundState,
    SurveyComment,
    SurveyFigure,
    SurveyRound,
    SurveySheet,
)
from qabot.planning.counting import ANSWERED, ASKED
from qabot.planning.directory import Staff
from qabot.planning.recipients import runs_quality
from qabot.workflows.core.sheets import Sheet
from qabot.workflows.core.unit import Unit

NO_RESULTS = "There are no results of a survey at this address that are open to you."
EVERYBODY = "All services"


@dataclass(frozen=True, slots=True)
class QuestionTable:
    """One question: its words, what can be answered, and for all and for each service that is shown the counts."""

    section: str
    label: str
    version: str
    answers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Results:
    """A survey as one of its readers sees it. `rates` are asked and answered by service.

    `people` are those of whom this reader may see whether they have answered, with whether they have.
    `waiting` are comments that quality assurance has not read yet, for whoever runs it.
    """

    survey: SurveyRound
    rates: tuple[tuple[str, int, int], ...] = ()
    tables: tuple[QuestionTable, ...] = ()
    comments: tuple[SurveyComment, ...] = ()
    waiting: tuple[SurveyComment, ...] = ()
    people: tuple[tuple[str, bool], ...] = field(default=())


def readable(unit: Unit, person_id: int) -> list[SurveyRound]:
    """The surveys whose results this person reads, or in which they did the work that people were asked about."""
    query = select(SurveyRound).where(SurveyRound.state != RoundState.joined)
    rounds = unit.session.exec(query.order_by(col(SurveyRound.starts_on).desc(), SurveyRound.duty)).all()
    person = unit.directory.person(person_id)
    return [each for each in rounds if person and (reads(unit, each, person_id) or any(_people(unit, each, person)))]


def reads(unit: Unit, survey: SurveyRound, person_id: int) -> bool:
    """Whether this person holds a role that reads it; while nobody does, whoever runs quality assurance."""
    held = [person for role in survey.reads for person in unit.directory.holders(str(role), unit.today)]
    return person_id in (held or runs_quality(unit.directory, unit.framework, unit.today))


def results(unit: Unit, token: str, person_id: int) -> Results:
    """What this person sees of a survey. Raises `NotFound` if that is nothing."""
    survey = unit.session.exec(select(SurveyRound).where(SurveyRound.token == token)).first()
    person = unit.directory.person(person_id)
    if survey is None or person is None or survey.state == RoundState.joined:
        raise NotFound(NO_RESULTS)
    reader, people = reads(unit, survey, person_id), tuple(_people(unit, survey, person))
    if not reader:
        if not people:
            raise NotFound(NO_RESULTS)
        return Results(survey, people=people)
    figures = unit.session.exec(select(SurveyFigure).where(SurveyFigure.round_id == survey.id)).all()
    query = select(SurveyComment).where(SurveyComment.round_id == survey.id)
    comments = unit.session.exec(query.order_by(col(SurveyComment.place_in_form), SurveyComment.key)).all()
    quality = person_id in runs_quality(unit.directory, unit.framework, unit.today)
    return Results(
        survey,
        tuple(_rates(figures)),
        tuple(_tables(figures)),
        tuple(each for each in comments if each.state == CommentState.released),
        tuple(each for each in comments if quality and each.state == CommentState.waiting),
        people,
    )


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
    for service, asked, answered in shown.rates:
        rows += [["", "", "", service, ASKED, asked], ["", "", "", service, ANSWERED, answered]]
    for table in shown.tables:
        for service, counts in table.rows:
            for answer, count in zip(table.answers, counts, strict=True):
                rows.append([table.section, table.label, table.version, service, answer, count])
    return rows


def _rates(figures: Sequence[SurveyFigure]) -> Iterator[tuple[str, int, int]]:
    counts = {(each.service, each.answer): each.count for each in figures if not each.question}
    for service in _services(each.service for each in figures if not each.question):
        yield service or EVERYBODY, counts[service, ASKED], counts[service, ANSWERED]


def _services(names: Iterator[str]) -> list[str]:
    """All first, then each by name."""
    return sorted(set(names))


def _tables(figures: Sequence[SurveyFigure]) -> Iterator[QuestionTable]:
    of: dict[tuple[int, str, str, str], list[SurveyFigure]] = {}
    for each in figures:
        if each.question:
            of.setdefault((each.place_in_form, each.question, each.label, each.version), []).append(each)
    for (_, _, label, version), rows in sorted(of.items()):
        answers = dict(sorted({each.order: each.said for each in rows}.items()))
        counts = {(each.service, each.order): each.count for each in rows}
        yield QuestionTable(
            rows[0].section,
            label,
            version,
            tuple(answers.values()),
            tuple(
                (service or EVERYBODY, tuple(counts.get((service, order), 0) for order in answers))
                for service in _services(each.service for each in rows)
            ),
        )


def _people(unit: Unit, survey: SurveyRound, person: Staff) -> Iterator[tuple[str, bool]]:
    """Who was asked in a confidential one, as far as this person may see it."""
    if survey.promise != "confidential":
        return
    reader = reads(unit, survey, person.id)
    query = (
        select(SurveySheet, Deadline.auditor_id, Audit.practitioner_id)
        .join(Deadline, col(SurveySheet.deadline_id) == col(Deadline.id))
        .outerjoin(Audit, (col(Audit.id) == Deadline.subject_id) & (Deadline.subject_type == "audit"))
        .where(SurveySheet.round_id == survey.id)
    )
    for row, auditor, about in unit.session.exec(query.order_by(col(SurveySheet.person_id))):
        asked = unit.directory.people.get(row.person_id)
        if asked is None or not (reader or auditor == person.id):
            continue
        if person.id not in {asked.id, about} and not _manages(unit, person.id, asked):
            yield asked.name, Sheet.opened(row, unit.tools.sealer).sent


def _manages(unit: Unit, person_id: int, asked: Staff) -> bool:
    """Whether this person is in the line of management of somebody: their manager's line, or their team's."""
    seen: set[int] = set()
    above = asked.line_manager_id
    while above is not None and above not in seen:
        seen.add(above)
        manager = unit.directory.people.get(above)
        above = manager.line_manager_id if manager is not None else None
    name = next(iter(unit.framework.doing("leads-team")), None)
    roles: set[str] = set()
    while name and name not in roles and (role := unit.framework.roles.get(name)) is not None and role.of != "council":
        roles.add(name)
        seen |= set(unit.directory.holders(name, unit.today, team_id=asked.team_id, of=role.of))
        name = role.above
    return person_id in seen
