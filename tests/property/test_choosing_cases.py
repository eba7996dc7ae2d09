"""Whatever the council, nobody gets a case that they must not have, and nobody goes without where there was a way."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil
from random import Random

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.framework.cases import INVOLVED, OVERSIGHT, OWN_SERVICE, OWN_TEAM
from qabot.planning.choosing import (
    AUDITED,
    Auditor,
    Candidate,
    Rules,
    again,
    choose,
    record,
)

TEAMS = st.integers(1, 4)
SOME_TEAMS = st.frozensets(TEAMS, max_size=3)
PEOPLE = st.integers(1, 6)
OTHERS = st.frozensets(st.sampled_from(["review", "thematic"]))
RELATIONS = (INVOLVED, OVERSIGHT, OWN_TEAM, OWN_SERVICE)
quick = settings(max_examples=150, deadline=None, derandomize=True)


def candidates(most: int = 12) -> st.SearchStrategy[list[Candidate]]:
    return st.lists(
        st.builds(
            Candidate,
            reference=st.integers(7100000, 7100030).map(str),
            team=TEAMS,
            worker=st.integers(0, 6),
            involved=st.frozensets(PEOPLE, max_size=2),
            audited=st.booleans(),
            chosen=OTHERS,
        ),
        max_size=most,
        unique_by=lambda each: each.reference,
    )


def auditors(most: int = 4, count: int = 3) -> st.SearchStrategy[list[Auditor]]:
    return st.lists(
        st.builds(
            Auditor,
            id=PEOPLE,
            count=st.integers(1, count),
            oversees=SOME_TEAMS,
            own_teams=SOME_TEAMS,
            own_service=SOME_TEAMS,
            last_in_line=st.sampled_from([None, True, False]),
        ),
        max_size=most,
        unique_by=lambda each: each.id,
    )


RULES = st.builds(
    Rules,
    never=st.frozensets(st.sampled_from([*RELATIONS, AUDITED])),
    within=st.frozensets(st.sampled_from(RELATIONS[1:]), max_size=2),
    alternate=st.booleans(),
    overlap=st.dictionaries(st.sampled_from(["review", "thematic"]), st.integers(1, 60), max_size=2),
)


def most_that_can_be_given(rules: Rules, people: Sequence[Auditor], cases: Sequence[Candidate]) -> int:
    """How many cases can be given at most, by the plainest way that there is: one piece after the other, anew."""
    pieces = [each for each in people for _ in range(each.count)]
    holder: dict[str, int] = {}

    def find(number: int, seen: set[str]) -> bool:
        for case in cases:
            if case.reference in seen or rules.why_not(pieces[number], case):
                continue
            seen.add(case.reference)
            if case.reference not in holder or find(holder[case.reference], seen):
                holder[case.reference] = number
                return True
        return False

    return sum(find(number, set()) for number in range(len(pieces)))


@quick
@given(rules=RULES, people=auditors(), cases=candidates(), seed=st.text(max_size=5))
def test_nobody_gets_what_they_must_not_have_and_each_case_is_given_once(
    rules: Rules, people: list[Auditor], cases: list[Candidate], seed: str
) -> None:
    known, given_out = {each.reference: each for each in cases}, []
    choice = choose(seed, rules, people, cases)
    for person in people:
        assert len(choice.given[person.id]) == person.count
        for reference in filter(None, choice.given[person.id]):
            case = known[reference]
            given_out.append(reference)
            assert case.worker != person.id
            assert not (INVOLVED in rules.never and person.id in case.involved)
            assert not (OVERSIGHT in rules.never and case.team in person.oversees)
            assert not (OWN_TEAM in rules.never and case.team in person.own_teams)
            assert not (OWN_SERVICE in rules.never and case.team in person.own_service)
            assert not (AUDITED in rules.never and case.audited)
            assert not rules.within or rules.within & set(person.relations(case))
    assert len(set(given_out)) == len(given_out)


@quick
@given(rules=RULES, people=auditors(), cases=candidates(), seed=st.text(max_size=5))
def test_nobody_goes_without_where_there_is_a_way_to_give_everybody_one(
    rules: Rules, people: list[Auditor], cases: list[Candidate], seed: str
) -> None:
    choice = choose(seed, rules, people, cases)
    found = sum(each is not None for got in choice.given.values() for each in got)
    assert found == most_that_can_be_given(rules, people, cases)
    assert sum(choice.short.values()) == sum(each.count for each in people) - found, "what is missing is said"


@quick
@given(rules=RULES, people=auditors(), cases=candidates(), seed=st.text(max_size=5))
def test_every_case_that_somebody_cannot_have_is_counted_with_its_reason(
    rules: Rules, people: list[Auditor], cases: list[Candidate], seed: str
) -> None:
    choice = choose(seed, rules, people, cases)
    for person in people:
        may = [each for each in cases if not rules.why_not(person, each)]
        assert sum(choice.excluded[person.id].values()) + len(may) == len(cases)


@quick
@given(people=auditors(), cases=candidates(20), percent=st.integers(1, 100), never=RULES, seed=st.text(max_size=5))
def test_the_share_that_overlaps_is_met_where_possible_and_no_more_than_it(
    people: list[Auditor], cases: list[Candidate], percent: int, never: Rules, seed: str
) -> None:
    rules = Rules(never.never, never.within, overlap={"review": percent})
    choice = choose(seed, rules, people, cases)
    wanted, found = choice.overlaps["review"]
    assert wanted == ceil(sum(each.count for each in people) * percent / 100)
    also = [each for each in cases if "review" in each.chosen]
    possible = most_that_can_be_given(rules, people, also)
    assert found >= min(wanted, possible)
    if found > wanted:
        rest = [each for each in cases if "review" not in each.chosen]
        used = {each for got in choice.given.values() for each in got}
        free = [each for each in rest if each.reference not in used]
        overlapping = [person for person in people for each in choice.given[person.id] if each and is_one(also, each)]
        assert not any(not rules.why_not(person, each) for person in overlapping for each in free)


def is_one(cases: Sequence[Candidate], reference: str) -> bool:
    return any(each.reference == reference for each in cases)


@quick
@given(people=auditors(count=4), seed=st.text(max_size=5), cycles=st.integers(1, 4))
def test_in_and_out_of_the_line_by_turns(people: list[Auditor], seed: str, cycles: int) -> None:
    """With enough cases of both kinds every manager's cases alternate, over as many cycles as there are."""
    # Everybody oversees a team, nobody all of them: there is always one in and one out of their line.
    people = [replace(each, oversees=(each.oversees - {4}) or frozenset({1})) for each in people]
    cases = [Candidate(f"{number}", team=number % 4 + 1) for number in range(20 * 4)]
    lines: dict[int, list[bool | None]] = {each.id: [] for each in people}
    began = {each.id: each.last_in_line for each in people}
    for cycle in range(cycles):
        choice = choose(f"{seed}{cycle}", Rules(alternate=True), people, cases)
        assert choice.missed == {}
        for person in people:
            lines[person.id] += choice.in_line[person.id]
        people = [replace(each, last_in_line=lines[each.id][-1]) for each in people]
    for number, line in lines.items():
        assert line[0] is not began[number]
        assert all(before is not after for before, after in pairwise(line))


