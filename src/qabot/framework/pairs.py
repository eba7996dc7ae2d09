"""Which item of one list of maps became which of another, though neither has keys of its own."""

from functools import partial
from typing import Any

ALIKE = 0.5
"""How much of two items must be the same for them to be one item that was changed."""
NAMES = ("called", "name", "rule", "title", "per", "role")
"""Keys by which people tell items apart, the surest first."""


def telling(old: list[Any], new: list[Any]) -> str:
    """The key by which the items of both lists can be told apart; empty if there is none."""

    def tells(name: str, items: list[Any]) -> bool:
        values = [each.get(name) if isinstance(each, dict) else None for each in items]
        return all(isinstance(each, str) and each for each in values) and len(set(values)) == len(values)

    return next((name for name in NAMES if tells(name, old) and tells(name, new)), "")


def label(items: list[Any], index: int, name: str) -> str:
    """What people call an item: by the key that tells it, else by its number, counted from 1."""
    return str(items[index][name]) if name else str(index + 1)


def pairs(old: list[Any], new: list[Any], name: str) -> list[tuple[int | None, int | None]]:
    """Which item of `old` became which of `new`, in the order of the new one; what is gone comes last."""
    became: dict[int, int] = {}
    for is_same in (partial(_same, name), _alike):
        for after, item in enumerate(new):
            free = (before for before in range(len(old)) if before not in became.values())
            match = next((before for before in free if is_same(old[before], item)), None)
            if after not in became and match is not None:
                became[after] = match
    if not name:
        alone = [each for each in range(min(len(old), len(new))) if each not in became and each not in became.values()]
        became |= {each: each for each in alone if _same_keys(old[each], new[each])}
    gone = [(before, None) for before in range(len(old)) if before not in became.values()]
    return [*((became.get(after), after) for after in range(len(new))), *gone]


def _same(name: str, one: Any, two: Any) -> bool:
    return bool(one[name] == two[name] if name else one == two)


def _same_keys(one: Any, two: Any) -> bool:
    """Whether the items say the same kind of thing: where nothing names them, the place in the list does."""
    return isinstance(one, dict) and isinstance(two, dict) and one.keys() == two.keys()


def _alike(one: Any, two: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(two, dict):
        return False
    keys = {each for each in {*one, *two} if one.get(each) or two.get(each)}
    same = [each for each in keys if one.get(each) == two.get(each)]
    return len(same) >= ALIKE * len(keys)
