"""Gatherings on PostgreSQL: two processes at once move and cancel one, and it is held only once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from qabot.adapter import Submission
from qabot.framework.loader import load
from qabot.models import Deadline, Occasion
from tests.support.councils import RULES
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.world import World
from tests.unit.workflows.test_gatherings import BOARD

__all__ = ["postgres_server", "postgres_url"]
pytestmark = pytest.mark.postgres


async def test_two_processes_at_once_cancel_and_move_one_meeting(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(f"{RULES}{BOARD}", "utf-8")
    framework = load(path, [Path("frameworks")])
    world = await World.start(url=postgres_url, nodes=2, framework=framework, inline=False)
    await world.advance("2026-11-25 12:00")
    (day,) = world.all(Occasion)
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("cancel-gathering", {"why": "few", "sure": True}),
        ("move-gathering", {"day": "2026-12-17"}),
    )
    await asyncio.gather(
        *(
            node.desk.submit(Submission(world.who("dara"), form, day.token, values))
            for node, (form, values) in zip(world.nodes, asked, strict=True)
        )
    )
    (after,) = world.all(Occasion)
    assert after.state == "cancelled"
    assert after.sequence == 1 + len(world.events("day-moved"))
    assert {each.state for each in world.all(Deadline) if each.kind in ("papers", "board-held")} == {"withdrawn"}
    assert len(world.events("day-cancelled")) == 1
    await world.advance("2026-12-23 12:00")
    assert [each.state for each in world.all(Occasion)] == ["cancelled", "planned"]
    world.close()
