"""Many people answer a survey at random over three weeks, while processes die and presses are repeated.

    .venv/bin/python -m tests.faults.answering --people 400 [--seed 1] [--promise anonymous]

Each press goes to one of two processes on one database. A process dies now and then, and whoever had just pressed
presses again. A ledger keeps what each of them has said last before they sent it; afterwards it is compared with what
was counted. Nothing of it reads the machine's time.
"""

import argparse
import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlmodel import col, select

from qabot.adapter import OpenForm, Press, Reply, Submission
from qabot.framework.calendar import local_day
from qabot.models import Deadline, Event, Notice, NoticeState, SurveyComment, SurveyFigure, SurveyRound, SurveySheet
from qabot.planning.suppression import COMMENTS, FLOOR, is_safe
from tests.support.surveyed import OPEN, asking, workers
from tests.support.world import World, local

KIND, QUESTIONS, WORDS = "evaluation", 15, "supervision-evaluation-20"
KEYS = ("1", "2", "3", "4", "5", "prefer-not")
CLOSED = "2026-05-12 12:00"
LOG_OF_ALL = ("deadline-opened", "deadline-withdrawn", "planned", "sent", "superseded", "claimed")


@dataclass
class Ledger:
    """What each person has said last, by question, and in their own words; and who has sent it."""

    answers: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    words: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    presses: int = 0
    deaths: int = 0


@dataclass
class Crowd:
    """People at work on the cards that they were sent."""

    world: World
    chance: Random
    ledger: Ledger = field(default_factory=Ledger)
    tokens: dict[str, list[str]] = field(default_factory=dict)

    def read_cards(self) -> None:
        """Every copy of the card that each of them has by now: an older one answers as well."""
        kinds = {each.id for each in self.world.all(Deadline, Deadline.kind == KIND)}
        names = {number: name for name, number in self.world.ids.items()}
        self.tokens.clear()
        for each in self.world.all(Notice, Notice.message == "survey", Notice.state == NoticeState.sent):
            if each.deadline_id in kinds:
                self.tokens.setdefault(names[each.recipient_id], []).append(each.token)

    async def day(self, share: float) -> None:
        """Some of them do something; most of them more than one thing."""
        for person in sorted(self.tokens):
            if self.chance.random() < share:
                for _ in range(self.chance.randint(1, 9)):
                    await self.act(person)

    async def act(self, person: str) -> None:
        """One thing that somebody does."""
        what = self.chance.choices(("rate", "form", "back", "send"), (20, 1, 1, 2))[0]
        if what == "rate":
            number, key = self.chance.randint(1, QUESTIONS), self.chance.choice(KEYS)
            await self.press(person, f"rate:{number}:{key}")
            if person not in self.ledger.sent:
                self.ledger.answers[person][number] = key
        elif what == "form":
            await self.fill(person)
        elif what == "back":
            await self.press(person, f"survey-back:{self.chance.randint(1, QUESTIONS)}")
        elif len(self.ledger.answers[person]) >= self.chance.randint(1, QUESTIONS):
            await self.press(person, "survey-send")
            self.ledger.sent.add(person)

    async def press(self, person: str, action: str) -> Reply:
        """A press, which may come twice, or once more to another process because the first one has died."""
        token = self.chance.choice(self.tokens[person])
        reply = await self._press(person, action, token)
        if self.chance.random() < 0.1:
            reply = await self._press(person, action, token)
        if self.chance.random() < 0.01:
            self.world.restart(self.chance.randrange(len(self.world.nodes)))
            self.ledger.deaths += 1
            reply = await self._press(person, action, token)
        return reply

    async def _press(self, person: str, action: str, token: str) -> Reply:
        self.ledger.presses += 1
        node = self.chance.choice(self.world.nodes)
        return await node.desk.press(Press(self.world.who(person), action, token))

    async def fill(self, person: str) -> None:
        """Somebody saves the form, with words of their own, and goes on later."""
        reply = await self.press(person, "survey-form")
        if not isinstance(reply, OpenForm):
            assert person in self.ledger.sent, reply
            return
        said = f"In my own words: {self.chance.choice(('more time', 'less noise', 'more praise'))}"
        values = {**reply.form.values, WORDS: said, "when": "keep"}
        node = self.chance.choice(self.world.nodes)
        for _ in range(self.chance.choice((1, 1, 2))):
            await node.desk.submit(Submission(self.world.who(person), "survey-form", reply.form.token, values))
        self.ledger.words[person] = said


async def play(
    folder: Path, people: int, seed: int, promise: str = "anonymous", share: float = 0.3
) -> tuple[World, Ledger]:
    """Three weeks of it, until the survey has closed and was counted; each day such a share of them does something."""
    world = await asking(folder, promise=promise, many=people - 4, nodes=2)
    await world.advance(OPEN)
    crowd = Crowd(world, Random(seed))
    while world.clock.now() < local("2026-05-11 12:00"):
        crowd.read_cards()
        await crowd.day(share)
        await world.advance(world.clock.now() + timedelta(days=1 if crowd.chance.random() < 0.6 else 3))
    await world.advance(CLOSED)
    return world, crowd.ledger


