"""Which counts of a survey may be shown, so that nobody learns what one person said, nor by taking one from another.

1. A group of fewer than five is hidden. Where what is hidden could be worked out from the whole, the next smallest is
   hidden too, until at least two groups and five answers are.
2. Which groups these are depends on their sizes alone: what was answered decides nothing, so that nobody learns of it
   by knowing how the figures are made.
3. Where all of a group said the same, everybody in it would be known to have said it. If that is so of any group that
   would be shown, or of those that are hidden together, the whole is shown and no group.
4. Of a whole that could not be shown nothing is.
"""

from collections import Counter
from collections.abc import Collection, Mapping

FLOOR = 5
"""So many answers at least. No file and no setting lowers it."""
COMMENTS = 10
"""So many answers at least before what people wrote in their own words is read by anybody."""


def is_safe(counts: Mapping[str, int]) -> bool:
    """Whether the counts of one group could be shown by themselves: how many gave each answer."""
    total = sum(counts.values())
    return total >= FLOOR and max(counts.values()) < total


def shown(groups: Mapping[str, Mapping[str, int]], sizes: Mapping[str, int] | None = None) -> frozenset[str] | None:
    """The groups that may be shown beside the whole; None if not even that may be.

    `sizes` are how many of each group have to be five: all whom its counts hold, unless it is said.
    """
    if not is_safe(_together(groups, groups)):
        return None
    sizes = sizes or {name: sum(counts.values()) for name, counts in groups.items()}
    away = {name for name, size in sizes.items() if size < FLOOR}
    left = sorted(groups.keys() - away, key=lambda name: (sizes[name], name))
    while away and left and (len(away) < 2 or sum(sizes[name] for name in away) < FLOOR):
        away.add(left.pop(0))
    pieces = [groups[name] for name in left]
    if away and left:
        pieces.append(_together(groups, away))
    return frozenset(left) if all(map(is_safe, pieces)) else frozenset()


def _together(groups: Mapping[str, Mapping[str, int]], names: Collection[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name in names:
        total.update(groups[name])
    return total


def numbers_shown(numbers: Mapping[str, int]) -> dict[str, int | None]:
    """The numbers of things that happened, by group, beside their sum; None of what must be hidden.

    Fewer than five are hidden, and the next smallest too where they could be worked out from the sum. None at all is
    nobody's secret, unless all there are are hidden.
    """
    few = {name for name, number in numbers.items() if 0 < number < FLOOR}
    left = sorted((name for name, number in numbers.items() if number >= FLOOR), key=lambda name: (numbers[name], name))
    while few and left and (len(few) < 2 or sum(numbers[name] for name in few) < FLOOR):
        few.add(left.pop(0))
    alone = len(few) == 1 or 0 < sum(numbers.values()) < FLOOR
    return {name: None if name in few or (alone and number == 0) else number for name, number in numbers.items()}
