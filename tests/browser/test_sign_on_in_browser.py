"""Single sign-on in a real browser: there and back with a provider, and the tab that a page in Teams' place frames."""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
import trustme
from playwright.sync_api import Browser, Page, Playwright, Route, expect

from qabot.adapter_kit.network import Network
from qabot.models import Store
from qabot.web.app import create_app
from qabot.web.ports import Parts
from qabot.web.sign_on.providers import Provider
from qabot.web.sign_on.reception import Reception
from tests.browser.conftest import CHROMIUM, QUIET, Served
from tests.browser.test_accessibility import broken
from tests.support.oidc import CLIENT, SECRET, Oidc, provider
from tests.support.waiting import LONG
from tests.unit.web import world
from tests.unit.web.test_web_teams_tab import TENANT, Tenant, token

ADES = {"sub": "a-1", "email": "ade@council.example", "email_verified": True}
TEAMS = "https://teams.microsoft.com"
HOST = """<!doctype html><title>Teams</title><h1>Teams</h1>
<script>
  const asked = [];
  addEventListener("message", (event) => {
    const { id, uuid, func } = event.data;
    asked.push(func);
    const answer = (...args) => event.source.postMessage({ id, uuid, args }, event.origin);
    const runtime = JSON.stringify({ apiVersion: 1, supports: { pages: { tabs: {} } } });
    if (func === "initialize") answer("content", "web", runtime, "2.0.0");
    if (func === "authentication.getAuthToken") answer(TRUE, "TOKEN");
  });
</script>
<iframe title="qabot" src="ADDRESS" width="900" height="700"></iframe>"""


NO_LOCAL_CHECKS = "--disable-features=LocalNetworkAccessChecks"
"""The page in Teams' place has a public address, and qabot one of this machine, which Chromium would ask about."""


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, NO_LOCAL_CHECKS])
    yield browser
    browser.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/qabot.db")
    world.fill(store)
    yield store
    store.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(ignore_https_errors=True, locale="en-GB", viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(LONG * 1000)
    expect.set_options(timeout=LONG * 1000)
    yield page
    context.close()


def test_there_and_back_and_out_again(store: Store, page: Page) -> None:
    clock, address = world.Hands(), Served.free_address()
    with provider(clock.now, account=ADES, asks=True) as oidc:
        known = Provider(oidc.issuer, CLIENT, SECRET, "the council")
        parts = world.parts(store, base_url=address, clock=clock, reception=Reception([known], Network(), clock.now))
        served = Served(create_app(parts), parts, address)
        served.start()
        try:
            page.goto(f"{address}/n/{world.ALERT}")
            assert broken(page) == []
            page.get_by_role("link", name="Sign in with the council").click()
            page.get_by_role("link", name="Continue").click()
            page.wait_for_url(f"{address}/n/{world.ALERT}")
            expect(page.get_by_role("heading", name="Alert: QA-1042")).to_be_visible()
            page.goto(f"{address}/words")
            page.get_by_role("button", name="Sign out everywhere").click()
            expect(page.get_by_role("link", name="Sign in with the council")).to_be_visible()
            oidc.account = {**ADES, "sub": "another"}
            page.get_by_role("link", name="Sign in with the council").click()
            page.get_by_role("link", name="Continue").click()
            expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
            expect(page.get_by_role("link", name="Try again with the council")).to_be_visible()
            assert broken(page) == []
        finally:
            served.stop()


@pytest.fixture
def tenant() -> Iterator[Oidc]:
    with provider(world.Hands().now, path=f"/{TENANT}/v2.0") as oidc:
        yield oidc


@pytest.fixture
def tab(store: Store, tenant: Oidc) -> Iterator[Parts]:
    """A council over TLS, because a cookie in a frame needs it."""
    clock, address = world.Hands(), Served.free_address().replace("http://127.0.0.1", "https://localhost")
    reception = Reception([Tenant(tenant.issuer, CLIENT, SECRET)], Network(), clock.now)
    parts = world.parts(store, base_url=address, clock=clock, reception=reception, tab=True)
    served = Served(create_app(parts), parts, address, trustme.CA().issue_cert("localhost"))
    served.start()
    yield parts
    served.stop()


def in_teams(page: Page, address: str, given: str, *, host: str = TEAMS, gives: bool = True) -> None:
    """Open a page that frames an address, and answers it as Teams does."""

    def answer(route: Route) -> None:
        html = HOST.replace("ADDRESS", escape(address)).replace("TOKEN", given)
        route.fulfill(body=html.replace("TRUE", "true" if gives else "false"), content_type="text/html")

    page.route(f"{host}/", answer)
    page.goto(f"{host}/")


def claims(parts: Parts) -> dict[str, Any]:
    return {"aud": f"api://{parts.settings.base_url.removeprefix('https://')}/{CLIENT}"}


def test_the_tab_signs_in_by_itself_and_works_inside_teams(tab: Parts, tenant: Oidc, page: Page) -> None:
    hosts: set[str] = set()
    page.on("requestfinished", lambda request: hosts.add(request.url.split("/")[2]))
    base = tab.settings.base_url
    in_teams(page, f"{base}/tab", token(tenant, **claims(tab)))
    inside = page.frame_locator("iframe")
    expect(inside.get_by_text("Ade Bello").first).to_be_visible()
    assert page.evaluate("asked").count("authentication.getAuthToken") == 1
    inside.get_by_role("button", name="Acknowledge alert QA-1042").click()
    expect(inside.get_by_text("You acknowledged QA-1042.")).to_be_visible()
    [frame] = [each for each in page.frames if each.url.startswith(base)]
    assert frame.url.startswith(f"{base}/tab/in/inbox")
    inside.get_by_role("navigation", name="Main").get_by_role("link", name="What I owe").click()
    expect(inside.get_by_role("heading", name="Your QA tasks").first).to_be_visible()
    assert hosts == {"teams.microsoft.com", base.removeprefix("https://")}, "nothing is fetched from anywhere else"
    page.goto(f"{base}/inbox")
    expect(page.get_by_role("link", name="Sign in with Microsoft")).to_be_visible()


def test_in_the_tab_a_refusal_is_a_sentence(tab: Parts, tenant: Oidc, page: Page) -> None:
    inside = page.frame_locator("iframe")
    stranger = token(tenant, **claims(tab), preferred_username="nobody@council.example")
    in_teams(page, f"{tab.settings.base_url}/tab", stranger)
    expect(inside.get_by_role("status")).to_contain_text("your address is not in qabot's list of people")
    page.unroute_all()
    in_teams(page, f"{tab.settings.base_url}/tab", "resourceDisabled", gives=False)
    expect(inside.get_by_role("status")).to_contain_text("Teams did not say who you are")
    expect(inside.get_by_role("link", name="Open qabot in the browser instead")).to_be_visible()


def test_nobody_else_frames_the_tab_and_teams_frames_nothing_else(tab: Parts, tenant: Oidc, page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "frame-ancestors" in said.text else None)
    base = tab.settings.base_url
    for address, host in ((f"{base}/tab", "https://evil.example"), (f"{base}/inbox", TEAMS)):
        refused.clear()
        in_teams(page, address, token(tenant, **claims(tab)), host=host)
        page.wait_for_load_state("load")
        assert not page.frame_locator("iframe").get_by_text("qabot").is_visible()
        assert refused, address
        page.unroute_all()
