"""The duties and ladders that the service makes where a person picks an activity's cases."""

from collections.abc import Iterable, Mapping

from qabot.framework.base import OF_DEADLINE
from qabot.framework.cases import Cases
from qabot.framework.duties import NEVER_OPENS, PICKED, Duty
from qabot.framework.offsets import Offset
from qabot.framework.steps import Ladder, Step

PICKING = "-cases"
"""Ends the name of the duty to pick an activity's cases, and that of its ladder."""
Picked = Iterable[tuple[str, str, Cases]]
"""Activities whose cases somebody picks: their names, what people call several pieces of them, and how."""


def duties(picked: Picked, known: Mapping[str, Duty]) -> dict[str, Duty]:
    """The duties to pick cases. Raises `ValueError` if the file has another of this name."""
    made = {f"{name}{PICKING}": _duty(name, plural, cases) for name, plural, cases in picked}
    for name in made:
        if name in known and not known[name].picks:
            raise ValueError(f"the duty {name!r} has the name of one to pick cases; call it otherwise")
    return made


def _duty(name: str, plural: str, cases: Cases) -> Duty:
    return Duty(
        rule=cases.rule,
        title=f"Cases for {plural}",
        when=(NEVER_OPENS,),
        owes=(cases.from_ or "",),
        due=Offset(("cycle-start",), -1, "working day"),
        ask=(PICKED,),
        ladder=f"{name}{PICKING}",
    )


def ladders(picked: Picked) -> dict[str, Ladder]:
    """What is said meanwhile; a file that has a ladder of this name says it otherwise."""
    return {f"{name}{PICKING}": _ladder(f"Cases for {plural}", cases.from_ or "") for name, plural, cases in picked}


def _ladder(title: str, role: str) -> Ladder:
    """They are asked, reminded twice, and again after the beginning until it is done."""
    steps = (
        ("opened", Offset(("opened",)), (role,), None),
        ("week-before", Offset(("due",), -5, "working day"), (role,), None),
        ("day-before", Offset(("due",), -1, "working day"), (role,), None),
        ("begun", Offset(("due",), 1, "working day"), (role,), None),
        ("still", Offset(("due",), 6, "working day"), (role, "quality"), Offset(("last",), 5, "working day")),
    )
    return Ladder(
        title=title,
        steps=tuple(
            Step(
                rule=OF_DEADLINE,
                called=name,
                at=at,
                roll="earlier" if at.count < 0 else "later",
                to=to,
                send="cases-wanted",
                repeat=again,
            )
            for name, at, to, again in steps
        ),
    )
