"""Erasing somebody who has left: what must go goes, what must stay stays under a number, and each says why.

The log keeps its lines, and stays true: what is written over is who somebody was, never what happened. Their name,
their address and their accounts in chats are replaced wherever a text holds them, in every table.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_models

from qabot import models
from qabot.errors import BadRequest
from qabot.models import Absence, Answer, Deadline, DeadlineState, Nomination, Notice, NoticeState, Person
from qabot.models.alone import Work, be_alone
from qabot.models.columns import table
from qabot.models.notice import WAITING
from qabot.rights import finding, holds, log, marks
from qabot.rights.kinds import KINDS, TABLES
from qabot.workflows.core.covering import cover_over
from qabot.workflows.core.situation import people_changed

ERASED = "(erased)"
WITHDRAWN = "withdrawn"
OF_OUTSIDE = "They are not in the list of people: the rows stay, without what they say and about whom"
NAMED = (models.Service, models.Team, models.Meta, models.Process, models.LadderSnapshot, models.Cycle)
"""Tables whose texts are names of places, or nobody's: a team that is called after somebody is renamed by a file."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is done with some rows: how many, of what, and why."""

    what: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing somebody comes to. `refused`: why it cannot be done now, in sentences.

    `becomes` and `address` are what stands in the place of their name and of their address.
    """

    person_id: int
    name: str
    becomes: str
    address: str
    refused: list[str]
    goes: list[Line]
    stays: list[Line]

    def again(self) -> str:
        """What whoever erases somebody should write down: the database cannot know it once it was lost."""
        return (
            "Copies of the database from before still say who it was. Write down what to do when one of them is "
            f"brought back: qabot person erase {self.address}"
        )


def plan(session: Session, person: Person) -> Erasure:
    """What would go and what would stay. Nothing is changed."""
    goes, stays = [], []
    for model, kept in TABLES.items():
        gone = _count(session, model, person.id, kept.goes)
        if gone:
            goes.append(Line(kept.title, gone, "It says something about them that nobody needs any more"))
        for column, words in (kept.words or {}).items():
            if count := _count(session, model, person.id, (column,)):
                goes.append(Line(f"of {kept.title}: {_said(words)}", count, "The row stays, without what it says"))
        if model is not Person and (count := _count(session, model, person.id, None) - gone) > 0:
            stays.append(Line(kept.title, count, KINDS[kept.kind].why))
    goes.append(
        Line(
            "name, address, number and accounts, wherever a text holds them",
            _mentions(session, person),
            f"“{_name(person)}” stands there instead",
        )
    )
    stays += _left_over(session, person)
    held = (each for each in holds.open_holds(session) if (each.subject_type, each.subject_id) == ("person", person.id))
    refused = finding.require_nothing_due(person, [each.why for each in held])
    return Erasure(person.id, person.name, _name(person), _address(person), refused, goes, stays)


def erase(session: Session, person: Person, now: datetime, *, by: int | None = None) -> Erasure:
    """Do it, and write to the log that it was done. Raises `BadRequest` where it cannot be done now."""
    # A file of people that comes in at this moment may say that they are back, and knows their name as everybody does.
    be_alone(session, Work.names)
    session.refresh(person)
    planned = plan(session, person)
    if planned.refused:
        raise BadRequest(" ".join(planned.refused))
    words = _needles(session, person)
    _let_go(session, person, now)
    _take_words(session, person)
    person.name, person.email, person.employee_id = _name(person), _address(person), None
    person.team_id = person.line_manager_id = person.deputy_id = None
    person.news = person.administrator = False
    session.add(person)
    session.flush()
    for model in TABLES:
        if model not in NAMED:
            changed = _replace(session, model, words)
            if model is models.Event:
                marks.note_changed(session, [number for (number,) in changed], now)
    gone = {each.what: each.count for each in planned.goes}
    log.record(
        "person-erased",
        session,
        now,
        subject=("person", person.id),
        by=by,
        why="who they were is not kept any more",
        goes=gone,
    )
    session.flush()
    # Every process keeps who works here in memory, and would write and draw their name on.
    people_changed(session)
    session.expire_all()
    return planned


def plan_outside(session: Session, address: str) -> list[Line]:
    """What would go of somebody outside the list of people, of whom there are records of good practice alone."""
    query = select(func.count()).where(finding.of_outside(address))
    count = int(session.connection().execute(query).scalar_one())
    return [Line("records of good practice: what they say, and the address", count, OF_OUTSIDE)] if count else []


def erase_outside(session: Session, address: str, now: datetime) -> None:
    """Do it: the rows stay without their words, nothing more is asked about them, and the log says that it was done."""
    query = select_models(Nomination).where(finding.of_outside(address))
    for row in session.exec(query).all():
        row.what = row.difference = ERASED
        row.case_reference = row.nominee_email = None
        row.state, row.tags = WITHDRAWN, []
        session.add(row)
        about = (col(Deadline.subject_type) == "nomination", col(Deadline.subject_id) == row.id)
        closed = {"state": DeadlineState.withdrawn, "closed_at": now, "closed_why": "Erased", "next_at": None}
        session.execute(update(Deadline).where(*about, col(Deadline.state) == DeadlineState.open).values(closed))
        log.record(
            "person-erased", session, now, subject=("nomination", row.id), why="who they were is not kept any more"
        )
    session.flush()


def _name(person: Person) -> str:
    return f"Former colleague {person.id}"


def _address(person: Person) -> str:
    return f"former-{person.id}@erased.invalid"


def _count(session: Session, model: type[SQLModel], person_id: int, columns: tuple[str, ...] | None) -> int:
    """How many rows point to somebody by these columns; None is all columns."""
    condition = finding.points_to(model, person_id, columns or ()) if columns != () else None
    if condition is None:
        return 0
    return int(session.connection().execute(select(func.count()).where(condition)).scalar_one())


def _said(columns: tuple[str, ...]) -> str:
    return ", ".join(each.replace("_", " ") for each in columns)


def _needles(session: Session, person: Person) -> finding.Needles:
    words = finding.needles(session, person, _name(person), _address(person))
    number = person.employee_id or ""
    if number and not (len(number) > 4 and not number.isdigit()):
        words.pop(number, None)  # a bare number stands in many texts and means something else there
    if _namesakes(session, person):
        words.pop(person.name, None)
    return words


def _namesakes(session: Session, person: Person) -> int:
    query = select_models(Person).where(func.lower(col(Person.name)) == person.name.lower(), Person.id != person.id)
    return len(session.exec(query).all())


def _mentions(session: Session, person: Person) -> int:
    words = _needles(session, person)
    return sum(1 for model in TABLES if model not in (*NAMED, Person) for _ in _changes(session, model, words))


def _left_over(session: Session, person: Person) -> Iterator[Line]:
    if namesakes := _namesakes(session, person):
        yield Line("texts with their name", 0, f"{namesakes} other people have the same name: they may be meant")
    words = finding.mentions(session, person)
    for model in NAMED:
        if count := sum(1 for _ in _changes(session, model, words)):
            yield Line(f"{TABLES[model].title} with their name", count, "A place is called so: rename it with a file")


def _changes(session: Session, model: type[SQLModel], words: finding.Needles) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The rows whose texts hold what is looked for: key, and those texts as they will be."""
    replaced = finding.replacing(words)
    for key, given in finding.texts(session, model):
        if put := _put(given, replaced):
            yield key, put


