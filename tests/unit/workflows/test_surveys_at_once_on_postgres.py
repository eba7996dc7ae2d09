"""A survey closes while somebody sends their answers: whoever reads that they are in is counted."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel import select

from qabot.adapter import Press, ShowCard, Submission
from qabot.models import Deadline, RoundState, SurveyFigure, SurveyRound
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


def test_the_first_two_of_a_quarter_who_are_asked_in_the_same_moment_belong_to_one_round(
    tmp_path: Path, postgres_url: str
) -> None:
    """Each after a review of their own: two rounds would be counted apart, and too few in each are never shown."""
    world = asyncio.run(asking(tmp_path, url=postgres_url, nodes=3, many=2, at="2026-11-23 10:00"))

    async def review(auditor: str, team: str) -> Submission:
        audit = await world.audit(auditor, team=team)
        values = {"manager-overall": "green", "actions": "no"}
        return Submission(world.who(auditor), "submit-grades", world.deadline("audit", audit).token, values)

    # What the survey's deadlines keep of the file is there from an earlier quarter, whose round is over.
    asyncio.run(world.nodes[0].desk.submit(asyncio.run(review("ade", "east"))))
    with world.nodes[0].store.transaction() as session:
        session.exec(select(SurveyRound).where(SurveyRound.duty == "view")).one().state = RoundState.published
    one, other = (asyncio.run(review(*each)) for each in (("cyrus", "stratford"), ("dinah", "beckton")))
    engines = [each.store.engine for each in world.nodes]
    at_once(
        lambda: world.nodes[0].desk.submit(one),
        engines[0],
        lambda: world.nodes[1].desk.submit(other),
        watching=engines[2],
    )
    views = [each for each in world.all(Deadline) if each.kind == "view"]
    assert len(views) == 3
    assert [str(each.state) for each in world.all(SurveyRound) if each.duty == "view"] == ["published", "open"]
    world.close()
