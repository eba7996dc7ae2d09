"""One simulated year of an invented council, as what goes out of it: how many messages and redraws in each minute.

    python benchmarks/council_year.py FRAMEWORK SEED PEOPLE FIRST LAST ANSWERING

Prints one line of JSON (`Year`). It is a process of its own so that its memory and processor time can be told.
"""

import asyncio
import json
import resource
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from typing import cast

import structlog
from support import Quiet

from qabot.adapter import Adapter, Address, Outcome, Sent
from qabot.framework.calendar import LONDON
from qabot.messaging.card import Card
from qabot.models import Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.pace import Answering
from qabot.simulation.run import Simulation
from qabot.wiring import Qabot, build

MINUTE = "%Y-%m-%dT%H:%M"
"""A minute, in local time."""


@dataclass(frozen=True)
class Year:
    """A council's period. `sent` and `redrawn`: minute in England -> how many. `notices`: what stood in the messages.

    `seconds` are of the processor; `memory` the most there was, in MiB.
    """

    framework: str
    seed: int
    people: int
    first: str
    last: str
    answering: str
    notices: int
    seconds: float
    memory: float
    sent: dict[str, int]
    redrawn: dict[str, int]


class Counting(Quiet):
    """Takes everything and counts it by the minute; from the first day on, as what is before is only preparation."""

    def __init__(self, clock: DemoClock, first: date) -> None:
        self._clock, self._first = clock, first
        self.taken = 0
        self.sent: Counter[str] = Counter()
        self.redrawn: Counter[str] = Counter()

    def _count(self, what: Counter[str]) -> None:
        now = self._clock.now().astimezone(LONDON)
        if now.date() >= self._first:
            what[now.strftime(MINUTE)] += 1

    async def send(self, address: Address, card: Card) -> Outcome:
        """One message."""
        self.taken += 1
        self._count(self.sent)
        return Sent(str(self.taken))

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """One redraw of a message that is there."""
        self._count(self.redrawn)
        return Sent(message_id)


def play(framework: str, seed: int, people: int, first: date, last: date, answering: Answering) -> Year:
    """Play one council through."""
    settings = read_settings(framework=framework)
    counting: list[Counting] = []

    def made(store: Store, clock: DemoClock, _: list[Adapter]) -> Qabot:
        counting.append(Counting(clock, first))
        return build(settings, store=store, clock=clock, adapters=cast(list[Adapter], counting))

    run = Simulation(made, first, last)
    run.load(None, None, people, answering, seed=seed)
    notices = len(asyncio.run(run.play()))
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Linux counts the largest resident size in KiB, others in bytes.
    memory = used.ru_maxrss / (1024 if sys.platform.startswith("linux") else 1024 * 1024)
    return Year(
        framework,
        seed,
        people,
        first.isoformat(),
        last.isoformat(),
        answering,
        notices,
        round(used.ru_utime + used.ru_stime, 1),
        round(memory),
        dict(counting[0].sent),
        dict(counting[0].redrawn),
    )


def main() -> None:
    """One council, as the words say."""
    # Standard output is one line of JSON.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    framework, seed, people, first, last, answering = sys.argv[1:]
    found = play(
        framework,
        int(seed),
        int(people),
        date.fromisoformat(first),
        date.fromisoformat(last),
        cast(Answering, answering),
    )
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
