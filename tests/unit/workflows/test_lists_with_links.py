"""A list of several things has a link on each line, which leads to that one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.messaging.card import Row, plain
from tests.support.world import BASE_URL, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path, "2026-10-12 10:00")
    yield made
    made.close()


async def test_each_line_that_senior_leaders_read_opens_its_own(world: World) -> None:
    audits = [await world.audit("cyrus") for _ in range(2)]
    for audit in audits:
        await world.submit(audit)
    await world.advance("2026-12-18 10:00")
    cards = [each.card for each in world.chat.copies.values() if each.person_id == world.ids["sian"]]
    [card] = [each for each in cards if each.message == "actions-to-slt"]
    rows = [block for block in card.blocks if isinstance(block, Row)]
    assert card.buttons == ()
    opened = {plain(row.text).split(",")[0]: row.buttons for row in rows}
    assert opened.keys() == {audit.reference for audit in audits}
    for reference, (button,) in opened.items():
        assert button.label == f"Open {reference}"
        page = await world.nodes[0].desk.card((button.url or "").removeprefix(f"{BASE_URL}/n/"), world.ids["sian"])
        [line] = [block for block in page.blocks if isinstance(block, Row)]
        assert plain(line.text).startswith(reference)
