"""A curious manager with all figures of all rounds, and pencil and paper, learns what nobody of a small group said.

They know who works in which service and how the figures are made, take one figure from another in every combination of
services, questions and rounds, and ask which worlds would have come to the same page.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.planning.counting import ANSWERED, ASKED, PREFER_NOT, WHOLE, Asked, Counted, Filled, count
from qabot.planning.suppression import FLOOR, is_safe, shown

QUESTIONS = tuple(Asked(f"q{n}", f"Question {n}", "v1") for n in (1, 2))
ANSWERS = ("1", "2", "3", PREFER_NOT, None)
PLACES = ("", "Care", "Early help", "Safeguarding", "Youth")
people = st.builds(
    lambda place, answers, sent: Filled(
        place, {asked: each for asked, each in zip(QUESTIONS, answers, strict=True) if each}, {}, sent
    ),
    st.sampled_from(PLACES),
    st.tuples(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS)),
    st.booleans(),
)
worlds = st.lists(people, max_size=40)


def told(counted: Counted, asked: Asked) -> dict[str, Counter[str]]:
    """What the page shows of a question: its counts by service, the whole among them."""
    table: dict[str, Counter[str]] = {}
    for (place, of, answer), number in counted.figures.items():
        if of == asked and answer != PREFER_NOT:
            table.setdefault(place, Counter())[answer] = number
    return table


def differences(table: Mapping[str, Counter[str]]) -> Iterator[Counter[str]]:
    """Every group of which the page tells something: each that is shown, and each whole less some that are shown."""
    whole = table.get(WHOLE, Counter())
    places = [each for each in table if each != WHOLE]
    yield from table.values()
    for size in range(1, len(places) + 1):
        for some in combinations(places, size):
            left = whole - sum((table[each] for each in some), Counter())
            if left:
                yield left


@settings(max_examples=200, deadline=None)
@given(st.lists(worlds, min_size=1, max_size=3))
def test_no_difference_of_figures_is_a_group_that_could_not_be_shown(rounds: list[list[Filled]]) -> None:
    for sheets in rounds:
        counted = count(sheets)
        for asked in QUESTIONS:
            for group in differences(told(counted, asked)):
                assert is_safe(group), (group, told(counted, asked))
    # A round is counted once and everybody is in one: what two have in common is nobody.
    assert count([each for sheets in rounds for each in sheets if not each.sent]).empty


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 7), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_who_knows_how_it_is_made_cannot_tell_what_a_small_group_said(sizes: Sequence[int], chance: object) -> None:
    """In all worlds with the same people that come to the same page, each small group said various things."""
    places = [f"place {n}" for n in range(len(sizes))]
    says = {place: chance.randint(0, size) for place, size in zip(places, sizes, strict=True)}  # type: ignore[attr-defined]

    def page(yes: Sequence[int]) -> tuple[object, ...]:
        groups = {
            place: Counter({"yes": number, "no": size - number})
            for place, number, size in zip(places, yes, sizes, strict=True)
            if size
        }
        told = shown(groups) if groups else None
        if told is None:
            return ()
        whole: Counter[str] = sum(groups.values(), Counter())
        return (sorted(whole.items()), sorted((place, sorted(groups[place].items())) for place in told))

    seen = page(list(says.values()))
    if not seen:
        return
    fitting = [each for each in product(*(range(size + 1) for size in sizes)) if page(each) == seen]
    for number, size in enumerate(sizes):
        if 0 < size < FLOOR:
            assert len({each[number] for each in fitting}) > 1, (sizes, says, seen)


@settings(max_examples=100, deadline=None)
@given(worlds)
def test_a_rate_tells_of_no_small_group_who_has_answered(sheets: list[Filled]) -> None:
    counted = count(sheets)
    for (place, asked, what), number in counted.figures.items():
        if asked is None and place != WHOLE:
            group = [each for each in sheets if each.place == place]
            answered = sum(each.sent for each in group)
            assert number == (answered if what == ANSWERED else len(group))
            assert answered >= FLOOR
            assert answered < len(group)
    told = {
        place: Counter({what: counted.figures[place, None, what] for what in (ASKED, ANSWERED)})
        for place, asked, _ in counted.figures
        if asked is None
    }
    for rest in differences(told):
        assert rest[ANSWERED] >= FLOOR, ("whoever answered could be worked out", told)
        assert len(told) == 1 or rest[ANSWERED] < rest[ASKED], told


def test_what_is_left_of_the_whole_is_no_small_group_either() -> None:
    """Two services of which one person each has answered: with a third one's rate beside the whole, these are two."""
    ten = [Filled("Safeguarding", {}, {}, sent=number < 10) for number in range(20)]
    few = [Filled(place, {}, {}, sent=number < 1) for place in ("Adoption", "Fostering") for number in range(5)]
    places = {place for place, asked, _ in count([*ten, *few]).figures if asked is None}
    assert places == {WHOLE}


def test_the_numbers_are_those_that_were_promised() -> None:
    assert FLOOR == 5
    four = [Filled("Care", {QUESTIONS[0]: "1"}, {QUESTIONS[1]: "words"}, sent=True)] * 4
    assert count(four).empty
    five = [*four, Filled("Care", {QUESTIONS[0]: "2"}, {}, sent=True)]
    assert count(five).figures[WHOLE, QUESTIONS[0], "1"] == 4
    assert count(five).words == []
    assert len(count(five * 2).words) == 8
    # A group of three beside one of fifteen: the fifteen are hidden too, or the three could be worked out.
    fifteen = [Filled("Youth", {QUESTIONS[0]: str(n % 2)}, {}, sent=True) for n in range(15)]
    three = [Filled("Care", {QUESTIONS[0]: "1"}, {}, sent=True)] * 3
    places = {place for (place, asked, _) in count([*fifteen, *three]).figures if asked}
    assert places == {WHOLE}
