"""Below a path of a host: every address on every page stays below it, signing in works, and cookies stay there too."""

import re
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qabot.errors import SetupError
from qabot.models import Person, Store
from qabot.settings import read_settings
from qabot.web.app import create_app
from qabot.web.ports import Parts
from tests.support.faulty import FaultyAdapter
from tests.unit.web import world
from tests.unit.web.conftest import Browser

HOST = "https://intranet.council.example"
BELOW = f"{HOST}/qabot"
ADDRESS = re.compile(r'\b(?:href|action|formaction|src)="([^"]*)"')
PAGES = 25
NOT_HERE = {"/act", "/good-practice", "/programme/gatherings"}
"""Where a form says what is to be done, and pages of parts that this small world has not."""


class Events:
    """What is mounted for it: it says at which path it was asked."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(scope["path"])(scope, receive, send)


class Calling(FaultyAdapter):
    """A platform that calls qabot."""

    def app(self) -> tuple[str, ASGIApp]:
        return "/chat/events", Events()


@pytest.fixture
def parts(store: Store) -> Parts:
    with store.transaction() as session:
        session.get_one(Person, world.QUINN).administrator = True
    return replace(world.parts(store, base_url=BELOW), adapters=(Calling(),))


async def test_no_address_of_any_page_leads_out(new_browser: Callable[[Parts], Browser], parts: Parts) -> None:
    """Whoever follows the links of one page after another stays below the path, and finds what they lead to."""
    browser = new_browser(parts)
    page = await browser.sign_in(parts, world.QUINN)
    assert str(page.url).startswith(f"{BELOW}/")
    seen, waiting, missing = {str(page.url)}, [page.text], set[str]()
    while waiting and len(seen) < PAGES:
        for address in ADDRESS.findall(waiting.pop(0).replace("&amp;", "&")):
            if address.startswith(("#", "?", "mailto:", "data:")):
                continue
            whole = address if address.startswith("https:") else f"{HOST}{address}"
            assert whole.startswith(f"{BELOW}/"), address
            if (plain := whole.partition("#")[0]) in seen or "/out" in plain:
                continue
            seen.add(plain)
            found = await browser.get(plain, follow_redirects=True)
            if found.status_code not in (200, 405):
                missing.add(plain.removeprefix(BELOW))
            assert str(found.url).startswith(f"{BELOW}/"), plain
            if found.headers["content-type"].startswith("text/html"):
                assert int(found.headers["content-length"]) == len(found.content)
                waiting.append(found.text)
    assert missing <= NOT_HERE
    assert len(seen) >= PAGES


async def test_cookies_stay_below_the_path(new_browser: Callable[[Parts], Browser], parts: Parts) -> None:
    browser = new_browser(parts)
    await browser.sign_in(parts, world.ADE)
    assert {(each.name, each.path, each.secure) for each in browser.cookies.jar} == {("__Secure-qabot", "/qabot", True)}


async def test_a_proxy_may_pass_the_path_on_or_off(new_browser: Callable[[Parts], Browser], parts: Parts) -> None:
    browser = new_browser(parts)
    for path, said in (
        ("/qabot/chat/events", "/chat/events"),
        ("/chat/events", "/chat/events"),
        ("/qabotics/chat/events", ""),
    ):
        answer = await browser.get(f"{HOST}{path}")
        assert (answer.text if answer.status_code == 200 else "") == said
    for path in ("/qabot/health", "/health"):
        assert (await browser.get(f"{HOST}{path}")).headers["content-type"] == "application/json"
    assert 'href="/qabot/' in (await browser.get(f"{HOST}/qabot", follow_redirects=True)).text
    assert (await browser.head(f"{HOST}/qabot/inbox")).status_code in (200, 303, 405)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(parts))) as outside:
        assert (await outside.get("https://elsewhere.example/qabot/inbox")).status_code == 421


def test_a_path_that_cannot_be_told_from_ours_is_refused(parts: Parts, store: Store) -> None:
    with pytest.raises(SetupError, match="QABOT_BASE_URL: /inbox is an address of qabot's own"):
        create_app(world.parts(store, base_url=f"{HOST}/inbox"))
    with pytest.raises(SetupError, match="QABOT_BASE_URL: expected a path of letters"):
        read_settings(base_url=f"{HOST}/a b")
    assert read_settings(base_url=f"{HOST}/qabot/").base_url == BELOW
