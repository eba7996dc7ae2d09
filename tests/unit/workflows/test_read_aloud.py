"""What a year of a council said that was untrue, unkind or nonsense when it was read aloud."""

from typing import Any

import pytest

from qabot.messaging.values import inline
from qabot.workflows.core.words import say_closed
from qabot.workflows.verbs import nominations
from tests.support.world import World, local

WHEN = "3 May 2026 at 9am"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("Acknowledged", f"Acknowledged by Ana Lim on {WHEN}"),
        ("It has gone out", f"It has gone out (Ana Lim, {WHEN})"),
        ("Decided: Nobody else", f"Decided: Nobody else (Ana Lim, {WHEN})"),
        ("The audit's actions are enough", f"The audit's actions are enough (Ana Lim, {WHEN})"),
        ("More is needed, and it is on the record", f"More is needed, and it is on the record (Ana Lim, {WHEN})"),
    ],
)
def test_an_answer_is_not_said_to_be_by_somebody(why: str, said: str) -> None:
    assert say_closed(why, "Ana Lim", WHEN) == said
    assert say_closed(why, "", WHEN) == f"{why} on {WHEN}"


def test_what_somebody_wrote_ends_no_sentence_in_the_middle_of_a_line() -> None:
    assert inline("The plan is up to date. ") == "The plan is up to date"
    assert inline("Who asked? Nobody") == "Who asked? Nobody"


async def test_whoever_nominates_somebody_of_their_own_is_not_told_so_by_themselves(world: World) -> None:
    world.change("sofia", line_manager_id=world.ids["mina"])
    given: dict[str, Any] = {"seen_on": local("2026-11-20").date(), "what": "x", "difference": "y", "seen_in": "Other"}
    await world.run(lambda unit: nominations.nominate(unit, world.ids["sofia"], given, by=world.ids["mina"]))
    assert [each.message for each in world.notices("mina") if each.subject_type == "nomination"] == ["nomination-copy"]
