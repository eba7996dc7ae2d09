"""Whom a command names. Apart from what all commands share, because the database is not loaded before it is used."""

from collections.abc import Sequence

from sqlmodel import Session, select

from qabot.errors import SetupError
from qabot.messaging.values import join_and
from qabot.models import Person

MOST_NAMED = 5
"""How many people a refusal names."""


def one_person(session: Session, given: str) -> Person:
    """Who works here and has this e-mail address or name. Raises `SetupError` unless that is one person."""
    words = " ".join(given.split())
    if not words:
        raise SetupError("Say whom you mean: their e-mail, as in the import of people, or their whole name.")
    people = session.exec(select(Person)).all()
    named = [each for each in people if words.casefold() in (each.email, each.name.casefold())]
    here = [each for each in named if each.active]
    if len(here) == 1:
        return here[0]
    if here:
        raise SetupError(f"More than one person has this e-mail or name: {words!r}. Give the e-mail: {_listed(here)}.")
    if named:
        gone = join_and([f"{each.name} ({each.email})" if each.email else each.name for each in named[:MOST_NAMED]])
        raise SetupError(f"{gone} {'has' if len(named) == 1 else 'have'} left, so nothing was done.")
    near = [each for each in people if each.active and set(_parts(words)) <= set(_parts(each.name))]
    meant = f" Did you mean {_listed(near)}?" if near else ""
    raise SetupError(f"Nobody has this e-mail or name: {given!r}. Give the e-mail as in the import of people.{meant}")


def _parts(name: str) -> list[str]:
    return name.casefold().replace("-", " ").split()


def _listed(people: Sequence[Person]) -> str:
    """The addresses of those who may be meant; of many the first."""
    more = [f"{len(people) - MOST_NAMED} others"] if len(people) > MOST_NAMED else []
    return " or ".join([*[each.email or each.name for each in people[:MOST_NAMED]], *more])
