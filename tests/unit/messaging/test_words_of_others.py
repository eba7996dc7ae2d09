"""No shipped message says a word that is the framework's, or the channel's by which it happens to come.

What a piece of work is called is the framework's to say: here each message speaks of one that no shipped file knows,
alone and among others, and may name none of the kinds of work that the shipped files know. Nor may a message that every
council's rules may send name a meeting, a role or a form of one, or say how long or how often: what one council alone
says stands in a folder of its own.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from qabot.framework import Framework
from qabot.framework.loader import load
from qabot.messaging.card import Card, plain_card
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import sample_buttons, sample_context
from qabot.messaging.views import Item
from qabot.workflows.core.views import council_view
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
CAPITALS = re.compile(r"\b[A-Z][a-z]+(?:(?: (?:of|and|for|to|the))* [A-Z][a-z]+)+\b")
"""A name as a document writes it: Head of Service, Practice Improvement Meeting, Good Practice Evidence Record."""
MARKED = re.compile(r"\b(?:[A-Z][a-z]+[A-Z]\w+|[A-Z]{3,})\b")
"""Names of systems, and abbreviations: CareFirst, PIM."""
FIGURE = re.compile(
    r"\b(?:[0-9][0-9.,]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|once an?|every|each|this|last|next)"
    r"[ -](?:working |calendar )?(?:minute|hour|day|week|fortnight|month|quarter|year)s?\b|[0-9] ?%|per cent",
    re.IGNORECASE,
)
"""How long, how often or how many of a hundred."""
EVERYBODYS = {"Quality Assurance", "The Quality", "Social Worker", "Social Workers"}
"""What the service is for, whole and cut off at a comma, and the profession's name by law."""
OURS = {
    "open-by-service": ("once a week", "a list of the week is qabot's own, whatever the rule"),
    "recognition-prompt": ("two minutes", "how long our form takes"),
}
"""Figures of qabot itself, in the messages that may say them, each with its reason."""
MOMENTS = {"audit-final", "oversight"}
"""Names that the service uses for something else: an event of the log, and what a case may be left out for."""


@cache
def kinds() -> re.Pattern[str]:
    """What the shipped files call their work, each kind by its last word: "audit", "observations"."""
    titles = [activity.title for file in shipped() for activity in file.activities.values()]
    nouns = {re.split(r" (?:of|in|on) ", title)[0].split()[-1].lower() for title in titles} - NO_KINDS
    assert {"audit", "review", "observation", "evaluation", "sample"} <= nouns
    return re.compile(rf"\b({'|'.join(sorted(nouns))})s?\b", re.IGNORECASE)


def of_council(name: str) -> str:
    """The council whose own words a message holds; "" of what every council's rules may send."""
    return CATALOGUE.get(name).path.relative_to(ROOT / "messages").parent.name


SHARED = [name for name in CATALOGUE.names() if not of_council(name)]
OWN = [name for name in CATALOGUE.names() if of_council(name)]


@cache
def shipped() -> tuple[Framework, ...]:
    return tuple(load(str(each), [each.parent]) for each in sorted((ROOT / "frameworks").glob("*.yaml")))


@cache
def names_of_councils() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What the shipped files call roles, meetings, samples and forms, in any case; and marked words, as written."""
    titles: set[str] = set()
    texts: set[str] = set()
    for file in shipped():
        titles |= {
            each.title for part in (file.roles, file.samples, file.gatherings, file.events) for each in part.values()
        }
        texts |= {each.title for part in (file.activities, file.duties, file.every_ladder) for each in part.values()}
        texts |= {each.label for each in file.questions.values()}
        texts |= {text for each in file.rules.values() for text in (each.text, each.reading)}
    names = titles | {name for text in titles | texts for name in CAPITALS.findall(text)}
    marks = {mark for text in titles | texts for mark in MARKED.findall(text)}
    assert {"Head of Service", "Practice Improvement Meeting", "Senior Leadership Team"} <= names
    assert {"Good Practice Evidence Record", "Confirm and Challenge", "Quality of Practice Lead"} <= names
    assert {"CareFirst", "PIM"} <= marks
    plain = "|".join(map(re.escape, sorted(names - EVERYBODYS, key=len, reverse=True)))
    return re.compile(rf"\b(?:{plain})s?\b", re.IGNORECASE), re.compile(rf"\b(?:{'|'.join(sorted(marks))})\b")


def a_councils(text: str) -> list[str]:
    """What a text says that is one council's to say."""
    return [hit[0] for each in (*names_of_councils(), FIGURE) for hit in each.finditer(text)]


def written(name: str) -> str:
    """All that a message's author wrote, in every branch."""
    file = CATALOGUE.get(name)
    return "\n".join((file.title, file.summary, *(text for _, text in file.text), *sorted(file.constants)))


@cache
def code() -> str:
    """All of the service but its migrations, which are about the past."""
    paths = (ROOT / "src" / "qabot").rglob("*.py")
    return "".join(path.read_text("utf-8") for path in paths if "migrations" not in path.parts)


def sends(framework: Framework) -> set[str]:
    """The messages that a file sends by its own lines."""
    steps = {step.send for ladder in framework.every_ladder.values() for step in ladder.steps}
    told = {duty.send for duty in framework.duties.values()}
    return steps | told | {duty.put_off.send for duty in framework.duties.values() if duty.put_off is not None}


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
    assert "A meeting is held after this walk-through." in plain_card(drawn("pim-date", 1))
    assert "Every walk-through that raises an alert is looked at once more, by the Head of Service" in plain_card(
        drawn("red-review", 1)
    )
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


@pytest.mark.parametrize("name", SHARED)
def test_what_every_council_may_send_says_nothing_that_is_one_council_s_to_say(name: str) -> None:
    figure, _ = OURS.get(name, ("", ""))
    assert [each for each in a_councils(written(name)) if each != figure] == []


@pytest.mark.parametrize(
    "text",
    [
        "You are the service manager for this team",
        "A head of service looks at it",
        "the practice improvement meeting",
        "A Good Practice Evidence Record has come in",
        "It is on CareFirst",
        "The date of the PIM",
        "A conversation takes 1.5 to 2 hours",
        "a 2-hour slot",
        "You get this two weeks before the date",
        "this month's moderation",
        "20% of each",
    ],
)
def test_what_is_one_council_s_to_say_is_seen(text: str) -> None:
    assert a_councils(text)


def test_figures_of_our_own_are_still_said() -> None:
    assert [name for name, (figure, _) in OURS.items() if figure not in written(name)] == []


@pytest.mark.parametrize("name", OWN)
def test_what_one_council_says_is_sent_by_its_rules_alone(name: str) -> None:
    councils = {"newham-whole": "newham"}
    senders = {councils.get(each.framework, each.framework) for each in shipped() if name in sends(each)}
    assert senders <= {of_council(name)}
    assert f'"{name}"' not in code() or name in MOMENTS


def test_each_folder_is_of_a_council_that_ships() -> None:
    assert {of_council(name) for name in OWN} <= {each.framework for each in shipped()}


def test_whom_to_ask_is_the_framework_s_to_say() -> None:
    for framework in shipped():
        council = council_view(framework)
        card = CATALOGUE.render(
            "help-answered", seen("help-answered", 1) | {"council": council}, sample_buttons(LABELS)
        )
        assert f"talk with {council.quality}." in plain_card(card)
    found = {each.framework: council_view(each).quality for each in shipped()}
    assert found["northumberland"] == "the Quality of Practice Lead"
    assert found["herefordshire"] == "the Quality Assurance Team"
