"""Names that are a platform's markup: drawn on every platform, in every place, they stay the text that they are."""

import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qabot.adapter import PersonOption
from qabot.messaging.card import Bullets, Button, Card, Facts, Heading, Note, Paragraph, Row, Run, plain_card
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.letters import units
from qabot.web.drawing import environment
from qabot_slack import blocks, modals
from qabot_slack.validate import message_problems, view_problems
from qabot_teams import cards
from qabot_teams.forms import draw_form
from qabot_teams.models import chosen
from qabot_teams.sdk import Message, Reference, posted

HOSTILE = [
    "{{DATE(2026-11-27T09:00:00Z,SHORT)}}",
    "{{TIME(2026-11-27T09:00:00Z)}}",
    "{{{DATE(x)}}}",
    "<at>everybody</at>",
    "<AT id=1>x</AT>",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "<!-- x -->",
    "&lt;at&gt;",
    "&#x3C;at>",
    "[press](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "[x][y]",
    "**bold**",
    "# heading",
    "`code`",
    "<!channel>",
    "<!here|here>",
    "<@U024BE7LH>",
    "<#C024BE7LR>",
    "<https://evil.example|press>",
    "*_~x~_*",
    "&lt;!channel&gt;",
    "https://evil.example",
    "\u202eevil\u202c",
    "\x1b[2J",
    "\u200b\u2060",
    "\ud800",
    "\x00",
    "\ufeff",
    "}}",
    "{",
    "<",
    ">",
    "&",
    "'\"><img src=x onerror=alert(1)>",
    "{% x %}",
    "{{ config }}",
]
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
NAMES = st.lists(st.sampled_from([*HOSTILE, FAMILY, "e\u0301", "Ade", " ", "word "]), min_size=1, max_size=60).map(
    "".join
)
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
TEXTS = ("text", "title", "speak", "fallbackText", "label", "placeholder", "errorMessage", "altText", "summary")
PAGE = """
{% from "macros.html" import blocks, tag %}<h1 title="{{ name }}">{{ name }}</h1><p>{{ name | words }}</p>
{{ blocks(card, "csrf", "back", "origin", 2) }}
"""
OURS = "https://qabot.example/n/1"


def card_of(name: str) -> Card:
    text = (Run(name), Run(name, bold=True), Run(name, href=OURS), Run(name, italic=True))
    buttons = (Button("acknowledge", name, token="t"), Button("open", name, url=OURS))
    body = (
        Heading(name),
        Paragraph(text),
        Facts(((name, text), (name, (Run(name),)))),
        Bullets((text, text)),
        Row(text, buttons),
        Note(text),
    )
    return Card(name, name, lane="alert", blocks=body, buttons=buttons, more_url=OURS)


def form_of(name: str) -> Form:
    options = (Option("a", name), Option("b", name))
    fields = tuple(
        Field(kind, name, kind, hint=name, options=options, latest=date(2026, 12, 1))
        for kind in ("text", "long-text", "choice", "choices", "date", "person", "tick", "number")
    )
    return Form("f", name, fields, intro=name, submit=name, errors={"text": name, "": name})


