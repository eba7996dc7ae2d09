"""What could not be given as the file asks: in the log, and told to quality assurance once for each cycle."""

from collections import Counter
from collections.abc import Mapping

from qabot.framework.activities import Activity
from qabot.messaging.values import join_and
from qabot.models import Cycle
from qabot.planning.choosing import Choice
from qabot.planning.recipients import runs_quality
from qabot.workflows.core.unit import Unit


def note(unit: Unit, activity: Activity, cycle: Cycle, choice: Choice) -> None:
    """Write down which cases nobody could be given and why, and what is missing; tell quality assurance of that."""
    excluded = Counter[str]()
    for reasons in choice.excluded.values():
        excluded.update(reasons)
    subject, rule = ("cycle", cycle.id), activity.drawing.rule
    if excluded:
        unit.event(
            "cases-excluded",
            subject=subject,
            rule=rule,
            why=", ".join(f"{reason}: {count}" for reason, count in sorted(excluded.items())),
            by_person={str(person): dict(reasons) for person, reasons in choice.excluded.items() if reasons},
        )
    missing = _missing(unit, activity, choice)
    if missing:
        unit.event("cases-short", subject=subject, rule=rule, why="; ".join(missing.values()), figures=_figures(choice))
        tell(unit, cycle, rule, "cases-short", missing)


def tell(unit: Unit, cycle: Cycle, rule: str, message: str, params: Mapping[str, str]) -> None:
    """Tell everybody who runs quality assurance something about a cycle, once."""
    for person in runs_quality(unit.directory, unit.framework, unit.today):
        unit.notify(
            message,
            person,
            rule=rule,
            subject=("cycle", cycle.id),
            key=f"{message}:{cycle.id}:{person}",
            reason=f"{rule}: not everything could be given",
            params=dict(params),
        )


def _missing(unit: Unit, activity: Activity, choice: Choice) -> dict[str, str]:
    """What is missing, by kind, in words that follow a heading."""
    said = {}
    if choice.short:
        said["short"] = each(unit, choice.short)
    if choice.missed:
        said["turns"] = each(unit, choice.missed)
    overlaps = {name: (share, number) for name, (share, number) in choice.overlaps.items() if number < share}
    if overlaps:
        titles = {name: unit.framework.activities[name].plural for name in overlaps}
        said["overlap"] = join_and(
            f"{number} of {share} are cases of the {titles[name]} too" for name, (share, number) in overlaps.items()
        )
    return said


def each(unit: Unit, counts: Mapping[int, int]) -> str:
    """People with their numbers, in words."""
    return join_and(f"{unit.directory.name(person)} ({count})" for person, count in sorted(counts.items()))


def _figures(choice: Choice) -> dict[str, dict[str, object]]:
    return {
        "short": {str(person): count for person, count in choice.short.items()},
        "missed": {str(person): count for person, count in choice.missed.items()},
        "overlap": {name: [share, number] for name, (share, number) in choice.overlaps.items()},
    }
