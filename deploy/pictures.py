"""Makes the pictures of README and docs from the running demo, and writes what they say: `make picture`.

Needs Chromium (or QABOT_CHROMIUM).
"""

import asyncio
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
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from deploy.pictured_state import FIRST, PICTURES, Demo, words

HERE = Path(__file__).parents[1] / "docs" / "images"
SIZE = {"width": 1180, "height": 940}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
GIVE_UP_SECONDS = 60.0


@contextmanager
def demo() -> Iterator[str]:
    """A demo of its own; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "qabot",
            "demo",
            "--from",
            FIRST.isoformat(),
            "--port",
            str(port),
            "--folder",
            folder,
        ]
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


async def state(address: str) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Reach the state of the pictures, and write its words; by picture the session's cookies and the page's address."""
    found: dict[str, tuple[str, str]] = {}
    async with httpx.AsyncClient(base_url=address) as client:
        shown = Demo(client)
        await shown.prepare()
        for name in PICTURES:
            path = await shown.address(name)
            (HERE / f"{name}.txt").write_text(words(await shown.page(path)), "utf-8")
            [cookie] = client.cookies.jar
            found[name] = (path, cookie.value or "")
        return {"name": cookie.name, "url": address}, found


def main() -> None:
    """The pictures, in docs/images."""
    chromium = os.environ.get("QABOT_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        sys.exit("There is no Chromium. Install it, or set QABOT_CHROMIUM to its path.")
    with demo() as address:
        cookie, pages = asyncio.run(state(address))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
            for name, (path, session) in pages.items():
                context = browser.new_context(base_url=address, viewport=SIZE, locale="en-GB", reduced_motion="reduce")  # type: ignore[arg-type]
                context.add_cookies([{**cookie, "value": session}])  # type: ignore[typeddict-item]
                page = context.new_page()
                page.goto(path)
                page.screenshot(path=HERE / f"{name}.png")
            browser.close()


if __name__ == "__main__":
    main()
