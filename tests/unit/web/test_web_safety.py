"""Forms against other sites, headers, hosts, and pages that fail."""

from collections.abc import Callable
from typing import Any

import pytest

from qabot.models import Store
from qabot.web.headers import policy
from qabot.web.ports import Parts
from qabot.web.signin import personal_url
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.world import ADE, ALERT, SmallDesk

NewBrowser = Callable[[Parts], Browser]
ACKNOWLEDGE: dict[str, Any] = {"action": "acknowledge", "token": ALERT, "back": "inbox", "origin": ALERT}


def pressed(parts: Parts) -> int:
    assert isinstance(parts.desk, SmallDesk)
    return len(parts.desk.pressed)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site", "origin": "null"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
    ],
)
async def test_a_form_from_elsewhere_is_refused(ade: Browser, parts: Parts, headers: dict[str, str]) -> None:
    await ade.open("/inbox")
    page = await ade.post("/press", data=ACKNOWLEDGE | {"csrf": ade.csrf}, headers=headers)
    assert page.status_code == 403
    assert pressed(parts) == 0


@pytest.mark.parametrize("headers", [{}, {"origin": "null"}, {"origin": world.BASE}])
async def test_a_form_of_ours_is_taken_also_without_the_newest_headers(
    ade: Browser, parts: Parts, headers: dict[str, str]
) -> None:
    await ade.open("/inbox")
    page = await ade.post("/press", data=ACKNOWLEDGE | {"csrf": ade.csrf}, headers=headers)
    assert page.status_code == 303
    assert pressed(parts) == 1


@pytest.mark.parametrize("csrf", ["", "x", None])
async def test_a_form_without_the_sessions_token_is_refused(ade: Browser, parts: Parts, csrf: str | None) -> None:
    data = ACKNOWLEDGE | ({"csrf": csrf} if csrf is not None else {})
    page = await ade.post("/press", data=data, headers={"sec-fetch-site": "same-origin"})
    assert page.status_code == 403
    assert pressed(parts) == 0


async def test_another_sessions_token_is_refused(ade: Browser, quinn: Browser, parts: Parts) -> None:
    await quinn.open("/inbox")
    page = await quinn.open("/words")
    assert page.status_code == 200
    ade.csrf = quinn.csrf
    assert (await ade.send_form("/press", **ACKNOWLEDGE)).status_code == 403
    assert pressed(parts) == 0


async def test_a_huge_form_is_refused_before_it_is_read(ade: Browser) -> None:
    page = await ade.send_form("/forms/everything", follow=True, **{"answer:story": "x" * 300_000})
    assert page.status_code == 400
    assert "Make it smaller" in page.text


async def test_every_answer_carries_the_safe_headers(ade: Browser) -> None:
    for path in ("/inbox", "/static/style.css", "/health", "/nowhere"):
        headers = (await ade.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
    assert (await ade.get("/inbox")).headers["cache-control"] == "no-store"


async def test_the_session_cookie_is_out_of_reach_of_scripts(new_browser: NewBrowser, store: Store) -> None:
    parts = world.parts(store, base_url="https://qabot.council.example")
    browser = new_browser(parts)
    link = await browser.get(personal_url(parts.settings, ADE, parts.clock.now()))
    cookie = link.headers["set-cookie"]
    assert cookie.startswith("__Host-qabot=")
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"))


async def test_teams_may_frame_the_pages_if_the_council_says_so(new_browser: NewBrowser, store: Store) -> None:
    teams = ("https://teams.microsoft.com",)
    parts = world.parts(store, base_url="https://qabot.council.example", frame_ancestors=teams)
    page = await new_browser(parts).get(personal_url(parts.settings, ADE, parts.clock.now()))
    assert page.headers["content-security-policy"].endswith("frame-ancestors https://teams.microsoft.com")
    assert "x-frame-options" not in page.headers
    assert "SameSite=None; Secure; Partitioned" in page.headers["set-cookie"]


def test_nobody_may_frame_the_pages_otherwise() -> None:
    assert policy(()).endswith("frame-ancestors 'none'")


async def test_a_strange_host_does_not_reach_the_demo(new_browser: NewBrowser, demo_parts: Parts) -> None:
    browser = new_browser(demo_parts)
    assert (await browser.get("/demo", headers={"host": "evil.example:8080"})).status_code == 421
    for host in ("127.0.0.1:8080", "localhost:1", "[::1]:8080"):
        assert (await browser.get("/demo", headers={"host": host})).status_code == 200


async def test_demo_routes_do_not_exist_under_serve(ade: Browser, parts: Parts) -> None:
    before = parts.clock.now()
    assert (await ade.get("/demo")).status_code == 404
    assert (await ade.send_form("/demo/be", person="2")).status_code == 404
    assert (await ade.send_form("/demo/time", to="week")).status_code == 404
    assert parts.clock.now() == before


async def test_a_page_that_fails_says_so_plainly(new_browser: NewBrowser, store: Store) -> None:
    class BrokenDesk(SmallDesk):
        async def inbox(self, person_id: int, limit: int = 50, skip: int = 0) -> list[world.Entry]:
            raise RuntimeError("a secret of the inside")

    parts = world.parts(store, desk=BrokenDesk(store))
    browser = new_browser(parts)
    page = await browser.sign_in(parts, ADE)
    assert page.status_code == 500
    assert "went wrong on our side" in page.text
    assert "secret" not in page.text
    assert "Traceback" not in page.text


async def test_an_unknown_page_says_so_plainly(ade: Browser) -> None:
    page = await ade.get("/nowhere")
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    assert (await ade.get("/press")).status_code == 405
