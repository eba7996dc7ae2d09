"""The messages that ship: each one, with its sample in every variant."""

from dataclasses import replace
from pathlib import Path

import pytest

from qabot.messaging.card import Limits, Note, Row, plain, plain_card
from qabot.messaging.check import check_catalogue, texts
from qabot.messaging.files import Catalogue
from qabot.messaging.identifiers import find
from qabot.messaging.samples import VARIANTS, sample_buttons, sample_context, show

ACTIONS = frozenset(
    {"acknowledge", "not-me", "open-record", "open-item", "submit-grades", "not-yet", "more-time", "confirm-done",
     "pim-date", "moderate", "finalise", "know-case", "snooze", "nominate", "data-sent", "link", "news-off", "news-on",
     "settings"}
)  # fmt: skip
CATALOGUE = Catalogue.load([Path(__file__).parents[3] / "messages"], actions=ACTIONS)
LABELS = {action: f"{action.replace('-', ' ').capitalize()} QA-1042" for action in ACTIONS}
ANSWERS = {"digest", "catch-up", "home", "help", "link-offer", "linked", "unknown-person"}
"""Messages that answer what somebody just did, or stand around others: they need not say why they come."""


def test_every_message_is_fit_to_be_sent() -> None:
    limits = {"slack": Limits(), "teams": Limits(title=200, text=5000, buttons=6, blocks=60)}
    assert check_catalogue(CATALOGUE, LABELS, limits) == []


@pytest.mark.parametrize("name", CATALOGUE.names())
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_message_is_shown_with_every_variant(name: str, variant: str) -> None:
    card = show(CATALOGUE, name, variant=variant)
    assert card.title
    assert card.message == name
    assert len({(button.action, button.token) for button in card.all_buttons()}) == len(card.all_buttons())
    assert not any(text.startswith("zQ") and text.endswith("Qz") and variant != "odd" for text in texts(card))


@pytest.mark.parametrize("name", sorted(set(CATALOGUE.names()) - ANSWERS))
def test_every_message_says_why_it_comes(name: str) -> None:
    notes = [plain(block.text) for block in show(CATALOGUE, name).blocks if isinstance(block, Note)]
    assert any(note.startswith("You get this ") for note in notes)


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_no_message_carries_an_identifier(name: str) -> None:
    context = sample_context(CATALOGUE.get(name).sample)
    lines = plain_card(CATALOGUE.render(name, context, sample_buttons(LABELS))).replace(
        context["council"].duty_line, ""
    )
    assert find(lines, case_reference="[0-9]{6,8}") == ()


def test_practitioners_messages_hold_no_grade() -> None:
    for name in CATALOGUE.names():
        file = CATALOGUE.get(name)
        if file.for_practitioners:
            assert "RED" not in plain_card(show(CATALOGUE, name))
            assert "alert" not in file.uses


def test_an_alert_has_three_buttons_at_most_and_the_duty_line() -> None:
    alerts = [name for name in CATALOGUE.names() if CATALOGUE.get(name).lane == "alert"]
    assert {"red-alert", "red-alert-again", "red-alert-escalated", "alert-handed-on"} <= set(alerts)
    for name in alerts:
        card = show(CATALOGUE, name)
        assert len(card.buttons) <= 3
        assert "020 7946 0018" in plain_card(card)
        assert "not an emergency service" in plain_card(card)


def test_forty_items_are_forty_rows() -> None:
    card = show(CATALOGUE, "review-reminder", variant="forty")
    rows = [block for block in card.blocks if isinstance(block, Row)]
    assert len(rows) == 40
    assert len({row.buttons[0].token for row in rows}) == 40


@pytest.mark.parametrize("name", ["pim-date", "red-review"])
def test_the_next_person_to_ask_is_told_so_without_blame(name: str) -> None:
    context = sample_context("alert")
    assert "next person to ask" not in plain_card(show(CATALOGUE, name))
    reader = replace(context["recipient"], name="Jo Bright")
    words = plain_card(CATALOGUE.render(name, context | {"recipient": reader}, sample_buttons(LABELS)))
    assert "from Priya Raman" in words
    assert "You get this because you are the next person to ask." in words


def test_a_section_of_a_digest_does_not_greet_again() -> None:
    alone = plain_card(show(CATALOGUE, "review-reminder"))
    inside = plain_card(CATALOGUE.render("review-reminder", sample_context("many") | {"hello": ""}, sample_buttons({})))
    assert "\nHello Priya. You have done 2 of 3" in alone
    assert "\nYou have done 2 of 3" in inside


def test_the_whole_wording_of_a_reminder() -> None:
    assert plain_card(show(CATALOGUE, "review-reminder")) == (
        "3 learning reviews still to do\n\n"
        "Hello Priya. You have done 2 of 3 this quarter. Would a 2-hour slot next week help?\n"
        "- QA-1042, case 2205042, Safeguarding North, due 31 December 2026 [Submit grades] [Not yet]\n"
        "- QA-1057, case 2205057, Safeguarding North, due 31 December 2026 [Submit grades] [Not yet]\n"
        "- QA-1063, case 2205063, Safeguarding North, due 31 December 2026 [Submit grades] [Not yet]\n\n"
        "If you have talked it through, send the grades here. If not yet, give us a new date. "
        "If you need help or more time, tell us: we will find a way with you.\n\n"
        "You get this once a month while you have reviews to do.\n\n"
        "[Snooze] [More time]"
    )
