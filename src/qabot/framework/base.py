"""What every part of the schema is made of: strict models, rule ids, offsets and times of day as they are written."""

import re
from collections.abc import Iterable
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from qabot.framework.offsets import PATTERN, Offset
from qabot.framework.quoting import quote

MOST = 1000
"""So many pieces of work at most one line of a file gives in a cycle, or draws at once."""
TAGS = frozenset({"[key]", "[word]", "[list]", "[keys]", "[offset]"})
"""What stands in the path of a problem beside a file's keys: which of several kinds of values it was taken for."""


def keys_of(location: Iterable[str | int]) -> tuple[str | int, ...]:
    """The keys of the path under which the schema finds a problem."""
    return tuple(part for part in location if part not in TAGS)


def kind_of(value: Any) -> str:
    """Which of several kinds of values one is, by its tag."""
    if isinstance(value, str):
        return "[word]"
    if isinstance(value, Offset):
        return "[offset]"
    return "[list]" if isinstance(value, list | tuple) else "[keys]"


def _offset(value: Any) -> Any:
    if isinstance(value, str | Offset):
        return Offset.parse(value) if isinstance(value, str) else value
    raise ValueError(f"expected an offset such as 'due - 7 days', found {quote(value)}")


OffsetText = Annotated[
    Offset,
    BeforeValidator(_offset),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["due - 7 days", "opened + 4 working hours"]}),
]


def _local_time(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(_TIME, value):
        raise ValueError(f'expected a time of day in quotes, such as "09:00", found {quote(value)}')
    return value if isinstance(value, str | time) else repr(value)


def _share(value: Any) -> Any:
    """A share as it is written, "25%", as a whole number of hundredths; the linter says if it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"expected a share such as {value}%, found {value}")  # noqa: TRY004 - pydantic tells it
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,9})%", value.strip())):
        return int(match[1])
    raise ValueError(f"expected a share such as 25%, found {quote(value)}")


ShareText = Annotated[
    int,
    BeforeValidator(_share),
    PlainSerializer(lambda share: f"{share}%"),
    WithJsonSchema({"type": "string", "pattern": "^([1-9]\\d?|100)%$", "examples": ["25%"]}),
]
"""A share of something, from 1% to 100%."""
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:00)?"
LocalTime = Annotated[
    time,
    BeforeValidator(_local_time),
    WithJsonSchema({"type": "string", "pattern": f"^{_TIME}$", "examples": ["09:00"]}),
]
RULE = r"^[A-Z]{3}-[A-Z]{3}-\d+(\.\d+)?[a-z]?$|^OURS-[A-Z]+-\d+$"
RuleId = Annotated[str, Field(pattern=RULE)]
OF_DEADLINE = "deadline"
"""What a step says instead of a rule's id when it cites the rule of the deadline that it belongs to."""
StepRule = Annotated[str, Field(pattern=f"{RULE}|^{OF_DEADLINE}$")]
LaneName = Literal["alert", "due", "news"]


class Strict(BaseModel):
    """No key that is not known, and nothing that changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Hyphened(Strict):
    """The same, with keys as the language writes them: `put-off`."""

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_").replace("_", "-"), populate_by_name=True)
