"""A file without what its schema refuses, so that the linter can look at the rest and all is told at once.

What is left is looked at and never used: a file of which something was refused is never carried out.
"""

from collections.abc import Collection
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from qabot.framework.base import keys_of
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath

ROUNDS = 5
"""So often what is left is tried: an entry without a key may want another one."""
ENTRY = 2
"""How long the path of an entry is: its section, and its name."""
MISSING_IN_ENTRY = 3
CAUSED = ("no duty, activity or sample uses this ladder", "nothing asks this")
"""What may be said of one entry only because another one was left out."""


def mend(plain: dict[str, Any], error: ValidationError) -> tuple[Framework, frozenset[KeyPath]] | None:
    """What is left of a file, and the entries in which something was refused; None where nothing can be made of it."""
    left, broken = deepcopy(plain), set[KeyPath]()
    for _ in range(ROUNDS):
        errors = [(keys_of(each["loc"]), each["type"]) for each in error.errors()]
        # Where a key is missing the whole entry goes, and of a part of an entry its own key.
        gone = {path[:2] if kind == "missing" else path for path, kind in errors}
        if any(not path or (len(path) < MISSING_IN_ENTRY and kind == "missing") for path, kind in errors):
            return None
        left_out: set[KeyPath] = set()
        for path in sorted(gone, key=len):
            if not any(path[: len(each)] == each for each in left_out):
                left_out.add(_leave_out(left, path))
        broken |= {path[:2] for path in gone}
        try:
            return Framework.model_validate(left), frozenset(broken)
        except ValidationError as again:
            error = again
    return None


def is_caused(path: KeyPath, what: str, broken: Collection[KeyPath]) -> bool:
    """Whether a problem may be there only because something was left out: of the same entry, or about that entry."""
    inside = path[:1] in broken or path[:2] in broken
    about = any(f"'{each[-1]}'" in what.partition("; did you mean")[0] for each in broken)
    return bool(broken) and (inside or about or what.startswith(CAUSED))


def _leave_out(left: dict[str, Any], path: KeyPath) -> KeyPath:
    """Take out a key, or the nearest one around it that can be: the path of what is gone."""
    holders: list[tuple[dict[Any, Any], Any, KeyPath]] = []
    holder: Any = left
    for depth, key in enumerate(path, start=1):
        if isinstance(holder, dict) and key in holder:
            holders.append((holder, key, path[:depth]))
            holder = holder[key]
        elif isinstance(holder, list) and isinstance(key, int) and key < len(holder):
            holder = holder[key]
        else:
            break
    if len(holders) < min(len(path), ENTRY):
        return path
    within, key, gone = holders[-1]
    del within[key]
    return gone
