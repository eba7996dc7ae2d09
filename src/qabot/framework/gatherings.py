"""Gatherings and imported events: days that people meet on, or read a report by, and days that come from elsewhere.

Both leave the moments planned, held and cancelled, and their `day` is one to count from. What a gathering needs brought
are duties that open when its day is planned; what it asks once it was held is a duty that the service makes.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag, WithJsonSchema, model_validator

from qabot.framework.base import Hyphened, LocalTime, OffsetText, RuleId, kind_of
from qabot.framework.duties import Conditions, Duty
from qabot.framework.offsets import Offset
from qabot.framework.quoting import quote
from qabot.framework.rhythms import RhythmText
from qabot.framework.steps import Ladder, Step

PLANNED, HELD_MOMENT, CANCELLED = "planned", "held", "cancelled"
OF_OCCASION = (PLANNED, HELD_MOMENT, CANCELLED)
"""The moments of a gathering's day and of an imported event."""
DAY = "day"
"""The anchor that is the day itself, as it is planned for now."""
HELD = "held"
"""What whoever chairs a meeting is asked once its day has come."""
AFTER = "-held"
"""Ends the name of the duty that asks how a gathering went, which the service makes of each."""
SOON = "gathering-soon"
"""The message that says that it is near."""
MEETING, REPORT = "meeting", "report"
"""The ladders of that duty, unless the file has its own of these names."""
IMPORTED = "imported"
OPEN_ACTIONS = "open actions"


def _days(value: Any) -> Any:
    # A word without a number is no day, but may be meant for the one word that can stand here.
    word = isinstance(value, str) and not any(each.isdigit() for each in value)
    return value if word or isinstance(value, list | tuple) else [value]


def _write_days(value: Any) -> Any:
    return value if value == IMPORTED else [each.isoformat() for each in value]


Days = Annotated[
    Annotated[Literal["imported"], Tag("[word]")] | Annotated[tuple[date, ...], Tag("[list]")],
    Discriminator(kind_of),
    BeforeValidator(_days),
    PlainSerializer(_write_days),
    WithJsonSchema(
        {
            "anyOf": [{"const": IMPORTED}, {"type": "array", "items": {"type": "string", "format": "date"}}],
            "examples": [["2026-12-15", "2027-01-19"], IMPORTED],
        }
    ),
]


