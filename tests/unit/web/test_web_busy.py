"""A database that is locked or away: a page says so in a moment, refusals stay what they are, health is not well."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from qabot.models import Store
from qabot.models.turns import Guest
from qabot.web import health
from qabot.web.ports import Parts
from tests.support.waiting import LONG, within
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.world import ADE

NewBrowser = Callable[[Parts], Browser]
PAGES = ("/inbox", "/owe", "/words", "/", "/nowhere", "/n/x", "/audits/QA-1042", "/programme", "/programme/log.csv")


@asynccontextmanager
async def held(store: Store) -> AsyncIterator[None]:
    """The one thread of the database waits, as it does for a lock that another process holds."""
    began, go = threading.Event(), threading.Event()

    def wait(session: Session) -> None:
        began.set()
        assert go.wait(LONG)

    waiting = asyncio.create_task(store.run(wait))
    await asyncio.to_thread(began.wait)
    yield
    go.set()
    await within(waiting)


async def signed_in(new_browser: NewBrowser, store: Store, begin: float) -> Browser:
    parts = world.parts(store)
    browser = new_browser(parts)
    await browser.sign_in(parts, ADE)
    hasty = new_browser(replace(parts, guest=Guest(begin=begin, end=LONG)))
    hasty.cookies, hasty.csrf = browser.cookies, browser.csrf
    return hasty


async def test_pages_of_a_locked_database_are_503_and_of_refusals_what_they_are(
    new_browser: NewBrowser, store: Store
) -> None:
    browser = await signed_in(new_browser, store, 0)
    async with held(store):
        for path in PAGES:
            page = await within(browser.get(path))
            assert page.status_code == (404 if path == "/nowhere" else 503), path
            assert "<h1>" in page.text
            assert page.headers["content-security-policy"]
            if page.status_code == 503:
                assert "try again in a moment" in page.text
                assert page.headers["retry-after"]
                assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/press", "/words", "/forms/everything", "/out"])
async def test_a_form_to_a_locked_database_is_told_so(new_browser: NewBrowser, store: Store, path: str) -> None:
    browser = await signed_in(new_browser, store, 0)
    async with held(store):
        assert (await within(browser.post(path, data={"csrf": browser.csrf, "word": "link"}))).status_code == 503


async def test_a_form_of_another_page_is_refused_also_by_a_locked_database(
    new_browser: NewBrowser, store: Store
) -> None:
    browser = await signed_in(new_browser, store, 0)
    async with held(store):
        assert (await within(browser.post("/press", data={"csrf": "x"}))).status_code == 403


async def test_a_page_after_the_lock_is_as_before(new_browser: NewBrowser, store: Store) -> None:
    browser = await signed_in(new_browser, store, LONG)
    async with held(store):
        pass
    assert (await browser.get("/inbox")).status_code == 200


async def test_health_is_not_well_while_the_database_is_locked(
    new_browser: NewBrowser, parts: Parts, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = new_browser(parts)
    monkeypatch.setattr(health, "PATIENCE", Guest(begin=0, end=0, rank=0))
    async with held(store):
        pages = await within(asyncio.gather(*(browser.get("/health") for _ in range(20))))
    for page in pages:
        assert page.status_code == 503
        assert page.json()["database"] == "does not answer"
        assert page.headers["cache-control"] == "no-store"


async def test_health_is_well_again(new_browser: NewBrowser, parts: Parts) -> None:
    browser = new_browser(parts)
    page = await browser.get("/health")
    assert (page.status_code, page.json()["ok"], page.json()["database"]) == (200, True, "answers")


async def test_many_probes_are_one_question(new_browser: NewBrowser, parts: Parts, store: Store) -> None:
    asked = 0
    real = store.run

    async def counted(work: Callable[[Session], object], *, act: bool = False) -> object:
        nonlocal asked
        asked += 1
        return await real(work, act=act)

    store.run = counted  # type: ignore[assignment,method-assign]
    browser = new_browser(parts)
    async with held(store):
        asked = 0
        probes = [asyncio.create_task(browser.get("/health")) for _ in range(20)]
        await asyncio.sleep(0)
        for _ in range(200):
            await asyncio.sleep(0)
    assert {(await each).status_code for each in probes} == {200}
    assert asked == 1


@pytest.mark.parametrize("broken", [OperationalError("x", {}, sqlite3.OperationalError("database is locked"))])
async def test_a_database_that_fails_in_the_middle_is_503_too(
    new_browser: NewBrowser, store: Store, broken: Exception
) -> None:
    class Desk(world.SmallDesk):
        async def inbox(self, person_id: int, limit: int = 50, skip: int = 0) -> list[world.Entry]:
            raise broken

    parts = world.parts(store, desk=Desk(store))
    page = await new_browser(parts).sign_in(parts, ADE)
    assert page.status_code == 503
    assert "locked" not in page.text


async def test_while_it_is_crowded_probes_are_answered_and_pages_come_back_in_a_moment(
    new_browser: NewBrowser, parts: Parts
) -> None:
    browser = new_browser(replace(parts, crowded=lambda: True, last_tick=parts.clock.now))
    page = await browser.get("/inbox")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "Please try again in a moment" in page.text
    assert [(await browser.request(each, "/health")).status_code for each in ("GET", "HEAD")] == [200, 200]