@quick
@given(rules=RULES, people=auditors(), cases=candidates(), seed=st.text(max_size=5))
def test_a_turn_is_missed_only_where_no_case_of_the_kind_is_left(
    rules: Rules, people: list[Auditor], cases: list[Candidate], seed: str
) -> None:
    rules = replace(rules, alternate=True, overlap={})
    choice = choose(seed, rules, people, cases)
    used = {each for got in choice.given.values() for each in got}
    free = [each for each in cases if each.reference not in used]
    for person in people:
        if choice.missed.get(person.id):
            may = [each for each in free if not rules.why_not(person, each)]
            sides = {each.team in person.oversees for each in may}
            assert len(sides) < 2, "of one kind none is left"


@quick
@given(rules=RULES, people=auditors(), cases=candidates(), seed=st.text(max_size=5), shuffled=st.randoms())
def test_the_same_seed_gives_the_same_choice_again_from_what_was_kept(
    rules: Rules, people: list[Auditor], cases: list[Candidate], seed: str, shuffled: Random
) -> None:
    first = choose(seed, rules, people, cases)
    other_way_round = list(cases)
    shuffled.shuffle(other_way_round)
    assert choose(seed, rules, people, other_way_round) == first
    kept = orjson.loads(orjson.dumps(record(rules, people, other_way_round)))
    assert again(seed, kept) == first
