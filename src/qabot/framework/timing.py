"""Which of two offsets comes first, as far as that can be known without a calendar; and days to try others on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from qabot.framework.offsets import Offset
from qabot.framework.schema import AUDIT, Framework
from qabot.framework.steps import Ladder
from qabot.framework.vocabulary import opening_anchor

ORDINARY_DAYS = tuple(date(2027, 6, 1) + timedelta(days=each) for each in range(30))
"""A month without a bank holiday: what comes first on each of its days always does."""
_DAYS = {
    "working hour": (0.04, 0.4),
    "working day": (1.0, 2.0),
    "day": (1.0, 1.0),
    "week": (7.0, 7.0),
    "month": (28.0, 31.0),
}
"""The fewest and most calendar days that one of a unit takes, beside the slack of a holiday."""
_SLACK = {"working hour": 7.0, "working day": 7.0}
"""The most days that weekends and holidays add to any number of a unit."""


@dataclass(frozen=True, slots=True)
class Distance:
    """So many of each unit from an anchor (or from the first of several)."""

    anchor: str
    units: Mapping[str, int]

    def is_before(self, other: "Distance") -> bool:
        """Whether this is surely before the other; False too where nobody can know."""
        if self.anchor != other.anchor:
            return False
        difference = Counter(self.units)
        difference.subtract(other.units)
        return _at_most(difference) < 0

    def later(self, units: Mapping[str, int]) -> "Distance":
        """So many units more."""
        total = Counter(self.units)
        total.update(units)
        return Distance(self.anchor, total)


def _at_most(units: Mapping[str, int]) -> float:
    """The most calendar days that this can be."""
    total = 0.0
    for unit, count in units.items():
        fewest, most = _DAYS[unit]
        total += count * most + _SLACK.get(unit, 0.0) if count > 0 else count * fewest
    return total


def distance(offset: Offset, known: Mapping[str, Offset]) -> Distance:
    """How far an offset is from the anchor that it comes down to: points and due dates are followed."""
    units = Counter({offset.unit: offset.count} if offset.count else {})
    if len(offset.anchors) == 1 and (basis := known.get(offset.anchors[0])):
        rest = {name: each for name, each in known.items() if each is not basis}
        further = distance(basis, rest)
        units.update(further.units)
        return Distance(further.anchor, units)
    return Distance(" or ".join(offset.anchors), units)


def known_offsets(framework: Framework, ladder: Ladder, kind: str) -> dict[str, Offset]:
    """What a ladder's points and the due date of a kind of deadline are counted from."""
    known = dict(ladder.points)
    due = next((terms.due for terms in framework.terms(kind)), None)
    if moment := opening_anchor(framework, kind):
        known[moment] = Offset(("opened",))
    activities = framework.activities.values() if kind == AUDIT else ()
    rhythms = [each.every for each in activities]
    if due is not None:
        known["due"] = due
    elif rhythms and all(each.every.count and not each.every.nth and not each.due for each in activities):
        longest = max(rhythms, key=lambda each: each.months * 31 or each.count * 7)
        known["due"] = Offset(("next-cycle",), -1, "day")
        count, unit = (longest.months, "month") if longest.months else (longest.count, "week")
        known["next-cycle"] = Offset(("cycle-start",), count, unit)
    return known
