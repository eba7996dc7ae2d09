"""Forms that are too large for one card: asked page by page. Nothing of a form is ever left out.

The pages of a form are settled when its first one is drawn, as if every text were as long as it may be, so that no page
grows out of its card while somebody writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from qabot.adapter import OpenForm, Reply
from qabot.adapter_kit.drafts import Draft, Drafts
from qabot.messaging.form import TEXTS, Field, Form
from qabot_teams.cards import MAX_BYTES, Element, draw_note, size
from qabot_teams.forms import Part, People, draw_form, question

FRAME = 4096
"""Bytes for what stands around the questions: title, introduction, what is wrong, and the buttons."""
LONGEST_LETTER = 4
"""Bytes of one in UTF-8."""
PEOPLE = 5200
"""Bytes of a list of colleagues."""
LOST = "qabot was restarted while you were writing. Please look through the pages again before you send this."
TOO_LARGE = "This form is too large for Teams. Write “link” to me, and answer it in the web inbox."


@dataclass(frozen=True, slots=True)
class Page(OpenForm):
    """A page of a form that somebody is filling in: the draft's key, and which of its pages."""

    draft: str = ""
    number: int = 0


def drawn(reply: OpenForm, form: Form, people: People, drafts: Drafts, **how: Any) -> Element:
    """The form of a reply, as `form` with `people` to choose from, or the page of it that fits a card."""
    if not isinstance(reply, Page):
        whole = draw_form(form, people, **how)
        if size(whole) <= MAX_BYTES:
            return whole
    key = reply.draft if isinstance(reply, Page) else drafts.begin(reply.form)
    every = pages(form, people)
    page_number = reply.number if isinstance(reply, Page) and not form.errors else _page_of(every, form.errors)
    number = min(page_number, len(every) - 1)
    part = Part(key, number, len(every))
    page = draw_form(replace(form, fields=every[number]), people, part=part, **how)
    return page if size(page) <= MAX_BYTES else draw_note(TOO_LARGE)


def turn(drafts: Drafts, data: Mapping[str, Any], values: Mapping[str, Any]) -> Page | Draft | None:
    """The next page of a form, the whole draft where the last page was sent, or None if the draft is forgotten."""
    key, given = str(data.get("draft") or ""), data.get("page")
    number = int(given) if isinstance(given, int | float) else 0
    draft = drafts.find(key)
    if draft is None:
        return None
    draft.values.update(values)
    if data.get("turn") == "back":
        return Page(draft.filled(), key, max(0, number - 1))
    if wrong := draft.wrong_on(set(values)):
        return Page(replace(draft.filled(), errors=wrong), key, number)
    return draft if data.get("turn") == "send" else Page(draft.filled(), key, number + 1)


def settled(drafts: Drafts, key: str, reply: Reply) -> Reply:
    """The answer to a form of several pages: its page with what is wrong, or the end of the draft."""
    draft = drafts.find(key)
    if isinstance(reply, OpenForm) and reply.form.errors and draft is not None:
        draft.form = replace(reply.form, errors={})
        return Page(reply.form, key)
    drafts.end(key)
    return reply


def again(reply: Reply, token: str, values: Mapping[str, Any]) -> Reply:
    """A form that was opened anew, because its draft is forgotten, with what stood on the page that was sent."""
    if not isinstance(reply, OpenForm):
        return reply
    form = replace(reply.form, token=reply.form.token or token)
    return OpenForm(replace(form, values={**form.values, **values}, errors={**form.errors, "": LOST}))


def pages(form: Form, people: People) -> list[tuple[Field, ...]]:
    """The form's questions, as many on each page as a card takes."""
    every: list[list[Field]] = [[]]
    room = MAX_BYTES - FRAME
    for item in form.fields:
        needed = _most(item, form, people)
        if every[-1] and needed > room:
            every.append([])
            room = MAX_BYTES - FRAME
        every[-1].append(item)
        room -= needed
    return [tuple(page) for page in every]


def _most(item: Field, form: Form, people: People) -> int:
    """The bytes that a question takes at most, whatever is written."""
    bare = replace(form, values={}, errors={item.name: "x" * 300})
    if item.kind == "person" and not item.options:
        return size(question(item, bare, ())) + PEOPLE  # whom there is to choose from changes with what is typed
    typed = item.max_length * LONGEST_LETTER if item.kind in TEXTS else 300
    return size(question(item, bare, people.get(item.name, ()))) + typed


def _page_of(every: list[tuple[Field, ...]], names: Mapping[str, str]) -> int:
    """The first page that asks for one of these; the first of all if none does."""
    return next((at for at, fields in enumerate(every) if any(item.name in names for item in fields)), 0)
