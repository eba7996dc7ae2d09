"""A served application and a real browser. Without Chromium these tests are skipped, loudly."""

import os
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from qabot.models import Store
from qabot.web.app import create_app
from qabot.web.ports import Parts
from tests.support.waiting import LONG, wait_until
from tests.unit.web import world

CHROMIUM = os.environ.get("QABOT_CHROMIUM") or shutil.which("chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = 1200, 320


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    here = Path(__file__).parent
    for item in (item for item in items if here in item.path.parents):
        item.add_marker(pytest.mark.browser)
        if not CHROMIUM:
            reason = "NO CHROMIUM: the web inbox was not tested in a browser (install it, or set QABOT_CHROMIUM)"
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    yield browser
    browser.close()


class Served:
    """An application at an address of its own."""

    def __init__(self, app: FastAPI, parts: Parts, address: str, certificate: trustme.LeafCert | None = None) -> None:
        self.parts = parts
        self.store = parts.store
        self.address = address
        port = int(address.rpartition(":")[2])

        def tls(config: uvicorn.Config, usual: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
            assert certificate is not None
            certificate.configure_cert(context := ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))
            return context

        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_level="error",
            timeout_graceful_shutdown=4,
            ssl_context_factory=tls if certificate is not None else None,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @staticmethod
    def free_address() -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return f"http://127.0.0.1:{free.getsockname()[1]}"

    def start(self) -> None:
        self._thread.start()
        wait_until(lambda: self._server.started, "the application's start")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[bool], Served]]:
    running: list[Served] = []

    def start(demo: bool) -> Served:
        store = Store(f"sqlite:///{tmp_path}/qabot-{len(running)}.db")
        world.fill(store)
        address = Served.free_address()
        parts = world.parts(store, demo=demo, base_url=address)
        running.append(Served(create_app(parts), parts, address))
        running[-1].start()
        return running[-1]

    yield start
    for served in running:
        served.stop()
        served.store.close()


@pytest.fixture
def demo(serve: Callable[[bool], Served]) -> Served:
    return serve(True)


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Makes pages that fail the test on any error in the browser's console, a broken policy included."""
    pages: list[Page] = []
    errors: list[str] = []

    def make(served: Served, path: str = "/", *, width: int = WIDE, scheme: str = "light", script: bool = True) -> Page:
        context = chromium.new_context(
            base_url=served.address,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en-GB",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(LONG * 1000)
        expect.set_options(timeout=LONG * 1000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        pages.append(page)
        page.goto(path)
        return page

    yield make
    for page in pages:
        page.context.close()
    assert errors == []


@pytest.fixture
def become(demo: Served, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """A page of the demo as somebody."""

    def as_somebody(name: str, path: str = "", **options: object) -> Page:
        page = new_page(demo, "/demo", **options)
        page.get_by_role("button", name=name).click()
        page.wait_for_url(lambda url: not url.endswith("/demo"))
        if path:
            page.goto(path)
        return page

    return as_somebody
