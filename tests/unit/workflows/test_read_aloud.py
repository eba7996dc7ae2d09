"""What a year of a council said that was untrue, unkind or nonsense when it was read aloud."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from deploy.language import shipped
from qabot.framework import Framework
from qabot.messaging.card import plain_card
from qabot.messaging.samples import sample_buttons, sample_context
from qabot.messaging.values import inline
from qabot.messaging.views import Item
from qabot.workflows.core.words import say_closed
from qabot.workflows.verbs import nominations
from tests.support.world import World, local, tools

WHEN = "3 May 2026 at 9am"
NOUNS = {name: re.compile(rf"\b{name}s?\b", re.IGNORECASE) for name in ("review", "evaluation", "observation", "audit")}
ELSEWHERE = re.compile(r"head of service review|reviews and conferences|needs your review", re.IGNORECASE)
"""A second look by its own name, the statutory reviews of children, and a manager's: none is an activity."""


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("Acknowledged", f"Acknowledged by Ana Lim on {WHEN}"),
        ("It has gone out", f"It has gone out (Ana Lim, {WHEN})"),
        ("Decided: Nobody else", f"Decided: Nobody else (Ana Lim, {WHEN})"),
        ("The audit's actions are enough", f"The audit's actions are enough (Ana Lim, {WHEN})"),
        ("More is needed, and it is on the record", f"More is needed, and it is on the record (Ana Lim, {WHEN})"),
    ],
)
def test_an_answer_is_not_said_to_be_by_somebody(why: str, said: str) -> None:
    assert say_closed(why, "Ana Lim", WHEN) == said
    assert say_closed(why, "", WHEN) == f"{why} on {WHEN}"


def test_what_somebody_wrote_ends_no_sentence_in_the_middle_of_a_line() -> None:
    assert inline("The plan is up to date. ") == "The plan is up to date"
    assert inline("Who asked? Nobody") == "Who asked? Nobody"


async def test_whoever_nominates_somebody_of_their_own_is_not_told_so_by_themselves(world: World) -> None:
    world.change("sofia", line_manager_id=world.ids["mina"])
    given: dict[str, Any] = {"seen_on": local("2026-11-20").date(), "what": "x", "difference": "y", "seen_in": "Other"}
    await world.run(lambda unit: nominations.nominate(unit, world.ids["sofia"], given, by=world.ids["mina"]))
    assert [each.message for each in world.notices("mina") if each.subject_type == "nomination"] == ["nomination-copy"]


def of_dip_samples(item: Item) -> Item:
    """The same about work whose noun no message has of itself."""
    return replace(
        item,
        audit=item.audit and replace(item.audit, activity="dip sample"),
        cycle=item.cycle and replace(item.cycle, activity="dip sample", plural="dip samples"),
        deadline=item.deadline and replace(item.deadline, title="Something owed"),
        survey=item.survey and replace(item.survey, title="What it was like", changes="More time"),
    )


def said(name: str, council: Framework | None = None) -> str:
    """All that a message says of one dip sample, and of three: its lists' title, its preview and its card.

    Without the names of the council's own activities, said in full: a message may name the work that comes next.
    """
    file = tools().catalogue.get(name)
    context = sample_context(file.sample)
    items = tuple(of_dip_samples(each) for each in context["items"])
    words = [file.summary, file.title]
    for some in (items, items[:1]):
        parts = {each: getattr(some[0], each) if some else None for each in ("audit", "cycle", "deadline", "survey")}
        card = tools().catalogue.render(name, context | parts | {"items": some}, sample_buttons({}))
        words.append(plain_card(card))
    text = ELSEWHERE.sub("", "\n".join(words))
    for work in council.activities.values() if council else ():
        text = re.sub(rf"{work.plural}|{work.title}", "", text, flags=re.IGNORECASE)
    return text


def kinds_of_work(framework: Framework, name: str) -> Iterator[set[str]]:
    """What each use of a message in a council's file may be about, as names of activities; empty if it does not say."""
    ladders = {each for each, ladder in framework.ladders.items() if any(step.send == name for step in ladder.steps)}
    for duty in framework.duties.values():
        if duty.send == name or duty.ladder in ladders:
            yield {each.split(".")[0] for each in duty.when} & set(framework.activities)
    for activity, work in framework.activities.items():
        if work.ladder in ladders:
            yield {activity}
    for sample in framework.samples.values():
        if sample.ladder in ladders:
            yield set(sample.of) & set(framework.activities)


def may_say(framework: Framework, name: str, noun: str) -> bool:
    """Whether all that a message is sent about has this noun, as far as the council's file says what it is about."""
    titles = {each: work.title for each, work in framework.activities.items()}
    uses = list(kinds_of_work(framework, name))
    named = [each for use in uses for each in use]
    return all(NOUNS[noun].search(titles[each]) for each in named) and any(map(NOUNS[noun].search, titles.values()))


@pytest.mark.parametrize("name", tools().catalogue.names())
def test_no_message_calls_work_by_the_noun_of_other_work(name: str) -> None:
    senders = [each for each in shipped() if any(True for _ in kinds_of_work(each, name))]
    if not senders:
        nouns = [noun for noun, pattern in NOUNS.items() if pattern.search(said(name))]
        assert nouns == [], "this may be about any work of any council: name it by {{ audit.activity }}"
    for council in senders:
        nouns = [noun for noun, pattern in NOUNS.items() if pattern.search(said(name, council))]
        assert [each for each in nouns if not may_say(council, name, each)] == [], council.title