def texts(drawn: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text that a client shows or reads out."""
    if isinstance(drawn, dict):
        for name, value in drawn.items():
            yield from texts(value, name)
    elif isinstance(drawn, list):
        for each in drawn:
            yield from texts(each, key)
    elif isinstance(drawn, str) and key in TEXTS:
        yield key, drawn


def whole(shown: str, before: str) -> None:
    """It does not end inside a letter: what was kept are letters of what there was."""
    kept = regex.findall(r"\X", shown.replace("\u2060", "").removesuffix("…"))
    assert set(kept) <= {*regex.findall(r"\X", before), *"-\n:.•(optional)"}, ascii(shown)


ENVELOPE = chosen("botbuilder").envelope()


def teams_drawings(name: str) -> Iterator[dict[str, Any]]:
    people = {"person": [PersonOption(1, name)]}
    card = card_of(name)
    yield orjson.loads(orjson.dumps(cards.draw(card, say=name)))
    yield orjson.loads(orjson.dumps(cards.written(card)))
    yield cards.draw_note(card.title)
    yield draw_form(form_of(name), people, opens={"a": 1})
    yield draw_form(form_of(name), {}, dialog=True)
    for message in (Message(card.title), Message(card.summary, cards.draw(card))):
        yield posted(ENVELOPE, Reference("https://x", "c"), message)


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_teams_acts_on_nothing_in_a_name(name: str) -> None:
    for drawn in teams_drawings(name):
        assert len(orjson.dumps(drawn)) <= 100_000
        for key, text in texts(drawn):
            assert "{{" not in text, (key, text)
            assert not re.search(r"<[a-zA-Z/!?]", text), (key, text)
            assert not UNSEEN.search(text), (key, ascii(text))


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_what_teams_reads_as_markdown_is_plain_text(name: str) -> None:
    reader = MarkdownIt("commonmark", {"linkify": False})
    for drawn in teams_drawings(name):
        for element in walk(drawn):
            if element.get("type") == "TextBlock":
                tokens = reader.parse(element["text"])
                assert [each.type for each in tokens] in (["paragraph_open", "inline", "paragraph_close"], [])
                for token in tokens[1:2]:
                    assert {each.type for each in token.children or ()} <= {"text", "text_special", "entity"}, (
                        token.content
                    )
                assert "://" not in element["text"]
            if element.get("type") in {"Input.Toggle", "Input.ChoiceSet"}:
                for shown in [element.get("title", ""), *(each["title"] for each in element.get("choices", ()))]:
                    assert not re.search(r"\]\(|\]\[|://|&#?\w+;", shown), shown


def walk(drawn: Any) -> Iterator[dict[str, Any]]:
    if isinstance(drawn, dict):
        yield drawn
        for each in drawn.values():
            yield from walk(each)
    elif isinstance(drawn, list):
        for each in drawn:
            yield from walk(each)


def slack_drawings(name: str) -> Iterator[dict[str, Any]]:
    card, form = card_of(name), form_of(name)
    yield blocks.message(card)
    yield blocks.bare(card)
    yield blocks.say(card.title, card)
    yield modals.card_view(card, modals.Origin(), card.title)
    yield modals.form_view(form, modals.Origin(), {"1": form.title})


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_slack_acts_on_nothing_in_a_name(name: str) -> None:
    for drawn in slack_drawings(name):
        for element in walk(drawn):
            text = element.get("text")
            if isinstance(text, str):
                assert not UNSEEN.search(text), ascii(text)
                assert "<!" not in text
                assert "<@" not in text
                assert "<#" not in text
            if element.get("type") == "mrkdwn" or "blocks" in element:
                links = re.findall(r"<([^|>]*)\|?[^>]*>", text or "")
                assert set(links) <= {OURS}, text
                assert element.get("verbatim", "blocks" in element)
        found = view_problems(drawn) if "callback_id" in drawn else message_problems(drawn)
        assert found == []


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_slack_shows_whole_letters_within_its_limits(name: str) -> None:
    clean = card_of(name).title
    view = modals.form_view(form_of(name), modals.Origin(), {})
    header = blocks.message(card_of(name))["blocks"][0]["text"]["text"]
    for shown, limit in ((header, 150), (view["title"]["text"], 24), (view["submit"]["text"], 24)):
        assert units(shown) <= limit
        whole(shown, clean)
    for element in walk(view):
        if element.get("type") == "plain_text":
            element["text"].encode("utf-8")


class Tags(HTMLParser):
    """The tags of a page, and every address in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.other: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.other += [name for name, _ in attrs if name.startswith("on")]
        self.other += [value or "" for name, value in attrs if name in {"href", "src"} and "evil" in (value or "")]


@given(NAMES)
@settings(max_examples=40, deadline=None)
def test_pages_hold_no_markup_of_a_name(name: str) -> None:
    page = environment().from_string(PAGE).render(card=card_of(name), name=name)
    tags = Tags()
    tags.feed(page)
    assert not {"at", "b", "script", "img"} & set(tags.tags)
    assert tags.other == []
    assert not UNSEEN.search(page)


@given(NAMES)
@settings(max_examples=40, deadline=None)
def test_plain_cards_hold_no_escape_codes(name: str) -> None:
    assert not UNSEEN.search(plain_card(card_of(name)))


@pytest.mark.parametrize("name", ["{{DATE(2026-11-27T09:00:00Z,SHORT)}}", "<at>everybody</at>"])
def test_a_reader_sees_what_was_written(name: str) -> None:
    title = next(text for key, text in texts(cards.draw(card_of(name))["body"][0]) if key == "text")
    assert title.replace("\u2060", "").replace("\\", "") == name
