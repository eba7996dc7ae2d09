"""The page of `qabot simulate --calendar` in a browser: accessible, wide and narrow, without a style, and on paper."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from qabot.adapter import Adapter
from qabot.framework.calendar import LONDON
from qabot.models import Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.lines import Line
from qabot.simulation.run import Simulation
from qabot.simulation.scenario import load_scenario
from qabot.simulation.tally import yearbook
from qabot.web.drawing import draw
from qabot.wiring import Qabot, build, load_framework, load_tools
from tests.browser.conftest import NARROW
from tests.browser.test_accessibility import broken

YEAR = Path(__file__).parents[1] / "acceptance" / "data" / "newham_year"
YEARS = ("answered", "silent")
FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
WIDE = 1280
A4_INSIDE = 273 / 25.4 * 96
"""The height of an A4 page within its margins, in the pixels of a style sheet."""
PAPER_WIDTH = round(186 / 25.4 * 96)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year with alerts, some of them at night, and notices that go alone.

    Nobody plays it here: what goes in it is the baseline of the acceptance tests, who sees it is the simulation's cast.
    """
    page = tmp_path_factory.mktemp("calendar") / "page.html"
    settings = read_settings(framework="newham")
    catalogue = load_tools(settings).catalogue
    rules = load_framework(settings, catalogue)

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(settings, store=store, clock=clock, adapters=adapters, framework=rules)

    simulation = Simulation(made, FIRST, LAST)
    simulation.load(None, load_scenario(YEAR / "answered.yaml", rules))
    book = yearbook(sent(), simulation.cast(), rules, catalogue.titles(), FIRST, LAST)
    page.write_text(draw("calendar.html", book=book, framework=rules), "utf-8")
    simulation.service.store.close()
    return page


def sent() -> list[Line]:
    """What went in a year, as its baselines have it (tests/acceptance/test_newham_year.py).

    Of both years in one, with digests of their own: its days are as full as those of a year that is played today.
    """
    found = []
    for year in YEARS:
        for line in (YEAR / f"{year}.notices.tsv").read_text("utf-8").splitlines():
            at, rule, message, lane, who, role, subject, due, reason, digest = line.split("\t")
            moment, until = datetime.fromisoformat(at).replace(tzinfo=LONDON), date.fromisoformat(due) if due else None
            digest, email = f"{digest} {year}" if digest else "", f"{who}@council.example"
            found.append(Line(moment, rule, message, lane, who, email, role, subject, until, reason, digest))
    return sorted(found, key=lambda each: each.at)


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
