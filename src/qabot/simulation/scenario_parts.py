"""What can happen in a scenario, as its file says it: one type for each."""

from typing import Annotated, Any

from pydantic import (
    Field,
    WithJsonSchema,
    model_validator,
)

from qabot.imports.cells import did_you_mean
from qabot.simulation.scenario_types import (
    Day,
    Email,
    Moment,
    Part,
    WhyCancelled,
    WhyCorrected,
    WhyNot,
    WhyWithdrawn,
)
from qabot.workflows.verbs.nominations import SEEN_IN, TAGS

WAYS = ("auditor", "reference", "case")
"""The ways to choose an audit."""


class AuditChoice(Part):
    """Which audit: the nth of an auditor (in the order of their references), or by reference, or by case."""

    auditor: Email | None = None
    nth: int = Field(default=1, ge=1)
    reference: str | None = None
    case: Annotated[str | None, WithJsonSchema({"type": ["string", "integer"]})] = None

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(set(WAYS) & value.keys()) != 1:
            raise ValueError("expected exactly one of auditor (with nth), reference or case")
        if isinstance(value, dict) and "nth" in value and "auditor" not in value:
            raise ValueError("nth goes with auditor only")
        if isinstance(value, dict) and isinstance(value.get("case"), int):
            return {**value, "case": str(value["case"])}
        return value


class PlannedAction(Part):
    """An action that comes out of an audit: whose it is, and by when."""

    owner: Email
    due: Day


class Submit(Part):
    """What an audit's form asks comes in, by its auditor unless `by` says otherwise.

    Without `actions` there are some to follow up; an empty list says that there are none. `immediate` says that the
    auditor has immediate concerns.
    """

    audit: AuditChoice
    answers: dict[str, Any] = Field(default_factory=dict)
    by: Email | None = None
    actions: tuple[PlannedAction, ...] | None = None
    immediate: bool = False


class Correct(Part):
    """Answers that are in are corrected, by the auditor unless `by` says otherwise; `why` is a reason of the form.

    `actions` says whether there are some to follow up; without it that stays as it is.
    """

    audit: AuditChoice
    answers: dict[str, Any] = Field(default_factory=dict)
    by: Email | None = None
    actions: bool | None = None
    immediate: bool = False
    why: WhyCorrected


class Moderate(Part):
    """A moderator records a second grade; `spoken` says whether somebody has spoken with the practitioner."""

    audit: AuditChoice
    grade: str
    by: Email | None = None
    spoken: bool = True


class Finalise(Part):
    """An audit becomes final."""

    audit: AuditChoice


class Done(Part):
    """The actions of an audit, or one of those that were entered as rows, are confirmed as completed."""

    audit: AuditChoice
    by: Email
    row: int | None = Field(default=None, ge=1, description="Of a duty for each row, the number of the row.")


class NotYet(Part):
    """Somebody gives a new date instead, or asks for it where somebody must agree; `why` is a reason of the form."""

    audit: AuditChoice
    by: Email
    new_date: Day
    why: WhyNot | None = None
    row: int | None = Field(default=None, ge=1, description="Of a duty for each row, the number of the row.")


class LetOff(Part):
    """Somebody asks to be let off what they owe; `why` is a reason of the form."""

    audit: AuditChoice
    duty: str
    by: Email
    why: WhyNot
    row: int | None = Field(default=None, ge=1, description="Of a duty for each row, the number of the row.")


class Acknowledge(Part):
    """Somebody acknowledges the alert of an audit."""

    audit: AuditChoice
    by: Email


class NotMe(Part):
    """Somebody says that they are not the right person for an alert."""

    audit: AuditChoice
    by: Email


class AnswerDuty(Part):
    """Somebody answers a duty: by default its owner. A person is given by e-mail, a date as a day, also in a row."""

    audit: AuditChoice
    duty: str
    by: Email | None = None
    row: int | None = Field(default=None, ge=1, description="Of a duty for each row, the number of the row.")
    answers: dict[str, Any] = Field(default_factory=dict)


