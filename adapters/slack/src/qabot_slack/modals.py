"""Forms as modals. A form too large for one modal is paged; each page knows where it belongs (`Origin`)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from qabot.messaging.card import Button, Card, Run
from qabot.messaging.form import Field, Form
from qabot.messaging.letters import cut, units
from qabot_slack import blocks
from qabot_slack.elements import ActionIds, Json, button, plain_text, text_object
from qabot_slack.inputs import answer, input_block, refilled

FORM = "form"
SHOWN = "shown"
BACK = "slack.back"
TITLE = 24
ERROR = 300
AGAIN = "Please look at this again: "
# 100 blocks and 250 kB at most, less what stands above and below the questions.
PAGE_FIELDS = 40
PAGE_CHARACTERS = 150_000


@dataclass(frozen=True, slots=True)
class Origin:
    """What a modal keeps in its private metadata: which form, which page, and where it was opened."""

    form: str = ""
    token: str = ""
    page: int = 0
    draft: str = ""
    channel: str = ""
    ts: str = ""
    home: bool = False

    def dumps(self) -> str:
        """As text."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


def origin_of(view: Json) -> Origin:
    """Where a modal belongs; an empty origin for one of an older version."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
        return Origin(**kept)
    except (ValueError, TypeError):
        return Origin()


def pages(form: Form) -> list[tuple[Field, ...]]:
    """The form's fields, as many on each page as a modal takes."""
    fields_by_page: list[list[Field]] = [[]]
    room = PAGE_CHARACTERS
    for field in form.fields:
        needed = blocks.size([input_block(field, None, {})])
        if fields_by_page[-1] and (len(fields_by_page[-1]) >= PAGE_FIELDS or needed > room):
            fields_by_page.append([])
            room = PAGE_CHARACTERS
        fields_by_page[-1].append(field)
        room -= needed
    return [tuple(page) for page in fields_by_page]


def form_view(form: Form, origin: Origin, labels: Mapping[str, str]) -> Json:
    """The page of the form that `origin` names."""
    origin = replace(origin, form=form.name, token=form.token)
    every = pages(form)
    last = origin.page == len(every) - 1
    shown = _above(form, origin.page, len(every))
    for field in every[origin.page]:
        if field.name in form.errors:
            shown.append(error(form.errors[field.name]))
        shown.append(input_block(field, form.values.get(field.name), labels))
    return {
        **_frame(FORM, form.title, form.back or "Cancel", origin),
        "submit": plain_text(form.submit if last else "Next", TITLE),
        "blocks": shown,
    }


def _above(form: Form, page: int, count: int) -> list[Json]:
    above: list[Json] = []
    if units(form.title) > TITLE:
        above.append({"type": "header", "text": plain_text(form.title, blocks.TITLE)})
    if form.intro and page == 0:
        above.append(_paragraph(form.intro))
    if count > 1:
        above.append(_paragraph(f"Page {page + 1} of {count}. What you write is kept when you go back."))
    if page:
        above.append({"type": "actions", "elements": [button(Button(BACK, "Back"), ActionIds())]})
    known = {field.name for field in form.fields}
    return above + [error(words) for name, words in form.errors.items() if name not in known]


def card_view(card: Card, origin: Origin, words: str = "", buttons: tuple[Button, ...] = ()) -> Json:
    """A card in a modal, with a sentence and its buttons above it."""
    drawn = blocks.blocks(card, blocks.Room(blocks.VIEW.blocks - 2, blocks.VIEW.characters))
    return {
        **_frame(SHOWN, card.title, "Close", origin),
        "blocks": [*([_paragraph(words), *blocks.under(buttons)] if words else []), *drawn],
        "clear_on_close": True,
    }


def say_view(
    words: str, card: Card | None = None, origin: Origin | None = None, buttons: tuple[Button, ...] = ()
) -> Json:
    """A sentence in a modal, with the buttons and the card that go with it."""
    if card:
        return card_view(card, origin or Origin(), words, buttons)
    return {
        **_frame(SHOWN, "qabot", "Close", origin or Origin()),
        "blocks": [_paragraph(words), *blocks.under(buttons)],
        "clear_on_close": True,
    }


def moment_view(origin: Origin) -> Json:
    """What is shown while the answer takes longer than Slack waits."""
    return say_view("One moment, please.", origin=origin)


def answers(view: Json) -> dict[str, Any]:
    """What was given on this page, by field name."""
    values: dict[str, Any] = {}
    for name, elements in view.get("state", {}).get("values", {}).items():
        for kind, state in elements.items():
            values[name] = answer(kind, state)
    return values


def again(view: Json, errors: dict[str, str]) -> Json:
    """A modal that was sent, with what the person wrote and what is wrong with it, to be shown once more."""
    kept = ("type", "callback_id", "title", "close", "submit", "private_metadata")  # Slack adds parts that it refuses
    shown: list[Json] = []
    for block in view["blocks"]:
        if block["type"] == "input":
            if block["block_id"] in errors:
                shown.append(error(cut(errors[block["block_id"]], ERROR)))
            block = refilled(block, view["state"]["values"].get(block["block_id"], {}))
        shown.append(block)
    return {**{name: view[name] for name in kept if view.get(name)}, "blocks": shown}


def field_errors(form: Form, view: Json) -> dict[str, str] | None:
    """The form's errors for Slack to show beside the fields.

    None if one belongs to none of this modal's fields, if the form asks for something that the modal did not, or if
    the modal says in its own blocks what was wrong before: Slack would leave that there.
    """
    if any(_is_error(block) for block in view["blocks"]):
        return None
    here = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not set(form.errors) <= here or (len(pages(form)) == 1 and not {field.name for field in form.fields} <= here):
        return None
    return {name: cut(words, ERROR) for name, words in form.errors.items()}


def page_of(form: Form, names: set[str]) -> int:
    """The first page that asks for one of these fields; the first of all if none does."""
    for number, fields in enumerate(pages(form)):
        if names & {field.name for field in fields}:
            return number
    return 0


def _frame(kind: str, title: str, close: str, origin: Origin) -> Json:
    return {
        "type": "modal",
        "callback_id": kind,
        "title": plain_text(title, TITLE),
        "close": plain_text(close, TITLE),
        "private_metadata": origin.dumps(),
    }


def _paragraph(words: str) -> Json:
    return {"type": "section", "text": text_object((Run(words),), blocks.SECTION)[0]}


def error(words: str) -> Json:
    """A sentence about what is wrong, above the field or the form."""
    text, _ = text_object((Run(AGAIN, bold=True), Run(words)), blocks.SECTION)
    return {"type": "section", "text": text}


def _is_error(block: Json) -> bool:
    return block["type"] == "section" and AGAIN.strip() in str(block.get("text", {}).get("text", ""))