class Contribution(Duty):
    """What somebody brings to a gathering: a duty with the same keys, which opens when its day is planned."""

    when: tuple[str, ...] = Field(
        default=(), max_length=0, description="Not to be written: it opens when the day of its gathering is planned."
    )

    every: None = Field(default=None, description="Not to be written: its gathering says how often.")

    def opening_on(self, gathering: str) -> Duty:
        """The duty as it stands beside the others."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return Duty(**{**said, "when": (f"{gathering}.{PLANNED}",)})


class WorkList(Hyphened):
    """A list of work that was submitted since the gathering was last held, by reference."""

    of: tuple[str, ...] = Field(min_length=1, description="The activities whose work is on the list.")
    if_: Conditions = Field(default=(), description="Only work for which this holds: see a condition.")


def _lists(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


def _list(value: Any) -> Any:
    if isinstance(value, str | dict | WorkList):
        return value
    raise ValueError(f"expected '{OPEN_ACTIONS}', or 'of' with activities, found {quote(value)}")


_List = Annotated[
    Annotated[Literal["open actions"], Tag("[word]")] | Annotated[WorkList, Tag("[keys]")],
    Discriminator(kind_of),
    BeforeValidator(_list),
]
Lists = Annotated[tuple[_List, ...], BeforeValidator(_lists)]


class Gathering(Hyphened):
    """A meeting, or a report, which nobody chairs.

    Its days come by `every` (the days on which the rhythm's periods begin) or by `days`. Each is planned `announce`
    before, which opens what people bring (`brings`) and tells whoever is invited.
    """

    rule: RuleId = Field(description="The rule that asks for it.")
    title: str = Field(description="What people call it.")
    every: RhythmText | None = Field(
        default=None,
        description=(
            "How often: it is planned for the days on which the periods of this rhythm begin, such as `month on 3rd"
            " Tuesday`, or the next working day. Expected unless there are `days`."
        ),
    )
    days: Days | None = Field(
        default=None,
        description="Its days: a list of them, or `imported` if they come by a file (`qabot days import`).",
    )
    starts: LocalTime | None = Field(
        default=None, description="When it begins, local time, in quotes; without a time it lasts the whole day."
    )
    ends: LocalTime | None = Field(default=None, description="When it ends.")
    announce: OffsetText = Field(
        default=Offset((DAY,), -28, "day"),
        description="When it is planned and whoever is invited is told, such as `day - 15 working days`.",
    )
    chair: str | None = Field(
        default=None, description="The role of the whole council that chairs it; a report has none."
    )
    owes: tuple[str, ...] = Field(default=(), description="Who writes a report; without it, quality assurance.")
    to: tuple[str, ...] = Field(default=(), description="Who is invited, or reads it: roles, all who hold them.")
    brings: dict[str, Contribution] = Field(
        default_factory=dict,
        description="What is brought to it, by name: duties with the same keys but `when`; see a duty.",
    )
    lists: Lists = Field(
        default=(),
        description=(
            "What its page lists by reference: `open actions`, or work of given activities since it was last held,"
            " under a condition (see a list of work). Each reader sees the work whose record they may open."
        ),
    )
    ask: tuple[str, ...] = Field(
        default=(),
        description=(
            "What whoever chairs it is asked once it was held, such as its actions as rows; each row leaves its moment."
        ),
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.starts is None) != (self.ends is None):
            raise ValueError("expected 'starts' and 'ends' together, or neither for the whole day")
        if self.starts is not None and self.ends is not None and self.ends <= self.starts:
            raise ValueError(f"expected 'ends' after 'starts' ({self.starts:%H:%M})")
        return self

    @property
    def is_report(self) -> bool:
        """Whether nobody chairs it."""
        return self.chair is None

    def people(self, quality: tuple[str, ...]) -> tuple[str, ...]:
        """The roles that chair or write it; `quality` are those that run quality assurance."""
        return (self.chair,) if self.chair is not None else self.owes or quality

    def afterwards(self, name: str, quality: tuple[str, ...]) -> Duty:
        """The duty of whoever chairs or writes it: to say how it went."""
        shared: dict[str, Any] = {"rule": self.rule, "when": (f"{name}.{PLANNED}",)}
        if self.is_report:
            return Duty(
                **shared,
                title=self.title,
                owes=self.people(quality),
                due=Offset((DAY,)),
                ask=self.ask,
                ladder=REPORT,
                button="It has gone out: {about}",
                done="It has gone out",
            )
        return Duty(
            **shared,
            title=f"{self.title}, how it went",
            owes=self.people(quality),
            opens=Offset((DAY,)),
            due=Offset((DAY,), 2, "working day"),
            ask=(HELD, *self.ask),
            ladder=MEETING,
            button="Say how it went: {about}",
        )


class ImportedEvent(Hyphened):
    """Something with a day that another system knows of, such as a file that closes or a conference."""

    rule: RuleId = Field(description="The rule for which its day matters.")
    title: str = Field(description="What people call it.")
    about: Literal["case", "person", "place", "nothing"] = Field(
        default="nothing",
        description=(
            "What its rows name: a `case` by its reference, a `person` by e-mail, a `place` (a team), or `nothing`."
            " Roles are looked up for the team of that, and the practitioner is the case's worker, or the person."
        ),
    )


def ladders() -> dict[str, Ladder]:
    """The ladders of what is asked after a meeting, and of a report."""
    first = _step("before", Offset((DAY,), -5, "working day"), SOON, roll="earlier")
    held = _step("asked", Offset((DAY,), 1, "working day"), "gathering-held")
    due = _step("due", Offset(("due",)), "gathering-held", roll="earlier")
    late = _step("after", Offset(("due",), 1, "working day"), "duty-late", to=("owes", "quality"))
    return {
        MEETING: Ladder(title="How a meeting went", steps=(first, held, late)),
        REPORT: Ladder(title="A report is due", steps=(first, due, late)),
    }


def _step(called: str, at: Offset, send: str, *, to: tuple[str, ...] = ("owes",), **more: Any) -> Step:
    """A step of a gathering's ladder: its rule is the deadline's own."""
    return Step(rule="deadline", called=called, at=at, to=to, send=send, **more)
