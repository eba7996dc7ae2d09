"""Makes the README's pictures from the running demo: `make picture`. Needs Chromium (or QABOT_CHROMIUM)."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SIZE = {"width": 1180, "height": 940}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
GIVE_UP_SECONDS = 60.0
WEEKS = 9


@contextmanager
def demo() -> Iterator[str]:
    """A demo of its own; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "qabot", "demo", "--port", str(port), "--folder", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        try:
            wait_for(f"http://127.0.0.1:{port}/demo")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def wait_for(address: str) -> None:
    """Until the page answers."""
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
                return
        except urllib.error.URLError:
            time.sleep(0.3)
    raise TimeoutError(f"{address} did not answer")


def be(page: Page, role: str) -> None:
    """Become whoever has the most messages among the holders of a role."""
    page.goto("/demo")
    held = page.get_by_role("button").filter(has_text=role).all()
    max(held, key=lambda each: _messages(each.inner_text())).click()
    page.wait_for_url("**/inbox*")


def _messages(label: str) -> int:
    words = label.replace("\n", " ").split()
    return next((int(before) for before, word in pairwise(words) if word.startswith("message")), 0)


def move(page: Page, weeks: int) -> None:
    """Move time on."""
    for _ in range(weeks):
        page.get_by_role("button", name="Next week").click()
        page.get_by_text("It is now").wait_for()


def pictures(page: Page) -> None:
    """An alert in a manager's inbox, the programme, and the ladder of one deadline."""
    page.goto("/demo")
    move(page, WEEKS)
    be(page, "Service Manager")
    page.goto("/inbox")
    alert = page.get_by_role("article").filter(has=page.get_by_role("button", name="Acknowledge alert")).first
    alert.evaluate("card => card.closest('section').scrollIntoView()")
    page.screenshot(path=HERE / "inbox.png")
    be(page, "Quality Assurance")
    page.goto("/programme")
    page.screenshot(path=HERE / "programme.png")
    page.goto("/programme?kind=actions")
    page.get_by_role("table").get_by_role("link").first.click()
    page.screenshot(path=HERE / "ladder.png")


def main() -> None:
    """The pictures, beside this file."""
    chromium = os.environ.get("QABOT_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        sys.exit("There is no Chromium. Install it, or set QABOT_CHROMIUM to its path.")
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page(base_url=address, viewport=SIZE, locale="en-GB", reduced_motion="reduce")  # type: ignore[arg-type]
        pictures(page)
        browser.close()


if __name__ == "__main__":
    main()
