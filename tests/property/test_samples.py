"""Samples hold whatever work comes in: never less than the share, low grades always in, the same seed the same draw."""

from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.planning.choosing import Auditor, Candidate, Rules
from qabot.planning.sampling import Selection, sample
from tests.property.test_choosing_cases import auditors

WORK = st.sets(st.integers(1000, 1060).map(lambda number: f"QA-{number}"), max_size=40)
SELECTIONS = st.one_of(
    st.builds(Selection, share=st.integers(1, 100), least=st.integers(0, 5)),
    st.builds(Selection, count=st.integers(1, 60)),
)
SEEDS = st.text(max_size=12)
quick = settings(max_examples=150, deadline=None, derandomize=True)


@quick
@given(pool=WORK, already=WORK, low=WORK, selection=SELECTIONS, seed=SEEDS)
def test_a_draw_is_never_less_than_its_share_and_low_grades_are_always_in(
    pool: set[str], already: set[str], low: set[str], selection: Selection, seed: str
) -> None:
    chosen = sample(seed, pool, already, selection, always=low)
    held = pool & (already | set(chosen))
    assert len(held) >= selection.size(len(pool))
    assert low & pool <= held
    assert set(chosen) <= pool - already
    assert len(set(chosen)) == len(chosen)
    # Nothing beyond the share but for what is always drawn, or was there before.
    assert len(held) == max(selection.size(len(pool)), len(pool & already) + len(low & pool - already))


@quick
@given(pool=WORK, other=WORK, percent=st.integers(1, 100), selection=SELECTIONS, seed=SEEDS)
def test_an_overlap_is_its_share_of_the_draw_where_there_is_enough(
    pool: set[str], other: set[str], percent: int, selection: Selection, seed: str
) -> None:
    chosen = set(sample(seed, pool, (), selection, overlap=[(other, percent)]))
    wanted = ceil(len(chosen) * percent / 100)
    assert len(chosen) == selection.size(len(pool))
    assert len(chosen & other) >= min(wanted, len(pool & other))
    if len(pool - other) >= len(chosen) - wanted:
        assert len(chosen & other) <= wanted


@quick
@given(pool=WORK, low=WORK, other=WORK, selection=SELECTIONS, seed=SEEDS)
def test_a_draw_is_repeatable_by_its_seed_and_favours_nothing_by_its_name(
    pool: set[str], low: set[str], other: set[str], selection: Selection, seed: str
) -> None:
    def drawn(order: list[str]) -> list[str]:
        return sample(seed, order, (), selection, always=low, overlap=[(other, 30)])

    assert drawn(sorted(pool)) == drawn(sorted(pool, reverse=True))


@quick
@given(people=auditors(), team=st.integers(1, 4), worker=st.integers(1, 9), involved=st.sets(st.integers(1, 9)))
def test_nobody_looks_again_at_what_they_were_involved_in_or_oversee(
    people: list[Auditor], team: int, worker: int, involved: set[int]
) -> None:
    rules, case = Rules(frozenset({"involved", "oversight"})), Candidate("QA-1", team, worker, frozenset(involved))
    for person in people:
        if not rules.why_not(person, case):
            assert person.id not in {worker, *involved}
            assert team not in person.oversees
