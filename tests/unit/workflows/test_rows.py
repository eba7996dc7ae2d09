"""Rows to look at have what their class names, and no more; what is drawn from them is what the models say."""

from typing import Any

import pytest
from sqlmodel import col, select

from qabot.models import Deadline, Notice, rows
from qabot.models.columns import Rows
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.cards.loading import load_all
from qabot.workflows.core.subjects import load, look
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import shared_views
from tests.support.world import World

ALL = [each for each in vars(rows).values() if isinstance(each, Rows)]


@pytest.mark.parametrize("kind", ALL, ids=lambda each: each.model.__name__)
def test_what_a_row_names_is_a_column_of_its_table(kind: Rows[Any]) -> None:
    assert kind.names
    assert set(kind.names) <= set(kind.table.c.keys())
    assert len(set(kind.names)) == len(kind.names)


def test_planning_sees_what_cards_see_and_more() -> None:
    assert set(rows.DEADLINES.names) < set(rows.PLANNED.names)


async def test_a_row_has_the_columns_of_its_class_alone_and_cannot_be_changed(world: World) -> None:
    await world.audit("cyrus")

    def check(unit: Unit) -> None:
        [row] = rows.DEADLINES.read(unit.session, rows.DEADLINES.query())
        assert not isinstance(row, Deadline)
        assert row.kind == "audit"
        assert not hasattr(row, "anchors")
        with pytest.raises(AttributeError):
            setattr(row, "state", "met")  # noqa: B010 - as an assignment mypy refuses it

    await world.run(check)


async def test_rows_say_the_same_as_objects(world: World) -> None:
    audit = await world.graded("red")
    await world.submit(await world.audit("cyrus"), "green")
    good = {"seen_on": "2026-11-23", "what": "She listened", "difference": "It helped", "seen_in": "Meeting"}
    await world.send_form("cyrus", "nominate", "", nominee=str(world.ids["sofia"]), no_child="yes", **good)

    def check(unit: Unit) -> None:
        seen = rows.NOTICES.read(unit.session, rows.NOTICES.query().order_by("id"))
        notices = list(unit.session.exec(select(Notice).order_by(col(Notice.id))))
        assert {each.subject_type for each in seen} >= {"audit", "moderation", "nomination"}
        own, looked = load(unit.session, notices, unit.framework), look(unit.session, seen, unit.framework)
        assert {subject.alert.audit_id for subject in looked if subject.alert} == {audit.id}
        for mine, theirs in zip(own, looked, strict=True):
            assert shared_views(mine, unit.situation) == shared_views(theirs, unit.situation)
        loaded, read = load_all(unit, notices), load_all(unit, seen)
        assert [Drawing(unit, loaded).card(each) for each in notices] == [
            Drawing(unit, read).card(each) for each in seen
        ]

    await world.run(check)
