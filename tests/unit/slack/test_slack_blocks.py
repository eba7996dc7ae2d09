"""Cards as Block Kit: within every limit, with nothing lost that has no link, and nobody's text doing anything."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.messaging.card import Bullets, Button, Card, Facts, Heading, Note, Paragraph, Row, Run, Text, text
from qabot_slack import blocks, home
from qabot_slack.elements import action_of
from qabot_slack.validate import message_problems
from tests.support.slack import named, texts
from tests.support.slack.limits import block_errors, controls

HOSTILE = "<!channel> <@U0MANAGER> <https://evil.example|click> & more"
BUTTON = Button("acknowledge", "Acknowledge QA-1", "t1")
FULL = Card(
    title="Alert QA-1",
    summary="There is an alert for you.",
    blocks=(
        Paragraph(text("Please look at this.")),
        Heading("What to do"),
        Facts((("Audit", text("QA-1")), ("Due", text("21 November 2026")))),
        Bullets((text("one"), text("two"))),
        Row(text("QA-2"), (BUTTON,)),
        Row(text("QA-3"), (BUTTON, replace(BUTTON, action="snooze"))),
        Note(text("You get this because you manage the team.")),
    ),
    buttons=(BUTTON, Button("open", "Open the record", url="https://qabot.example/r")),
    more_url="https://qabot.example/m",
)


def shown(card: Card) -> str:
    return "\n".join(texts(blocks.message(card)["blocks"]))


def test_every_part_of_a_card_is_drawn() -> None:
    payload = blocks.message(FULL)
    assert block_errors(payload["blocks"]) == []
    assert [block["type"] for block in payload["blocks"]] == [
        "header",
        "section",
        "divider",
        "section",
        "section",
        "section",
        "section",
        "section",
        "actions",
        "actions",
        "context",
    ]
    assert payload["text"] == "There is an alert for you."


def test_buttons_carry_a_token_and_an_action_and_nothing_else() -> None:
    drawn = blocks.message(FULL)["blocks"]
    names = named(drawn)
    assert names == ["acknowledge", "acknowledge#2", "snooze", "acknowledge#3", "open"]
    assert [action_of(name) for name in names] == ["acknowledge", "acknowledge", "snooze", "acknowledge", "open"]
    assert drawn[6]["accessory"]["value"] == "t1"


def test_small_print_stands_under_the_buttons() -> None:
    kinds = [block["type"] for block in blocks.message(FULL)["blocks"]]
    assert kinds.index("context") > len(kinds) - 2


def test_free_text_in_every_place_does_nothing() -> None:
    free = text(HOSTILE)
    card = Card(
        title=HOSTILE,
        summary=HOSTILE,
        blocks=(
            Paragraph(free),
            Heading(HOSTILE),
            Facts(((HOSTILE, free),)),
            Bullets((free,)),
            Row(free),
            Note(free),
            Note(free),
        ),
        buttons=(Button("a", HOSTILE, "t"),),
    )
    payload = blocks.message(card)
    assert [found for words in (payload["text"], *mrkdwn_of(payload)) for found in controls(words)] == []
    assert len(mrkdwn_of(payload)) == 7
    assert all(part["verbatim"] for part in parts(payload, "mrkdwn"))
    assert not any(part["emoji"] for part in parts(payload, "plain_text"))


def parts(payload: Any, kind: str) -> list[dict[str, Any]]:
    if isinstance(payload, dict):
        own = [payload] if payload.get("type") == kind else []
        return own + [part for value in payload.values() for part in parts(value, kind)]
    if isinstance(payload, list):
        return [part for value in payload for part in parts(value, kind)]
    return []


def mrkdwn_of(payload: Any) -> list[str]:
    return [part["text"] for part in parts(payload, "mrkdwn")]


def test_a_row_of_buttons_alone_is_no_empty_line() -> None:
    card = Card("Title", "A sentence.", blocks=(Heading("First"), Row((), (BUTTON,)), Row(())))
    assert [block["type"] for block in blocks.message(card)["blocks"]] == ["header", "section", "actions"]


def test_marks_in_somebodys_words_stay_in_them() -> None:
    odd = text("*see* _this_ ~now~ `x`\n> quoted")
    card = Card(
        "Title", "A sentence.", blocks=(Paragraph(odd), Facts((("Why", odd),)), Bullets((odd,)), Row(odd), Note(odd))
    )
    drawn = blocks.message(card)["blocks"]
    assert mrkdwn_of(drawn) == []
    assert "\n".join(texts(drawn)).count("*see* _this_ ~now~ `x`\n> quoted") == 5


@pytest.mark.parametrize("words", ["*see* _this_ ~now~ `x`", "Well done :fire:", ":+1::skin-tone-3:"])
def test_marks_and_codes_beside_a_link_stay_in_the_words_and_the_link_leads_on(words: str) -> None:
    said: Text = (Run(words), Run(" "), Run("More", href="https://qabot.example/m"))
    parts_of_it = (Paragraph(said), Facts((("Why", said),)), Bullets((said,)), Row(said, (BUTTON,)), Note(said))
    card = Card("Title", "A sentence.", blocks=parts_of_it)
    for drawn in (blocks.message(card)["blocks"], home.view(card)["blocks"]):
        assert block_errors(drawn) == []
        assert mrkdwn_of(drawn) == []
        assert "".join(texts(drawn)).count(words) == 5
        assert [each["url"] for each in parts(drawn, "link")] == ["https://qabot.example/m"] * 5
        assert named(drawn) == ["acknowledge"]
    assert message_problems(blocks.message(card)) == []


def test_an_emojis_code_in_somebodys_words_is_no_emoji() -> None:
    odd = text("Well done :fire: at 10:30")
    card = Card(
        "Title", "A sentence.", blocks=(Paragraph(odd), Facts((("Why", odd),)), Bullets((odd,)), Row(odd), Note(odd))
    )
    assert mrkdwn_of(blocks.message(card)["blocks"]) == []


def test_long_facts_have_the_whole_width() -> None:
    card = Card("Title", "A sentence.", blocks=(Facts((("A", text("a")), ("B", text("b" * 121)), ("C", text("c")))),))
    assert [list(block) for block in blocks.message(card)["blocks"][1:]] == [
        ["type", "fields"],
        ["type", "text"],
        ["type", "fields"],
    ]


def test_a_digest_of_a_hundred_rows_is_cut_with_a_link_and_keeps_its_buttons() -> None:
    rows = tuple(Row(text(f"Audit QA-{number} is due."), (BUTTON,)) for number in range(100))
    payload = blocks.message(replace(FULL, blocks=rows))
    assert message_problems(payload) == []
    assert len(payload["blocks"]) == 50 or blocks.size(payload["blocks"]) > 11_000
    assert "<https://qabot.example/m|Read all of it>" in "\n".join(texts(payload["blocks"]))
    assert payload["blocks"][-1]["elements"][-1]["url"] == "https://qabot.example/r"


def test_what_fits_has_no_link_to_the_rest() -> None:
    assert "Read all of it" not in shown(FULL)


@pytest.mark.parametrize(
    "long",
    [
        Paragraph(text("word " * 5000)),
        Facts(tuple((f"Fact {number}", text("word " * 500)) for number in range(30))),
        Bullets(tuple(text("word " * 50) for _ in range(200))),
        Bullets((text("word " * 5000),)),
        Row(text("word " * 5000), (BUTTON,)),
        Note(text("word " * 5000)),
    ],
)
def test_long_text_is_cut_and_says_where_the_rest_is(long: Any) -> None:
    payload = blocks.message(replace(FULL, blocks=(long, Paragraph(text("after")))))
    assert block_errors(payload["blocks"]) == []
    assert message_problems(payload) == []
    assert "Read all of it" in "\n".join(texts(payload["blocks"]))


def test_a_cut_without_an_address_still_says_so() -> None:
    card = replace(FULL, blocks=(Paragraph(text("word " * 5000)),), more_url=None)
    assert "Read all of it in qabot." in shown(card)


def test_the_preview_is_always_a_sentence() -> None:
    assert blocks.sentence(Card("Title.", "")) == "Title."
    assert blocks.sentence(Card("Title", " ")) == "Title."
    assert len(blocks.sentence(Card("Title", "word " * 5000))) <= 300


def test_a_card_with_next_to_nothing_is_drawn() -> None:
    card = Card("", "", blocks=(Paragraph(()), Heading(""), Facts((("", ()),)), Bullets(((),)), Row(()), Note(())))
    assert block_errors(blocks.message(card)["blocks"]) == []


lines = st.text(max_size=300)
runs = st.builds(Run, lines, st.booleans(), st.booleans(), st.sampled_from([None, "https://a.example/<b>|c"])).map(
    lambda r: (r,)
)
buttons = st.lists(st.builds(Button, st.sampled_from(["a", "b"]), lines, lines), max_size=30).map(tuple)
bodies = st.lists(
    st.one_of(
        st.builds(Paragraph, runs),
        st.builds(Heading, lines),
        st.builds(Facts, st.lists(st.tuples(lines, runs), max_size=25).map(tuple)),
        st.builds(Bullets, st.lists(runs, max_size=25).map(tuple)),
        st.builds(Row, runs, buttons),
        st.builds(Note, runs),
    ),
    max_size=40,
).map(tuple)


@settings(max_examples=150, deadline=None)
@given(st.builds(Card, lines, lines, st.just("due"), bodies, buttons, st.sampled_from([None, "https://a.example"])))
def test_any_card_is_within_slacks_limits_as_drawn_or_bare(card: Card) -> None:
    payload = blocks.message(card)
    if message_problems(payload):
        payload = blocks.bare(card)
    assert block_errors(payload["blocks"]) == []
    assert message_problems(payload) == []
    assert controls(payload["text"]) == []
