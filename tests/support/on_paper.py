"""The small council as planning sees it: plain data that is changed only in copies."""

from dataclasses import replace
from datetime import date
from typing import Any

from qabot.planning.directory import Away, Directory
from tests.support import small_council


class Council:
    """Who works here. Each change gives the whole council back, so that they can be chained."""

    def __init__(self, directory: Directory, ids: dict[str, int]) -> None:
        self.directory = directory
        self.ids = ids

    def change(self, person: str, **values: Any) -> "Council":
        """Somebody is different."""
        people = dict(self.directory.people)
        people[self.ids[person]] = replace(people[self.ids[person]], **values)
        return Council(replace(self.directory, people=people), self.ids)

    def away(self, person: str, first: str, last: str, deputy: str | None = None) -> "Council":
        """Somebody is away from a day to a day."""
        days = date.fromisoformat(first), date.fromisoformat(last)
        return self.change(person, away=(Away(*days, self.ids[deputy] if deputy else None),))

    def vacant(self, role: str) -> "Council":
        """Nobody holds a role."""
        return Council(replace(self.directory, roles={**self.directory.roles, role: ()}), self.ids)

    def also(self, person: str, role: str, like: str) -> "Council":
        """Somebody holds a second role, where `like` holds it."""
        held = self.directory.roles[role]
        more = tuple(replace(each, person_id=self.ids[person]) for each in held if each.person_id == self.ids[like])
        roles = {**self.directory.roles, role: (*(x for x in held if x.person_id != self.ids[like]), *more)}
        return Council(replace(self.directory, roles=roles), self.ids)

    def name(self, person_id: int) -> str:
        """The short name."""
        return next(key for key, number in self.ids.items() if number == person_id and key in small_council.PEOPLE)
