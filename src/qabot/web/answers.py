"""What a person wrote on a form's page, read back into the values that the service takes.

A page's field is named `answer:NAME`, with a part after another colon where one question has several fields: `:day`,
`:month`, `:year` for a date, `:many` for choices, `:person` for a colleague's name that was typed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import ImmutableMultiDict

from qabot.adapter import PersonOption
from qabot.messaging.form import Form
from qabot.web.ports import Desk

PREFIX = "answer:"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PICK_FROM = 100
"""Up to so many colleagues are a list to choose from; more are typed, with suggestions."""
SUGGESTED = 1000


async def values_of(form: ImmutableMultiDict[str, Any], desk: Desk) -> dict[str, Any]:
    """Values by field name: text, ISO date, or list of text; a colleague's name as the id, if it is one person's."""
    values: dict[str, Any] = {}
    dates: dict[str, dict[str, str]] = {}
    for key, value in form.multi_items():
        if not key.startswith(PREFIX) or not isinstance(value, str):
            continue
        name, _, part = key.removeprefix(PREFIX).partition(":")
        match part:
            case "day" | "month" | "year":
                dates.setdefault(name, {})[part] = value.strip()
            case "many":
                values.setdefault(name, []).append(value)
            case "person":
                values[name] = await _person(value.strip(), desk)
            case _:
                values[name] = value
    return values | {name: _date(parts) for name, parts in dates.items()}


def _date(parts: Mapping[str, str]) -> str:
    day, month, year = (parts.get(part, "") for part in ("day", "month", "year"))
    if not (day or month or year):
        return ""
    if month[:3].casefold() in MONTHS:
        month = str(MONTHS.index(month[:3].casefold()) + 1)
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}"


async def _person(written: str, desk: Desk) -> str:
    if not written:
        return ""
    # A picker writes the whole label, which holds more than the name that a search would go by.
    named = [each for each in await desk.people(limit=SUGGESTED) if each.label.casefold() == written.casefold()]
    people = named or await desk.people(written, limit=2)
    return str(people[0].person_id) if len(people) == 1 else written


async def colleagues(form: Form, desk: Desk) -> Sequence[PersonOption]:
    """Whom a form's pickers offer; empty if it has none."""
    if not any(item.kind == "person" for item in form.fields):
        return ()
    people = list(await desk.people(limit=SUGGESTED))
    offered = {str(each.person_id) for each in people}
    chosen = {str(form.values.get(item.name) or "") for item in form.fields if item.kind == "person"} - offered
    for each in sorted(chosen):
        people += await desk.people(each, limit=1) if each.isdecimal() else ()
    return people
