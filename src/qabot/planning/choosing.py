"""Which case goes to whom: by lot, within a council's rules. Pure and repeatable: the same input, the same choice.

Nobody gets a case that they must not have; where one way of giving leaves somebody without a case and another does not,
the other is taken. What could not be met is said, never passed over: who got fewer, whose turn was missed, and how much
of an overlap was found.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import ceil
from typing import Any

from qabot.framework.cases import INVOLVED, OVERSIGHT, OWN_SERVICE, OWN_TEAM, RELATIONS
from qabot.planning.sampling import draw_order

OWN, AUDITED, OUTSIDE = "own", "audited", "outside"
"""Why somebody does not get a case, besides how they stand to it: it is their own work, it was looked at not long ago,
it lies outside what they may look at."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be given. `team` is where it is; `worker` whose work it is; `involved` who else worked on it.

    `audited`: it was looked at within the time that the rules name. `chosen`: the other activities that chose it too.
    """

    reference: str
    team: int | None = None
    worker: int | None = None
    involved: frozenset[int] = frozenset()
    audited: bool = False
    chosen: frozenset[str] = frozenset()


NO_RELATION: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Auditor:
    """Somebody who gets `count` cases. Teams by id: those that they oversee, their own, and those of their service.

    `last_in_line`: whether the last case before was in their own line of management; None for the first.
    """

    id: int
    count: int
    oversees: frozenset[int] = frozenset()
    own_teams: frozenset[int] = frozenset()
    own_service: frozenset[int] = frozenset()
    last_in_line: bool | None = None

    def is_near(self, case: Candidate) -> bool:
        """Whether this person, who is not its worker, stands to a case in any way."""
        team = case.team
        return self.id in case.involved or team in self.oversees or team in self.own_teams or team in self.own_service

    def relations(self, case: Candidate) -> Iterator[str]:
        """How this person stands to a case, in the words of a file's `never` and `within`."""
        if self.id == case.worker or self.id in case.involved:
            yield INVOLVED
        if case.team in self.oversees:
            yield OVERSIGHT
        if case.team in self.own_teams:
            yield OWN_TEAM
        if case.team in self.own_service:
            yield OWN_SERVICE


