"""A council that asks: a few questions after each review, and each year an anonymous survey of many social workers.

council = await asking(tmp_path)              # 23 March 2026; the yearly survey begins on 1 April
await answer_card(council, "sofia", "evaluation", ["4"] * 15)
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlmodel import Session, col

from qabot.adapter import Reply
from qabot.framework import Framework, load, require
from qabot.models import Account, Deadline, Notice, Person, RoleHolding
from tests.support import small_council
from tests.support.world import World

FILE = """
extends: newham
rules:
  ABC-FBK-1: {text: Practitioners say what a review was like., source: invented}
  ABC-ACT-1: {text: Supervision is evaluated each year., source: invented}
  NEW-FRM-2: {text: The form of the evaluation., source: invented}
roles:
  social-worker: {title: Social Worker, of: team}
scales:
  much: {version: much-1, labels: {"1": Not at all, "2": A little, "3": Very much}}
questions:
  helpful: {label: How helpful was the review, scale: much}
  difference: {label: How much difference does it make, scale: much}
  in-words: {label: What would have helped more, type: text, optional: true}
duties:
  data-request: null
  view:
    rule: ABC-FBK-1
    title: Your view of the review
    when: [practice-learning-review.final]
    owes-each: [practitioner]
    due: final + 10 working days
    ask: [helpful, difference, in-words]
    promise: confidential
    reads: [quality-assurance]
  evaluation:
    rule: ABC-ACT-1
    title: Evaluation of supervision
    every: year
    owes-each: [social-worker]
    opens: opened + 5 working days
    due: opened + 25 working days
    ask: [forms/supervision-evaluation]
    promise: PROMISE
    reads: [quality-assurance, service-manager]
ladders: {data-request: null}
"""
OPEN = "2026-04-10 12:00"
"""When everybody has been asked; the yearly survey closes at the end of 11 May."""


def framework(folder: Path, promise: str = "anonymous", text: tuple[str, str] = ("", "")) -> Framework:
    """The file, read; `text` is a part of it and what stands there instead."""
    path = folder / "asking.yaml"
    path.write_text(
        FILE.replace("PROMISE", promise).replace(*text) if text[0] else FILE.replace("PROMISE", promise), "utf-8"
    )
    return require(load(path, [Path("frameworks")]))


async def asking(
    folder: Path,
    *,
    promise: str = "anonymous",
    at: str = "2026-03-30 07:00",
    many: int = 12,
    text: tuple[str, str] = ("", ""),
    **more: Any,
) -> World:
    """The council with `many` more social workers (w1, w2, ...), in turn in each team, besides one in each."""

    def hold(session: Session, ids: dict[str, int]) -> None:
        teams = list(small_council.TEAMS)
        for team, worker in small_council.WORKERS.items():
            session.add(RoleHolding(person_id=ids[worker], role="social-worker", team_id=ids[team]))
        for number in range(1, many + 1):
            team = teams[number % len(teams)]
            person = Person(name=f"Worker {number}", email=f"w{number}@council.example", team_id=ids[team])
            session.add(person)
            session.flush()
            ids[f"w{number}"] = person.id
            session.add(Account(person_id=person.id, adapter="chat", external_id=f"U-w{number}"))
            session.add(RoleHolding(person_id=person.id, role="social-worker", team_id=ids[team]))

    return await World.start(folder, at, framework=framework(folder, promise, text), before=hold, **more)


def workers(world: World) -> list[str]:
    """All who are asked each year."""
    return [
        *small_council.WORKERS.values(),
        *(each for each in world.ids if each.startswith("w") and each[1:].isdigit()),
    ]


def card_of(world: World, person: str, kind: str) -> Notice:
    """The newest card that somebody got of a survey on which it can be answered."""
    kinds = {each.id: each.kind for each in world.all(Deadline)}
    notices = world.all(Notice, col(Notice.recipient_id) == world.ids[person], Notice.message == "survey")
    return [each for each in notices if kinds.get(each.deadline_id or 0) == kind and each.state == "sent"][-1]


async def press(world: World, person: str, kind: str, action: str) -> Reply:
    """Press a button of the survey's card."""
    return await world.press_token(person, action, card_of(world, person, kind).token)


async def answer_card(world: World, person: str, kind: str, keys: Sequence[str]) -> Reply:
    """Answer one question after another on the card, and send."""
    for number, key in enumerate(keys, start=1):
        await press(world, person, kind, f"rate:{number}:{key}")
    return await press(world, person, kind, "survey-send")


async def everybody(world: World, kind: str, answer: Callable[[int], str], count: int = 15) -> None:
    """All who are asked each year answer every question alike; `answer(n)` is what the n-th of them says."""
    for number, person in enumerate(workers(world)):
        await answer_card(world, person, kind, [answer(number)] * count)
