"""Scales, questions and duties: what is asked, and what follows from what happened.

Something happens to a subject and leaves a moment. A duty says: when this happens, if that is so, these people owe this
by then; what is asked of them, and the ladder that speaks meanwhile.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag, WithJsonSchema, model_validator

from qabot.framework.base import Hyphened, OffsetText, RuleId, Strict, kind_of
from qabot.framework.calendar import Calendar, Roll
from qabot.framework.offsets import PATTERN, Moment, Offset
from qabot.framework.questions import Question as Question
from qabot.framework.questions import Scale as Scale
from qabot.framework.quoting import quote
from qabot.framework.rhythms import RhythmText

ACKNOWLEDGED, SECOND_GRADE, TOLD_IN_PERSON = "acknowledged", "second-grade", "told-in-person"
SATISFIED = "satisfied"
"""What whoever judges an answer is asked."""
JUDGED = "-judged"
"""Ends the name of the duty to judge another one's answer, which the service makes of `judged-by`."""
AGREED = "agreed"
"""What whoever has to agree is asked."""
LATER, LESS = "-later", "-let-off"
"""End the names of the duties to agree to a new date, or to letting off, which the service makes of `approve`."""
MADE = (JUDGED, LATER, LESS)
NEVER_OPENS = "never.opens"
"""Stands for the moment of a duty that the service opens by itself."""
PICKED = "picked-cases"
"""What whoever picks the cases of an activity is asked."""
VERBS = (ACKNOWLEDGED, SECOND_GRADE, TOLD_IN_PERSON)
"""Questions that need no words in a file, because the service itself knows what their answer does."""
TYPES = ("tick", "date", "person", "number", "text")
GOES_TO = "goes-to"
"""What a duty that makes new work asks by itself: whom it goes to."""
USUAL = "usual"
"""The ladder of a duty that names none."""
SURVEY, FEEDBACK = "survey", "feedback"
"""The ladders of a survey that names none: of one that is announced before it opens, and of any other."""
Promise = Literal["confidential", "anonymous"]


class Condition(Hyphened):
    """All of these hold. Values in a list are alternatives."""

    grade: tuple[str, ...] = Field(default=(), description="The overall grade.")
    any_grade: tuple[str, ...] = Field(default=(), description="The grade of any part, or of a second look.")
    has_actions: bool | None = Field(
        default=None,
        description=(
            "Whether there are actions to follow up: whoever submitted it said so, or they are rows on which a duty "
            "opens."
        ),
    )
    concern: bool | None = Field(
        default=None,
        description=(
            "Whether whoever submitted it has immediate concerns. It is no grade: the practitioner may be told."
        ),
    )
    answer: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description=("Answers by question: `{visit-needed: [soon, later]}`. A tick is `yes` or `no`, in quotes."),
    )


