"""All that is kept about one person, as one file (JSON), with the names of everybody else replaced by their roles."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import orjson
from sqlalchemy import RowMapping, or_
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_models

from qabot import models
from qabot.framework import Framework
from qabot.models import (
    Audit,
    Deadline,
    Event,
    Moment,
    Nomination,
    Notice,
    Person,
    RoleHolding,
    SurveyRound,
    SurveySheet,
)
from qabot.models.columns import table
from qabot.rights import finding, log
from qabot.rights.kinds import KINDS, TABLES

YOU = "the person"
OUTSIDE = "[somebody outside the list of people]"
NOT_HERE = (
    "What was answered in surveys. An anonymous survey is linked to nobody once it has closed, so nobody can say which "
    "answers are theirs; until then, and in a confidential one, each sheet is sealed, and the promise made before the "
    "first question keeps it from whoever makes this file. What they have answered they read in their own inbox.",
    "The words of messages: they are drawn from templates and kept nowhere. Each message is named with its reason.",
    "What the chat itself keeps (Slack, Teams), the case system, backups, and the service's own technical log.",
    "Texts in which they are meant by a nickname, initials or a description: a search finds names and addresses.",
)
WARNING = "Read this before it is handed over: others are named by their roles, and in a small team that can be a name."
SKIPPED = (SurveySheet, models.SurveyFigure, models.SurveyComment, models.Meta, models.Process, models.LadderSnapshot)
ABOUT_WORK = (models.Answer, models.AnswerRow, models.Moment)
LEFT_OUT = ("sealed", "token", "once", "key", "owner", "press")


@dataclass(frozen=True)
class _Others:
    """Everybody else, by id and by name, as a role."""

    person: Person
    roles: Mapping[int, str]
    without: Callable[[Any], Any]
    """A text or JSON value without the names of others."""

    @classmethod
    def of(cls, session: Session, framework: Framework, person: Person) -> "_Others":
        titles: dict[int, str] = {}
        for held in session.exec(select_models(RoleHolding).order_by(col(RoleHolding.id))):
            role = framework.roles.get(held.role)
            titles.setdefault(held.person_id, role.title if role else held.role)
        words: dict[str, str | None] = {}
        for each in session.exec(select_models(Person).where(Person.id != person.id)):
            role_title = f"[{titles.get(each.id, 'colleague')}]"
            words |= {each.name: role_title, each.email: role_title}
        return cls(person, titles, finding.replacing(words | {person.name: None, person.email: None}))

    def said(self, person_id: int) -> str:
        """Somebody by id, as their role."""
        return YOU if person_id == self.person.id else f"[{self.roles.get(person_id, 'colleague')}]"


def export(session: Session, framework: Framework, person: Person, now: datetime) -> bytes:
    """The file: JSON, in UTF-8, times in UTC."""
    others, mentioned = _Others.of(session, framework, person), finding.replacing(finding.mentions(session, person))
    tables = {}
    for model, kept in TABLES.items():
        if model is Person or model in SKIPPED:
            continue
        if rows := [_row(model, each, others) for each in _rows(session, model, person, mentioned)]:
            tables[str(table(model).name)] = {"what": kept.title, "kept": KINDS[kept.kind].why, "rows": rows}
    whole = {
        "about": _row(Person, person.model_dump(), others) | {"name": person.name, "email": person.email},
        "made_at": now,
        "read_first": WARNING,
        "not_in_this_file": NOT_HERE,
        "surveys": _surveys(session, person),
        "data": tables,
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2, default=_plain)


def export_outside(session: Session, framework: Framework, address: str, now: datetime) -> bytes:
    """The same of somebody outside the list of people, of whom there are records of good practice alone."""
    others = _Others.of(session, framework, Person(id=0, name=address.strip(), email=address.strip()))
    records = session.exec(select_models(Nomination).where(finding.of_outside(address)).order_by(col(Nomination.id)))
    rows = [_row(Nomination, {**each.model_dump(), "nominee_email": None}, others) for each in records]
    kept = TABLES[Nomination]
    data = {str(table(Nomination).name): {"what": kept.title, "kept": KINDS[kept.kind].why, "rows": rows}}
    whole = {
        "about": {"email": address.strip()},
        "made_at": now,
        "read_first": WARNING,
        "not_in_this_file": NOT_HERE,
        "data": data,
    }
    log.record("person-exported", session, now, why="records about somebody outside the list of people, as a file")
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2, default=_plain)


def note(session: Session, person: Person, now: datetime, *, by: int | None = None) -> None:
    """Write to the log that somebody's data was taken as a file."""
    log.record(
        "person-exported", session, now, subject=("person", person.id), by=by, why="all data about them, as a file"
    )


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)


