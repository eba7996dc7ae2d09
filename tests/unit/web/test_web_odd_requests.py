"""Odd addresses, hosts and forms at every route: a page in plain words, never an error of ours."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from qabot.adapter_kit.network import Network
from qabot.models import Store
from qabot.web.app import create_app
from qabot.web.ports import Parts
from qabot.web.sign_on.providers import Provider
from qabot.web.sign_on.reception import Reception
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.world import DEADLINE, QUINN

NewBrowser = Callable[[Parts], Browser]
NAMES = (
    "page",
    "from",
    "to",
    "actor",
    "what",
    "state",
    "lane",
    "team",
    "kind",
    "name",
    "missing",
    "seen",
    "text",
    "token",
    "reference",
    "csrf",
    "x",
)
VALUES = (
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "2026-W47-6",
    "20261121",
    "-1",
    "0",
    "9" * 30,
    "9" * 1500,
    "٣",
    "²",
    "1e9",
    "\0",
    "a\0b",
    "\n",
    "%",
    "_",
    "'",
    '"',
    "\u202e",
    "😀",
    "\ud800",
    "open",
    "past",
    "all",
    "sent",
    "nonsense",
    "",
    " ",
    "NaN",
    "a" * 1500,
    "%" * 400,
)
ONE = st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=30))


def routes(router: Any) -> Iterator[APIRoute]:
    """Every route of the application's own pages."""
    return (route for route in router.routes if isinstance(route, APIRoute))


def paths(app: Any) -> list[tuple[str, str]]:
    """Every route by method, with a value that is there for each part of its address."""
    filled = {
        "{token}": DEADLINE,
        "{reference}": "QA-1042",
        "{name}": "everything",
        "{text}": "x",
        "{word}": "mine",
        "{person}": "1",
        "{kind}": "board",
        "{key}": "quarter-2026-07",
        "{ending}": "xlsx",
        "{provider}": "0",
    }
    filled["{cycle}"] = "1"
    found = []
    for route in routes(app):
        path = route.path
        for part, value in filled.items():
            path = path.replace(part, value)
        found += [(method, path) for method in sorted(route.methods or ())]
    assert len(found) > 15
    assert not [path for _, path in found if "{" in path]
    return [each for each in found if each[1] != "/inbox/changes"]  # which waits for news, as it should


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def parts(store: Store) -> Parts:
    """With a provider too, which answers nothing."""
    hands = world.Hands()
    nowhere = Reception([Provider("http://127.0.0.1:9", "qabot")], Network(), hands.now)
    return world.parts(store, clock=hands, reception=nowhere)


@pytest.fixture
def every_route(parts: Parts) -> list[tuple[str, str]]:
    return paths(create_app(parts))