def _conditions(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


Conditions = Annotated[
    tuple[Condition, ...], BeforeValidator(_conditions, json_schema_input_type=Condition | tuple[Condition, ...])
]
"""One map of conditions, or a list of which one must hold."""


BY_ANSWER = "by-answer"
"""The key under which the schema keeps the dates by answer; no file has it."""


class AccordingTo(Hyphened):
    """A due date by an answer: the offset of the answer that was given, and `else` until there is one."""

    according_to: str = Field(description="The question, which another duty asks.")
    else_: OffsetText = Field(description="The due date without an answer, and of every other answer.")
    by_answer: dict[str, OffsetText] = Field(
        description="The due dates by answer; in a file they stand beside the other two keys."
    )

    @model_validator(mode="before")
    @classmethod
    def _sort(cls, value: Any) -> Any:
        if not isinstance(value, dict) or BY_ANSWER in value or "by_answer" in value:
            return value
        keys = ("according-to", "else")
        return {
            **{key: value[key] for key in keys if key in value},
            BY_ANSWER: {key: each for key, each in value.items() if key not in keys},
        }


NONE = "none"


def _due(value: Any) -> Any:
    if isinstance(value, str) and value != NONE:
        return Offset.parse(value)
    if isinstance(value, str | dict | Offset | AccordingTo):
        return value
    raise ValueError(f"expected a date such as 'opened + 5 working days', or '{NONE}', found {quote(value)}")


def _write_due(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True) if isinstance(value, AccordingTo) else str(value)


_OFFSET = {"type": "string", "pattern": PATTERN}
_BY_ANSWER = {
    "type": "object",
    "properties": {"according-to": {"type": "string"}, "else": _OFFSET},
    "additionalProperties": _OFFSET,
    "required": ["according-to", "else"],
}
_ByAnswer = Annotated[AccordingTo, Tag("[keys]")]
_OneOffset = Annotated[Offset, Tag("[offset]")]
Due = Annotated[
    Annotated[Literal["none"], Tag("[word]")] | _ByAnswer | _OneOffset,
    Discriminator(kind_of),
    BeforeValidator(_due),
    PlainSerializer(_write_due),
    WithJsonSchema({"anyOf": [_OFFSET, _BY_ANSWER], "examples": ["opened + 5 working days", NONE]}),
]


def _work_due(value: Any) -> Any:
    if value == NONE:
        raise ValueError(
            "work has a date: expected one such as 'cycle-end - 7 days', '30 September' or 'last + 12 months'"
        )
    if not isinstance(value, str | dict | Offset | AccordingTo):
        raise ValueError(f"expected a date such as 'cycle-end - 7 days', found {quote(value)}")  # noqa: TRY004 - pydantic tells it
    return _due(value)


WorkDue = Annotated[
    _ByAnswer | _OneOffset,
    Discriminator(kind_of),
    BeforeValidator(_work_due),
    PlainSerializer(_write_due),
    WithJsonSchema({"anyOf": [_OFFSET, _BY_ANSWER], "examples": ["cycle-end - 7 days", "last + 12 months"]}),
]
"""When work is due; by the last result, where each subject has a clock of its own."""


def offsets_in(due: AccordingTo | Offset | str | None) -> dict[tuple[str, ...], Offset]:
    """Every offset of a due date, by the key under which it stands in it."""
    if isinstance(due, AccordingTo):
        return {("else",): due.else_, **{(key,): each for key, each in due.by_answer.items()}}
    return {(): due} if isinstance(due, Offset) else {}


class PutOff(Hyphened):
    """Whoever owes it may give a new date, so many times. Who is `tell`ed hears of it by the message `send`.

    With `approve` they ask for it and say why; until one of these roles agrees the old date stands.
    """

    times: int = Field(default=1, ge=1, le=100, description="How often.")
    tell: tuple[str, ...] = Field(default=(), description="Whom it is told to.")
    send: str = Field(default="duty-new-date", description="By which message.")
    within: OffsetText = Field(default=Offset(("today",), 60, "day"), description="The latest date, from `today`.")
    approve: tuple[str, ...] = Field(
        default=(), description="The roles of whom one must agree; until then the old date stands."
    )


class LetOff(Hyphened):
    """Whoever owes it may ask to be let off, and says why; it is open until one of the roles `approve` agrees."""

    approve: tuple[str, ...] = Field(min_length=1, description="The roles of whom one must agree.")


def offset_of(due: Any) -> Offset | None:
    """The offset that a due date is; None of one that depends on an answer, and where there is none."""
    return due if isinstance(due, Offset) else None


class Terms(Strict):
    """What one kind of deadline runs on: of a duty, of an activity's own work, or of a sample's draws."""

    rule: RuleId
    ladder: str
    owes: tuple[str, ...] = ()
    due: OffsetText | None = None
    roll: Roll = "none"
    holds: bool = False
    each: bool = False
    """Whether everybody owes one of their own, so that one answer is one person's alone."""


class Duty(Hyphened):
    """A rule for deadlines. It opens on a moment (`thing.moment`), if a condition holds, and is owed by some roles.

    One answer is enough, whoever of them gives it. With `owes-each` everybody owes one. A duty with `tell` alone owes
    nothing: it says something once. `due: none` must be written.
    """

    rule: RuleId = Field(description="The rule that it comes from.")
    title: str = Field(description='What people read in lists: "Management oversight".')
    when: tuple[str, ...] = Field(
        default=(), description="The moments on which it opens. It opens once for a subject. Needed without `every`."
    )
    every: RhythmText | None = Field(
        default=None,
        description=(
            "In place of `when`: how often it comes round by itself, as of an activity. Each turn opens once, for "
            "everybody who holds the roles wherever they work."
        ),
    )
    if_: Conditions = Field(
        default=(), description="What must be so at that moment: see a condition. Of a list one is enough."
    )
    owes: tuple[str, ...] = Field(
        default=(),
        description=(
            "The roles that owe it; one answer is enough, whoever of them gives it. Of a row, whom one of its columns "
            "names."
        ),
    )
    owes_each: tuple[str, ...] = Field(
        default=(), description="Everybody with these roles owes one of their own; it is done with the last."
    )
    tell: tuple[str, ...] = Field(default=(), description="Nothing is owed: these people hear of it once.")
    send: str = Field(default="duty-news", description="The message for those who are told.")
    due: Due | None = Field(
        default=None, description="When it is due: an offset, by an answer, or `none`, which must be written."
    )
    roll: Roll = Field(default="none", description="Where the due day is no working day: `none`, `earlier` or `later`.")
    opens: OffsetText | None = Field(
        default=None, description="Before this day, or the next working day, it takes no answer."
    )
    ask: tuple[str, ...] = Field(
        default=(),
        description=(
            "The questions that it asks. Without one, its button says that it is done. An alert asks "
            "`acknowledged` alone."
        ),
    )
    button: str = Field(default="", description="What the button says; `{about}` stands for what it is about.")
    done: str = Field(
        default="",
        description="What its cards say once it is answered; a question's name in braces stands for its answer.",
    )
    thanks: str = Field(default="", description="What whoever answers reads.")
    ladder: str = Field(
        default=USUAL,
        description=(
            "The ladder that runs while it is open; without one, `usual`: told as it opens, reminded a "
            "working day before it is due, and a working day after that again, with quality assurance."
        ),
    )
    holds: Literal["final"] | None = Field(
        default=None, description="`final`: the work is not final before this is answered."
    )
    put_off: PutOff | None = Field(default=None, description="Whoever owes it may give a new date: see putting off.")
    let_off: LetOff | None = Field(
        default=None, description="Whoever owes it may be let off, with a reason, if somebody agrees: see letting off."
    )
    ends_with: tuple[str, ...] = Field(
        default=(),
        description=(
            "Moments that close it as done: a date of its own for a whole chain of duties, which the last of them ends."
        ),
    )
    lapses: OffsetText | None = Field(
        default=None,
        description=(
            "Of an offer, which nobody need answer (`due: none`): after this day it is withdrawn, such as `opened + 20 "
            "working days`."
        ),
    )
    judged_by: tuple[str, ...] = Field(
        default=(),
        description=(
            "The roles that say whether the answer will do: it is `done` once all are satisfied, and "
            "`refused` by one who is not."
        ),
    )
    promise: Promise | None = Field(
        default=None,
        description=(
            "What those who are asked are promised: `confidential` (who has answered is known, what they said is not) "
            "or `anonymous` (neither is). It makes a survey of it: see surveys."
        ),
    )
    reads: tuple[str, ...] = Field(
        default=(),
        description="The roles that read a survey's results: counts of five or more, never what one person said.",
    )
    makes: str | None = Field(
        default=None,
        description=(
            "The activity of which it makes a new piece of work, for whom the answer names: see new work. It is done "
            "when that is submitted."
        ),
    )

    def judging(self) -> "Duty":
        """The duty of those who judge its answer. Their silence is told to quality after a working day."""
        return Duty(
            rule=self.rule,
            title=f"Does the answer do? {self.title}",
            when=(NEVER_OPENS,),
            owes_each=self.judged_by,
            due=Offset(("opened",), 1, "working day"),
            ask=(SATISFIED,),
            holds=self.holds,
            button="Say whether the answer to {about} will do",
        )

    def agreeing(self) -> dict[str, "Duty"]:
        """The duties of those who must agree to a new date or to letting off, by the ends of their names."""
        agreements = {
            LATER: ("A new date", self.put_off.approve if self.put_off else ()),
            LESS: ("To be let off", self.let_off.approve if self.let_off else ()),
        }
        return {
            end: Duty(
                rule=self.rule,
                title=f"{what}? {self.title}",
                when=(NEVER_OPENS,),
                owes=approve,
                due=Offset(("opened",), 1, "working day"),
                ask=(AGREED,),
                button="Say whether you agree: {about}",
            )
            for end, (what, approve) in agreements.items()
            if approve
        }

    @property
    def made(self) -> dict[str, "Duty"]:
        """The duties that the service makes beside it, by the ends of their names."""
        return {**({JUDGED: self.judging()} if self.judged_by else {}), **self.agreeing()}

    @property
    def everybody(self) -> tuple[str, ...]:
        """The roles that owe it."""
        return self.owes or self.owes_each

    @property
    def is_alert(self) -> bool:
        """Whether somebody must acknowledge it."""
        return ACKNOWLEDGED in self.ask

    @property
    def is_survey(self) -> bool:
        """Whether it promises those who are asked that nobody reads what they alone said."""
        return self.promise is not None

    @property
    def told_by(self) -> str:
        """Its ladder; of a survey that names none, that of surveys."""
        if self.ladder != USUAL or not self.is_survey:
            return self.ladder
        return SURVEY if self.opens is not None else FEEDBACK

    def opening(self, known: Mapping[str, Moment], calendar: Calendar, due: date | None) -> date | None:
        """The first day on which it takes an answer: a working day, and never after it is due. None: at once."""
        day = self.opens.day(known, calendar) if self.opens is not None else None
        first = calendar.roll(day, "later") if day is not None else None
        return min(first, due) if first is not None and due is not None else first

    @property
    def looks_again(self) -> bool:
        """Whether it asks for a second judgement."""
        return SECOND_GRADE in self.ask

    @property
    def picks(self) -> bool:
        """Whether it asks somebody to pick cases; the service makes such a duty of an activity's `cases`."""
        return PICKED in self.ask

    @property
    def terms(self) -> Terms:
        """What its deadlines run on. A due date by an answer begins with its `else`."""
        due = self.due.else_ if isinstance(self.due, AccordingTo) else offset_of(self.due)
        return Terms(
            rule=self.rule,
            ladder=self.told_by,
            owes=self.everybody,
            due=due,
            roll=self.roll,
            holds=self.holds is not None,
            each=bool(self.owes_each),
        )
