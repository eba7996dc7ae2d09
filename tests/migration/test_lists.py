"""A version before lists takes a database whose list waits, and the version after takes it back: it goes once."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from qabot.errors import SetupError
from qabot.messaging.card import Row
from qabot.models import ListLine, Notice
from qabot.models.migrate import downgrade, upgrade
from tests.support.world import World

BEFORE = "0036"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/qabot.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


async def test_what_waits_on_a_list_goes_once_through_a_version_that_knew_none(url: str) -> None:
    world = await World.start(url=url, at="2026-12-28 09:00")
    done, late = [await world.audit("cyrus", due="2026-12-31") for _ in range(2)]
    await world.jump("2027-01-11 08:00")
    assert [(each.rule, each.state) for each in world.lines("dara")] == [("NEW-REM-3", "planned")] * 2
    store = world.nodes[0].store
    with pytest.raises(SetupError, match="of list_line"):
        downgrade(store, BEFORE)
    downgrade(store, BEFORE, lose=True)
    with store.transaction() as session:
        columns = (Notice.rule, Notice.role, Notice.state, Notice.subject_id)
        of_dara = select(*columns).where(Notice.recipient_id == world.ids["dara"], Notice.message == "open-by-service")
        before = session.exec(of_dara).all()
        lists = session.exec(select(Notice.id).where(col(Notice.key).startswith("list:"))).all()
        assert [tuple(each)[:3] for each in before] == [("NEW-REM-3", "slt", "planned")] * 2
        assert {number for *_, number in before} == {done.id, late.id}
        assert not lists
    upgrade(store)
    await world.submit(done, "green")
    await world.advance("2027-01-18 18:00")
    (first, second) = [each for each in world.cards("dara") if each.message == "open-by-service"]
    assert [len([block for block in card.blocks if isinstance(block, Row)]) for card in (first, second)] == [1, 1]
    assert [(each.slot, each.state) for each in world.lines("dara")] == [("2", "sent")]
    assert len(world.all(ListLine, col(ListLine.deadline_id).is_not(None))) == len(world.lines())
    world.close()
