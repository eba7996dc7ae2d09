"""No shipped message says a word that is the framework's, or the channel's by which it happens to come.

What a piece of work is called is the framework's to say: here each message speaks of one that no shipped file knows,
alone and among others, and may name none of the kinds of work that the shipped files know.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from qabot.framework.loader import load
from qabot.messaging.card import Card, plain_card
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import sample_buttons, sample_context
from qabot.messaging.views import Item
from qabot.workflows.registrations import new_registry
from qabot_email.drawing import as_html, as_text

ROOT = Path(__file__).parents[3]
CATALOGUE = Catalogue.load([ROOT / "messages"])
LABELS = {name: name.replace("-", " ").capitalize() for name in new_registry().names() | {"link"}}
NO_KINDS = {"work", "cause", "causing", "concern", "service", "theme", "file", "a", "own", "direct", "yearly", "check"}
"""Last words of titles that mean no kind of work; whoever makes sure of something checks it."""
CHANNEL = re.compile(r"\b(chats?|slack|teams (app|chat|message)|channel|tap|click)\b", re.IGNORECASE)
OF_A_CHAT = {
    "link-offer": "answers what somebody wrote in a chat whose account nobody is linked to",
    "unknown-person": "answers what somebody wrote in a chat and whom the list of people does not know",
}
"""Messages that no other channel carries, each with its reason."""


@cache
def kinds() -> re.Pattern[str]:
    """What the shipped files call their work, each kind by its last word: "audit", "observations"."""
    files = [load(str(each), [each.parent]) for each in sorted((ROOT / "frameworks").glob("*.yaml"))]
    titles = [activity.title for file in files for activity in file.activities.values()]
    nouns = {re.split(r" (?:of|in|on) ", title)[0].split()[-1].lower() for title in titles} - NO_KINDS
    assert {"audit", "review", "observation", "evaluation", "sample"} <= nouns
    return re.compile(rf"\b({'|'.join(sorted(nouns))})s?\b", re.IGNORECASE)


def seen(name: str, most: int) -> dict[str, Any]:
    """What a message sees of a walk-through: so many of the items of its sample."""
    context = sample_context(CATALOGUE.get(name).sample)
    items = tuple(_walked(each) for each in context["items"][:most])
    first = items[0] if items else Item("")
    parts = {part: getattr(first, part) for part in ("audit", "deadline", "cycle", "survey")}
    return context | {"items": items, **parts}


def _walked(item: Item) -> Item:
    audit, deadline, cycle, survey = item.audit, item.deadline, item.cycle, item.survey
    return replace(
        item,
        audit=audit and replace(audit, activity="walk-through", plural="walk-throughs"),
        deadline=deadline and replace(deadline, title="Walk-through"),
        cycle=cycle and replace(cycle, activity="walk-through", plural="walk-throughs"),
        survey=survey and replace(survey, title="Your view of it", changes="Every talk comes within a week"),
    )


def drawn(name: str, most: int) -> Card:
    return CATALOGUE.render(name, seen(name, most), sample_buttons(LABELS))


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_a_message_calls_a_piece_of_work_what_the_framework_calls_it(name: str) -> None:
    file = CATALOGUE.get(name)
    for most in (1, 40):
        card = drawn(name, most)
        for words in (card.title, card.summary, file.title, plain_card(card)):
            assert kinds().findall(words) == [], words


def test_what_is_seen_is_the_noun_of_the_work_itself() -> None:
    assert "This walk-through in your service needs your support" in plain_card(drawn("red-alert", 1))
    assert "After this walk-through a Practice Improvement Meeting" in plain_card(drawn("pim-date", 1))
    assert drawn("audit-final", 1).title == "Your walk-through QA-1042 is final"
    assert drawn("outstanding-list", 40).title == "3 walk-throughs still to come in"
    assert drawn("review-reminder", 1).title == "1 walk-through still to do"


def test_a_list_of_several_kinds_of_work_calls_it_work() -> None:
    for name in ("review-reminder", "outstanding-list", "evaluation-reminder", "group-moderation"):
        context = seen(name, 40)
        first, *others = context["items"] if len(context["items"]) > 1 else context["items"] * 2
        assert first.audit
        other = replace(first.audit, activity="coaching look", plural="coaching looks")
        mixed = (replace(first, audit=other), *others)
        card = CATALOGUE.render(name, context | {"items": mixed}, sample_buttons(LABELS))
        assert card.title.startswith(f"{len(mixed)} pieces of work "), name
        assert "walk-through" not in plain_card(card), name


@pytest.mark.parametrize("name", sorted(set(CATALOGUE.names()) - OF_A_CHAT.keys()))
def test_a_message_that_comes_by_e_mail_speaks_of_no_chat(name: str) -> None:
    card = drawn(name, 40)
    for words in (as_text(card, "https://qabot.example"), as_html(card, "https://qabot.example"), card.summary):
        assert CHANNEL.search(words) is None, words


def test_what_belongs_to_a_chat_says_so() -> None:
    assert [name for name in OF_A_CHAT if CHANNEL.search(plain_card(drawn(name, 1))) is None] == []
