"""The README's pictures show today's pages: the same state of the demo says today what it said when they were made."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from deploy.pictured_state import FIRST, PICTURES, Demo
from qabot.settings import new_secret, read_settings
from qabot.simulation.live import begin, beginning
from qabot.web.app import create_app
from qabot.wiring import build, web_parts

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
ADDRESS = "http://127.0.0.1:8700"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo in this process, on the day of the pictures."""
    settings = read_settings(
        demo=True, base_url=ADDRESS, secret_key=new_secret(), database_url=f"sqlite:///{tmp_path}/demo.sqlite3"
    )
    clock = beginning(FIRST)
    qabot = build(settings, clock=clock)
    transport = httpx.ASGITransport(create_app(web_parts(qabot, await begin(qabot, clock))))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        found = Demo(client)
        await found.prepare()
        yield found
    qabot.store.close()


async def test_what_the_pictures_show_is_what_the_pages_say(demo: Demo) -> None:
    for name in PICTURES:
        made = (IMAGES / f"{name}.txt").read_text("utf-8")
        assert await demo.words(name) == made, f"{name}.png is out of date: look at it after `make picture`"


def test_each_picture_is_in_a_document() -> None:
    documents = "".join(each.read_text("utf-8") for each in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
    assert {each.stem for each in IMAGES.glob("*.png")} == set(PICTURES)
    assert [name for name in PICTURES if f"images/{name}.png" not in documents] == []
