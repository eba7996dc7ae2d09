"""Choosing a colleague without the client's own people picker, which not every client has.

In a small council everybody is on the list. In a large one a part of the name is typed; one match is taken, several are
offered when the form comes back.
"""

from collections.abc import Mapping
from typing import Any

from qabot.adapter import PersonOption, Service
from qabot.messaging.form import Form
from qabot_teams.forms import MAX_PEOPLE, People, answers, people_asked


async def offers(service: Service, form: Form) -> People:
    """Whom to offer, for each field that asks for a person; nobody where a name must be typed."""
    found: dict[str, list[PersonOption]] = {}
    for item in form.fields:
        if item.kind == "person":
            given = [PersonOption(int(each.value), each.label) for each in item.options if each.value.isdecimal()]
            found[item.name] = given or await _matches(service, form.values.get(item.name))
    return found


async def _matches(service: Service, typed: Any) -> list[PersonOption]:
    query = "" if typed is None or str(typed).isdecimal() else str(typed)
    people = list(await service.people(query, limit=MAX_PEOPLE + 1))
    return people if len(people) <= MAX_PEOPLE else []


async def values(service: Service, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a card sent, with a typed name replaced by the person's id if only one person has it."""
    found = answers(data)
    for name in people_asked(data):
        matches = await service.people(str(found[name]), limit=2)
        if len(matches) == 1:
            found[name] = str(matches[0].person_id)
    return found
