"""A list of several things has a link on each line, which leads to that one."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.messaging.card import Row, plain
from qabot.models import Audit
from qabot.workflows.access import records
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
    card = [each for each in cards if each.message == "open-by-service"][-1]
    rows = [block for block in card.blocks if isinstance(block, Row) and block.buttons]
    assert card.buttons == ()
    opened = [(reference_in(plain(row.text)), row.buttons) for row in rows]
    assert {reference for reference, _ in opened} == {audit.reference for audit in audits}
    for reference, (button,) in opened:
        assert (button.label, button.url) == (f"Open {reference}", f"{BASE_URL}/audits/{reference}")


def reference_in(line: str) -> str:
    """The audit that a line of a list is about."""
    (reference,) = re.findall(r"QA-\d+", line)
    return str(reference)


async def test_a_line_that_opens_leads_to_a_record_that_its_reader_may_see(world: World) -> None:
    audit = await world.audit("cyrus", due="2026-10-20")
    await world.press("cyrus", "more-time", audit, kind="audit")
    await world.away("cyrus", "2026-10-13", "2026-10-23", "bea")
    await world.advance("2026-10-13 12:00")
    for message in ("help-asked", "covering"):
        [name, *_] = [each for each in ("quinn", "rowan", "ade", "marcus", "bea") if message in world.messages(each)]
        cards = [each.card for each in world.chat.copies.values() if each.person_id == world.ids[name]]
        [link, *_] = [each.url for card in cards for each in card.all_buttons() if each.action == "open-item"]
        assert link == f"{BASE_URL}/audits/{audit.reference}", name
        assert await sees(world, audit, name), name


async def sees(world: World, audit: Audit, person: str) -> bool:
    number, reader = audit.id, world.ids[person]
    known = await world.run(lambda unit: records.sight(unit, unit.session.get_one(Audit, number), reader))
    return known is not None