def _rows(
    session: Session, model: type[SQLModel], person: Person, mentioned: Callable[[Any], Any]
) -> list[Mapping[str, Any]]:
    """Rows that point to somebody, are about their work, or hold their name; in the order in which they were made.

    `mentioned` changes a text that holds their name.
    """
    rows = table(model)
    keys = list(rows.primary_key.columns)
    by_key: dict[Any, Mapping[str, Any]] = {}
    conditions = [
        each for each in (finding.points_to(model, person.id), _about_work(model, person)) if each is not None
    ]
    if conditions:
        query = rows.select().where(or_(*conditions), *_not_their_answers(session, model, person)).order_by(*keys)
        by_key = {tuple(each[key.name] for key in keys): _named(each) for each in session.execute(query).mappings()}
    named = [key for key, given in finding.texts(session, model) if key not in by_key and mentioned(given) != given]
    for key in named:
        where = [column == each for column, each in zip(keys, key, strict=True)]
        by_key[key] = _named(session.execute(rows.select().where(*where)).mappings().one())
    return [by_key[key] for key in sorted(by_key)]


def _not_their_answers(session: Session, model: type[SQLModel], person: Person) -> list[Any]:
    """Without who has answered a survey about their work, which nobody whom it is about may learn."""
    surveys = list(session.exec(select_models(SurveyRound.duty).distinct()))
    if model is Deadline:
        return [or_(col(Deadline.kind).not_in(surveys), col(Deadline.owner_id) == person.id)]
    if model is Moment:
        names = [col(Moment.name).startswith(f"{each}.", autoescape=True) for each in surveys]
        return [or_(col(Moment.by_id) == person.id, ~or_(*names))] if names else []
    return []


def _named(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _about_work(model: type[SQLModel], person: Person) -> Any:
    """What was said and done about audits that they did, or that are about their work; what messages to them did."""
    theirs = select_models(Audit.id).where(
        or_(col(Audit.auditor_id) == person.id, col(Audit.practitioner_id) == person.id)
    )
    columns = table(model).columns
    if "audit_id" in columns:
        return columns["audit_id"].in_(theirs)
    if model in ABOUT_WORK:
        return (columns["subject_type"] == "audit") & columns["subject_id"].in_(theirs)
    if model is Event:
        return columns["notice_id"].in_(select_models(Notice.id).where(Notice.recipient_id == person.id))
    if model is models.ListLine:
        owed = select_models(Deadline.id).where(Deadline.owner_id == person.id)
        to_them = select_models(Notice.id).where(Notice.recipient_id == person.id)
        return columns["deadline_id"].in_(owed) | columns["list_id"].in_(to_them)
    return None


def _row(model: type[SQLModel], row: Mapping[str, Any], others: _Others) -> dict[str, Any]:
    people = {each.name for each in finding.people_columns(model)}
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if name in LEFT_OUT or value is None or value in ("", {}, []):
            continue
        if name in people:
            shown[name.removesuffix("_id")] = others.said(value)
        elif name == "nominee_email":
            shown[name] = OUTSIDE
        else:
            shown[name] = others.without(_with_people(row, name, value, others))
    return shown


def _with_people(row: Mapping[str, Any], name: str, value: Any, others: _Others) -> Any:
    """An answer that is a person's id is that person."""
    if name != "given" or not isinstance(value, dict):
        return value
    if row.get("kind") == "person" and isinstance(value.get("value"), int):
        return {"value": others.said(value["value"])}
    kinds = row.get("columns") or {}
    return {
        key: others.said(each) if kinds.get(key) == "person" and isinstance(each, int) else each
        for key, each in value.items()
    }


def _surveys(session: Session, person: Person) -> list[dict[str, str]]:
    """In which surveys they were asked, of those that still know it."""
    query = select_models(SurveyRound).join(SurveySheet, col(SurveySheet.round_id) == col(SurveyRound.id))
    rounds: Collection[SurveyRound] = session.exec(query.where(SurveySheet.person_id == person.id)).all()
    return [{"title": each.title, "promise": each.promise, "from": each.starts_on.isoformat()} for each in rounds]
