"""A kind of work: how often, how much for whom, about what, and what is asked."""

from typing import Literal

from pydantic import Field

from qabot.framework.base import MOST, Hyphened, OffsetText, RuleId
from qabot.framework.cases import Cases
from qabot.framework.duties import USUAL, Terms, WorkDue
from qabot.framework.named_periods import Names
from qabot.framework.rhythms import Rhythm, RhythmText
from qabot.framework.rules import Rule as Rule

About = Literal["case", "person", "place", "theme", "nothing"]


class Quota(Hyphened):
    """How much work of an activity in each cycle, and for whom: exactly one of `per`, `shared-by` and `for-each`.

    Somebody who is away for part of a cycle, or joins late, has fewer: as many as the working days that they are there
    are of the cycle's, rounded up.
    """

    rule: RuleId = Field(description="The rule that sets it.")
    count: int = Field(
        default=1,
        ge=1,
        le=MOST,
        description="How many in a cycle: for each holder of the role, in all of a shared number, or about each.",
    )
    per: str | None = Field(default=None, description="The role of which each holder does so many.")
    shared_by: tuple[str, ...] = Field(
        default=(),
        description=(
            "The roles whose holders share the number, in turn: whoever waited longest has the next one. Who is away"
            " for the whole cycle has none; what nobody can be given is told to whoever runs quality."
        ),
    )
    most: int | None = Field(
        default=None,
        ge=1,
        le=MOST,
        description="Of a shared number, how many one person has in a cycle at most; usually one.",
    )
    for_each: str | None = Field(
        default=None, description="The role of which there is so much about each holder, such as a yearly talk."
    )
    owes: tuple[str, ...] = Field(
        default=(),
        description=(
            "With `for-each`, the roles that do it for the person's team: the first of them that somebody holds who is"
            " not the person."
        ),
    )

    @property
    def doing(self) -> tuple[str, ...]:
        """The roles whose holders do it."""
        return (self.per,) if self.per is not None else self.shared_by or self.owes


class Activity(Hyphened):
    """A kind of QA work and its rhythm. `quarter` means the financial year's: April, July, October, January."""

    rule: RuleId = Field(description="The rule that asks for it.")
    title: str = Field(description="Its name, for one.")
    plural: str = Field(description="Its name, for several.")
    every: RhythmText = Field(
        default=Rhythm(0),
        description=(
            "How often, and with that from when until when: `quarter`, `2 months`, `6 weeks from 2026-04-06`,"
            " `month on 3rd Tuesday`, `on request`; see how often. Without it work comes only when it is asked for."
        ),
    )
    about: About = Field(
        default="case",
        description=(
            "What a piece of it is about: a `case`, a `person` (whose work is looked at), a `place`, a `theme` or"
            " `nothing`. Only work about a case hands out cases."
        ),
    )
    do: tuple[Quota, ...] = Field(
        default=(),
        description="What is done in each cycle: see how much for whom. An empty list leaves it to what is imported.",
    )
    asked_by: tuple[str, ...] = Field(
        default=(),
        description=(
            "The roles whose holders may ask somebody for a piece of it, with a date of its own. What is asked for"
            " counts to nobody's number."
        ),
    )
    cases: Cases | None = Field(
        default=None,
        description=(
            "How cases come to auditors: see cases. Without it they are drawn at random, by the activity's rule."
        ),
    )
    opens: OffsetText | None = Field(
        default=None,
        description=(
            "The day on which its work is given: `cycle-start + 2 weeks`, `31 May`; since the last one, `last + 6 "
            "months`. Without it, as the cycle begins; see windows."
        ),
    )
    due: WorkDue | None = Field(
        default=None,
        description=(
            "When its work is due: `cycle-end - 1 week at 12:00`, `30 September`; since the last one, `last + 12 "
            "months`, or by the last result. Without it, on the cycle's last day; see windows."
        ),
    )
    ask: tuple[str, ...] = Field(
        default=(), description="The questions on its own form, by name and in order: see a question."
    )
    grade: str | None = Field(
        default=None,
        description=(
            "Which of them is the work's grade: one on a scale that must be answered. Without it the work has no "
            "grade: no condition may ask for one, and nobody gives a second one."
        ),
    )
    ladder: str = Field(
        default=USUAL,
        description="The ladder that runs while a piece of work is open.",
    )
    rest: dict[str, Names] = Field(
        default_factory=dict,
        description=(
            "Who is given no work in a cycle with a day of a named period: a role, a team or `everybody`, and the "
            "period, or a list of them; see the calendar."
        ),
    )

    @property
    def terms(self) -> Terms:
        """What a piece of it runs on."""
        return Terms(rule=self.rule, ladder=self.ladder, owes=("owner",))

    @property
    def drawing(self) -> Cases:
        """How its cases are chosen, also where the file leaves it at the usual."""
        return self.cases or Cases(rule=self.rule)

    @property
    def picked_by(self) -> str:
        """The role that picks its cases; "" where they are drawn at random."""
        return self.drawing.from_ or ""
