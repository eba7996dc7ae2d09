"""What people of one name are called, so that whoever reads of one of them knows which."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works here: the name, the team's name ("" without one) and the address."""

    id: int
    name: str
    place: str = ""
    email: str = ""


def called(colleagues: Iterable[Colleague]) -> dict[int, str]:
    """Those who share their name with another of these, by id, each with what tells them apart behind the name.

    That is the team where no other of the name has it, and otherwise what stands before the @ of their address.
    """
    alike: dict[str, list[Colleague]] = defaultdict(list)
    for each in colleagues:
        alike[" ".join(each.name.casefold().split())].append(each)
    return {each.id: _called(each, same) for same in alike.values() if len(same) > 1 for each in same}


def _called(one: Colleague, same: Iterable[Colleague]) -> str:
    alone = one.place and not any(each.place == one.place for each in same if each.id != one.id)
    mark = one.place if alone else one.email.partition("@")[0]
    return f"{one.name} ({mark})" if mark else one.name
