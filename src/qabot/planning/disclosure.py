"""Which rows of figures about work may be shown, so that no number of fewer than five can be worked out. Pure.

A row is how much there was in a group (a service, an activity), or in all, in a period. Whoever reads takes rows from
each other: a group from the whole, a month from its quarter, quarters from their year. So:

1. A row of one to four is hidden. None at all (0) is no secret.
2. By group there are rows for quarters and financial years alone. Of a quarter, where what is hidden could be worked
   out from the whole, the next smallest group is hidden too, until at least two groups and five pieces of work are.
3. The whole of a quarter is shown if the months of it that are hidden are none, or at least two with five pieces of
   work. So is the whole of a financial year, by all months that the quarters do not give.
4. A group's financial year follows the same rule by its hidden quarters, and then by all of them together: no number
   that is hidden may follow from the sums that are shown (`_follows`).
5. A calendar year adds nothing to what its quarters say: it is shown where all four are.

What is shown of a period depends on that period alone, so that nothing is taken back later.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from qabot.planning.periods import FINANCIAL, MONTH, QUARTER, Period
from qabot.planning.suppression import FLOOR

Counts = Callable[[Period], Mapping[str, int]]
"""How many there are in each group in a month or a quarter."""
Point = Period | str
Line = tuple[Period, str]


def may_be_shown(number: int) -> bool:
    """Whether a number could be shown by itself."""
    return number == 0 or number >= FLOOR


def whole_shown(counts: Counts, period: Period) -> bool:
    """Whether the row of all may be shown."""
    if period.kind == MONTH:
        return may_be_shown(_all(counts, period))
    if period.kind == QUARTER:
        return _is_kept(_hidden_months(counts, period), _all(counts, period))
    quarters = list(period.quarters())
    hidden = [each for each in quarters if not whole_shown(counts, each)]
    if period.kind == FINANCIAL:
        numbers = [number for each in hidden for number in _hidden_months(counts, each)]
        return _is_kept(numbers, sum(_all(counts, each) for each in quarters))
    return not hidden


def groups_shown(counts: Counts, period: Period) -> frozenset[str]:
    """The groups that may have a row beside the whole."""
    if period.kind == MONTH or not whole_shown(counts, period):
        return frozenset()
    if period.kind == QUARTER:
        return _of_quarter(counts(period))
    quarters = {each: counts(each) for each in period.quarters()}
    shown = {each: groups_shown(counts, each) for each in quarters}
    names = {name for each in quarters.values() for name in each}
    gaps = {name: _gaps(name, quarters, shown) for name in names}
    if period.kind != FINANCIAL:
        return frozenset(name for name in names if not gaps[name])
    kept = {
        name for name in names if _is_kept(gaps[name].values(), sum(each.get(name, 0) for each in quarters.values()))
    }
    while follows := _follows(gaps, kept):
        kept -= follows
    return frozenset(kept)


def _gaps(
    name: str, quarters: Mapping[Period, Mapping[str, int]], shown: Mapping[Period, Collection[str]]
) -> dict[Period, int]:
    """What a group has in the quarters that hide it."""
    return {each: of[name] for each, of in quarters.items() if of.get(name) and name not in shown[each]}


def stock_shown(sizes: Mapping[str, int], *, groups: bool) -> frozenset[str]:
    """The rows that may be shown of what there is on one day ("" is all): such numbers have no sums over time."""
    if not may_be_shown(sum(sizes.values())):
        return frozenset()
    return frozenset({""}) | (_of_quarter(sizes) if groups else frozenset())


def _of_quarter(sizes: Mapping[str, int]) -> frozenset[str]:
    away = {name for name, many in sizes.items() if not may_be_shown(many)}
    left = sorted((name for name in sizes if name not in away and sizes[name]), key=lambda name: (sizes[name], name))
    while away and left and sum(sizes[name] for name in away) < FLOOR:
        away.add(left.pop(0))
    return frozenset(sizes.keys() - away)


def _hidden_months(counts: Counts, quarter: Period) -> list[int]:
    numbers = (_all(counts, month) for month in quarter.months())
    return [each for each in numbers if not may_be_shown(each)]


def _is_kept(hidden: Collection[int], total: int) -> bool:
    """Whether a sum may be shown whose parts are shown but for these."""
    return may_be_shown(total) and (not hidden or (len(hidden) >= 2 and sum(hidden) >= FLOOR))


def _follows(gaps: Mapping[str, Mapping[Period, int]], kept: Collection[str]) -> set[str]:
    """The groups whose year would give away a hidden quarter or year, their own or another one's, with all that is
    shown.

    Of each quarter the sum of what is hidden in it is known, and of each group whose year is shown the sum of its
    hidden quarters. These are the points of a graph, and each hidden number is a line between its quarter and its
    group. Where one group alone of those that are joined has a year that is hidden, that year follows from the rest.
    Where there are more, these are one point: a number follows if, and only if, its line is the only way between its
    ends.
    """
    lines: list[Line] = [(quarter, name) for name, of in gaps.items() for quarter in of]
    follows: set[str] = set()
    for name in gaps.keys() - kept:
        joined = {each for each in gaps if each in _joined(lines, name)}
        if joined.difference(kept) == {name}:
            follows |= joined.intersection(kept)
    merged: list[Line] = [(quarter, name if name in kept else "") for quarter, name in lines]
    alone = [each for at, each in enumerate(merged) if each[1] not in _joined(merged[:at] + merged[at + 1 :], each[0])]
    given_away = {quarter for quarter, name in alone if not name}
    return follows | {name for quarter, name in merged if name and (quarter in given_away or (quarter, name) in alone)}


def _joined(lines: Sequence[Line], start: Point) -> set[Point]:
    """The points to which lines lead from one, itself included."""
    seen: set[Point] = {start}
    grown = True
    while grown:
        more = {other for one, two in lines for here, other in ((one, two), (two, one)) if here in seen} - seen
        seen, grown = seen | more, bool(more)
    return seen


def _all(counts: Counts, period: Period) -> int:
    return sum(counts(period).values())