def faults(world: World, ledger: Ledger, promise: str = "anonymous") -> list[str]:
    """What is wrong: anything lost, asked twice, or to be traced to a person; nothing if all is well."""
    found = [*_lost(world, ledger), *_asked_twice(world, ledger, promise)]
    return [*found, *_traced(world)] if promise == "anonymous" else found


def _rows(world: World, model: Any) -> Sequence[Any]:
    with world.nodes[0].store.transaction() as session:
        return list(session.exec(select(model)))


def _lost(world: World, ledger: Ledger) -> list[str]:
    """Each question's figures are the ledger's, of all and of each service that is shown."""
    (survey,) = [each for each in _rows(world, SurveyRound) if each.duty == KIND]
    figures = [each for each in _rows(world, SurveyFigure) if each.round_id == survey.id]
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in figures:
        counted[each.question, each.service][each.answer] += each.count
    found = []
    for number in range(1, QUESTIONS + 1):
        said = Counter(
            answers[number] for who, answers in ledger.answers.items() if who in ledger.sent and number in answers
        )
        whole = counted[f"supervision-evaluation-{number}", ""]
        safe = is_safe({key: count for key, count in said.items() if key != "prefer-not"})
        if whole != (said if safe else Counter()):
            found.append(f"question {number}: {dict(whole)} was counted, and {dict(said)} was said")
    asked = {"asked": len(workers(world)), "answered": len(ledger.sent)}
    if len(ledger.sent) >= FLOOR and counted["", ""] != asked:
        found.append(f"{dict(counted['', ''])} instead of {asked}")
    comments = Counter(each.text for each in _rows(world, SurveyComment))
    words = Counter(said for who, said in ledger.words.items() if who in ledger.sent)
    if comments != (words if len(ledger.sent) >= COMMENTS else Counter()):
        found.append(f"{dict(comments)} is kept, and {dict(words)} was written")
    return found + [f"{key} is a group of fewer than five" for key, each in counted.items() if _is_small(key, each)]


def _is_small(key: tuple[str, str], counts: Mapping[str, int]) -> bool:
    total = sum(count for answer, count in counts.items() if answer not in ("asked", "prefer-not"))
    return bool(counts) and total < FLOOR


def _asked_twice(world: World, ledger: Ledger, promise: str) -> list[str]:
    """Everybody was asked once, and reminded no more often than it says; of a confidential one not after the answer."""
    deadlines = world.all(Deadline, Deadline.kind == KIND)
    names = {number: name for name, number in world.ids.items()}
    owners = Counter(names[each.owner_id or 0] for each in deadlines)
    found = [f"{name} was asked {count} times" for name, count in owners.items() if count > 1]
    found += [f"{name} was not asked" for name in workers(world) if name not in owners]
    sent = world.all(
        Notice, col(Notice.deadline_id).in_([each.id for each in deadlines]), Notice.state == NoticeState.sent
    )
    told = Counter((names[each.recipient_id], each.message) for each in sent)
    found += [f"{who} got {message} {count} times" for (who, message), count in told.items() if count > 3]
    if promise == "anonymous":
        return found + ([] if len(set(told.values()) - {1}) == 1 else ["some were reminded more often than others"])
    closed = {
        each.id: each for each in deadlines if each.closed_at is not None and names[each.owner_id or 0] in ledger.sent
    }
    late = [each for each in sent if each.deadline_id in closed and _is_after(each, closed[each.deadline_id or 0])]
    return found + [f"{names[each.recipient_id]} was reminded after the answer" for each in late]


def _is_after(notice: Notice, deadline: Deadline) -> bool:
    sent, closed = notice.sent_at, deadline.closed_at
    return sent is not None and closed is not None and local_day(sent) > local_day(closed)


def _traced(world: World) -> list[str]:
    """What would tell one person's row from another's."""
    ours = {world.ids[each] for each in workers(world)}
    found = ["a sheet is still there"] if _rows(world, SurveySheet) else []
    found += [f"the log names somebody: {each.what}" for each in _rows(world, Event) if each.actor_id in ours]
    deadlines = world.all(Deadline, Deadline.kind == KIND)
    looks = {(each.state, each.closed_why, each.closed_at, each.closed_by_id, each.replied_at) for each in deadlines}
    found += ["deadlines of those who have answered look otherwise"] if len(looks) != 1 else []
    redrawn = {each.wanted for each in world.all(Notice, Notice.message == "survey")}
    found += ["cards of those who have answered were redrawn"] if len(redrawn) != 1 else []
    for model in (SurveyFigure, SurveyComment):
        keys = [each.key for each in _rows(world, model)]
        found += [f"{model.__name__}: rows lie in the order of answering"] if keys != sorted(keys) else []
    return found


def main() -> None:
    """The run, as a command: exits with 1 and what is wrong if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--promise", choices=("anonymous", "confidential"), default="anonymous")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world, ledger = asyncio.run(play(Path(folder), given.people, given.seed, given.promise))
        found = faults(world, ledger, given.promise)
    print(
        f"{given.people} people, {ledger.presses} presses, {ledger.deaths} deaths of a process, "
        f"{len(ledger.sent)} have answered: {'nothing is wrong' if not found else ''}"
    )
    print("\n".join(found))
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
