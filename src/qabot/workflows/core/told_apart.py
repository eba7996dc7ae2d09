"""Colleagues in a list to choose from, each told apart from the others, wherever the list stands."""

from collections import Counter
from collections.abc import Collection, Mapping

from qabot.models.look_up import by_id
from qabot.planning.directory import Directory, Staff


def labels(directory: Directory, among: Collection[int] | None = None) -> dict[int, str]:
    """What stands for each of those who work here (of `among`, if given), by name: the name and the team.

    Of two who read alike each has what stands before the @ of their address.
    """
    active = [each for each in directory.people.values() if each.active]
    alike = Counter(_label(directory, each) for each in active)
    shown = sorted((each for each in active if among is None or each.id in among), key=lambda each: each.name)
    return {each.id: _told_apart(directory, each, alike) for each in shown}


def _label(directory: Directory, staff: Staff) -> str:
    place = by_id(directory.teams, staff.team_id)
    name = staff.own_name or staff.name
    return f"{name}, {place.name}" if place else name


def _told_apart(directory: Directory, staff: Staff, alike: Mapping[str, int]) -> str:
    label = _label(directory, staff)
    return f"{label} ({staff.email.partition('@')[0]})" if alike[label] > 1 and staff.email else label
