"""Where somebody stands in the database: rows that point to them, and texts that hold their name or address."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, String, and_, func, or_, select
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_models
from sqlmodel.sql.sqltypes import AutoString

from qabot.errors import NotFound
from qabot.models import Account, AccountClash, Person
from qabot.models.columns import table

Needles = Mapping[str, str]
"""What to look for, and what takes its place."""


def person_of(session: Session, named: str) -> Person:
    """Whoever has this e-mail address, number of the council's, or id. Raises `NotFound`."""
    plain = named.strip()
    query = select_models(Person).where(
        or_(func.lower(col(Person.email)) == plain.lower(), col(Person.employee_id) == plain)
    )
    found = session.exec(query).first()
    if found is None and plain.isdecimal() and len(plain) < 10:
        found = session.get(Person, int(plain))
    if found is None:
        raise NotFound(f"Nobody with the e-mail address, number or id {plain!r} is known.")
    return found


def people_columns(model: type[SQLModel]) -> list[Column[Any]]:
    """The columns that hold somebody's id."""
    by_key = [
        each for each in table(model).columns if any(key.target_fullname == "person.id" for key in each.foreign_keys)
    ]
    return [*by_key, *(each for each in table(model).columns if each.name == "actor_id")]


def points_to(model: type[SQLModel], person_id: int, columns: Collection[str] = ()) -> ColumnElement[bool] | None:
    """The condition that a row points to somebody, by any of these columns or by all; None if none can."""
    wanted = [each for each in people_columns(model) if not columns or each.name in columns]
    found: list[ColumnElement[bool]] = [each == person_id for each in wanted]
    kinds = table(model).columns
    if not columns and "subject_type" in kinds:
        found.append(and_(kinds["subject_type"] == "person", kinds["subject_id"] == person_id))
    return or_(*found) if found else None


def text_columns(model: type[SQLModel]) -> list[Column[Any]]:
    """The columns that can hold words: texts and what is kept as JSON. No key, and no id of a session."""
    return [
        each
        for each in table(model).columns
        if isinstance(each.type, AutoString | String | JSON)
        and not each.primary_key
        and each.name not in ("token", "key")
    ]


def needles(session: Session, person: Person, name: str, address: str) -> dict[str, str]:
    """What says who somebody is, with what stands for it: the name, the address, numbers and accounts in chats.

    The longest comes first, so that an address goes before the name that it may hold.
    """
    found = {person.name: name, person.email: address}
    if person.employee_id:
        found[person.employee_id] = name
    accounts = [
        *session.exec(select_models(Account).where(Account.person_id == person.id)),
        *session.exec(select_models(AccountClash).where(AccountClash.person_id == person.id)),
    ]
    for each in accounts:
        found |= {text: address for text in (each.external_id, each.conversation) if text}
    return {each: found[each] for each in sorted(found, key=len, reverse=True)}


def pattern_of(words: Collection[str]) -> re.Pattern[str]:
    """A pattern for each of these words as a whole, in capitals or not."""
    alternatives = "|".join(re.escape(each) for each in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])", re.IGNORECASE)


def replaced(value: Any, pattern: re.Pattern[str], words: Needles) -> Any:
    """A text, or what is kept as JSON, with each word replaced by what stands for it."""
    folded = {each.casefold(): put for each, put in words.items()}

    def within(given: Any) -> Any:
        match given:
            case str():
                return pattern.sub(lambda match: folded.get(match[0].casefold(), ""), given)
            case dict():
                return {within(key): within(each) for key, each in given.items()}
            case list():
                return [within(each) for each in given]
        return given

    return within(value)


def texts(session: Session, model: type[SQLModel]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Every row's key, and its texts by column."""
    keys, columns = list(table(model).primary_key.columns), text_columns(model)
    if not columns:
        return
    for row in session.connection().execute(select(*keys, *columns)):
        values = tuple(row)
        yield (
            values[: len(keys)],
            {str(each.name): given for each, given in zip(columns, values[len(keys) :], strict=True)},
        )


def require_nothing_due(person: Person, holds: Collection[str]) -> list[str]:
    """Why somebody cannot be erased now, in sentences; nothing if they can be."""
    found = []
    if person.active:
        found.append(
            f"{person.name} still works here. Import the people file with active = no for them first, so that what "
            "they owe moves on to somebody else."
        )
    return [*found, *(f"There is a legal hold: {why}. End it first: qabot hold end" for why in holds)]
