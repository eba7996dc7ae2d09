"""Whom a command names. Apart from what all commands share, because the database is not loaded before it is used."""

from sqlmodel import Session, col, or_, select

from qabot.errors import SetupError
from qabot.models import Person


def one_person(session: Session, given: str) -> Person:
    """Who works here and has this e-mail address or name. Raises `SetupError` unless that is one person."""
    named = or_(col(Person.email) == given.strip().lower(), col(Person.name) == given)
    people = session.exec(select(Person).where(named, col(Person.active))).all()
    if len(people) != 1:
        known = "Nobody has" if not people else "More than one person has"
        raise SetupError(f"{known} this e-mail or name: {given!r}. Give the e-mail as in the import of people.")
    return people[0]
