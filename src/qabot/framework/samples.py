"""Samples: which finished work somebody looks at again, how often it is drawn, and by whom."""

from typing import Literal

from pydantic import Field

from qabot.framework.base import MOST, Hyphened, OffsetText, RuleId, ShareText
from qabot.framework.cases import INVOLVED, OVERSIGHT, RelationText
from qabot.framework.duties import SECOND_GRADE, USUAL, Conditions, Duty, Terms
from qabot.framework.rhythms import RhythmText

Place = Literal["council", "service", "team", "auditor", "activity"]


class Sample(Hyphened):
    """A share, or a number, of finished work that somebody looks at again. Each draw is a duty about that work.

    It is drawn on the first working day after each period of `every`. A second sample takes nothing from the first.
    """

    rule: RuleId = Field(description="The rule that asks for it.")
    title: str = Field(description="Its title, for people.")
    of: tuple[str, ...] = Field(min_length=1, description="The activities of whose work it is drawn.")
    every: RhythmText = Field(
        description="How often it is drawn, from what came in since the last time: `month`, `6 weeks from 2026-04-06`."
    )
    over: Literal["cycle"] | None = Field(
        default=None,
        description="`cycle`: each time from what came in over the whole of the work's cycle so far.",
    )
    if_: Conditions = Field(
        default=(),
        description="Only work for which this holds is drawn from: see a condition. Of a list one is enough.",
    )
    share: ShareText | None = Field(default=None, description="How much is drawn: a share, rounded up. Or `count`.")
    count: int | None = Field(
        default=None, ge=1, le=MOST, description="How many are drawn, if there are so many. Or `share`."
    )
    least: int = Field(default=0, ge=0, le=MOST, description="The fewest to draw, if there are so many.")
    in_each: Place = Field(
        default="council",
        description=(
            "Of what the share or number is: of each `team`, `service`, `auditor` or `activity`, or of the whole "
            "`council`."
        ),
    )
    always: Conditions = Field(
        default=(),
        description=(
            "Work for which this holds is always drawn, such as `{grade: [red]}`. It counts towards the share, and "
            "the share never caps it."
        ),
    )
    counts: tuple[str, ...] = Field(
        default=(), description="Duties whose second looks count towards the share. They never cap it."
    )
    overlap: dict[str, ShareText] = Field(
        default_factory=dict,
        description=(
            "By the name of another sample, which stands above, the share of what is drawn that the other one has "
            "drawn too, rounded up; where possible no more."
        ),
    )
    owes: tuple[str, ...] = Field(
        default=(),
        description=(
            "The roles that look again: the first of them that somebody holds for the work's team; of several who hold "
            "it one by lot."
        ),
    )
    shared_by: tuple[str, ...] = Field(
        default=(),
        description="Or the roles whose holders, wherever they work, look again in turn: whoever waited longest.",
    )
    never: tuple[RelationText, ...] = Field(
        default=(INVOLVED, OVERSIGHT),
        description=(
            "Who does not look again, by how they stand to the case: the words of `cases`. Nobody ever looks again at "
            "what they audited, or at their own work."
        ),
    )
    due: OffsetText = Field(description="When a draw is due: an offset from `drawn`, `submitted` or `final`.")
    ask: tuple[str, ...] = Field(
        default=(SECOND_GRADE,),
        description="What whoever looks again is asked: `second-grade`, unless something else stands here.",
    )
    ladder: str = Field(default=USUAL, description="The ladder that runs while a draw is open.")

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that look again."""
        return self.owes or self.shared_by

    @property
    def terms(self) -> Terms:
        """What its draws run on."""
        return Terms(rule=self.rule, ladder=self.ladder, owes=("owner",), due=self.due)

    @property
    def duty(self) -> Duty:
        """Each of its draws as a duty, with what it asks."""
        return Duty(
            rule=self.rule,
            title=self.title,
            when=("never.opens",),
            owes=self.roles,
            due=self.due,
            ask=self.ask,
            ladder=self.ladder,
        )
