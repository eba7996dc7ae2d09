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
from qabot.imports.sheet import Headings
from qabot.simulation.scenario_parts import (
    WAYS,
    Acknowledge,
    AnswerDuty,
    AskFor,
    AuditChoice,
    Away,
    Back,
    Bring,
    CancelGathering,
    Correct,
    Done,
    Finalise,
    Help,
    HoldGathering,
    LetOff,
    Moderate,
    MoveGathering,
    Nominate,
    NotMe,
    NotYet,
    Outage,
    PlannedAction,
    Press,
    Reassign,
    Snooze,
    Submit,
    Withdraw,
)
from qabot.simulation.scenario_types import (
    Email,
    Moment,
    Part,
)


class DataSent(Part):
    """The data that was asked for is sent."""


def _reference(value: Any) -> Any:
    """A reference of digits may stand without quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Pick(Part):
    """Somebody picks cases for the next cycle of an activity that wants some, by default for nobody by name.

    `activity` may be left out where only one has its cases picked; `by` is whoever was asked unless it says otherwise.
    """

    cases: tuple[Annotated[str, BeforeValidator(_reference)], ...] = Field(
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
