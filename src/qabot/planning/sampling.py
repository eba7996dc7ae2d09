"""Random samples and allocations: seeded, so that the same seed and pool always give the same draw."""

import hashlib
from collections.abc import Collection
from math import ceil
from random import Random


def draw_order(seed: str, pool: Collection[str]) -> list[str]:
    """The pool in a random order that depends on nothing but the seed and the pool's members."""
    generator = Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 - repeatable on purpose, guards no secret
    order = sorted(pool)
    generator.shuffle(order)
    return order


def sample(seed: str, pool: Collection[str], already: Collection[str], percent: int, minimum: int) -> list[str]:
    """What to add to `already` so that it holds `percent` of the pool, rounded up, and at least `minimum` (D2).

    What is in `already` counts towards the share but never caps it.
    """
    if not pool:
        return []
    size = max(ceil(len(pool) * percent / 100), min(minimum, len(pool)))
    missing = size - len(set(pool) & set(already))
    left = [each for each in draw_order(seed, pool) if each not in already]
    return left[: max(missing, 0)]


def share(count: int, present: int, whole: int) -> int:
    """A quota for part of a cycle: pro rata of the working days present, rounded up (section 7.4)."""
    return 0 if whole == 0 or present == 0 else ceil(count * present / whole)
