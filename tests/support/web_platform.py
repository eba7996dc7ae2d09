"""The web inbox for the adapter contract's tests: each person a browser, and nothing but its pages."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from qabot.adapter import Address
from qabot.delivery.outlets import Outlets
from qabot.delivery.pacing import Pacer
from qabot.delivery.supervisor import Supervisor
from qabot.framework import Framework
from qabot.scheduler.tick import Ticker
from qabot.settings import read_settings
from qabot.web.adapter import WebAdapter
from qabot.web.app import create_app
from qabot.web.bell import Bell
from qabot.web.signin import personal_url
from qabot.wiring import Qabot, web_parts
from tests.support.pages import Page
from tests.support.world import BASE_URL, World, tools


@dataclass
class WebWorld(World):
    """A world with the web inbox alone in front of it."""

    def _outlets(self) -> Outlets:
        return Outlets({"web": self.web}, ["web"], Pacer(lambda: self.clock.now().timestamp()))


@dataclass
class OnWeb:
    """The web inbox as a `Platform`."""

    world: World
    qabot: Qabot
    name: str = "web"
    links: bool = False
    browsers: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    page: Page | None = None
    app: FastAPI | None = None

    @property
    def adapter(self) -> WebAdapter:
        """The adapter itself."""
        return self.world.web

    def address(self, person: str) -> Address:
        """Where somebody is reached."""
        return Address(self.world.ids[person], str(self.world.ids[person]))

    async def screen(self, person: str) -> list[str]:
        """The words of somebody's messages, each as its own page shows it."""
        pages = [await self.open(person, "/inbox")]
        while "Older messages" in pages[-1].words:
            pages.append(await self.open(person, f"/inbox?page={len(pages) + 1}"))
        tokens = dict.fromkeys(card.token for page in reversed(pages) for card in page.cards)
        return [(await self.open(person, f"/n/{token}")).words for token in tokens]

    async def press(self, person: str, action: str, token: str) -> str:
        """Somebody's browser sends a press; what they see then."""
        csrf = self._csrf(await self.open(person, "/forms/nominate"))
        return await self._send(
            person, "/press", {"csrf": csrf, "action": action, "token": token, "back": "inbox", "origin": token}
        )

    async def submit(self, person: str, action: str, token: str, answers: Mapping[str, str | bool]) -> str:
        """Somebody opens the form behind a button, answers some of its questions and sends it; what they see then."""
        await self.press(person, action, token)
        return await self.send(person, answers)

    async def send(self, person: str, answers: Mapping[str, str | bool]) -> str:
        """Somebody answers some questions of the form that is open and sends it; what they see then."""
        assert self.page is not None
        form = self.page.questions
        form.fill(**answers)
        return await self._send(person, form.action, dict(form.values))

    def kept(self, question: str) -> str:
        """What stands in a question of the form that came back."""
        assert self.page is not None
        return self.page.questions.answer(question)

    async def stranger(self, email: str, action: str, token: str) -> str:
        """A browser without a session sends a press; what it is shown."""
        async with self._browser() as browser:
            answer = await browser.post("/press", data={"action": action, "token": token, "csrf": ""})
            return Page(answer).words

    async def close(self) -> None:
        """Close every browser."""
        for browser in self.browsers.values():
            await browser.aclose()

    def _browser(self) -> httpx.AsyncClient:
        # One application for all browsers, as in the service: to make one takes longer than a page.
        self.app = self.app or create_app(web_parts(self.qabot))
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=BASE_URL, follow_redirects=True)

    async def open(self, person: str, path: str) -> Page:
        """Somebody opens a page, with a personal link first."""
        if person not in self.browsers:
            self.browsers[person] = browser = self._browser()
            link = personal_url(self.qabot.settings, self.world.ids[person], self.world.clock.now(), "/inbox")
            asked = Page(await browser.get(link))
            await browser.post(link, data={"csrf": self._csrf(asked)})
        page = Page(await self.browsers[person].get(path))
        if "Sign in with a personal link" in page.words:
            # Half a day has passed: they sign in once more.
            await self.browsers.pop(person).aclose()
            return await self.open(person, path)
        return page

    async def _send(self, person: str, path: str, values: dict[str, Any]) -> str:
        self.page = Page(await self.browsers[person].post(path, data=values))
        await self.world.tick()
        return self.page.words

    @staticmethod
    def _csrf(page: Page) -> str:
        return next(value for form in page.forms for name, value in form.values if name == "csrf")


@asynccontextmanager
async def on_web(
    folder: Path, framework: Framework | None = None, kind: type[WebWorld] = WebWorld
) -> AsyncIterator[OnWeb]:
    """The small council with the web inbox in front of it, on a Monday at ten; alone, unless `kind` has more."""
    world = await kind.start(folder, framework=framework)
    node, settings = world.nodes[0], read_settings(base_url=BASE_URL, secret_key="a secret for the tests, long enough")
    outlets = world._outlets()
    qabot = Qabot(
        settings,
        node.store,
        world.framework,
        tools(),
        node.desk,
        [world.web],
        outlets,
        Supervisor(world.clock.now),
        node.engine,
        world.clock,
        Ticker(),
        Bell(),
    )
    platform = OnWeb(world, qabot)
    yield platform
    await platform.close()
    world.close()