class Asking:
    """The service, which gets `query` with each address that has none.

    httpx reads an address of 60,000 characters three times, sign by sign, before it sends it. A query that goes to
    every route is read once and goes in where a server puts it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.query = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "query_string": scope["query_string"] or self.query}, receive, send)


@pytest.fixture
def asking(parts: Parts) -> Asking:
    return Asking(create_app(parts))


@pytest.fixture
def manager(parts: Parts, asking: Asking, runner: asyncio.Runner) -> Iterator[Browser]:
    transport = httpx.ASGITransport(asking)  # an error of ours fails the test
    browser = Browser(transport=transport, base_url=parts.settings.base_url)
    runner.run(browser.sign_in(parts, QUINN))
    yield browser
    runner.run(browser.aclose())


def query(pairs: list[tuple[str, str]]) -> bytes:
    """As httpx sends it."""
    asked = httpx.QueryParams([(key, value.encode(errors="replace").decode()) for key, value in pairs])
    return httpx.URL(f"http://x/?{asked}").query


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=4)
@given(pairs=st.lists(ONE, min_size=1, max_size=4))
@example([("to", "9999-12-31")])
@example([("from", "0001-01-01"), ("to", "9999-12-31")])
@example([("actor", "a" * 60_000)])
@example([("team", "9" * 30)])
@example([("page", "9" * 30), ("page", "-1")])
@example([("state", "nonsense"), ("kind", "\0")])
def test_every_route_answers_odd_queries_in_plain_words(
    manager: Browser,
    asking: Asking,
    every_route: list[tuple[str, str]],
    runner: asyncio.Runner,
    pairs: list[tuple[str, str]],
) -> None:
    asking.query = query(pairs)
    for method, path in every_route:
        with capture_logs() as lines:
            page = runner.run(manager.request(method, path))
        assert page.status_code in {200, 303, 400, 401, 403, 404, 405, 414}, (method, path, page.status_code)
        assert "Traceback" not in page.text
        assert not [line for line in lines if "exc_info" in line]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(part=st.text(max_size=40) | st.sampled_from(VALUES))
@example("a" * 60_000)
@example("../../etc/passwd")
def test_odd_parts_of_addresses_are_pages_that_are_not_there(
    manager: Browser, runner: asyncio.Runner, part: str
) -> None:
    quoted = httpx.URL("http://x", params={"p": part.encode(errors="replace").decode()}).query.decode()[2:]
    for path in ("/n/", "/audits/", "/forms/", "/in/", "/programme/deadlines/", "/picking/", "/static/", "/"):
        page = runner.run(manager.get(path + quoted))
        assert page.status_code in {200, 303, 400, 403, 404, 405, 414}, (path, page.status_code)


async def test_dates_out_of_reach_are_said(quinn: Browser) -> None:
    for path in ("/programme/log", "/programme/log.csv"):
        page = await quinn.get(f"{path}?to=9999-12-31")
        assert page.status_code == 400
        assert "Give dates of the years 2000 to 2199" in page.text
        assert (await quinn.get(f"{path}?to=2199-12-31")).status_code == 200
        assert (await quinn.get(f"{path}?actor={'a' * 60_000}")).status_code == 414


async def test_an_export_that_cannot_be_whole_does_not_begin(quinn: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from qabot.web import log

    calls = 0

    def failing(*_: object, **__: object) -> tuple[list[tuple[str, ...]], int]:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise RuntimeError("half-way")
        return [("a",)], 1

    monkeypatch.setattr(log, "_batch", failing)
    page = await quinn.get("/programme/log.csv")
    assert page.status_code == 500
    assert calls == 2
    assert "half-way" not in page.text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "[", "", "a b"]
)
async def test_an_unknown_host_is_refused_and_never_repeated(ade: Browser, host: str) -> None:
    for path in ("/inbox", "/inbox/", "/static", "/static/style.css", "/nowhere/"):
        page = await ade.get(path, headers={"host": host})
        assert page.status_code == 421
        assert "evil" not in page.text + str(page.headers)
        assert page.headers["content-security-policy"]


async def test_the_base_addresss_host_and_those_of_the_setting_are_known(new_browser: NewBrowser, store: Store) -> None:
    parts = world.parts(store, base_url="https://qabot.council.example", hosts=("inside.council.example",))
    browser = new_browser(parts)
    for host in ("qabot.council.example", "QABOT.council.example:443", "inside.council.example"):
        assert (await browser.get("/", headers={"host": host})).status_code == 401
    for host in ("127.0.0.1", "localhost"):
        assert (await browser.get("/", headers={"host": host})).status_code == 421
    assert (await browser.get("/health", headers={"host": "10.1.2.3:8700"})).status_code == 200


async def test_an_address_with_a_slash_too_many_leads_nowhere_else(ade: Browser) -> None:
    page = await ade.get("/inbox/")
    assert page.status_code == 404
    assert "location" not in page.headers


@pytest.mark.parametrize("origin", ["http://[", "null\0", "://", "x" * 5000, "http://127.0.0.1:8080.evil.example"])
async def test_odd_origins_are_not_ours(ade: Browser, origin: str) -> None:
    await ade.open("/inbox")
    page = await ade.post("/press", data={"csrf": ade.csrf, "action": "x"}, headers={"origin": origin})
    assert page.status_code == 403


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff\xfe%00=%ff&csrf=%ed%a0%80", "application/x-www-form-urlencoded"),
        (b"a=1&" * 5000, "application/x-www-form-urlencoded"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"{}", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"\x1f\x8b\x08\x00", "application/gzip"),
    ],
)
async def test_odd_forms_are_refused_in_plain_words(ade: Browser, parts: Parts, body: bytes, kind: str) -> None:
    for path in ("/press", "/words", "/forms/everything", "/out", "/in/x"):
        page = await ade.post(path, content=body, headers={"content-type": kind})
        assert page.status_code in {400, 403}, (path, page.status_code)


async def test_what_may_not_be_seen_is_like_what_is_not_there(ade: Browser) -> None:
    for there, nowhere in (("/programme/deadlines/" + DEADLINE, "/programme/deadlines/none"),):
        seen, missing = await ade.get(there), await ade.get(nowhere)
        assert (seen.status_code, seen.text) == (missing.status_code, missing.text)


async def test_a_wrong_value_in_a_form_of_the_demo_is_nobody(new_browser: NewBrowser, demo_parts: Parts) -> None:
    browser = new_browser(demo_parts)
    await browser.open("/demo")
    for person in ("9" * 5000, "9" * 30, "٣" * 30, "-1"):
        assert (await browser.send_form("/demo/be", person=person)).status_code == 404
    for day in ("9999-12-31", "0001-01-01", "x" * 5000):
        assert (await browser.send_form("/demo/time", to="date", date=day)).status_code == 400
