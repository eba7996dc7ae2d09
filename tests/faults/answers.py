"""Everything that a platform may answer to a send, and how the torture has it answer."""

import random
from dataclasses import dataclass, field

from tests.faults.platform import TAKEN, Answer

KINDS = (
    Answer("status", takes=False, status=429, retry_after="1"),
    Answer("status", takes=False, status=429, retry_after="nan"),
    Answer("status", takes=False, status=429, retry_after="-1"),
    Answer("status", takes=False, status=429, retry_after="soon"),
    Answer("status", takes=False, status=429),
    Answer("status", takes=False, status=408),
    Answer("status", takes=False, status=500),
    Answer("status", takes=True, status=500),
    Answer("status", takes=False, status=502),
    Answer("status", takes=False, status=503, retry_after="1"),
    Answer("status", takes=True, status=503),
    Answer("status", takes=True, status=504),
    Answer("reset", takes=False),
    Answer("reset", takes=True),
    Answer("garbage", takes=True),
    Answer(seconds=0.5),
)
PROMPT = tuple(each for each in KINDS if each.status != 429 or each.retry_after == "1")
"""Those after which nothing waits for long. Slack is given half a minute where it does not say how long it wants."""
SLOW_KINDS = (Answer(seconds=3.0), Answer("silence", takes=True), Answer("silence", takes=False))


@dataclass
class Moody:
    """A platform that answers some sends with anything, but each notice only once.

    An alert is repeated once; one whose repeat is lost too ends as ambiguous, which is no fault.
    """

    chance: random.Random
    share: float = 0.3
    kinds: tuple[Answer, ...] = KINDS
    usual: Answer = TAKEN
    spare: set[str] = field(default_factory=set)
    """Notices to which nothing more may happen."""
    perhaps: set[str] = field(default_factory=set)
    """Notices of which qabot cannot know whether they were taken."""

    def __call__(self, chat: str, tokens: frozenset[str]) -> Answer:
        if tokens & self.spare or self.chance.random() > self.share:
            return self.usual
        self.spare |= tokens
        answer = self.chance.choice(self.kinds)
        if answer.loses:
            self.perhaps |= tokens
        return answer
