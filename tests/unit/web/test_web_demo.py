"""The demo: being anybody, and moving time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qabot.errors import SetupError
from qabot.models import NoticeState, Store
from qabot.web.app import create_app
from qabot.web.ports import Parts
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.world import ADE, COMING, NOW, QUINN


@pytest.fixture
def visitor(new_browser: Callable[[Parts], Browser], demo_parts: Parts) -> Browser:
    return new_browser(demo_parts)


async def test_it_begins_with_choosing_whom_to_be(visitor: Browser) -> None:
    page = await visitor.open("/")
    assert page.url.path == "/demo"
    assert "Demo with invented people." in page.text
    assert "2 messages" in page.text
    page = await visitor.send_form("/demo/be", person=str(ADE))
    assert page.url.path == "/inbox"
    assert "You are now Ade Bello." in page.text


async def test_everybody_begins_where_signing_in_leads(visitor: Browser) -> None:
    for person, begins in ((ADE, "/inbox"), (QUINN, "/programme/today")):
        await visitor.open("/demo")
        page = await visitor.send_form("/demo/be", person=str(person))
        assert page.url.path == begins
        assert "You are now" in page.text
        assert (await visitor.open("/")).url.path == begins
        assert (await visitor.open(f"/as/{person}/")).url.path == f"/as/{person}{begins}"


@pytest.mark.parametrize("person", ["99", "x", ""])
async def test_nobody_can_be_somebody_unknown(visitor: Browser, person: str) -> None:
    await visitor.open("/demo")
    assert (await visitor.send_form("/demo/be", person=person)).status_code == 404


@pytest.mark.parametrize(
    ("move", "arrives"),
    [
        ({"to": "day"}, datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ({"to": "week"}, datetime(2026, 11, 30, 10, tzinfo=UTC)),
        ({"to": "date", "date": "2027-04-01"}, datetime(2027, 4, 1, 9, tzinfo=UTC)),
        ({"to": "notice"}, NOW + timedelta(hours=3)),
    ],
)
async def test_time_moves_to_the_moment_asked_for(
    visitor: Browser, demo_parts: Parts, store: Store, move: dict[str, Any], arrives: datetime
) -> None:
    coming(store)
    await visitor.open("/demo")
    await visitor.send_form("/demo/be", person=str(ADE))
    page = await visitor.send_form("/demo/time", here="/inbox", **move)
    assert demo_parts.clock.now() == arrives
    assert page.url.path == "/inbox"
    assert "1 message was sent, 1 of them to you." in page.text
    assert f"card-{COMING}" in page.text


async def test_nobody_acts_for_whom_somebody_is_now_in_any_browser(visitor: Browser, demo_parts: Parts) -> None:
    async def be(person: int) -> None:
        await visitor.open("/demo")
        await visitor.send_form("/demo/be", person=str(person))

    await be(QUINN)
    await be(ADE)
    visitor.cookies.clear()
    await be(world.BEA)
    await visitor.send_form("/demo/time", to="day", here="/inbox")
    assert isinstance(demo_parts.timeline, world.SmallTimeline)
    assert demo_parts.timeline.playing == {ADE, world.BEA}


async def test_moving_on_with_nothing_to_come_says_so(visitor: Browser, demo_parts: Parts) -> None:
    await visitor.open("/demo")
    page = await visitor.send_form("/demo/time", to="notice", here="/demo")
    assert "It is now 23 November 2026, 9:30am. Nothing was sent." in page.text
    assert demo_parts.clock.now() == NOW


@pytest.mark.parametrize("given", ["2026-11-22", "2026-11-01", "2028-01-01", "soon", ""])
async def test_time_moves_forwards_and_a_year_at_most(visitor: Browser, demo_parts: Parts, given: str) -> None:
    await visitor.open("/demo")
    assert (await visitor.send_form("/demo/time", to="date", date=given)).status_code == 400
    assert demo_parts.clock.now() == NOW


async def test_a_session_outlives_the_leaps_of_the_demos_clock(visitor: Browser) -> None:
    await visitor.open("/demo")
    await visitor.send_form("/demo/be", person=str(ADE))
    await visitor.send_form("/demo/time", to="date", date="2027-04-01")
    assert (await visitor.open("/inbox")).url.path == "/inbox"


async def test_moving_time_never_leads_to_another_site(visitor: Browser) -> None:
    await visitor.open("/demo")
    page = await visitor.send_form("/demo/time", follow=False, to="day", here="//evil.example")
    assert page.headers["location"] == "/inbox#newest"


def test_a_demo_without_a_timeline_does_not_start(store: Store) -> None:
    parts = world.parts(store)
    parts.settings.demo = True  # type: ignore[misc]
    with pytest.raises(SetupError, match="timeline"):
        create_app(parts)


def coming(store: Store) -> None:
    with store.transaction() as session:
        session.add(
            world.notice(
                COMING, ADE, "due", state=NoticeState.planned, sent_at=None, not_before=NOW + timedelta(hours=3)
            )
        )
