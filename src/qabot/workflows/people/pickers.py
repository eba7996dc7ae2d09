"""Colleagues to choose from."""

from collections.abc import Sequence

from qabot.adapter import PersonOption
from qabot.workflows.core import told_apart
from qabot.workflows.core.unit import Unit


def options(unit: Unit, query: str, limit: int) -> Sequence[PersonOption]:
    """At most so many of those who work here, by name; those in whose name the `query` stands, if it is not empty."""
    part, people = query.strip().lower(), unit.directory.people
    named = told_apart.labels(unit.directory, [each.id for each in people.values() if part in each.name.lower()])
    return [PersonOption(number, label) for number, label in list(named.items())[:limit]]
