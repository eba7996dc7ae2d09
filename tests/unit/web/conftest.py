"""Browsers without a screen: clients of the application that keep cookies and send forms as a page would."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from qabot.models import Event, Person, Store
from qabot.web.app import create_app
from qabot.web.ports import Parts
from qabot.web.signin import personal_url
from tests.unit.web import world

CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Browser(httpx.AsyncClient):
    """Follows redirects, remembers the last page's token against cross-site requests, and sends it."""

    csrf = ""

    async def open(self, path: str, **values: Any) -> httpx.Response:
        page = await self.get(path, follow_redirects=True, **values)
        self._remember(page)
        return page

    async def send_form(self, path: str, follow: bool = True, **values: Any) -> httpx.Response:
        data = {"csrf": self.csrf} | values
        page = await self.post(path, data=data, follow_redirects=follow, headers={"sec-fetch-site": "same-origin"})
        self._remember(page)
        return page

    async def sign_in(self, parts: Parts, person_id: int, path: str = "/inbox") -> httpx.Response:
        link = personal_url(parts.settings, person_id, parts.clock.now(), path)
        await self.open(link)
        return await self.send_form(link)

    def _remember(self, page: httpx.Response) -> None:
        found = CSRF.search(page.text)
        self.csrf = found[1] if found else self.csrf


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/qabot.db")
    world.fill(store)
    yield store
    store.close()


@pytest.fixture
def parts(store: Store) -> Parts:
    return world.parts(store)


@pytest.fixture
def demo_parts(store: Store) -> Parts:
    return world.parts(store, demo=True)


@pytest.fixture
async def new_browser() -> AsyncIterator[Callable[[Parts], Browser]]:
    browsers: list[Browser] = []

    def make(parts: Parts) -> Browser:
        transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
        browsers.append(Browser(transport=transport, base_url=parts.settings.base_url))
        return browsers[-1]

    yield make
    for browser in browsers:
        await browser.aclose()


@pytest.fixture
def browser(new_browser: Callable[[Parts], Browser], parts: Parts) -> Browser:
    return new_browser(parts)


@pytest.fixture
async def ade(browser: Browser, parts: Parts) -> Browser:
    await browser.sign_in(parts, world.ADE)
    return browser


@pytest.fixture
async def quinn(new_browser: Callable[[Parts], Browser], parts: Parts) -> Browser:
    browser = new_browser(parts)
    await browser.sign_in(parts, world.QUINN)
    return browser


@pytest.fixture
async def administrator(quinn: Browser, store: Store) -> Browser:
    """Quinn, who looks after people and rules too."""
    with store.transaction() as session:
        session.get_one(Person, world.QUINN).administrator = True
    await quinn.open("/programme/people")
    return quinn


def events(store: Store, what: str) -> list[Event]:
    with store.transaction() as session:
        return list(session.exec(select(Event).where(Event.what == what)))
