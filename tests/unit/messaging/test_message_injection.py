"""However a value is written, it stays text: it cannot become a link, a heading, bold, a button or another value."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qabot.messaging.card import Bullets, Card, Facts, Heading, Note, Paragraph, Row, Text
from qabot.messaging.check import texts
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import sample_context
from qabot.messaging.values import shown
from tests.unit.messaging.writing import button

CATALOGUE = Catalogue.load([Path(__file__).parents[3] / "messages"])

NASTY = st.one_of(
    st.text(min_size=1),
    st.lists(
        st.sampled_from(
            [
                "**",
                "_",
                "[a](https://evil.example)",
                "# ",
                "> ",
                "- ",
                "1. ",
                "<b>",
                "<!channel>",
                "<@U1>",
                "zQ0Qz",
                "zQ1Qz",
                "zQrowsQz",
                "{{ rows }}",
                "{% if x %}",
                "\n",
                "\n\n",
                "`",
                "\\",
                "&amp;",
                "&#42;",
                "![x](y)",
                "---",
                "|",
                " ",
            ]
        ),
        min_size=1,
    ).map("".join),
)


def shape(card: Card) -> list[Any]:
    """Everything of a card but its words."""
    return [_shape_of(block) for block in card.blocks]


def _shape_of(block: Any) -> Any:
    match block:
        case Heading():
            return Heading
        case Paragraph(text) | Note(text):
            return type(block), _runs(text)
        case Row(text, buttons):
            return Row, _runs(text), buttons
        case Facts(pairs):
            return Facts, [(label, _runs(text)) for label, text in pairs]
        case Bullets(items):
            return Bullets, [_runs(text) for text in items]


def _runs(text: Text) -> list[tuple[bool, bool, str | None]]:
    return [(run.bold, run.italic, run.href) for run in text]


def with_value(context: dict[str, Any], value: str) -> dict[str, Any]:
    """The context with one person's words in every place that may hold them."""
    audit = replace(context["audit"], auditor=value, team=value, practitioner=value, service=value)
    alert = replace(context["alert"], reason=value, told=(value, value)) if context["alert"] else None
    items = tuple(replace(item, audit=audit, alert=alert) for item in context["items"])
    person = replace(context["recipient"], name=f"{value} who reads it")
    return context | {"recipient": person, "audit": audit, "alert": alert, "items": items}


@settings(max_examples=150, deadline=None)
@given(NASTY, st.sampled_from(["red-alert", "audit-final", "outstanding-list", "alert-handed-on", "audit-final-lead"]))
def test_a_value_never_changes_the_shape_of_a_card(value: str, name: str) -> None:
    value = f"x{value}x"
    context = sample_context(CATALOGUE.get(name).sample)
    calm = CATALOGUE.render(name, with_value(context, "Calm"), button)
    card = CATALOGUE.render(name, with_value(context, value), button)
    assert shape(card) == shape(calm)
    assert card.buttons == calm.buttons
    assert any(shown(value) in text for text in texts(card))


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_what_a_colleague_wrote_stays_what_they_wrote(value: str) -> None:
    value = f"x{value}x"
    context = sample_context("nomination")
    nomination = replace(context["nomination"], what=value, difference=value, tags=(value,))
    card = CATALOGUE.render("nomination-received", context | {"nomination": nomination}, button)
    facts = next(block for block in card.blocks if isinstance(block, Facts))
    told = dict(facts.pairs)
    assert [run.text for run in told["What you did"]] == [shown(value)]
    assert [run.text for run in told["It shows"]] == [shown(value)]


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_a_target_is_a_web_address_or_there_is_no_link(value: str) -> None:
    context = sample_context("person") | {"params": {"url": value}}
    card = CATALOGUE.render("sign-in", context, button)
    for block in card.blocks:
        if isinstance(block, Paragraph):
            for run in block.text:
                assert run.href is None or run.href.startswith(("http://", "https://"))
