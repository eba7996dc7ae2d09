"""/metrics: there with a token alone, and for nobody without it."""

from qabot.models import Store
from tests.unit.web import world
from tests.unit.web.test_web_odd_requests import NewBrowser

TOKEN = "a token that is for tests alone and long"


async def test_the_page_is_for_whoever_sends_the_token(store: Store, new_browser: NewBrowser) -> None:
    browser = new_browser(world.parts(store, metrics=lambda session: b"qabot_backlog 1\n", metrics_token=TOKEN))
    given = {"authorization": f"Bearer {TOKEN}"}
    page = await browser.get("/metrics", headers=given)
    assert (page.status_code, page.text) == (200, "qabot_backlog 1\n")
    assert page.headers["content-type"].startswith("text/plain; version=")
    assert page.headers["cache-control"] == "no-store"
    by_address = await browser.get("/metrics", headers={**given, "host": "10.0.0.7:8700"})
    assert by_address.status_code == 200, "Prometheus may know an address alone"
    for wrong in ("", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ä"):
        refused = await browser.get("/metrics", headers={b"authorization": wrong.encode()})
        assert (refused.status_code, refused.content) == (401, b""), wrong


async def test_without_a_token_there_is_no_page(store: Store, new_browser: NewBrowser) -> None:
    browser = new_browser(world.parts(store, metrics=lambda session: b"qabot_backlog 1\n"))
    for given in ({}, {"authorization": "Bearer "}):
        assert (await browser.get("/metrics", headers=given)).status_code == 404