class Away(Part):
    """Somebody is away from a day to a day, both included."""

    person: Email
    from_on: Day = Field(alias="from")
    to_on: Day = Field(alias="to")
    deputy: Email | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Away":
        if self.to_on < self.from_on:
            raise ValueError(f"the last day away is before the first: expected {self.from_on} or later")
        if self.deputy == self.person:
            raise ValueError("nobody is their own deputy: expected a colleague, or no deputy")
        return self


class Back(Part):
    """Somebody is back earlier than noted."""

    person: Email


class Nominate(Part):
    """Somebody nominates a colleague. `seen_on` is the happening's own day unless given."""

    by: Email
    nominee: Email
    what: str = Field(min_length=1, max_length=1000)
    difference: str = Field(min_length=1, max_length=1000)
    seen_in: str = Field(default=SEEN_IN[-1], json_schema_extra={"enum": list(SEEN_IN)})
    tags: tuple[Annotated[str, Field(json_schema_extra={"enum": list(TAGS)})], ...] = ()
    seen_on: Day | None = None
    case_reference: str | None = None

    @model_validator(mode="after")
    def _sensible(self) -> "Nominate":
        if self.nominee == self.by:
            raise ValueError("nobody nominates themselves: expected a colleague as nominee")
        for given, known in ((self.seen_in, SEEN_IN), *((tag, TAGS) for tag in self.tags)):
            if given not in known:
                guess = did_you_mean(given, list(known)) or f": expected one of {', '.join(known)}"
                raise ValueError(f"{given!r} is not on the nomination form{guess}")
        return self


class Press(Part):
    """Somebody presses any button by its name, and fills in the form that opens: people by e-mail, days as days.

    It is that of a gathering, of a piece of work, or of what is open of a duty; without these it is about nothing.
    """

    button: str
    by: Email
    audit: AuditChoice | None = None
    duty: str | None = None
    gathering: str | None = None
    form: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_thing(self) -> "Press":
        if self.gathering is not None and (self.audit is not None or self.duty is not None):
            raise ValueError("the button is that of a gathering, or of work: expected gathering alone")
        return self


class Snooze(Part):
    """Somebody asks for quiet about what they owe on an audit, until a moment."""

    audit: AuditChoice
    by: Email
    until: Moment


class Help(Part):
    """Somebody asks for help or more time with what they owe on an audit."""

    audit: AuditChoice
    by: Email


class Withdraw(Part):
    """An audit is taken out of the programme; `why` is one of the form's reasons."""

    audit: AuditChoice
    by: Email
    why: WhyWithdrawn


class AskFor(Part):
    """Somebody asks a colleague for a piece of work about a case, a person, a place or a theme, or about nothing."""

    activity: str
    by: Email
    to: Email
    due: Day
    case: Annotated[str | None, WithJsonSchema({"type": ["string", "integer"]})] = None
    person: Email | None = None
    place: str | None = Field(default=None, min_length=1, max_length=120)
    theme: str | None = Field(default=None, min_length=1, max_length=120)

    @model_validator(mode="before")
    @classmethod
    def _reference(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("case"), int):
            return {**value, "case": str(value["case"])}
        return value


class Reassign(Part):
    """An audit is handed to another auditor."""

    audit: AuditChoice
    to: Email


class HoldGathering(Part):
    """Whoever chairs or writes a gathering says how it went: of the day given, else of the next that is planned."""

    gathering: str
    day: Day | None = None
    by: Email | None = None
    held: bool = True
    answers: dict[str, Any] = Field(default_factory=dict)


class MoveGathering(Part):
    """A gathering gets another day."""

    gathering: str
    day: Day | None = None
    new_day: Day
    by: Email | None = None


class CancelGathering(Part):
    """A gathering is cancelled; `why` is one of the form's reasons."""

    gathering: str
    day: Day | None = None
    why: WhyCancelled
    by: Email | None = None


class Bring(Part):
    """Somebody brings what they owe to a gathering, or does what they owe about an event."""

    duty: str
    day: Day | None = None
    by: Email | None = None
    answers: dict[str, Any] = Field(default_factory=dict)


class Outage(Part):
    """The service is down from `at` until then."""

    until: Moment
