"""Cards as people see them in Teams: nothing typed by somebody becomes markup, nothing is too large."""

import itertools
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.messaging.card import Bullets, Button, Card, Facts, Heading, Note, Paragraph, Row, Run, text
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import VARIANTS, show
from qabot_teams.adapter import Teams
from qabot_teams.cards import CUT, MAX_BYTES, clip, draw, escape, size, written
from qabot_teams.lint import lint
from tests.support.teams import service as samples
from tests.support.teams.cards import buttons, parts, problems, shown

MESSAGES = Path(__file__).parents[3] / "messages"


EVERY_MESSAGE = list(itertools.product(sorted(path.stem for path in MESSAGES.rglob("*.md")), VARIANTS))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load([MESSAGES])


@pytest.mark.parametrize(("name", "variant"), EVERY_MESSAGE)
def test_every_message_is_a_card_that_teams_takes(catalogue: Catalogue, name: str, variant: str) -> None:
    card = show(catalogue, name, variant=variant)
    assert problems(draw(card)) == []
    assert _adapter_check(card) == []


def _adapter_check(card: Card) -> list[str]:
    return Teams.check(object.__new__(Teams), card)


LONG = "word " * 20_000
BLOCKS = (
    Heading("Heading"),
    Paragraph((Run("A "), Run("bold", bold=True), Run(" word and a "), Run("link", href="https://qabot.example"))),
    Facts((("Due", text("30 November 2026")), ("Team", text("North")))),
    Bullets((text("one"), text("two"))),
    Row(text("Audit QA-1"), (Button("confirm", "Confirm QA-1", "t-1"),)),
    Note(text("Phone 0300 123 4567.")),
)


def _card(*blocks: object, **changes: object) -> Card:
    good = {"title": "Title", "summary": "There is something to see.", "more_url": "https://qabot.example/inbox"}
    return Card(**(good | {"blocks": blocks} | changes))  # type: ignore[arg-type]


def test_every_kind_of_block_is_shown_in_order() -> None:
    lines = shown(draw(_card(*BLOCKS))).splitlines()
    assert lines == [
        "Title",
        "Heading",
        "A bold word and a link",
        "Due: 30 November 2026",
        "Team: North",
        "• one",
        "• two",
        "Audit QA-1",
        "Phone 0300 123 4567.",
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "[press here](https://evil.example)",
        "**bold**",
        "_x_ ~y~ `z`",
        "# heading",
        "- item",
        "1. item",
        "> quote",
        "https://evil.example",
        "&lt;b&gt;",
        "<at>everybody</at>",
        "\\*",
    ],
)
def test_what_people_type_stays_text(typed: str) -> None:
    card = draw(_card(Paragraph(text(typed)), Facts((("Name", text(typed)),)), title=typed))
    runs = [each for each in parts(card) if each.get("type") == "TextRun"]
    assert {each["text"].replace("\u2060", "") for each in runs} == {typed, "Name: "}
    assert not [each for each in runs if "<at>" in each["text"]]
    assert not [each for each in parts(card) if each.get("type") == "Action.OpenUrl"]


def _read_markdown(typed: str) -> str:
    """As CommonMark reads it, with addresses made into links as a client might."""
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").render(escape(typed)))


@pytest.mark.parametrize(
    "typed", ["[a](https://evil.example)", "*a* _b_", "# a", "- a", "1. a", "> a", "`a`", "a &lt; b", "![a](b)"]
)
def test_a_title_cannot_hold_markdown(typed: str) -> None:
    html = _read_markdown(typed)
    assert html.startswith("<p>")
    assert not [tag for tag in ("<a", "<em", "<strong", "<h1", "<li", "<code", "<img", "<blockquote") if tag in html]


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_title_at_all_becomes_markup(typed: str) -> None:
    html = _read_markdown(typed)
    assert not [tag for tag in ("<a ", "<em>", "<strong>", "<code>", "<img") if tag in html]


def test_links_of_other_kinds_are_left_out() -> None:
    card = draw(
        _card(Paragraph((Run("x", href="javascript:alert(1)"),)), buttons=(Button("", "Open", url="file:///x"),))
    )
    assert "javascript" not in str(card)
    assert not buttons(card)
    assert problems(card) == []


def test_a_button_carries_its_action_and_token_and_nothing_else() -> None:
    button = buttons(draw(samples.alert_card()))["Acknowledge alert QA-1042"]
    assert button["type"] == "Action.Execute"
    assert button["data"] == {"action": "acknowledge", "token": "t-QA-1042"}
    assert button["fallback"]["type"] == "Action.Submit"
    assert button["fallback"]["data"] == button["data"]
    assert button["style"] == "positive"


def test_a_waiting_alert_stands_out_and_nothing_else_does() -> None:
    def stands_out(card: Card) -> bool:
        return any(each.get("style") == "attention" for each in parts(draw(card)))

    assert stands_out(samples.alert_card())
    assert not stands_out(samples.alert_card("QA-1042", "Tom Reed"))
    assert not stands_out(_card(Paragraph(text("Your link.")), lane="alert"))
    assert not stands_out(samples.reminder_card())


