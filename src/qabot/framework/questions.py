"""Questions and the scales that some of them are answered on."""

from typing import Literal, Self

from pydantic import Field, model_validator

from qabot.framework.base import Hyphened, OffsetText, RuleId

Decides = Literal["who-may-read", "may-be-shared"]


class Scale(Hyphened):
    """The grades of a form, by their keys, from best to worst or the other way round, as the form has them.

    `version` is kept with every answer. `shown`: a colour with its word, or the word alone.
    """

    version: str = Field(
        description=(
            "The name of this set of labels. It is stored with every grade, so that a later set is not mixed with it."
        )
    )
    shown: Literal["colour and word", "word"] = Field(
        default="word",
        description="`colour and word`: people see the colour and its word beside it. `word`: they see the word alone.",
    )
    labels: dict[str, str] = Field(min_length=1, description="Each grade's key and its word.")

    def label(self, key: str) -> str:
        """What people read for a grade: where colours are shown, always with the word."""
        return f"{key.upper()} ({self.labels[key]})" if self.shown == "colour and word" else self.labels[key]


class Question(Hyphened):
    """One thing that a duty asks. Exactly one of `type`, `choice`, `scale` and `rows` says what answers it.

    A date: `days: working`, not before `earliest`, not after `latest` (offsets from the duty's moments or `today`). A
    person: `never` one of the case's people, and not away on the day that another question asks for (`present-on`).
    """

    rule: RuleId | None = Field(default=None, description="The rule that asks for it.")
    label: str = Field(description="Its words on the form.")
    hint: str = Field(default="", description="A hint below them.")
    type: Literal["tick", "date", "person", "number", "text"] | None = Field(
        default=None, description="`tick` (yes or no), `date`, `person` (a colleague), `number` or `text`."
    )
    choice: dict[str, str] = Field(default_factory=dict, description="The answers to choose from: key and words.")
    scale: str | None = Field(default=None, description="A scale whose grades are the answers.")
    rows: dict[str, Literal["date", "person", "text"]] = Field(
        default_factory=dict,
        description=(
            "Columns of a row that may be given several times: `{what: text, owner: person, date: date}`. A row is "
            "whole or empty, and leaves a moment of its own: see a duty for each row."
        ),
    )
    most: int = Field(default=4, ge=1, le=6, description="How many rows at most, up to six.")
    optional: bool = Field(default=False, description="`true` lets it be left out.")
    days: Literal["any", "working"] = Field(default="any", description="`working` takes only working days for a date.")
    earliest: OffsetText | None = Field(
        default=None, description="The first day that it takes: an offset, also from `today`."
    )
    latest: OffsetText | None = Field(default=None, description="The last day. Without one, a year from today.")
    least: float | None = Field(default=None, allow_inf_nan=False, description="The smallest number.")
    greatest: float | None = Field(default=None, allow_inf_nan=False, description="The greatest.")
    never: tuple[Literal["practitioner", "auditor"], ...] = Field(
        default=(), description="People who may not be named, in a row either: `practitioner`, `auditor`."
    )
    present_on: str | None = Field(
        default=None, description="The question whose date is a day on which the person must not be away."
    )
    decides: Decides | None = Field(
        default=None,
        description=(
            "What its answer decides of a record of good practice: `who-may-read` (keys `private`, `service` and "
            "`everyone`), or `may-be-shared` (`yes` and `no`): who asks that looks a record over before others read it."
        ),
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [bool(self.type), bool(self.choice), self.scale is not None, bool(self.rows)]
        if sum(given) != 1:
            raise ValueError("expected exactly one of 'type', 'choice', 'scale' and 'rows'")
        return self

    @property
    def kind(self) -> str:
        """What answers it: tick, date, person, number, text, choice, scale or rows."""
        return self.type or ("choice" if self.choice else "scale" if self.scale else "rows")
