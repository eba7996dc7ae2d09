"""The messages that ship: each one, with its sample in every variant."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qabot.messaging.card import Limits, Note, Row, plain, plain_card
from qabot.messaging.check import check_catalogue, texts
from qabot.messaging.files import Catalogue
from qabot.messaging.identifiers import find
from qabot.messaging.samples import VARIANTS, sample_buttons, sample_context, show
from qabot.workflows.registrations import new_registry

ACTIONS = new_registry().names() | {"link"}
"""Every button that the workflows register."""
CATALOGUE = Catalogue.load([Path(__file__).parents[3] / "messages"], buttons=ACTIONS)
LABELS = {action: f"{action.replace('-', ' ').capitalize()} QA-1042" for action in ACTIONS}
ANSWERS = {"digest", "catch-up", "home", "help", "link-offer", "linked", "stop", "unknown-person"}
"""Messages that answer what somebody just did, or stand around others: they need not say why they come."""


def test_every_message_is_fit_to_be_sent() -> None:
    limits = {"slack": Limits(), "teams": Limits(title=200, text=5000, buttons=24, blocks=60)}
    assert check_catalogue(CATALOGUE, LABELS, limits, {"open-item", "open-record"}) == []


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


def read_by_another(name: str, on: date | None = None) -> str:
    """A message with its sample data, as somebody else than the owner reads it, on a day of their own."""
    context = sample_context(CATALOGUE.get(name).sample)
    reader = replace(context["recipient"], name="Jo Bright")
    seen = context | {"recipient": reader, "today": on or context["today"]}
    return plain_card(CATALOGUE.render(name, seen, sample_buttons(LABELS)))


@pytest.mark.parametrize("name", ["pim-date", "red-review"])
def test_the_next_person_to_ask_is_told_so_without_blame(name: str) -> None:
    assert "next person to ask" not in plain_card(show(CATALOGUE, name))
    words = read_by_another(name, date(2027, 1, 4))
    assert re.search(r"(yet from Priya Raman|Priya Raman yet): it was due on 31 December 2026\.", words)
    assert "You get this because you are the next person to ask." in words


@pytest.mark.parametrize("name", ["pim-date", "red-review"])
def test_a_deputy_is_asked_in_time_and_told_for_whom(name: str) -> None:
    words = read_by_another(name)
    assert "for Priya Raman" in words or "with Priya Raman, for whom you stand in" in words
    assert "You get this because you stand in for Priya Raman." in words
    assert "have not heard" not in words


@pytest.mark.parametrize("name", ["review-reminder", "moderation"])
def test_each_line_of_a_deputys_reminder_says_for_whom(name: str) -> None:
    assert ", for Priya Raman" not in plain_card(show(CATALOGUE, name))
    lines = [line for line in read_by_another(name).splitlines() if line.startswith("- QA-")]
    assert lines
    assert all(", for Priya Raman" in line for line in lines)


def test_a_deputy_hears_nothing_of_their_own_count() -> None:
    words = read_by_another("review-reminder")
    assert "You have done" not in words
    assert "You get this because you stand in for Priya Raman." in words


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 10, 15), "They are due on Thursday 31 December 2026. Would a 2-hour slot help?"),
        (
            date(2026, 11, 16),
            "They are due on Thursday 31 December 2026. Would protected time help, or a swap",
        ),
    ],
)
def test_the_second_reminder_is_not_the_first_over_again(day: date, said: str) -> None:
    seen = sample_context("many") | {"today": day}
    assert said in plain_card(CATALOGUE.render("review-reminder", seen, sample_buttons(LABELS)))


@pytest.mark.parametrize("name", ["pim-date", "red-review", "moderation", "data-request"])
def test_what_is_asked_again_the_day_before_is_not_the_first_over_again(name: str) -> None:
    said = []
    for day in (date(2026, 12, 17), date(2026, 12, 30)):
        seen = sample_context(CATALOGUE.get(name).sample) | {"today": day}
        said.append(plain_card(CATALOGUE.render(name, seen, sample_buttons(LABELS))))
    assert ["If Thursday 31 December 2026 cannot be kept" in each for each in said] == [False, True]


def in_words(name: str, count: int | None = None, **values: object) -> str:
    """A message with its sample data, or so much of it, as one text."""
    context = sample_context(CATALOGUE.get(name).sample)
    return plain_card(
        CATALOGUE.render(name, context | {"items": context["items"][:count], **values}, sample_buttons(LABELS))
    )


@pytest.mark.parametrize("name", ["actions-to-slt", "promised-date-to-slt", "outstanding-to-slt"])
def test_senior_leaders_read_once_what_has_not_come(name: str) -> None:
    words = in_words(name)
    title, _, rest = words.partition("\n")
    assert ("sent in" if name == "outstanding-to-slt" else "confirmed") in title
    assert "not yet confirmed" not in rest
    assert "not yet sent in" not in rest
    assert words.count("[Open item QA-1042]") == words.count("\n- ")


def test_senior_leaders_read_of_one_thing_as_one() -> None:
    assert "\n\nHello Priya. This was due and has not come in yet.\n" in in_words("outstanding-to-slt", 1)
    assert "\n\nHello Priya. These were due and have not come in yet.\n" in in_words("outstanding-to-slt")
    [one] = sample_context("audit")["items"]
    assert "We asked the team twice" in in_words("actions-to-slt")
    assert "We asked each team twice" in in_words("actions-to-slt", items=(one, one))
    assert "Each team gave us a new date" in in_words("promised-date-to-slt", items=(one, one))


def test_the_day_of_a_new_date_says_so_and_what_comes_after_it() -> None:
    words = in_words("promised-date", today=date(2026, 12, 11))
    assert "a new date for these actions: Friday 11 December 2026." in words
    assert "If we do not hear back, we ask the Senior Leadership Team to help." in words


@pytest.mark.parametrize("name", ["audit-final", "audit-final-lead"])
def test_a_final_review_without_actions_is_asked_nothing_about_them(name: str) -> None:
    words = in_words(name)
    assert "its actions" not in words
    after = words.partition("If there are actions")[2]
    assert "a few weeks" in after
    assert words.count("few weeks") == 1


def test_who_hears_that_data_is_missing_reads_once_what_to_do() -> None:
    words = in_words("data-missing")
    [do] = [line for line in words.splitlines() if "tell us" in line]
    assert do.endswith(
        "Once it is with you, tell us here: we do not ask again. If you need help or more time, tell us."
    )


def test_an_alert_that_still_waits_says_since_when() -> None:
    seen = sample_context("alert") | {"today": date(2026, 11, 24)}
    words = plain_card(CATALOGUE.render("red-alert-escalated", seen, sample_buttons({})))
    assert "This was raised on 23 November 2026" in words


def test_a_list_of_one_review_speaks_of_one_and_of_ones_own_as_ones_own() -> None:
    context = sample_context("many")
    [first, *_] = context["items"]
    one = plain_card(CATALOGUE.render("outstanding-list", context | {"items": (first,)}, sample_buttons(LABELS)))
    assert (
        "1 Practice Learning Review still to come in\n\n"
        "Hello Priya. This Practice Learning Review in your area is due on Thursday 31 December 2026." in one
    )
    own = replace(first, audit=replace(first.audit, auditor="Priya Raman"))
    mine = plain_card(CATALOGUE.render("outstanding-list", context | {"items": (own,)}, sample_buttons(LABELS)))
    assert "This Practice Learning Review is with you and due on Thursday 31 December 2026. Would protected" in mine
    assert "with you, due 31 December 2026 [Submit grades QA-1042]" in mine
    assert "You get this the week before it is due, because you have it to do." in mine


def test_a_section_of_a_digest_does_not_greet_again() -> None:
    alone = plain_card(show(CATALOGUE, "review-reminder"))
    inside = plain_card(CATALOGUE.render("review-reminder", sample_context("many") | {"hello": ""}, sample_buttons({})))
    assert "\nHello Priya. You have done 2 of 3" in alone
    assert "\nYou have done 2 of 3" in inside


def test_the_whole_wording_of_a_reminder() -> None:
    assert plain_card(show(CATALOGUE, "review-reminder")) == (
        "3 Practice Learning Reviews still to do\n\n"
        "Hello Priya. You have done 2 of 3 for October to December 2026. They are due on Thursday 31 December 2026. "
        "Would protected time help, or a swap with a colleague?\n"
        "- QA-1042, case 2205042, Safeguarding North, due 31 December 2026 [Submit grades] [Not yet]\n"
        "- QA-1057, about Ravi Sund, Safeguarding North, due 31 December 2026 [Submit grades] [Not yet]\n"
        "- QA-1063, case 2205063, Safeguarding North, due 31 December 2026 [Submit grades] [Not yet]\n\n"
        "A conversation takes 1.5 to 2 hours. If you have talked it through, send the grades here. "
        "If not yet, give us a new date. "
        "If you need help or more time, tell us: we will find a way with you.\n\n"
        "You get this once a month while you have this work to do.\n\n"
        "[Snooze] [More time]"
    )


def test_every_message_has_a_title_for_lists_that_is_the_same_for_everybody() -> None:
    titles = CATALOGUE.titles()
    assert titles.keys() == set(CATALOGUE.names())
    assert [name for name, title in titles.items() if "…" in title or title.lower() == name.replace("-", " ")] == []
