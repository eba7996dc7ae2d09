"""What people call what stands in the tables: names of people, references of audits, labels of subjects."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, col, func, select

from qabot.framework.vocabulary import OCCASION
from qabot.models import Action, Alert, AnswerRow, Audit, Cycle, Moderation, Occasion, Person, Team
from qabot.models.columns import run, table
from qabot.planning.namesakes import Colleague, called
from qabot.web.drawing import words
from qabot.workflows.core import occasions
from qabot.workflows.core.rows import ROW

Row = TypeVar("Row", bound=SQLModel)


def names(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """What others call these people, by id: the name, of two who work here with one name what tells them apart."""
    numbers = {each for each in ids if each}
    people, teams = table(Person).c, table(Team).c
    query = select_rows(people.id, people.name, people.email, people.active, teams.name).join_from(
        table(Person), table(Team), people.team_id == teams.id, isouter=True
    )
    alike = select_rows(func.lower(people.name)).where(people.id.in_(numbers))
    rows = run(session, query.where(func.lower(people.name).in_(alike))) if numbers else []
    here = called(Colleague(each, name, team or "", email) for each, name, email, active, team in rows if active)
    return {each: here.get(each, name) for each, name, *_ in rows if each in numbers}


def subject_labels(session: Session, keys: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What people call the things that deadlines and notices are about, in a query or two for each type."""
    given = _rows(session, AnswerRow, {number for kind, number in keys if kind == ROW})
    keys = keys | {(each.subject_type, each.subject_id) for each in given}
    labels = {each: words(each[0]) for each in keys}
    for cycle in _rows(session, Cycle, {number for kind, number in keys if kind == "cycle"}):
        labels["cycle", cycle.id] = cycle.name
    for day in _rows(session, Occasion, {number for kind, number in keys if kind == OCCASION}):
        labels[OCCASION, day.id] = occasions.name(day)
    for number, name in names(session, (number for kind, number in keys if kind == "person")).items():
        labels["person", number] = name
    for each, (part, reference) in _of_audits(session, keys).items():
        labels[each] = f"{part} of {reference}" if part else reference
    for row in given:
        labels[ROW, row.id] = f"{row.label} {row.number} of {labels[row.subject_type, row.subject_id]}"
    return labels


def references(session: Session, keys: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The reference of the audit that each is about, if it is about one."""
    return {each: reference for each, (_, reference) in _of_audits(session, keys).items()}


def _of_audits(session: Session, keys: set[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, str]]:
    """Audits, and parts of audits: what part (empty for the whole) of which reference."""
    by_type: dict[str, set[int]] = defaultdict(set)
    for kind, number in keys:
        by_type[kind].add(number)
    given = [each for each in _rows(session, AnswerRow, by_type[ROW]) if each.subject_type == "audit"]
    labels: list[tuple[str, int, int, str]] = [
        *((ROW, each.id, each.subject_id, f"{each.label} {each.number}") for each in given),
        *(("audit", number, number, "") for number in by_type["audit"]),
        *(("alert", each.id, each.audit_id, "Alert") for each in _rows(session, Alert, by_type["alert"])),
        *(
            ("action", each.id, each.audit_id, f"Action {each.number}")
            for each in _rows(session, Action, by_type["action"])
        ),
        *(
            ("moderation", each.id, each.audit_id, "Moderation")
            for each in _rows(session, Moderation, by_type["moderation"])
        ),
    ]
    known = _references(session, {audit_id for _, _, audit_id, _ in labels})
    return {(kind, number): (part, known[audit]) for kind, number, audit, part in labels if audit in known}


def _references(session: Session, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {
        number or 0: ref
        for number, ref in session.exec(select(Audit.id, Audit.reference).where(col(Audit.id).in_(ids)))
    }


def _rows(session: Session, model: type[Row], ids: set[int]) -> Sequence[Row]:
    if not ids:
        return ()
    return session.exec(select(model).where(col(model.id).in_(ids))).all()  # type: ignore[attr-defined]
