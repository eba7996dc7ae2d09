"""Samples: the right share, and the same seed gives the same draw."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.planning.sampling import Selection, draw_order, sample, share

CASES = st.sets(st.integers(7100000, 7100040).map(str), max_size=30)
quick = settings(max_examples=80, deadline=None, derandomize=True)


@pytest.mark.parametrize(("pool", "drawn"), [(0, 0), (1, 1), (4, 1), (5, 1), (6, 2), (10, 2), (11, 3), (26, 6)])
def test_a_fifth_is_rounded_up(pool: int, drawn: int) -> None:
    assert len(sample("seed", [str(each) for each in range(pool)], [], Selection(share=20, least=0))) == drawn


def test_a_minimum_holds_and_never_asks_for_more_than_there_are() -> None:
    assert len(sample("seed", ["a", "b", "c"], [], Selection(share=20, least=2))) == 2
    assert len(sample("seed", ["a"], [], Selection(share=20, least=2))) == 1


def test_what_was_drawn_before_counts_and_never_caps() -> None:
    pool = [str(each) for each in range(10)]
    assert len(sample("seed", pool, ["0"], Selection(share=20, least=0))) == 1
    assert sample("seed", pool, ["0", "1"], Selection(share=20, least=0)) == []
    assert sample("seed", pool, ["0", "1", "2", "3"], Selection(share=20, least=0)) == []


@quick
@given(pool=CASES, already=CASES, percent=st.integers(1, 100), minimum=st.integers(0, 5))
def test_a_sample_has_its_share_and_nothing_twice(
    pool: set[str], already: set[str], percent: int, minimum: int
) -> None:
    chosen = sample("seed", pool, already, Selection(share=percent, least=minimum))
    wanted = max(ceil(len(pool) * percent / 100), min(minimum, len(pool)))
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= pool - already
    assert len(chosen) + len(pool & already) >= wanted
    assert not chosen or len(chosen) + len(pool & already) == wanted


@quick
@given(pool=CASES, seed=st.text(max_size=10))
def test_the_same_seed_and_pool_give_the_same_order(pool: set[str], seed: str) -> None:
    assert draw_order(seed, sorted(pool)) == draw_order(seed, sorted(pool, reverse=True))
    assert sorted(draw_order(seed, pool)) == sorted(pool)


def test_another_seed_gives_another_draw() -> None:
    pool = [str(each) for each in range(40)]
    assert len({tuple(draw_order(f"seed {number}", pool)) for number in range(20)}) == 20


def test_no_case_is_favoured() -> None:
    fifth, pool = Selection(share=20), list("abcdefghij")
    drawn = Counter(sample(f"month {number}", pool, [], fifth)[0] for number in range(1000))
    assert min(drawn.values()) > 60


@pytest.mark.parametrize(("present", "count"), [(0, 0), (1, 1), (21, 1), (22, 2), (42, 2), (43, 3), (64, 3)])
def test_a_quota_for_part_of_a_cycle_is_rounded_up(present: int, count: int) -> None:
    assert share(3, present, 64) == count
