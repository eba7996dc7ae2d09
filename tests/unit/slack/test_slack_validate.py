"""The adapter's own check finds what Slack refuses: each payload here is refused by the strict fake too."""

from typing import Any

import pytest

from qabot_slack.validate import message_problems, view_problems
from tests.support.slack.limits import block_errors, view_errors

Json = dict[str, Any]


def plain(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def section(**more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "words"}, **more}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": plain("Press"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


BROKEN = {
    "too many blocks": [section()] * 51,
    "an empty section": [{"type": "section"}],
    "a long section": [section(text={"type": "mrkdwn", "text": "x" * 3001})],
    "an empty text": [section(text={"type": "mrkdwn", "text": ""})],
    "a long header": [{"type": "header", "text": plain("x" * 151)}],
    "too many fields": [section(fields=[plain("x")] * 11)],
    "a long field": [section(fields=[plain("x" * 2001)])],
    "no elements": [actions()],
    "too many buttons": [actions(*(button(action_id=f"a{n}") for n in range(26)))],
    "a long button": [actions(button(text=plain("x" * 76)))],
    "a long value": [actions(button(value="x" * 2001))],
    "an empty value": [actions(button(value=""))],
    "a long address": [actions(button(url="https://a.example/" + "x" * 3000))],
    "a long name": [actions(button(action_id="x" * 256))],
    "the same name twice": [actions(button(), button())],
    "the same block twice": [section(block_id="b"), section(block_id="b")],
    "too many notes": [{"type": "context", "elements": [plain("x")] * 11}],
    "an input in a message": [{"type": "input", "label": plain("x"), "element": button()}],
    "an alert in a message": [{"type": "alert", "text": plain("x")}],
    "an unknown block": [{"type": "banner"}],
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_slack_refuses_is_found_before_it_is_sent(name: str) -> None:
    assert message_problems({"text": "A sentence.", "blocks": BROKEN[name]})
    assert block_errors(BROKEN[name])


def test_a_message_needs_a_sentence_for_screen_readers() -> None:
    assert message_problems({"text": " ", "blocks": [section()]})
    assert message_problems({"text": "x" * 4001, "blocks": [section()]})


def test_all_blocks_together_may_be_too_long() -> None:
    long = section(text={"type": "mrkdwn", "text": "x" * 2900})
    assert message_problems({"text": "A sentence.", "blocks": [long] * 5})


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Form"), "submit": plain("Send"), "blocks": list(blocks), **more}


def question(name: str = "q", **element: Any) -> Json:
    return {"type": "input", "block_id": name, "label": plain("Why?"), "element": {"action_id": "text", **element}}


def options(count: int, **more: Any) -> list[Json]:
    return [{"text": plain(f"Option {n}"), "value": str(n), **more} for n in range(count)]


BROKEN_VIEWS = {
    "a long title": modal(section(), title=plain("x" * 25)),
    "a long metadata": modal(section(), private_metadata="x" * 3001),
    "no submit": {"type": "modal", "title": plain("Form"), "blocks": [question(type="plain_text_input")]},
    "too many blocks": modal(*(question(f"q{n}", type="plain_text_input") for n in range(101))),
    "too many radios": modal(question(type="radio_buttons", options=options(11))),
    "too many options": modal(question(type="static_select", options=options(101))),
    "no options": modal(question(type="checkboxes", options=[])),
    "a long option": modal(question(type="radio_buttons", options=[{"text": plain("x" * 76), "value": "a"}])),
    "a long option value": modal(question(type="radio_buttons", options=[{"text": plain("x"), "value": "a" * 151}])),
    "the same option twice": modal(question(type="radio_buttons", options=[*options(1), *options(1)])),
    "a long text": modal(question(type="plain_text_input", max_length=3001)),
    "a long label": modal({**question(type="plain_text_input"), "label": plain("x" * 2001)}),
    "a long hint": modal({**question(type="plain_text_input"), "hint": plain("x" * 2001)}),
    "a long placeholder": modal(question(type="plain_text_input", placeholder=plain("x" * 151))),
}


@pytest.mark.parametrize("name", BROKEN_VIEWS)
def test_what_slack_refuses_of_a_modal_is_found(name: str) -> None:
    assert view_problems(BROKEN_VIEWS[name])
    assert view_errors(BROKEN_VIEWS[name])


def test_a_modal_may_be_too_large() -> None:
    label = plain("x" * 1900)
    blocks = [
        question(f"q{n}", type="checkboxes", options=options(10)) | {"label": label, "hint": label} for n in range(60)
    ]
    assert any("bytes" in problem for problem in view_problems(modal(*blocks)))
