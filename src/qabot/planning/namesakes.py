"""What people of one name are called, so that whoever reads of one of them knows which."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
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

    That is the team where no other of the name has it, and otherwise their address as `short_address` has it.
    """
    alike: dict[str, list[Colleague]] = defaultdict(list)
    for each in colleagues:
        alike[" ".join(each.name.casefold().split())].append(each)
    return {each.id: _called(each, same) for same in alike.values() if len(same) > 1 for each in same}


def _called(one: Colleague, same: Sequence[Colleague]) -> str:
    others = [each for each in same if each.id != one.id]
    alone = one.place and not any(each.place == one.place for each in others)
    mark = one.place if alone else short_address(one.email, [each.email for each in others])
    return f"{one.name} ({mark})" if mark else one.name


def short_address(address: str, others: Iterable[str]) -> str:
    """What stands before the @ of an address; the whole of it where one of the others begins in the same way."""
    local = address.partition("@")[0]
    return address if local in {each.partition("@")[0] for each in others} else local
