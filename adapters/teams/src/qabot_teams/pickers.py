"""Choosing a colleague without the client's own people picker, which not every client has.

In a small council everybody is on the list. In a large one a part of the name is typed; one match is taken, several are
offered when the form comes back.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qabot.adapter import PersonOption, Service
from qabot.messaging.form import Form
from qabot_teams.forms import MAX_PEOPLE, People, answers, people_asked

MAX_COUNCIL = 20_000
LONGEST_ID = 18
"""Digits of a number that can be somebody's."""


async def offered(service: Service, form: Form) -> tuple[Form, People]:
    """The form, and whom to offer for each field that asks for a person; nobody where a name must be typed.

    Where the list is too long for a card, a person already chosen stands in the box by name and team.
    """
    people: dict[str, list[PersonOption]] = {}
    typed: dict[str, str] = {}
    for item in form.fields:
        if item.kind == "person":
            given = [PersonOption(int(each.value), each.label) for each in item.options if each.value.isdecimal()]
            value = str(form.values.get(item.name) or "")
            people[item.name] = given or await _matches(service, value)
            if value.isdecimal() and len(value) <= LONGEST_ID and not people[item.name]:
                typed[item.name] = await _name(service, int(value))
    return replace(form, values={**form.values, **typed}), people


async def _matches(service: Service, value: str) -> list[PersonOption]:
    people = list(await service.people("" if value.isdecimal() else value, limit=MAX_PEOPLE + 1))
    return people if len(people) <= MAX_PEOPLE else []


async def _name(service: Service, person_id: int) -> str:
    everybody = await service.people("", limit=MAX_COUNCIL)
    # The whole label: two people may have one name, and the name alone would be asked for again.
    return next((each.label for each in everybody if each.person_id == person_id), "")


async def values(service: Service, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a card sent, with a typed name replaced by the person's id if only one person has it."""
    given = answers(data)
    for name in people_asked(data):
        matches = await service.people(str(given[name]), limit=2)
        if len(matches) == 1:
            given[name] = str(matches[0].person_id)
    return given
