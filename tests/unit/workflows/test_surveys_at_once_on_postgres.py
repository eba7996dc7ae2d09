"""A survey closes while somebody sends their answers: whoever reads that they are in is counted."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel import select

from qabot.adapter import Press, ShowCard
from qabot.models import SurveyFigure
from qabot.planning.counting import ANSWERED
from tests.support.interleaved import at_once
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.surveyed import OPEN, answer_card, asking, card_of, press, workers
from tests.support.world import World, local

__all__ = ["postgres_server", "postgres_url"]
pytestmark = pytest.mark.postgres


async def _all_but_the_last(world: World) -> str:
    """Five have answered, and one more has only to send; their name."""
    await world.advance(OPEN)
    *others, last = workers(world)[:6]
    for each in others:
        await answer_card(world, each, "evaluation", ["4"] * 15)
    for number in range(1, 16):
        await press(world, last, "evaluation", f"rate:{number}:4")
    world.clock.set(local("2026-05-11 23:59"))
    return last


@pytest.mark.parametrize("promise", ["anonymous", "confidential"])
def test_whoever_sends_as_a_survey_closes_is_counted(tmp_path: Path, postgres_url: str, promise: str) -> None:
    world = asyncio.run(asking(tmp_path, promise=promise, url=postgres_url, nodes=3, many=2))
    last = asyncio.run(_all_but_the_last(world))
    said = Press(world.who(last), "survey-send", card_of(world, last, "evaluation").token)
    engines = [each.store.engine for each in world.nodes]

    async def close() -> int:
        world.clock.set(local("2026-05-12 00:01"))
        return await world.nodes[1].engine.cycle()

    reply, _ = at_once(lambda: world.nodes[0].desk.press(said), engines[0], close, watching=engines[2])
    assert isinstance(reply, ShowCard)
    assert reply.say.startswith("Thank you. Your answers are in")
    of_all = select(SurveyFigure.count).where(SurveyFigure.answer == ANSWERED, SurveyFigure.service == "")
    with world.nodes[0].store.transaction() as session:
        assert session.exec(of_all).all() == [6]
    world.close()
