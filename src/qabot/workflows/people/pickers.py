"""Colleagues to choose from, each told apart from the others."""

from collections import Counter
from collections.abc import Mapping, Sequence

from qabot.adapter import PersonOption
from qabot.planning.directory import Staff
from qabot.workflows.core.unit import Unit


def options(unit: Unit, query: str, limit: int) -> Sequence[PersonOption]:
    """At most so many of those who work here, by name; those in whose name the `query` stands, if it is not empty."""
    part = query.strip().lower()
    active = [each for each in unit.directory.people.values() if each.active]
    matches = sorted((each for each in active if part in each.name.lower()), key=lambda each: each.name)
    labels = Counter(_label(unit, each) for each in active)
    return [PersonOption(each.id, _told_apart(unit, each, labels)) for each in matches[:limit]]


def _label(unit: Unit, staff: Staff) -> str:
    place = unit.directory.teams.get(staff.team_id or 0)
    return f"{staff.name}, {place.name}" if place else staff.name


def _told_apart(unit: Unit, staff: Staff, labels: Mapping[str, int]) -> str:
    """Somebody in a list to choose from; of two who read alike, each with what stands before the @ of their address."""
    label = _label(unit, staff)
    return f"{label} ({staff.email.partition('@')[0]})" if labels[label] > 1 and staff.email else label
