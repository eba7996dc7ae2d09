"""Surveys whose answers are sealed with a secret key that is not here: nothing is written over, or counted without."""

from dataclasses import replace
from pathlib import Path

from sqlmodel import select

from qabot.models import Event, RoundState, SurveyRound, SurveySheet
from qabot.workflows.core.sealing import Sealer
from tests.support.surveyed import OPEN, answer_card, asking, card_of, press, workers
from tests.support.world import World

OLD_KEY, NEW_KEY = ("an old secret key that is long enough", "a new secret key that is long enough")
CLOSED = "2026-05-12 09:00"


def sheets(world: World) -> list[SurveySheet]:
    """All there are."""
    with world.nodes[0].store.transaction() as session:
        return list(session.exec(select(SurveySheet)))


def seal_with(world: World, *keys: str) -> None:
    """The service was started with other secret keys, the first of which seals."""
    desk = world.nodes[0].desk
    desk.tools = replace(desk.tools, sealer=Sealer(*keys))


async def test_what_a_key_sealed_that_is_not_here_is_neither_written_over_nor_counted_without(tmp_path: Path) -> None:
    """An operator takes the old key out too early, seals anew before each process has the new one, or mistypes it."""
    world = await asking(tmp_path, many=8)
    seal_with(world, OLD_KEY)
    await world.advance(OPEN)
    said = dict.fromkeys(workers(world), "4") | {"w1": "2", "w2": "2"}
    for person in said:
        await answer_card(world, person, "evaluation", [said[person]] * (15 if person != "w1" else 3))
    before = {each.key: each.sealed for each in sheets(world)}

    seal_with(world, NEW_KEY)
    for action in ("rate:4:5", "survey-back:4", "survey-send", "survey-form"):
        assert "cannot be opened just now" in str(await press(world, "w1", "evaluation", action))
    token = card_of(world, "w1", "evaluation").token
    assert "cannot be opened just now" in str(await world.send_once("w1", "survey-form", token, when="send"))
    assert {each.key: each.sealed for each in sheets(world)} == before

    await world.advance(CLOSED)
    (survey,) = world.all(SurveyRound)
    assert survey.state == RoundState.open
    assert len(sheets(world)) == len(said), "those of an anonymous one go once it is counted"
    assert "survey-unreadable" in {each.what for each in world.all(Event)}
    seal_with(world, NEW_KEY, OLD_KEY)
    await world.advance("2026-05-14 09:00")
    (survey,) = world.all(SurveyRound)
    assert survey.state == RoundState.published
    assert sheets(world) == []