@dataclass(frozen=True, slots=True)
class Rules:
    """What a file says of an activity's cases. `overlap`: of so many in a hundred, by the other activity."""

    never: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()
    alternate: bool = False
    overlap: Mapping[str, int] = field(default_factory=dict)

    def why_not(self, auditor: Auditor, case: Candidate) -> str:
        """Why somebody must not have a case; "" if they may. Nobody ever looks at their own work."""
        if auditor.id == case.worker:
            return OWN
        # Most cases are nobody's near whom they are held against, of whom there may be a million pairs.
        relations = set(auditor.relations(case)) if auditor.is_near(case) else NO_RELATION
        forbidden = (each for each in RELATIONS if each in self.never and each in relations)
        if relations and (first := next(forbidden, "")):
            return first
        if AUDITED in self.never and case.audited:
            return AUDITED
        return OUTSIDE if self.within and not self.within & relations else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What came of it. `given`: references by person, one for each piece in its turn, None where no case was left.

    `in_line`: for each of these whether the case is in that person's line. `missed`: how many pieces of whom were not
    of the kind whose turn it was; of whoever has every team in their line, or none, none is missed. `overlaps`: by the
    other activity how many were wanted and how many were found.
    `excluded`: how many cases each person could not have, by reason.
    """

    given: Mapping[int, list[str | None]]
    in_line: Mapping[int, list[bool | None]]
    missed: Mapping[int, int]
    overlaps: Mapping[str, tuple[int, int]]
    excluded: Mapping[int, Mapping[str, int]]

    @property
    def short(self) -> dict[int, int]:
        """How many pieces of whom have no case."""
        return {person: got.count(None) for person, got in self.given.items() if None in got}


def choose(seed: str, rules: Rules, auditors: Sequence[Auditor], cases: Sequence[Candidate]) -> Choice:
    """Cases for each auditor, each case once.

    1. So many as must overlap another activity's, as far as there are any.
    2. All others, where possible of cases that do not.
    3. Where `alternate`, each piece first of the kind whose turn it is, and of the other kind only if none is left.
    """
    matching = _Matching(seed, rules, auditors, cases)
    total = sum(each.count for each in auditors)
    overlap_counts = {activity: ceil(total * percent / 100) for activity, percent in rules.overlap.items()}
    for activity, count in overlap_counts.items():
        matching.fill(_chosen_for(activity), until=count)
    if rules.overlap:
        matching.fill(lambda case: not case.chosen & rules.overlap.keys())
    matching.fill()
    if rules.alternate:
        matching.fill(in_turn=False)
    return matching.choice({name: (count, matching.count(_chosen_for(name))) for name, count in overlap_counts.items()})


def _chosen_for(activity: str) -> Callable[[Candidate], bool]:
    return lambda case: activity in case.chosen


@dataclass(eq=False, slots=True)
class _Piece:
    """One piece of work that wants a case. `in_line`: whose turn it is; None where there are no turns."""

    auditor: Auditor
    in_line: bool | None
    case: Candidate | None = None


class _Matching:
    """Cases and pieces of work, matched step by step. A case that has found a piece keeps one, though not always it."""

    def __init__(self, seed: str, rules: Rules, auditors: Sequence[Auditor], cases: Sequence[Candidate]) -> None:
        known = {each.reference: each for each in cases}
        self.order = [known[reference] for reference in draw_order(seed, known)]
        self.excluded: dict[int, Counter[str]] = {}
        self.choices: dict[int, list[Candidate]] = {}
        for each in auditors:
            reasons = [(case, rules.why_not(each, case)) for case in self.order]
            self.choices[each.id] = [case for case, why in reasons if not why]
            self.excluded[each.id] = Counter(why for _, why in reasons if why)
        # Whoever has the fewest to choose from draws first.
        by_choice = sorted(auditors, key=lambda each: (len(self.choices[each.id]), str(each.id)))
        self.auditors = auditors
        self.pieces = [_Piece(each, turn) for each in by_choice for turn in _turns(each, rules)]
        self.holder: dict[str, _Piece] = {}

    def fill(
        self, fits: Callable[[Candidate], bool] = lambda case: True, *, until: int | None = None, in_turn: bool = True
    ) -> None:
        """Find a case that `fits` for each piece that has none, `until` so many are given."""
        missing = len(self.pieces) if until is None else until - self.count(fits)
        dead: set[str] = set()
        for piece in self.pieces:
            if missing <= 0:
                return
            if piece.case is None and self._find(piece, fits, in_turn, dead):
                missing -= 1

    def _find(self, first: _Piece, fits: Callable[[Candidate], bool], in_turn: bool, dead: set[str]) -> bool:
        """Find a case for a piece; if all that it may have are given, by way of those who may have another.

        `dead` are cases by whose way nothing was found before: nothing ever will be.
        """
        seen: dict[str, _Piece] = {}
        waiting = deque([first])
        while waiting:
            piece = waiting.popleft()
            for case in self.choices[piece.auditor.id]:
                if case.reference in seen or case.reference in dead or not fits(case):
                    continue
                if in_turn and piece.in_line not in (None, case.team in piece.auditor.oversees):
                    continue
                seen[case.reference] = piece
                holder = self.holder.get(case.reference)
                if holder is None:
                    self._hand_on(case, seen)
                    return True
                waiting.append(holder)
        dead.update(seen)
        return False

    def _hand_on(self, case: Candidate | None, seen: Mapping[str, _Piece]) -> None:
        while case is not None:
            piece = seen[case.reference]
            before, piece.case = piece.case, case
            self.holder[case.reference] = piece
            case = before

    def count(self, fits: Callable[[Candidate], bool]) -> int:
        """How many cases that are given fit."""
        return sum(piece.case is not None and fits(piece.case) for piece in self.pieces)

    def choice(self, overlaps: Mapping[str, tuple[int, int]]) -> Choice:
        """What has come of it. A person's cases come in the order in which they were drawn, or by their turns."""
        given: dict[int, list[str | None]] = {each.id: [] for each in self.auditors}
        in_line: dict[int, list[bool | None]] = {each.id: [] for each in self.auditors}
        missed = Counter[int]()
        for piece in self._in_order():
            person, case = piece.auditor, piece.case
            side = None if case is None else case.team in person.oversees
            given[person.id].append(case.reference if case else None)
            in_line[person.id].append(side)
            missed[person.id] += case is not None and piece.in_line not in (None, side) and self._has_turns(person)
        return Choice(given, in_line, {who: count for who, count in missed.items() if count}, overlaps, self.excluded)

    def _has_turns(self, person: Auditor) -> bool:
        """Whether there can be cases of both kinds for somebody: a director has none out of their line."""
        return bool(person.oversees) and not {each.team for each in self.order} <= person.oversees

    def _in_order(self) -> list[_Piece]:
        return sorted(self.pieces, key=lambda piece: piece.case is None)


def _turns(auditor: Auditor, rules: Rules) -> Iterator[bool | None]:
    """Whether each of somebody's cases is to be in their own line, by turns; the first of all is."""
    turn = not auditor.last_in_line
    for _ in range(auditor.count):
        yield turn if rules.alternate else None
        turn = not turn


def record(rules: Rules, auditors: Sequence[Auditor], cases: Sequence[Candidate]) -> dict[str, Any]:
    """All that a choice was made from, as plain data to keep: with the seed it can be made again."""
    return {
        "rules": _plain(rules),
        "auditors": [_plain(each) for each in auditors],
        "cases": [_plain(each) for each in sorted(cases, key=lambda each: each.reference)],
    }


def again(seed: str, kept: Mapping[str, Any]) -> Choice:
    """The choice that was made from what `record` kept."""
    return choose(
        seed,
        Rules(**_frozen(kept["rules"])),
        [Auditor(**_frozen(each)) for each in kept["auditors"]],
        [Candidate(**_frozen(each)) for each in kept["cases"]],
    )


def _plain(thing: Rules | Auditor | Candidate) -> dict[str, Any]:
    """Without what is as it is without saying: there are many cases, and little is said of most."""
    usual = {each.name: each.default for each in fields(thing)}
    kept = {each.name: getattr(thing, each.name) for each in fields(thing)}
    return {
        name: sorted(value) if isinstance(value, frozenset) else dict(value) if isinstance(value, Mapping) else value
        for name, value in kept.items()
        if value != usual[name]
    }


def _frozen(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in kept.items()}
