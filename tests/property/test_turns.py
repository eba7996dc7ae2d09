"""A number that a pool shares: it is met or what is short is known, and the turns are fair over the years."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qabot.planning.turns import Member, Turn, last_turns, take_turns

FIRST = date(2026, 4, 6)
PEOPLE = st.lists(st.integers(1, 400), min_size=1, max_size=9, unique=True)
MOST = st.integers(1, 4)


@dataclass
class Pool:
    """A pool over many rounds, each six weeks after the one before."""

    people: list[int]
    most: int
    rounds: dict[date, list[int]]

    @classmethod
    def of(cls, people: list[int], most: int = 1) -> "Pool":
        return cls(people, most, {})

    def round(self, count: int, away: set[int] | None = None, joined: dict[int, date] | None = None) -> list[int]:
        day = FIRST + timedelta(weeks=6) * len(self.rounds)
        turns, new = last_turns(self.rounds), joined or {}
        members = [
            Member(
                each,
                0 if each in (away or set()) else self.most,
                turns.get(each) or (Turn(new[each], -1) if each in new else None),
            )
            for each in self.people
        ]
        self.rounds[day] = take_turns(f"turns:{day}", count, members)
        return self.rounds[day]

    def totals(self) -> Counter[int]:
        return Counter(dict.fromkeys(self.people, 0)) + Counter(x for done in self.rounds.values() for x in done)


@given(PEOPLE, MOST, st.lists(st.integers(0, 30), min_size=1, max_size=15))
def test_nobody_who_is_always_there_gets_two_more_than_another(people: list[int], most: int, counts: list[int]) -> None:
    pool = Pool.of(people, most)
    for count in counts:
        pool.round(count)
        totals = [pool.totals()[each] for each in people]
        assert max(totals) - min(totals) <= 1


@given(PEOPLE, MOST, st.integers(0, 30), st.data())
def test_the_number_is_met_or_everybody_who_is_there_has_all_that_they_can_take(
    people: list[int], most: int, count: int, data: st.DataObject
) -> None:
    away = data.draw(st.sets(st.sampled_from(people)))
    turns = Pool.of(people, most).round(count, away)
    assert not away & set(turns)
    assert max(Counter(turns).values(), default=0) <= most
    assert len(turns) == min(count, most * (len(people) - len(away)))


@given(PEOPLE.filter(lambda people: len(people) > 1), st.integers(1, 8), st.data())
def test_whoever_was_away_is_the_first_when_they_are_back(people: list[int], count: int, data: st.DataObject) -> None:
    pool, one = Pool.of(people), data.draw(st.sampled_from(people))
    pool.round(len(people))
    for _ in range(len(people)):
        pool.round(count, {one})
    assert pool.round(count)[0] == one


@given(PEOPLE, st.lists(st.integers(1, 5), min_size=4, max_size=12), st.integers(1, 3))
def test_whoever_joins_later_does_not_make_up_for_what_was_before_them(
    people: list[int], counts: list[int], after: int
) -> None:
    new, pool = 999, Pool.of(people)
    joined: dict[int, date] = {}
    for number, count in enumerate(counts):
        if number == after:
            pool.people = [*people, new]
            joined[new] = FIRST + timedelta(weeks=6) * number
        pool.round(count, joined=joined)
    since = [Counter(done) for done in list(pool.rounds.values())[after:]]
    totals = [sum(each[person] for each in since) for person in pool.people]
    assert totals[-1] <= min(totals[:-1]) + 1


@given(PEOPLE, st.integers(0, 30))
def test_the_same_seed_and_pool_give_the_same_turns(people: list[int], count: int) -> None:
    assert Pool.of(people).round(count) == Pool.of(people[::-1]).round(count)
