"""Whose turn it is where a number is shared: whoever waited longest gets the next piece, ties by a recorded seed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from qabot.planning.sampling import draw_order


@dataclass(frozen=True, slots=True)
class Turn:
    """When somebody last had a turn: the first day of that round, and where in its order it was."""

    day: date
    place: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a pool. `most`: how many pieces they can take this time; 0 of who rests or is away all the while.

    `waits_since` is their last turn; of somebody who has had none, the day on which they joined; None if that is not
    known, as of those who were there before the first round.
    """

    person: int
    most: int
    waits_since: Turn | None = None


def last_turns(rounds: Mapping[date, Sequence[int]]) -> dict[int, Turn]:
    """Everybody's last turn, of the rounds by their first day: who had each turn of it, in order."""
    turns: dict[int, Turn] = {}
    for day in sorted(rounds):
        turns |= {person: Turn(day, place) for place, person in enumerate(rounds[day])}
    return turns


def take_turns(seed: str, count: int, members: Collection[Member]) -> list[int]:
    """Who does each of `count` pieces, in the order of their turns; fewer if the pool can take no more.

    Nobody has a second piece before everybody who can take one has a first. The order is kept from round to round, so
    that of two who are always there nobody is ever two ahead.
    """
    left = {each.person: each.most for each in members}
    order = _queue(seed, members)
    turns: list[int] = []
    while len(turns) < count and any(left.values()):
        for person in order:
            if left[person] and len(turns) < count:
                left[person] -= 1
                turns.append(person)
    return turns


def _queue(seed: str, members: Collection[Member]) -> list[int]:
    """Who waited longest stands first."""
    chance = {person: place for place, person in enumerate(draw_order(seed, [str(each.person) for each in members]))}

    def wait(member: Member) -> tuple[date, int, int]:
        since = member.waits_since or Turn(date.min, -1)
        return since.day, since.place, chance[str(member.person)]

    return [each.person for each in sorted(members, key=wait)]
