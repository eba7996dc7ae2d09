"""Where somebody stands in the database: rows that point to them, and texts that hold their name or address."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, String, and_, func, or_, select
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_models
from sqlmodel.sql.sqltypes import AutoString

from qabot.errors import NotFound
from qabot.models import Account, AccountClash, Nomination, Person
from qabot.models.columns import table

Needles = Mapping[str, str | None]
"""What to look for, and what takes its place; None of what is somebody else's, and stays."""

ERASED_ADDRESS = re.compile(r"former-(\d+)@erased\.invalid")
"""The address that somebody has who was erased, with their id in it."""


def person_of(session: Session, named: str) -> Person:
    """Whoever has this e-mail address, number of the council's, or id. Raises `NotFound`.

    After a copy was brought back whoever had been erased is known by the address that took the place of theirs.
    """
    plain = named.strip()
    query = select_models(Person).where(
        or_(func.lower(col(Person.email)) == plain.lower(), col(Person.employee_id) == plain)
    )
    person = session.exec(query).first()
    number = erased.group(1) if (erased := ERASED_ADDRESS.fullmatch(plain.lower())) else plain
    if person is None and number.isdecimal() and len(number) < 10:
        person = session.get(Person, int(number))
    if person is None:
        raise NotFound(f"Nobody with the e-mail address, number or id {plain!r} is known.")
    return person


def is_outside(session: Session, address: str) -> bool:
    """Whether a record of good practice is about somebody of this address who is not in the list of people."""
    return session.exec(select_models(Nomination.id).where(of_outside(address))).first() is not None


def of_outside(address: str) -> ColumnElement[bool]:
    """The condition of a record that is about somebody of this address outside the list of people."""
    return and_(
        col(Nomination.nominee_id).is_(None), func.lower(col(Nomination.nominee_email)) == address.strip().lower()
    )


def people_columns(model: type[SQLModel]) -> list[Column[Any]]:
    """The columns that hold somebody's id."""
    by_key = [
        each for each in table(model).columns if any(key.target_fullname == "person.id" for key in each.foreign_keys)
    ]
    return [*by_key, *(each for each in table(model).columns if each.name == "actor_id")]


def points_to(model: type[SQLModel], person_id: int, columns: Collection[str] = ()) -> ColumnElement[bool] | None:
    """The condition that a row points to somebody, by any of these columns or by all; None if none can."""
    columns_there = [each for each in people_columns(model) if not columns or each.name in columns]
    conditions: list[ColumnElement[bool]] = [each == person_id for each in columns_there]
    kinds = table(model).columns
    if not columns and "subject_type" in kinds:
        conditions.append(and_(kinds["subject_type"] == "person", kinds["subject_id"] == person_id))
    return or_(*conditions) if conditions else None


def text_columns(model: type[SQLModel]) -> list[Column[Any]]:
    """The columns that can hold words: texts and what is kept as JSON. No key, and no id of a session."""
    return [
        each
        for each in table(model).columns
        if isinstance(each.type, AutoString | String | JSON)
        and not each.primary_key
        and each.name not in ("token", "key")
    ]


def needles(session: Session, person: Person, name: str, address: str) -> dict[str, str | None]:
    """What says who somebody is, with what stands for it: the name, the address, numbers and accounts in chats."""
    words: dict[str, str | None] = {person.name: name, person.email: address}
    if person.employee_id:
        words[person.employee_id] = name
    accounts = [
        *session.exec(select_models(Account).where(Account.person_id == person.id)),
        *session.exec(select_models(AccountClash).where(AccountClash.person_id == person.id)),
    ]
    for each in accounts:
        words |= {text: address for text in (each.external_id, each.conversation) if text}
    return words | longer(session, person, words)


def mentions(session: Session, person: Person) -> Needles:
    """The name and the address of somebody, to look for."""
    words = {person.name: "", person.email: ""}
    return words | longer(session, person, words)


def longer(session: Session, person: Person, words: Collection[str]) -> dict[str, None]:
    """The names and addresses of others in which one of these words stands: ann.lee@ is not lee@."""
    pattern, same = _pattern(words), {each.casefold() for each in words}
    others = session.exec(select_models(Person.name, Person.email).where(Person.id != person.id))
    texts = (each for pair in others for each in pair if pattern.search(each))
    return {each: None for each in texts if each.casefold() not in same}


def _pattern(words: Collection[str]) -> re.Pattern[str]:
    """Each of these words as a whole, in capitals or not: the longest first, so that an address goes before a name."""
    alternatives = "|".join(re.escape(each) for each in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])", re.IGNORECASE)


def replacing(words: Needles) -> Callable[[Any], Any]:
    """What gives a text, or what is kept as JSON, with each word replaced by what stands for it."""
    pattern, folded = _pattern(words), {each.casefold(): put for each, put in words.items()}

    def put(match: re.Match[str]) -> str:
        stands = folded.get(match[0].casefold(), "")
        return match[0] if stands is None else stands

    def within(given: Any) -> Any:
        match given:
            case str():
                return pattern.sub(put, given)
            case dict():
                return {within(key): within(each) for key, each in given.items()}
            case list():
                return [within(each) for each in given]
        return given

    return within


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
    duties = []
    if person.active:
        duties.append(
            f"{person.name} still works here. Import the people file with active = no for them first, so that what "
            "they owe moves on to somebody else."
        )
    return [*duties, *(f"There is a legal hold: {why}. End it first: qabot hold end" for why in holds)]
