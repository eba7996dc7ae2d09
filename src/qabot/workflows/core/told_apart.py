"""Colleagues in a list to choose from, each told apart from the others, wherever the list stands."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from qabot.models.look_up import by_id
from qabot.planning.directory import Directory, Staff
from qabot.planning.namesakes import short_address


def labels(directory: Directory, among: Collection[int] | None = None) -> dict[int, str]:
    """What stands for each of those who work here (of `among`, if given), by name: the name and the team.

    Of two who read alike each has what stands before the @ of their address, or the whole of it.
    """
    active = [each for each in directory.people.values() if each.active]
    alike: dict[str, list[Staff]] = defaultdict(list)
    for each in active:
        alike[_label(directory, each)].append(each)
    shown = sorted((each for each in active if among is None or each.id in among), key=lambda each: each.name)
    return {each.id: _told_apart(directory, each, alike) for each in shown}


def _label(directory: Directory, staff: Staff) -> str:
    place = by_id(directory.teams, staff.team_id)
    name = staff.own_name or staff.name
    return f"{name}, {place.name}" if place else name


def _told_apart(directory: Directory, staff: Staff, alike: Mapping[str, Sequence[Staff]]) -> str:
    label = _label(directory, staff)
    others = [each.email for each in alike[label] if each.id != staff.id]
    return f"{label} ({short_address(staff.email, others)})" if others and staff.email else label
