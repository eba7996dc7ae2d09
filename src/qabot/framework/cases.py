"""How cases come to those who look at them: by lot or picked by a person, and which cases nobody is given."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from qabot.framework.base import Hyphened, RuleId, ShareText
from qabot.framework.calendar import add_months

INVOLVED, OVERSIGHT, OWN_TEAM, OWN_SERVICE = "involved", "oversight", "own-team", "own-service"
RELATIONS = (INVOLVED, OVERSIGHT, OWN_TEAM, OWN_SERVICE)
"""How somebody can stand to a case: they worked on it, they oversee it, it is of their own team, or service."""
PICKING = "-cases"
"""Ends the name of the duty to pick an activity's cases, and that of its ladder, which the service makes of `from`."""
_SPAN = re.compile(r"([1-9]\d{0,3}) (day|week|month|year)s?")
SPAN_PATTERN = f"^{_SPAN.pattern}$"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: so many days, weeks, months or years."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read a length of time. Raises `ValueError` that says what was expected."""
        match = _SPAN.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is no length of time: expected one such as '12 months', '1 year' or '6 weeks'")
        span = cls(int(match[1]), match[2])
        if span.count * {"day": 1, "week": 7, "month": 30, "year": 365}[span.unit] > 3660:
            raise ValueError(f"{text!r} is longer than ten years: expected at most '10 years'")
        return span

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def before(self, day: date) -> date:
        """The day so long before another one."""
        if self.unit == "year":
            return add_months(day, -12 * self.count)
        if self.unit == "month":
            return add_months(day, -self.count)
        return date.fromordinal(day.toordinal() - self.count * (7 if self.unit == "week" else 1))


def _span(value: Any) -> Any:
    return value if isinstance(value, Span) else Span.parse(value if isinstance(value, str) else repr(value))


SpanText = Annotated[
    Span,
    BeforeValidator(_span),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": SPAN_PATTERN, "examples": ["12 months", "1 year"]}),
]


WORDS = f"one of {', '.join(RELATIONS)}, or {{audited-within: 12 months}}"
_WITHIN = "audited-within"
# Which words there are the linter says, so that all that is wrong with a file is told at once.
RelationText = Annotated[str, WithJsonSchema({"type": "string", "enum": list(RELATIONS)})]


class Never(Hyphened):
    """One kind of case that nobody is given: by how they stand to it (a word), or by when it was last looked at."""

    relation: RelationText = Field(default="", description="Written as the word alone, without a key: `oversight`.")
    audited_within: SpanText | None = Field(
        default=None,
        description=(
            "Cases on which work of this file was sent in, or is open, within this time before the cycle begins. "
            "Imported work counts; work of an activity that `overlap` names does not."
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"relation": value}
        if isinstance(value, dict) and set(value) in ({_WITHIN}, {"audited_within"}, {"relation"}):
            return value
        raise ValueError(f"expected {WORDS}")

    @model_serializer
    def _write(self) -> str | dict[str, str]:
        return self.relation if self.audited_within is None else {_WITHIN: str(self.audited_within)}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        field = cls.model_fields["audited_within"]
        span = {"type": "string", "pattern": SPAN_PATTERN, "description": field.description}
        within = {"type": "object", "properties": {_WITHIN: span}, "required": [_WITHIN], "additionalProperties": False}
        return {"title": "Never", "anyOf": [{"type": "string", "enum": list(RELATIONS)}, within]}


class Cases(Hyphened):
    """How cases come to those who look at them: by lot, or `from` a person, and never one that they must not have.

    Nobody is ever given a case whose worker they are, whatever stands here.
    """

    rule: RuleId = Field(description="The rule that says how they are chosen.")
    from_: str | None = Field(
        default=None,
        description=(
            "The role whose holders pick them: they are asked four weeks before the cycle begins, and nothing is ever "
            "drawn in their place. Without it they are drawn at random."
        ),
    )
    never: tuple[Never, ...] = Field(
        default=(Never(relation=INVOLVED),),
        description=(
            "Cases that nobody is given: `involved` (they worked on it), `oversight` (they oversee its team), "
            "`own-team` and `own-service` (it is of the team or service where they work or have a role), and "
            "`audited-within: 12 months` (it was looked at not so long ago)."
        ),
    )
    within: tuple[RelationText, ...] = Field(
        default=(),
        description=(
            "Only cases of which one of these is true, such as `own-service`: the same words as under `never`."
        ),
    )
    line: Literal["alternate"] | None = Field(
        default=None,
        description=(
            "`alternate`: by turns a case that they oversee and one that they do not, the first one that they do. "
            "Where none of the kind is left, one of the other kind, and quality assurance is told."
        ),
    )
    overlap: dict[str, ShareText] = Field(
        default_factory=dict,
        description=(
            "By the name of another activity, the share of the cases that are also cases of that one's cycle, rounded "
            "up; where possible no more."
        ),
    )

    @property
    def relations(self) -> frozenset[str]:
        """The words of `never` that need no time."""
        return frozenset(each.relation for each in self.never if each.relation)

    @property
    def audited_within(self) -> Span | None:
        """The longest time within which nobody is given a case that was looked at."""
        spans = [each.audited_within for each in self.never if each.audited_within is not None]
        return min(spans, key=lambda each: each.before(date(2026, 1, 1)), default=None)
