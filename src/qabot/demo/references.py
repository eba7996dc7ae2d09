"""Case references that are made up, in a council's own pattern."""

import re
from random import Random

from rstr import Rstr

from qabot.errors import SetupError
from qabot.imports.cells import reference_problem
from qabot.imports.formulas import runs

SEVEN_DIGITS = range(1_000_000, 10_000_000)
"""What most case systems have, and so what is taken where the pattern takes it."""
TRIES = 20
"""How often one is made up for each that is needed: a pattern may say what no generator heeds, such as a look ahead."""
FEW = 2
"""How much longer than it must be a repetition gets: `+` and `*` have no end."""


class _Maker(Rstr):
    """Makes strings that match, and are short."""

    def _handle_repeat(self, start_range: int, end_range: int, value: str) -> str:
        return str(super()._handle_repeat(start_range, min(end_range, start_range + FEW), value))


def references(pattern: str, count: int, random: Random) -> list[str]:
    """So many references that match a regular expression, each once; fewer where it has no more.

    Raises `SetupError` if not one could be made up.
    """
    made = {str(each): None for each in random.sample(SEVEN_DIGITS, count)}
    made = {each: None for each in made if _fits(each, pattern)}
    maker = _Maker(random)
    for _ in range((count - len(made)) * TRIES):
        if len(made) == count:
            break
        each = maker.xeger(pattern)
        if _fits(each, pattern):
            made[each] = None
    if count and not made:
        raise SetupError(
            f"No case reference could be made up for the pattern {pattern!r}. Give people and cases of your own: "
            "qabot simulate --scenario takes them."
        )
    return list(made)


def _fits(reference: str, pattern: str) -> bool:
    """Whether an import takes it as it is."""
    plain = reference.isprintable() and reference == reference.strip() != "" and not runs(reference)
    return plain and re.fullmatch(pattern, reference) is not None and not reference_problem(reference, pattern)