def _put(given: Mapping[str, Any], replaced: Callable[[Any], Any]) -> dict[str, Any]:
    """Those of a row's texts that hold what is looked for, as they will be."""
    return {name: new for name, value in given.items() if value and (new := replaced(value)) != value}


def _replace(session: Session, model: type[SQLModel], words: finding.Needles) -> list[Any]:
    """Put the new texts in; the keys of the rows that had others.

    Each is read once more and held: what somebody else is changing in it at this moment stays as they leave it.
    """
    rows, replaced, changed = table(model), finding.replacing(words), []
    for key, _ in list(_changes(session, model, words)):
        where = [column == each for column, each in zip(rows.primary_key.columns, key, strict=True)]
        query = select(*finding.text_columns(model)).where(*where).with_for_update()
        held = session.connection().execute(query).mappings().first()
        if held is not None and (put := _put(dict(held), replaced)):
            session.connection().execute(update(rows).where(*where).values(put))
            changed.append(key)
    return changed


def _let_go(session: Session, person: Person, now: datetime) -> None:
    """Rows that go, and what points to them."""
    away = select(col(Absence.id)).where(col(Absence.person_id) == person.id)
    cover_over(session, col(Notice.absence_id).in_(away))
    for rows in (table(Absence), table(Person)):
        session.execute(update(rows).where(rows.columns["deputy_id"] == person.id).values(deputy_id=None))
    session.execute(
        update(Notice)
        .where(col(Notice.recipient_id) == person.id, col(Notice.state).in_(WAITING))
        .values(state=NoticeState.superseded.value, reason="the person was erased", closed_at=now)
    )
    # A copy in a chat that is theirs no more is not redrawn.
    session.execute(update(Notice).where(col(Notice.recipient_id) == person.id).values(drawn=col(Notice.wanted)))
    for model, kept in TABLES.items():
        if kept.through is not None:
            column, other = kept.through
            theirs = select(table(other).columns["id"]).where(table(other).columns["person_id"] == person.id)
            session.execute(delete(table(model)).where(table(model).columns[column].in_(theirs)))
        if kept.goes and (condition := finding.points_to(model, person.id, kept.goes)) is not None:
            session.execute(delete(table(model)).where(condition))


def _take_words(session: Session, person: Person) -> None:
    """The words of rows that stay."""
    about = select(col(Nomination.id)).where(col(Nomination.nominee_id) == person.id)
    for model, kept in TABLES.items():
        for column, names in (kept.words or {}).items():
            rows = table(model)
            put = {name: None if rows.columns[name].nullable else ERASED for name in names}
            session.execute(update(rows).where(rows.columns[column] == person.id).values(put))
    session.execute(update(Nomination).where(col(Nomination.nominee_id) == person.id).values(state=WITHDRAWN, tags=[]))
    with_words = col(Answer.kind).in_(("text", "rows"))
    session.execute(
        update(Answer)
        .where(col(Answer.subject_type) == "nomination", col(Answer.subject_id).in_(about), with_words)
        .values(given={"value": ERASED})
    )
