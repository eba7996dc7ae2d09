"""In and out of the line by turns: for whom there are turns, and what is told where one is missed."""

import pytest

from qabot.planning.choosing import Auditor, Candidate, Rules, choose

NORTH, SOUTH, EMPTY = 1, 2, 3
CASES = [Candidate(f"{team}{number}", team=team) for team in (NORTH, SOUTH) for number in range(4)]


@pytest.mark.parametrize(
    ("oversees", "given", "missed"),
    [
        ({NORTH}, [True, False], {}),
        ({NORTH, SOUTH, EMPTY}, [True, True], {}),
        (set(), [False, False], {}),
        ({EMPTY}, [False, False], {9: 1}),
    ],
    ids=["one team", "a director", "nobody", "a team without cases"],
)
def test_a_turn_is_missed_by_those_who_have_one(oversees: set[int], given: list[bool], missed: dict[int, int]) -> None:
    choice = choose("seed", Rules(alternate=True), [Auditor(9, 2, frozenset(oversees))], CASES)
    assert sorted(map(bool, choice.in_line[9]), reverse=True) == given
    assert choice.missed == missed
