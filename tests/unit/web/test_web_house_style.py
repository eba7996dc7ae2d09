"""The council's own colour and logo: on every page, by setting, and only where they can be read."""

from dataclasses import replace
from pathlib import Path

import pytest

from qabot.errors import SetupError
from qabot.house import LEAST_CONTRAST, colour_problem, contrast_with_white, darker
from qabot.models import Store
from qabot.settings import new_secret, read_settings
from qabot.web.ports import Parts
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.test_web_search import NewBrowser
from tests.unit.web.world import ADE

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>'


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    file = tmp_path / "logo.svg"
    file.write_text(PICTURE, "utf-8")
    return file


async def test_they_are_on_every_page_also_before_signing_in(
    new_browser: NewBrowser, parts: Parts, store: Store, logo: Path
) -> None:
    parts = replace(parts, settings=world.Settings(colour="#1d3f72", logo=logo))
    browser = new_browser(parts)
    before = (await browser.open("/inbox")).text
    await browser.sign_in(parts, ADE)
    for page in (before, (await browser.open("/inbox")).text, (await browser.open("/nowhere")).text):
        sheet = page.partition('href="/static/council.css?')[2].partition('"')[0]
        picture = page.partition('src="/static/council-logo?')[2].partition('"')[0]
        assert page.index("/static/style.css") < page.index("/static/council.css"), "it comes after ours"
        style = await browser.get(f"/static/council.css?{sheet}")
        assert "--top: #1d3f72" in style.text
        assert style.headers["content-type"].startswith("text/css")
        shown = await browser.get(f"/static/council-logo?{picture}")
        assert shown.text == PICTURE
        assert shown.headers["content-type"] == "image/svg+xml"
        assert "default-src 'none'" in shown.headers["content-security-policy"]


async def test_without_them_the_pages_are_ours(ade: Browser) -> None:
    assert "council.css" not in (await ade.open("/inbox")).text
    assert (await ade.get("/static/council.css")).status_code == 404
    assert (await ade.get("/static/council-logo")).status_code == 404


@pytest.mark.parametrize("colour", ["#ffdd00", "#767676", "#ffffff", "#ff0000", "#00ffff"])
def test_a_colour_that_is_too_light_is_refused_with_one_that_is_not(colour: str) -> None:
    offered = darker(colour)
    assert colour_problem(colour).endswith(f"{offered} is the same colour, dark enough")
    assert colour_problem(offered) == ""
    assert contrast_with_white(offered) < LEAST_CONTRAST + 0.5, "no darker than it must be"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("colour", "#ffdd00", "too light"),
        ("colour", "#767676", "a contrast of 4.5, and 5.4 is needed"),
        ("colour", "red", "expected a colour such as #0d3b44"),
        ("colour", "#000}; body {display: none", "expected a colour"),
        ("logo", "nowhere.png", "no such file"),
        ("logo", "logo.gif", "expected a file ending in .png or .svg"),
    ],
)
def test_what_cannot_be_read_or_shown_is_refused_at_start(name: str, value: str, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        read_settings(secret_key=new_secret(), **{name: value})


def test_contrast_is_counted_as_wcag_counts_it() -> None:
    assert contrast_with_white("#ffffff") == pytest.approx(1)
    assert contrast_with_white("#000000") == pytest.approx(21)
    assert contrast_with_white("#767676") == pytest.approx(4.54, abs=0.01)
