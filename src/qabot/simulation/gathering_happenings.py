"""Performing what a scenario says of gatherings: they are held, moved, cancelled, and brought to."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlmodel import col, select

from qabot.framework.gatherings import AFTER, HELD
from qabot.framework.vocabulary import OCCASION
from qabot.imports.applying import apply_days
from qabot.imports.days import plan_days
from qabot.models import Deadline, DeadlineState, Occasion, OccasionState
from qabot.simulation import scenario as told
from qabot.simulation.player import Player
from qabot.workflows.programme import gatherings
from qabot.workflows.verbs.gatherings import REASONS, day_fault


def _occasion(player: Player, name: str, day: date | None) -> Occasion:
    """The day of a gathering or event that is meant; without one, the next that is planned."""
    query = select(Occasion).where(Occasion.thing == name, Occasion.state == OccasionState.planned)
    query = query if day is None else query.where(Occasion.day == day)
    occasion = player.unit.session.exec(query.order_by(col(Occasion.day), col(Occasion.id))).first()
    if occasion is None:
        on = f" on {day.isoformat()}" if day is not None else ""
        raise player.wrong(f"no {name!r} is planned{on}")
    return occasion


def _owed(player: Player, occasion: Occasion, kind: str, by: int | None) -> Deadline:
    """What is owed for it, of this person's first."""
    query = select(Deadline).where(
        Deadline.kind == kind,
        Deadline.subject_type == OCCASION,
        Deadline.subject_id == occasion.id,
        Deadline.state == DeadlineState.open,
    )
    waiting = list(player.unit.session.exec(query.order_by(col(Deadline.id))))
    if not waiting:
        raise player.wrong(f"nobody owes {kind!r} for {occasion.title} now")
    return next((each for each in waiting if each.owner_id == by), waiting[0])


def _hold(player: Player, does: told.HoldGathering) -> None:
    occasion = _occasion(player, does.gathering, does.day)
    deadline = _owed(player, occasion, f"{occasion.thing}{AFTER}", None)
    gathering = player.unit.framework.gatherings[occasion.thing]
    said = {} if gathering.is_report else {HELD: "yes" if does.held else "no"}
    player.answer(deadline, {**said, **does.answers}, player.person(does.by, deadline.owner_id))


def _move(player: Player, does: told.MoveGathering) -> None:
    occasion = _occasion(player, does.gathering, does.day)
    if what := day_fault(player.unit, occasion, does.new_day):
        raise player.wrong(what)
    gatherings.move(player.unit, occasion, does.new_day, by=player.person(does.by) if does.by else None)


def _cancel(player: Player, does: told.CancelGathering) -> None:
    occasion = _occasion(player, does.gathering, does.day)
    gatherings.cancel(player.unit, occasion, REASONS[does.why], by=player.person(does.by) if does.by else None)


def _bring(player: Player, does: told.Bring) -> None:
    unit, by = player.unit, player.person(does.by) if does.by else None
    query = (
        select(Occasion)
        .join(Deadline, (col(Deadline.subject_id) == Occasion.id) & (col(Deadline.subject_type) == OCCASION))
        .where(Deadline.kind == does.duty, Deadline.state == DeadlineState.open)
        .order_by(col(Occasion.day), col(Occasion.id))
    )
    query = query if by is None else query.where(Deadline.owner_id == by)
    query = query if does.day is None else query.where(Occasion.day == does.day)
    occasion = unit.session.exec(query).first()
    if occasion is None:
        raise player.wrong(f"nobody owes {does.duty!r} for any day now")
    deadline = _owed(player, occasion, does.duty, by)
    player.answer(deadline, does.answers, by if by is not None else deadline.owner_id)


def _import_day(player: Player, does: told.ImportDay) -> None:
    unit = player.unit
    apply_days(unit, plan_days(unit.session, does.rows, unit.framework, unit.today))


PLAYS: Mapping[type, Callable[[Any, Any], None]] = {
    told.HoldGathering: _hold,
    told.MoveGathering: _move,
    told.CancelGathering: _cancel,
    told.Bring: _bring,
    told.ImportDay: _import_day,
}
