"""Pressing any button in a scenario, and filling in its form: whatever people can do, a scenario can hold."""

from collections.abc import Sequence
from datetime import date, time
from functools import cache
from typing import Any

from sqlmodel import col, select

from qabot.adapter import OpenForm
from qabot.framework.loader import did_you_mean
from qabot.messaging.form import Form, check
from qabot.models import Deadline, DeadlineState, Notice, Occasion, OccasionState
from qabot.simulation.player import Player
from qabot.simulation.scenario_parts import Press
from qabot.workflows.access import presses
from qabot.workflows.core.registry import Pressed, Registry, Verb
from qabot.workflows.core.subjects import load_one
from qabot.workflows.registrations import new_registry
from qabot.workflows.verbs import sure


@cache
def registry() -> Registry:
    """Every button and form."""
    return new_registry()


def press(player: Player, does: Press) -> None:
    """Press it, and send what its form asks. Raises `BadFile` where it is not there, or the form is not taken."""
    unit, verb = player.unit, registry().verbs[does.button]
    person = unit.directory.people[player.person(does.by)]
    pressed = presses.find(unit, person, _token(player, does, verb))
    if not presses.may_use(pressed, verb):
        raise player.wrong(f"{person.name} has no such button: {does.button}")
    if not verb.offered(pressed.subject):
        raise player.wrong(f"{does.button} is not offered on {unit.today}")
    reply = verb.do(pressed)
    if isinstance(reply, OpenForm):
        _send(player, pressed, reply.form, does.form)
    elif does.form:
        raise player.wrong(f"{does.button} asks nothing: expected no form")


def _token(player: Player, does: Press, verb: Verb) -> str:
    """The token of what is meant: a gathering, a piece of work for whoever steers it, or what is open."""
    if does.gathering is not None:
        return _gathering(player, does.gathering).token
    if does.audit is not None and verb.stewards:
        return player.audit(does.audit).reference
    if does.audit is None and does.duty is None:
        return ""
    unit, waiting = player.unit, _waiting(player, does)
    things: list[Deadline | Notice] = [*waiting, *_cards(player, does, waiting)]
    for each in things:
        if verb.offered(load_one(unit.session, each, unit.framework)):
            return each.token
    raise player.wrong(f"nothing with the button {does.button} waits on {player.unit.today}")


def _gathering(player: Player, name: str) -> Occasion:
    """The day of a gathering that is the next one, or is over and was not said to be held."""
    query = select(Occasion).where(Occasion.thing == name, Occasion.state == OccasionState.planned)
    occasion = player.unit.session.exec(query.order_by(col(Occasion.day))).first()
    if occasion is None:
        raise player.wrong(f"no {name} is planned on {player.unit.today}")
    return occasion


def _waiting(player: Player, does: Press) -> list[Deadline]:
    """What is open about a piece of work, or of a duty: what is this person's own comes first."""
    by = player.person(does.by)
    if does.audit is not None:
        waiting = player.waiting(player.audit(does.audit), by)
    else:
        query = select(Deadline).where(Deadline.kind == does.duty, Deadline.state == DeadlineState.open)
        waiting = sorted(player.unit.session.exec(query), key=lambda each: (each.owner_id != by, each.id))
    return [each for each in waiting if does.duty in (None, each.kind)]


def _cards(player: Player, does: Press, waiting: Sequence[Deadline]) -> Sequence[Notice]:
    """The cards about it that this person got, the newest first: some buttons stand on a card alone."""
    about = col(Notice.deadline_id).in_([each.id for each in waiting])
    query = select(Notice).where(Notice.recipient_id == player.person(does.by), about)
    return player.unit.session.exec(query.order_by(col(Notice.id).desc())).all()


def _send(player: Player, pressed: Pressed, form: Form, given: dict[str, Any]) -> None:
    fields = {each.name: each for each in form.fields}
    for name in given:
        if name not in fields:
            guess = did_you_mean(name, list(fields)) or f": expected one of {', '.join(fields)}"
            raise player.wrong(f"the form has no field {name!r}{guess}")
    kinds = {name: each.kind for name, each in fields.items()}
    clean, errors = check(form, {name: _typed(player, kinds[name], each) for name, each in given.items()})
    if not errors:
        reply = sure.take_and_confirm(registry(), form.name, pressed, clean)
        errors = reply.form.errors if isinstance(reply, OpenForm) else {}
    if errors:
        raise player.wrong("; ".join(f"{name}: {what}" if name else what for name, what in errors.items()))
    player.unit.session.flush()


def _typed(player: Player, kind: str, given: Any) -> Any:
    """As a platform would send it: people by id, days and times as text."""
    match given:
        case str() if kind == "person":
            return str(player.person(given.casefold()))
        case bool():
            return "on" if given else ""
        case date() | time():
            return given.isoformat()
        case list():
            return [str(each) for each in given]
    return str(given)
