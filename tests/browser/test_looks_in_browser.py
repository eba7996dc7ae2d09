"""How pages look, where a picture showed a fault: words that were cut, captions astray, paper that was too narrow."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from qabot.models import Person
from tests.browser.conftest import Served
from tests.unit.web.world import QUINN

Become = Callable[..., Page]
PAPER = 718
"""The width of A4 within a browser's usual margins, in CSS pixels."""
LONG_DAY = "Wednesday 23 September 2026"

# Some columns as the figures of a council have them; the last is a comparison.
TABLE = """() => {
    const names = ['Service', 'Graded', 'BLUE (Outstanding)', 'GREEN (Good)', 'AMBER (Requires improvement)',
        'RED (Inadequate)', 'Outstanding or Good (%)', 'October to December 2026', 'October to December 2025'];
    const row = (tag, texts) => `<tr>${texts.map(each => `<${tag}>${each}</${tag}>`).join('')}</tr>`;
    const cells = names.map((each, at) => at ? '40%' : 'Safeguarding and Family Support');
    document.querySelector('main').insertAdjacentHTML('beforeend',
        `<table class="table"><caption>Grades by service and quarter</caption>
         <thead>${row('th', names)}</thead><tbody>${row('td', cells)}</tbody></table>`);
}"""


def test_a_list_that_is_narrowed_shows_what_is_chosen_whole(become: Become) -> None:
    page = become("Quinn Achebe", "/programme/coming", width=1280)
    page.evaluate(f"document.querySelector('.filter select').innerHTML = '<option>{LONG_DAY}</option>'")
    widths = page.evaluate(
        """() => { const box = document.querySelector('.filter select'), shown = box.getBoundingClientRect().width;
            box.style.width = 'auto'; return [shown, box.getBoundingClientRect().width]; }"""
    )
    assert widths[0] >= widths[1] - 1


@pytest.mark.parametrize("width", [1280, 360])
def test_the_caption_of_a_table_begins_where_the_table_does(become: Become, width: int) -> None:
    page = become("Quinn Achebe", "/programme/figures", width=width)
    page.evaluate(TABLE)
    caption = page.locator("caption", has_text="Grades by service and quarter")
    page.evaluate(
        """() => { const caption = [...document.querySelectorAll('caption')].at(-1);
            caption.innerHTML = `<span>${caption.textContent}</span>`; }"""
    )
    words, table = caption.locator("span").bounding_box(), caption.locator("xpath=..").bounding_box()
    assert words
    assert table
    assert words["x"] - table["x"] < 20
    assert words["height"] < 40, "its words stand on one line"


def test_a_printed_report_has_every_column_on_the_paper(demo: Served, become: Become) -> None:
    page = become("Quinn Achebe", "/programme/reports/board/quarter-2026-07", width=PAPER)
    page.evaluate(TABLE)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
    assert page.evaluate("getComputedStyle(document.querySelector('.brand-council')).color") == "rgb(0, 0, 0)"


def test_what_was_just_said_is_not_printed(become: Become) -> None:
    page = become("Quinn Achebe")
    assert page.locator(".said").count() > 0
    page.emulate_media(media="print")
    assert not page.locator(".said").first.is_visible()


def test_the_line_after_open_alerts_stands_apart_from_them(become: Become) -> None:
    page = become("Ade Bello", "/inbox")
    alert = page.locator("section.day .card").first.bounding_box()
    page.evaluate(
        """() => { const after = '<p class="quiet" id="tried">Tried</p>';
            document.querySelector('section.day').insertAdjacentHTML('afterend', after); }"""
    )
    after = page.locator("#tried").bounding_box()
    section = page.locator("section.day").first.bounding_box()
    assert alert
    assert section
    assert after
    assert after["y"] - (section["y"] + section["height"]) >= 12


def test_a_word_of_the_help_page_is_not_broken(become: Become) -> None:
    page = become("Quinn Achebe", "/words", width=1280)
    page.evaluate("document.querySelector('.words .button').textContent = 'Withdraw-alert'")
    heights = page.evaluate("[...document.querySelectorAll('.words .button')].map(each => each.clientHeight)")
    assert max(heights) == min(heights)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/administration/tokens", ".choice label"),
        ("/administration/webhooks", ".choice label"),
        ("/programme/today", ".figures > div"),
    ],
)
def test_letters_of_twice_the_size_on_a_narrow_screen_stay_on_it(
    demo: Served, become: Become, path: str, what: str
) -> None:
    with demo.store.transaction() as session:
        session.get_one(Person, QUINN).administrator = True
    page = become("Quinn Achebe", path, width=320)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    boxes = [each.bounding_box() for each in page.locator(what).all()]
    assert boxes
    assert max(each["x"] + each["width"] for each in boxes if each) <= 320
