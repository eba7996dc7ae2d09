"""The schema of a framework file. Every step and quota cites its rule id (domain/frameworks)."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, PrivateAttr, WithJsonSchema

from qabot.framework.calendar import Calendar, Roll
from qabot.framework.offsets import Offset
from qabot.framework.source import KeyPath, Place


def _offset(value: Any) -> Any:
    return Offset.parse(value) if isinstance(value, str) else value


OffsetText = Annotated[
    Offset,
    BeforeValidator(_offset),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["due - 7 days", "raised + 4 working hours"]}),
]


def _local_time(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(_TIME, value):
        raise ValueError(f'expected a time of day in quotes, such as "09:00", found {value!r}')
    return value if isinstance(value, str | time) else repr(value)


_TIME = r"([01]\d|2[0-3]):[0-5]\d(:00)?"
LocalTime = Annotated[
    time,
    BeforeValidator(_local_time),
    WithJsonSchema({"type": "string", "pattern": f"^{_TIME}$", "examples": ["09:00"]}),
]
_RULE = r"^[A-Z]{3}-[A-Z]{3}-\d+(\.\d+)?[a-z]?$|^OURS-[A-Z]+-\d+$"
RuleId = Annotated[str, Field(pattern=_RULE)]
OF_DEADLINE = "deadline"
"""What a step says instead of a rule's id when it cites the rule of the deadline that it belongs to."""
StepRule = Annotated[str, Field(pattern=f"{_RULE}|^{OF_DEADLINE}$")]
LaneName = Literal["alert", "due", "news"]


class Strict(BaseModel):
    """No key that is not known, and nothing that changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Rule(Strict):
    """A rule in plain English: its words, where they stand in the source, its flag, and the reading taken.

    `flag`: E explicit, A ambiguous, G gap, M misprint. `reading` is what qabot does; `confirm` says that the council
    must confirm it before go-live (always so for A and G).
    """

    text: str
    source: str
    flag: str = Field(default="E", pattern=r"^[EAGM](, ?[EAGM])*$")
    reading: str = ""
    reference: str = ""

    @property
    def confirm(self) -> bool:
        """Whether the council must confirm the reading before go-live."""
        return "A" in self.flag or "G" in self.flag


class CouncilRules(Strict):
    """What the council sets about itself. Hours are local time."""

    name: str
    duty_line: str = Field(description="Whom to phone, and on which number, when a child may be at risk now")
    opens: LocalTime = time(9, 0)
    closes: LocalTime = time(17, 0)
    closure_days: tuple[date, ...] = ()
    case_reference: str = Field(default=r"[0-9]{6,8}", description="A regular expression; never ten digits by default")
    alerts_outside_hours: Literal["send", "hold"] = "send"
    digest_earliest: LocalTime = time(8, 30)
    digest_latest: LocalTime = time(16, 0)


Function = Literal["leads-team", "oversees", "runs-quality"]
FUNCTIONS: tuple[Function, ...] = ("leads-team", "oversees", "runs-quality")


class Role(Strict):
    """A role: looked up relative to a case's team or service, or held for the whole council.

    `above` is who stands in where nobody holds it or its holder is away without a deputy. `does` is what the service
    asks of roles whatever a council calls them: who leads a team (and stands in for its workers), who oversees its
    cases (and is never given one of them to audit), and who runs quality assurance (and is told when nobody else can
    be).
    """

    title: str
    of: Literal["team", "service", "council"]
    does: tuple[Function, ...] = ()
    above: str | None = None


class Quota(Strict):
    """How much work of an activity in each cycle, for each holder of a role."""

    rule: RuleId
    per: str
    count: int = Field(ge=1)
    pro_rata: bool = True


class Allocation(Strict):
    """How cases come to auditors: at random by reference, never one that the auditor must not audit."""

    rule: RuleId
    exclude: tuple[Literal["involved", "oversight"], ...] = ("involved",)


class GradedPart(Strict):
    """One judgement on the activity's form. `overall` marks the one that counts as the audit's grade."""

    name: str
    label: str
    required: bool = False
    overall: bool = False


class Activity(Strict):
    """A kind of QA work and its cycle. `quarter` means the financial year's: April, July, October, January."""

    rule: RuleId
    title: str
    plural: str
    cycle: Literal["month", "two-months", "quarter", "half-year", "year"]
    quota: tuple[Quota, ...]
    allocation: Allocation
    parts: tuple[GradedPart, ...]
    deadline: str = "audit"
    prepare: tuple[str, ...] = Field(default=(), description="Kinds of deadline to open before a cycle starts")
    prepare_lead_days: int = Field(default=28, ge=0, description="How many days before its start a cycle is made")


class Sample(Strict):
    """A percentage of the finished audits that somebody looks at again; drawn on the first working day of a month.

    `each` is what the percentage is of: each team, or all teams together. `period`: the past month, or the cycle so
    far.
    """

    rule: RuleId
    title: str
    percent: int = Field(ge=1, le=100)
    minimum: int = Field(default=0, ge=0)
    each: Literal["team", "council"]
    period: Literal["month", "cycle"]
    always: tuple[str, ...] = Field(default=(), description="Grades that are always drawn, at once")
    moderator: str
    deadline: str = "moderation"
    always_deadline: str = "moderation"


