"""What the values of a scenario file are: moments, days, people and reasons, each with its sentence if it is wrong."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from qabot.framework.calendar import at_local, out_of_reach
from qabot.imports.cells import did_you_mean
from qabot.workflows.verbs import corrections, gatherings, putting_off, stewards

USUAL_TIME = time(10, 0)
_EMAIL = r"[^@\s;,<>]+@[^@\s;,<>]+\.[^@\s;,<>.]+"


def _email(value: str) -> str:
    if not re.fullmatch(_EMAIL, value):
        raise ValueError(f"expected an e-mail such as name@council.example, found {value!r}")
    return value.casefold()


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"expected a day such as 2026-11-23, found {value!r}") from None


def _within_reach(day: date) -> date:
    if why := out_of_reach(day):
        raise ValueError(f"{day.isoformat()} {why}")
    return day


def _moment(value: Any) -> Any:
    """Local time in the file, UTC from here on."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", value):
        try:
            value = datetime.fromisoformat(value) if len(value) > len("2026-11-23") else date.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime) and value.tzinfo is None:
        return at_local(_within_reach(value.date()), value.time())
    if isinstance(value, date) and not isinstance(value, datetime):
        return at_local(_within_reach(value), USUAL_TIME)
    raise ValueError('expected local time such as "2026-11-23 10:00", or a day such as 2026-11-23 (which means 10:00)')


def _reason(known: Mapping[str, str]) -> tuple[Any, ...]:
    """What a form's list of reasons takes."""

    def check(value: str) -> str:
        if value not in known:
            guess = did_you_mean(value, list(known)) or f": expected one of {', '.join(known)}"
            raise ValueError(f"{value!r} is not a reason of the form{guess}")
        return value

    return AfterValidator(check), Field(json_schema_extra={"enum": list(known)})


WhyNot = Annotated[str, *_reason(putting_off.REASONS)]
WhyWithdrawn = Annotated[str, *_reason(stewards.REASONS)]
WhyCancelled = Annotated[str, *_reason(gatherings.REASONS)]
WhyCorrected = Annotated[str, *_reason(corrections.REASONS)]
Email = Annotated[str, AfterValidator(_email), WithJsonSchema({"type": "string", "format": "email"})]
Day = Annotated[date, BeforeValidator(_day), AfterValidator(_within_reach)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-11-23 10:00", "2026-11-23"]}),
]


class Part(BaseModel):
    """No key that is not known, and nothing that changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)
