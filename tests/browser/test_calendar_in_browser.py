"""The page of `qabot simulate --calendar` in a browser: accessible, wide and narrow, without a style, and on paper."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import NARROW
from tests.browser.test_accessibility import broken

YEAR = Path(__file__).parents[1] / "acceptance" / "data" / "newham_year"
WIDE = 1280
A4_INSIDE = 273 / 25.4 * 96
"""The height of an A4 page within its margins, in the pixels of a style sheet."""
PAPER_WIDTH = round(186 / 25.4 * 96)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year with alerts, some of them at night, and notices that go alone."""
    page = tmp_path_factory.mktemp("calendar") / "page.html"
    period = ("--from", "2026-04-01", "--to", "2027-03-31", "--scenario", str(YEAR / "answered.yaml"))
    # A process of its own: playwright's loop runs in this thread, and the command wants one too.
    command = [str(Path(sys.executable).with_name("qabot")), "simulate", "newham", *period, "--calendar", str(page)]
    subprocess.run(command, check=True)
    return page


@pytest.fixture
def shown(chromium: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page at a width, without scripts; whatever it asks for from elsewhere fails the test."""
    context = chromium.new_context(viewport={"width": request.param, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    yield page
    context.close()
    assert asked == [file.as_uri()]


@pytest.mark.parametrize("shown", [WIDE, NARROW], indirect=True)
def test_nothing_is_in_anybody_s_way(shown: Page) -> None:
    assert broken(shown) == []


@pytest.mark.parametrize("shown", [NARROW], indirect=True)
def test_a_narrow_screen_scrolls_one_way_only(shown: Page) -> None:
    assert shown.evaluate("document.documentElement.scrollWidth") == NARROW
    assert shown.evaluate(BEYOND_THEIR_CELL) == []


BEYOND_THEIR_CELL = """
[...document.querySelectorAll('.grid td')].filter(cell => cell.scrollWidth > cell.clientWidth)
    .map(cell => cell.innerText)
"""


@pytest.mark.parametrize("shown", [WIDE], indirect=True)
def test_without_a_style_a_day_still_says_what_its_numbers_are(shown: Page) -> None:
    shown.evaluate("document.querySelector('style').remove()")
    day = shown.locator(".grid td", has_text="alert").filter(has_text="digest").first.inner_text()
    assert re.fullmatch(r"\d+: \d+ digests? ▲\d+ alerts?", " ".join(day.split()))


@pytest.mark.parametrize("shown", [PAPER_WIDTH], indirect=True)
def test_on_paper_a_year_s_days_fit_one_page_and_no_month_is_broken(shown: Page) -> None:
    shown.emulate_media(media="print")
    days = shown.locator("section.of-days")
    assert shown.locator(".month").count() == 12
    height = days.bounding_box()
    assert height is not None
    assert height["height"] <= A4_INSIDE
    assert days.evaluate("each => getComputedStyle(each).breakBefore") == "page"
    broken_over = "each => getComputedStyle(each).breakInside"
    assert {each.evaluate(broken_over) for each in shown.locator(".month").all()} == {"avoid"}
    assert not shown.locator("nav").is_visible()