class Step(Strict):
    """One step of a ladder: what is said to whom, when.

    Either `at` (once) or `each: month` with `day` (every month from `since` to `until`). Later steps count from the
    unrolled day. `repeat` says how often a last step comes again until the deadline is closed. `rule: deadline` cites
    the rule of the deadline: of a moderation, that of the sample which drew it.
    """

    rule: StepRule
    at: OffsetText | None = None
    each: Literal["month"] | None = None
    day: int = Field(default=1, ge=1, le=28)
    since: OffsetText | None = None
    until: OffsetText | None = None
    roll: Roll = "later"
    to: tuple[str, ...] = Field(min_length=1)
    deputies: bool = Field(default=False, description="Tell the deputies of these people too, away or not")
    send: str
    lane: LaneName = "due"
    gather: Literal["recipient"] | None = None
    repeat: OffsetText | None = Field(default=None, description="Such as 'last + 1 working day'")
    closures: Literal["count", "ignore"] = Field(default="count", description="Whether closure days stop this clock")

    @property
    def name(self) -> str:
        """What the step is called in keys and pictures: its rule, which is unique in a ladder."""
        return self.rule

    def citing(self, rule: str) -> Self:
        """The step of a deadline that has this rule: it cites it unless it has one of its own."""
        return self.model_copy(update={"rule": rule}) if self.rule == OF_DEADLINE else self


class Ladder(Strict):
    """Steps in order while a deadline is open. `stop` says what closes it: these three are different things."""

    title: str
    stop: Literal["acknowledged", "confirmed", "completed"]
    points: dict[str, OffsetText] = Field(default_factory=dict, description="Named days to count from, such as T1")
    steps: tuple[Step, ...] = Field(min_length=1)


class DeadlineRule(Strict):
    """What a kind of deadline is: its ladder, whose it is, and when it is due."""

    rule: RuleId
    ladder: str
    owner: str
    due: OffsetText | None = None
    roll: Roll = "none"


class Processes(Strict):
    """The rules behind what no ladder, quota or sample asks for: notices and log of these processes cite them."""

    submission: RuleId = Field(description="Grades come in, and the QA service hears of it")
    moderation_by_hand: RuleId = Field(description="Somebody moderates what no sample drew")
    moderation_shared: RuleId = Field(description="A moderation is talked through with the first reviewer")
    nomination: RuleId = Field(description="Somebody tells of a colleague's good practice")
    nomination_shared: RuleId = Field(description="The nomination goes to whom it concerns")
    stand_in: RuleId = Field(description="Somebody is named to stand in for a colleague who will be away")


class Framework(Strict):
    """A council's whole file."""

    framework: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    source: str
    extends: str | None = None
    council: CouncilRules
    grades: dict[str, str]
    grade_version: str
    alert_grades: tuple[str, ...]
    roles: dict[str, Role]
    activities: dict[str, Activity]
    samples: dict[str, Sample] = Field(default_factory=dict)
    deadlines: dict[str, DeadlineRule]
    ladders: dict[str, Ladder]
    processes: Processes
    rules: dict[RuleId, Rule]
    confirm: dict[str, str] = Field(default_factory=dict, description="Readings by reference, such as D6")
    off: tuple[RuleId, ...] = Field(default=(), description="Rules that this council has switched off")
    _places: Mapping[KeyPath, Place] = PrivateAttr(default_factory=dict)

    def at(self, places: Mapping[KeyPath, Place]) -> Self:
        """The same framework, which now knows where each of its keys stands."""
        self._places = places
        return self

    def place(self, path: KeyPath) -> Place:
        """Where a key stands; of a key that is nowhere, the nearest one around it."""
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, Place(self.framework))

    def stands(self, path: KeyPath) -> bool:
        """Whether a file says this key, if only to take it away."""
        return path in self._places

    def kinds(self) -> list[str]:
        """Every kind of deadline that this framework opens."""
        return list(self.deadlines)

    def calendar(self) -> Calendar:
        """The council's working days and hours."""
        return Calendar.of(self.council.closure_days, self.council.opens, self.council.closes)

    def titles(self) -> dict[str, str]:
        """What people call each role, by its name."""
        return {name: role.title for name, role in self.roles.items()}

    def doing(self, function: Function) -> tuple[str, ...]:
        """The roles that do this, in the file's order; never none, the linter sees to it."""
        return tuple(name for name, role in self.roles.items() if function in role.does)

    def above(self, function: Function) -> tuple[str, ...]:
        """The roles above those that do this, each once."""
        return tuple(
            dict.fromkeys(role.above for role in map(self.roles.__getitem__, self.doing(function)) if role.above)
        )

    def grade_label(self, key: str | None) -> str:
        """ "RED (Inadequate)": the colour is always also a word."""
        if key is None:
            return ""
        return f"{key.upper()} ({self.grades[key]})"

    def ladder_of(self, kind: str, rule: str = "") -> Ladder:
        """The ladder of a kind of deadline as one runs it, without the steps whose rule is switched off.

        `rule` is the deadline's own, if it is not the one of its kind: steps that cite their deadline's rule cite it.
        """
        ladder = self.ladders[self.deadlines[kind].ladder]
        steps = (step.citing(rule or self.deadlines[kind].rule) for step in ladder.steps)
        return ladder.model_copy(update={"steps": tuple(step for step in steps if step.rule not in self.off)})

    def rules_of(self, ladder: str, step: Step) -> list[str]:
        """The rules that a step of this ladder may cite: its own, or those of the deadlines that run the ladder."""
        kinds = {kind: each.rule for kind, each in self.deadlines.items() if each.ladder == ladder}
        drawn = (each.rule for each in self.samples.values() if each.deadline in kinds)
        return list(dict.fromkeys(step.citing(rule).rule for rule in (*kinds.values(), *drawn)))