def test_more_than_six_buttons_stand_in_rows_of_six() -> None:
    card = draw(_card(buttons=tuple(Button("a", f"Do {n}", str(n)) for n in range(14))))
    assert [len(each["actions"]) for each in card["body"] if each["type"] == "ActionSet"] == [6, 6, 2]


def test_a_preview_says_only_that_there_is_something_to_see() -> None:
    card = draw(samples.alert_card())
    assert card["speak"] == "RED alert: audit QA-1042. There is an alert for you in qabot."
    assert card["fallbackText"].endswith("https://qabot.example/inbox")


def test_a_long_text_is_cut_at_a_word_and_keeps_notes_and_buttons() -> None:
    drawn = draw(_card(Paragraph(text(LONG)), Note(text("Phone us.")), buttons=(Button("a", "Do it", "t"),)))
    lines = shown(drawn).splitlines()
    assert size(drawn) <= MAX_BYTES
    assert lines[1].endswith("word…")
    assert lines[2:] == [CUT, "Phone us."]
    assert set(buttons(drawn)) == {"Read all of it", "Do it"}


@pytest.mark.parametrize(
    "card",
    [
        _card(*(Row(text("Audit " + "é" * 100), BLOCKS[4].buttons) for _ in range(200))),
        _card(*(Paragraph(text("🎉" * 3000)) for _ in range(9))),
        _card(Bullets(tuple(text("item " * 40) for _ in range(400)))),
        _card(Facts((("x", text("y" * 60_000)),))),
        _card(*(Note(text(LONG)) for _ in range(4))),
        _card(title=LONG, summary=LONG, more_url="https://qabot.example/" + "x" * 400),
        _card(buttons=tuple(Button("a", LONG, "t" * 40) for _ in range(60))),
        _card(Paragraph(tuple(Run("abc ", bold=True) for _ in range(5000)))),
        _card(Paragraph(())),
        _card(Heading(""), Paragraph(text("")), title=""),
    ],
)
def test_no_card_is_too_large_or_broken(card: Card) -> None:
    drawn = draw(card)
    assert size(drawn) <= MAX_BYTES
    assert not [each for each in problems(drawn) if "TextBlock has no text" not in each]
    assert orjson.loads(orjson.dumps(written(card))) == drawn


def test_clipping_keeps_whole_words() -> None:
    assert clip("one two three", 9) == "one two…"
    assert clip("onetwothree", 6) == "onetw…"
    assert clip("short", 5) == "short"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"version": "1.6"}, "The version must be 1.5."),
        ({"lang": "en-US"}, "The language must be en-GB."),
        ({"speak": ""}, "The card has no speak."),
        ({"fallbackText": ""}, "The card has no fallbackText."),
        ({"body": [{"type": "TextBlock", "text": "x"}]}, "The text 'x' does not wrap."),
        ({"body": [{"type": "TextBlock", "text": "", "wrap": True}]}, "A TextBlock has no text."),
        ({"body": [{"type": "Image", "url": "https://x.example"}]}, "An image has no alternative text."),
        ({"body": [{"type": "Input.Text", "label": "x"}]}, "An Input.Text has no id."),
        ({"body": [{"type": "Input.Text", "id": "x"}]}, "The input 'x' has no label."),
        (
            {"body": [{"type": "Input.Text", "id": "x", "label": "x", "isRequired": True}]},
            "The input 'x' is required and has no error message.",
        ),
        ({"body": [{"type": "Input.Text", "id": "x", "label": "x"}] * 2}, "The input id 'x' is used 2 times."),
        ({"actions": [{"type": "Action.OpenUrl", "url": "https://x.example"}]}, "An Action.OpenUrl has no title."),
        (
            {"actions": [{"type": "Action.Execute", "title": "x"}]},
            "The button 'x' has no Action.Submit to fall back to.",
        ),
        (
            {"body": [{"type": "ActionSet", "actions": [{"type": "Action.Submit", "title": "x"}] * 7}]},
            "A row of buttons has more than 6: Teams hides the rest.",
        ),
    ],
)
def test_our_rules_find(change: dict[str, object], found: str) -> None:
    assert found in lint(draw(samples.alert_card()) | change)


def test_a_card_that_is_too_large_is_found() -> None:
    assert any("bytes" in each for each in lint(draw(samples.alert_card()) | {"speak": "x" * MAX_BYTES}))


def test_the_check_says_what_teams_would_hide() -> None:
    cut = _card(Paragraph(text(LONG)), more_url=None)
    assert any("no address where all of it can be read" in each for each in _adapter_check(cut))
    assert any("is cut" in each for each in _adapter_check(_card(buttons=(Button("a", "x" * 200, "t"),))))
    assert "The card has no summary for the notification." in _adapter_check(_card(summary=""))
