"""What may stand in a scenario file (docs/scenarios.md tells each happening with an example).

Times are local in the file and UTC in the values; days are days in England; people are e-mails in small letters.
"""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    WithJsonSchema,
    model_validator,
)

from qabot.imports import CASES, DAYS, PEOPLE
from qabot.imports.cells import did_you_mean
from qabot.imports.sheet import Headings
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


class DataSent(Part):
    """The data that was asked for is sent."""


class Pick(Part):
    """Somebody picks cases for the next cycle of an activity that wants some, by default for nobody by name.

    `activity` may be left out where only one has its cases picked; `by` is whoever was asked unless it says otherwise.
    """

    cases: tuple[Annotated[str, BeforeValidator(str)], ...] = Field(
        min_length=1, json_schema_extra={"items": {"type": ["string", "integer"]}}
    )
    activity: str | None = None
    for_whom: Email | None = Field(default=None, alias="for")
    by: Email | None = None


def _entries(headings: Headings, *, more: bool = False) -> dict[str, Any]:
    """The JSON Schema of one row written in YAML."""
    cell = {"type": ["string", "number", "boolean", "array", "null"]}
    return {
        "type": "object",
        "properties": dict.fromkeys(headings.known, cell),
        "required": list(headings.required),
        "additionalProperties": more,
    }


def _rows_or_file(headings: Headings, what: str) -> WithJsonSchema:
    path = {"type": "string", "description": f"A CSV file of {what}, its path relative to this file"}
    return WithJsonSchema({"anyOf": [path, {"type": "array", "items": _entries(headings)}]})


def _check_rows(value: Any) -> Any:
    rows = isinstance(value, list) and all(isinstance(row, dict) for row in value)
    if not rows and not (isinstance(value, str) and value):
        raise ValueError("expected the path of a CSV file, or a list of entries with the same keys as its headings")
    return value


_AUDIT = Headings(
    ("activity", "cycle", "auditor"), ("case_reference", "about", "practitioner", "team", "due", "submitted_on")
)


class HappeningEntry(Part):
    """One happening as it stands in the file: when, and exactly one of the others."""

    at: Moment
    submit: Submit | None = None
    correct: Correct | None = None
    moderate: Moderate | None = None
    finalise: Finalise | None = None
    done: Done | None = None
    not_yet: NotYet | None = None
    let_off: LetOff | None = None
    acknowledge: Acknowledge | None = None
    not_me: NotMe | None = None
    answer: AnswerDuty | None = None
    away: Away | None = None
    back: Back | None = None
    import_person: Annotated[dict[str, Any] | None, WithJsonSchema(_entries(PEOPLE))] = None
    import_audit: Annotated[dict[str, Any] | None, WithJsonSchema(_entries(_AUDIT, more=True))] = None
    nominate: Nominate | None = None
    press: Press | None = None
    snooze: Snooze | None = None
    help: Help | None = None
    ask_for: AskFor | None = None
    reassign: Reassign | None = None
    withdraw: Withdraw | None = None
    hold_gathering: HoldGathering | None = None
    move_gathering: MoveGathering | None = None
    cancel_gathering: CancelGathering | None = None
    bring: Bring | None = None
    import_day: Annotated[dict[str, Any] | None, WithJsonSchema(_entries(DAYS))] = None
    outage: Outage | None = None
    data_sent: DataSent | None = None
    pick: Pick | None = None

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = [name for name in value if name in HAPPENINGS]
        if len(given) != 1 and not value.keys() - {"at", *HAPPENINGS}:
            keys = f"found {' and '.join(given)}" if given else "found none"
            raise ValueError(f"expected exactly one happening beside at, {keys}; there are {', '.join(HAPPENINGS)}")
        # `data_sent:` with nothing after it says all there is to say; of the others something is missing.
        return {name: {} if each is None and name in HAPPENINGS else each for name, each in value.items()}


PARTS: dict[str, type[BaseModel]] = {
    "happenings": HappeningEntry,
    "submit": Submit,
    "correct": Correct,
    "moderate": Moderate,
    "finalise": Finalise,
    "done": Done,
    "not_yet": NotYet,
    "let_off": LetOff,
    "acknowledge": Acknowledge,
    "not_me": NotMe,
    "answer": AnswerDuty,
    "away": Away,
    "back": Back,
    "nominate": Nominate,
    "press": Press,
    "snooze": Snooze,
    "help": Help,
    "ask_for": AskFor,
    "reassign": Reassign,
    "withdraw": Withdraw,
    "hold_gathering": HoldGathering,
    "move_gathering": MoveGathering,
    "cancel_gathering": CancelGathering,
    "bring": Bring,
    "outage": Outage,
    "data_sent": DataSent,
    "pick": Pick,
    "audit": AuditChoice,
    "actions": PlannedAction,
}
"""Key -> what stands below it."""
RENAMED = {"grades": "answers"}
"""Keys that have another name now."""
HAPPENINGS = tuple(name for name in HappeningEntry.model_fields if name != "at")
"""Every kind of happening, in the order in which docs/scenarios.md tells them."""


class ScenarioFile(Part):
    """The whole file."""

    people: Annotated[Any, BeforeValidator(_check_rows), _rows_or_file(PEOPLE, "people")] = None
    cases: Annotated[Any, BeforeValidator(_check_rows), _rows_or_file(CASES, "cases")] = None
    happenings: tuple[HappeningEntry, ...] = ()


def scenario_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file, for editors."""
    schema = ScenarioFile.model_json_schema()
    definitions = schema["$defs"]
    definitions["HappeningEntry"]["oneOf"] = [{"required": [name]} for name in HAPPENINGS]
    definitions["AuditChoice"]["oneOf"] = [{"required": [name]} for name in WAYS]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "A scenario of qabot"}
