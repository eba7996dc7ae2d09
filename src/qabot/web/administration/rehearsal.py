"""What a change of people, or a file, would do: carried out in a transaction that is taken back, and told."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, select

from qabot.imports import at_once
from qabot.imports.changes import Changes
from qabot.imports.kinds import Plan
from qabot.models import Audit, AuditState, alone
from qabot.scheduler.rehearsal import Said
from qabot.scheduler.rehearsal import rehearse as rehearse_change
from qabot.workflows.core.unit import Unit


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would happen. `mark` names it: what is confirmed must be what was read.

    `moved` is work that changes hands: reference, from whom, to whom. `said` is what would be sent because of it.
    """

    changes: Changes
    moved: tuple[tuple[str, str, str], ...]
    said: tuple[Said, ...]
    mark: str

    @property
    def joining(self) -> int:
        """How many people are new: they are welcomed once qabot reaches them."""
        return len(self.changes.of("person", new=True))


def rehearse(session: Session, again: Callable[[Session], Unit], plan: Plan) -> Rehearsed:
    """Do it, see what comes of it, and take it back. Raises `BadFile` or `BadRequest` of what cannot be done.

    `again` makes a unit of work that reads the situation anew.
    """
    alone.be_alone(session, alone.Work.imports)
    changes, change = plan(again(session))
    owners, moved = _owners(session), list[tuple[str, str, str]]()

    def carried_out(unit: Unit) -> None:
        change(unit)
        session.flush()
        at_once.keep_an_administrator(session, changes)
        moved.extend(_moved(again(session), owners))

    said = rehearse_change(session, again, carried_out)
    return Rehearsed(changes, tuple(moved), tuple(said), mark_of(changes))


def do(unit: Unit, plan: Plan, mark: str) -> Changes | None:
    """Do what was read under this mark; None if it would be something else by now."""
    alone.be_alone(unit.session, alone.Work.imports)
    changes, change = plan(unit)
    if mark_of(changes) != mark:
        return None
    return at_once.carry_out(unit, changes, change)


def mark_of(changes: Changes) -> str:
    """A name for what an import would do: the same as long as that is the same."""
    return hashlib.sha256("\n".join(map(str, changes.changes)).encode()).hexdigest()[:32]


def _owners(session: Session) -> dict[str, int]:
    query = select(Audit.reference, Audit.auditor_id).where(Audit.state == AuditState.allocated)
    return dict(session.exec(query).all())


def _moved(unit: Unit, before: dict[str, int]) -> list[tuple[str, str, str]]:
    name, now = unit.directory.name, _owners(unit.session)
    return [
        (reference, name(person), name(now[reference]))
        for reference, person in before.items()
        if reference in now and now[reference] != person
    ]
