"""New work on PostgreSQL: two processes at once hand a duty on to one person, and it is done with that."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.adapter import Say, Submission
from qabot.framework.loader import load
from qabot.models import Audit
from qabot.workflows.verbs import answers
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.world import World
from tests.unit.workflows.test_new_work import COUNCIL, OPENS

__all__ = ["postgres_server", "postgres_url"]
pytestmark = pytest.mark.postgres


async def test_two_processes_at_once_hand_one_duty_to_one_person(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(COUNCIL, "utf-8")
    framework = load(path, [Path("frameworks")])
    world = await World.start(url=postgres_url, nodes=2, framework=framework, inline=False)
    audit = await world.graded("amber", actions=False)
    await world.advance(OPENS)
    token = world.deadline("second-review", audit).token
    sent = [
        node.desk.submit(Submission(world.who(by), "answer", token, {"goes-to": str(world.ids[to])}))
        for node, by, to in zip(world.nodes, ("quinn", "rowan"), ("bea", "dinah"), strict=True)
    ]
    said = {reply.text for reply in await asyncio.gather(*sent) if isinstance(reply, Say)}
    assert answers.AGAIN in said
    assert len(said) == 2
    (new,) = world.all(Audit, col(Audit.made_for_id).is_not(None))
    await world.forward("1 working day")
    await world.submit(new, "green", actions=False)
    assert world.deadline("second-review", audit, state="met").closed_why == f"Submitted as {new.reference}"
    world.close()
