"""Every message as Slack shows it, drawn in Chromium, for people to look at: `test-output/slack/`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from qabot.messaging.card import Card
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import VARIANTS, sample_buttons, show
from qabot.wiring import button_labels
from qabot.workflows.registrations import new_registry
from qabot_slack import blocks
from qabot_slack.validate import message_problems
from tests.support.slack import mrkdwn_texts
from tests.support.slack.limits import block_errors, controls
from tests.support.slack.picture import message

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "test-output/slack"
CHROMIUM = os.environ.get("QABOT_CHROMIUM") or shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CATALOGUE = Catalogue.load([ROOT / "messages"])
BUTTONS = sample_buttons(button_labels(new_registry()))
DRAWN = ("usual", "long")
OURS = ("https://qabot.example/", "https://cases.example/")


def card(name: str, variant: str) -> Card:
    return show(CATALOGUE, name, BUTTONS, variant=variant)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", CATALOGUE.names())
def test_every_message_is_within_slacks_limits_and_nobodys_words_do_anything(name: str, variant: str) -> None:
    payload = blocks.message(card(name, variant))
    assert block_errors(payload["blocks"]) == []
    assert message_problems(payload) == []
    markup = [payload["text"], *mrkdwn_texts(payload["blocks"])]
    found = [control for words in markup for control in controls(words)]
    assert [control for control in found if not control.startswith(OURS)] == []


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    if not CHROMIUM:
        pytest.skip("NO CHROMIUM: the messages were not drawn (install it, or set QABOT_CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_page(viewport={"width": 632, "height": 400})
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize("variant", ["usual", "long", "forty", "odd"])
@pytest.mark.parametrize("name", CATALOGUE.names())
def test_every_message_has_its_picture(browser_page: Page, name: str, variant: str) -> None:
    """Those that people look at; that nothing sticks out is held of the others too."""
    payload = blocks.message(card(name, variant))
    browser_page.set_content(message(payload))
    if variant in DRAWN:
        PICTURES.mkdir(parents=True, exist_ok=True)
        browser_page.screenshot(path=PICTURES / f"{name}.{variant}.png", full_page=True)
    assert browser_page.evaluate("document.body.scrollWidth") <= 632
    for label in (button.label for button in card(name, "usual").buttons if variant == "usual"):
        assert browser_page.get_by_text(label, exact=True).count() >= 1
