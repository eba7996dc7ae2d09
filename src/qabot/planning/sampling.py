"""Random samples and allocations: seeded, so that the same seed and pool always give the same draw."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil
from random import Random


def draw_order(seed: str, pool: Collection[str]) -> list[str]:
    """The pool in a random order that depends on nothing but the seed and the pool's members."""
    generator = Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 - repeatable on purpose, guards no secret
    order = sorted(pool)
    generator.shuffle(order)
    return order


@dataclass(frozen=True, slots=True)
class Selection:
    """How much is drawn of a pool: a share in a hundred, rounded up, or a number; and at least so many."""

    share: int = 0
    count: int = 0
    least: int = 0

    def size(self, pool: int) -> int:
        """How many of so many; never more than there are."""
        return min(max(ceil(pool * self.share / 100), self.count, self.least), pool)


def sample(
    seed: str,
    pool: Collection[str],
    already: Collection[str],
    selection: Selection,
    *,
    always: Collection[str] = (),
    overlap: Sequence[tuple[Collection[str], int]] = (),
) -> list[str]:
    """What to add to `already` so that it holds what is selected of the pool (D2).

    What is in `already`, and what of the pool is to be drawn `always`, counts towards that but never caps it.
    `overlap`: of so many in a hundred of what is added, rounded up, another selection holds them too; the others are
    taken from what none of these selections holds, as far as there is enough.
    """
    left = [each for each in draw_order(seed, pool) if each not in already]
    chosen = [each for each in left if each in always]
    size = max(selection.size(len(set(pool))) - len(set(pool) & set(already)), len(chosen))
    for other, percent in overlap:
        needed = ceil(size * percent / 100) - len(set(chosen) & set(other))
        chosen += [each for each in left if each in other and each not in chosen][: max(needed, 0)]
    elsewhere = {each for other, _ in overlap for each in other}
    rest = sorted((each for each in left if each not in chosen), key=lambda each: each in elsewhere)
    return sorted([*chosen, *rest[: max(size - len(chosen), 0)]], key=left.index)


def share(count: int, present: int, whole: int) -> int:
    """A quota for part of a cycle: pro rata of the working days present, rounded up (section 7.4)."""
    return 0 if whole == 0 or present == 0 else ceil(count * present / whole)
