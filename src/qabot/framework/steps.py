"""Ladders and their steps: what is said to whom, when, while a deadline is open."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, Self

import orjson
from pydantic import Field

from qabot.framework.base import OF_DEADLINE, LaneName, OffsetText, StepRule, Strict
from qabot.framework.calendar import Roll
from qabot.framework.offsets import Offset


class Step(Strict):
    """One step of a ladder: what is said to whom, when.

    Either `at` (once) or `each: month` with `day` (every month from `since` to `until`). Later steps count from the
    unrolled day. `repeat` says how often a last step comes again until the deadline is closed. `rule: deadline` cites
    the rule of the deadline: of a moderation, that of the sample which drew it.
    """

    rule: StepRule = Field(
        description=(
            "The rule that it carries out, or `deadline`: the rule of the deadline itself, which for a "
            "moderation is that of the sample that drew it. No two steps of a ladder have the same one, "
            "unless one is `called` otherwise."
        )
    )
    called: str = Field(default="", description="A name that tells it from another step with the same rule.")
    at: OffsetText | None = Field(default=None, description="When: an offset.")
    each: Literal["month"] | None = Field(
        default=None, description="`month`: on `day` of every month from `since` to `until`."
    )
    day: int = Field(default=1, ge=1, le=28, description="The day of the month, from 1 to 28.")
    since: OffsetText | None = Field(default=None, description="From when: an offset.")
    until: OffsetText | None = Field(default=None, description="To when, itself included: an offset.")
    roll: Roll = Field(default="later", description="Where the day is no working day: `earlier`, `later` or `none`.")
    to: tuple[str, ...] = Field(min_length=1, description="Whom it is sent to.")
    deputies: bool = Field(
        default=False, description="`true` tells these people's deputies too, whether they are away or not."
    )
    send: str = Field(description="The message: the name of a file in `messages/`.")
    lane: LaneName = Field(default="due", description="`alert` (at once), `due` (the daily digest) or `news` (weekly).")
    gather: Literal["recipient", "week"] | None = Field(
        default=None,
        description=(
            "`recipient` makes one list for each person of everything that is due to be said to them; `week` one list "
            "for each person and week, in the daily message of its first working day."
        ),
    )
    repeat: OffsetText | None = Field(
        default=None,
        description=(
            "How long after the last time the step comes again, until the deadline is closed: `last + 1 working day`."
        ),
    )
    closures: Literal["count", "ignore"] = Field(
        default="count",
        description=("`ignore` lets the clock run on the council's closure days; `count` lets it stand still."),
    )

    @property
    def name(self) -> str:
        """What the step is called in keys and pictures, unique in a ladder: its rule, if it has no name of its own."""
        return self.called or self.rule

    def citing(self, rule: str) -> Self:
        """The step of a deadline that has this rule: it cites it unless it has one of its own."""
        return self.model_copy(update={"rule": rule}) if self.rule == OF_DEADLINE else self


class Ladder(Strict):
    """Steps in order while a deadline is open."""

    title: str = Field(description="Its title, for people.")
    points: dict[str, OffsetText] = Field(
        default_factory=dict,
        description=(
            "Named days to count from, such as `T1: moderated or final + 21 days`. A point may count from one above it."
        ),
    )
    steps: tuple[Step, ...] = Field(min_length=1, description="Its steps, in order of time: see a step.")


def kept_ladder(body: Mapping[str, Any]) -> Ladder:
    """A ladder as it was kept with a deadline."""
    return _read_ladder(orjson.dumps(body))


@lru_cache(maxsize=256)
def _read_ladder(text: bytes) -> Ladder:
    # By what it says: hundreds of pieces of work are given on one day, and all run the same few.
    return Ladder.model_validate(orjson.loads(text))


def usual() -> Ladder:
    """Told on opening, reminded a working day before, owner and quality told a working day after."""
    return Ladder(
        title="As usual",
        steps=(
            Step(rule=OF_DEADLINE, called="opened", at=Offset(("opened",)), to=("owes",), send="duty"),
            Step(
                rule=OF_DEADLINE,
                called="before",
                at=Offset(("due",), -1, "working day"),
                roll="earlier",
                to=("owes",),
                send="duty",
            ),
            Step(
                rule=OF_DEADLINE,
                called="after",
                at=Offset(("due",), 1, "working day"),
                to=("owes", "quality"),
                send="duty-late",
            ),
        ),
    )
