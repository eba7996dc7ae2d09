"""Whose a gathering is: who chairs or writes it, who may move, cancel or hold it, and who may look at its page."""

from datetime import date

from sqlmodel import col, select

from qabot.framework.gatherings import AFTER, Gathering
from qabot.framework.vocabulary import OCCASION
from qabot.models import Deadline, Notice, Occasion
from qabot.planning.directory import Staff
from qabot.workflows.access.records import REACHED, is_steward
from qabot.workflows.core.unit import Unit


def runners(unit: Unit, gathering: Gathering, day: date) -> list[int]:
    """Who chairs or writes a gathering on a day."""
    return held_by(unit, gathering.people(unit.framework.doing("runs-quality")), day)


def held_by(unit: Unit, roles: tuple[str, ...], day: date) -> list[int]:
    """Everybody who holds one of these roles on a day, in whatever team or service, each once."""
    return list(dict.fromkeys(each for role in roles for each in unit.directory.holders(role, day)))


def may_run(unit: Unit, person: Staff, occasion: Occasion | None) -> bool:
    """Whether this person may move, cancel or hold it: who chairs or writes it, their stand-in today, and quality.

    Of what the file has no more, who is asked how it went, and quality. An imported event is its own system's.
    """
    if occasion is None or occasion.thing in unit.framework.events:
        return False
    gathering = unit.framework.gatherings.get(occasion.thing)
    if gathering is None:
        after = unit.open_deadlines((OCCASION, occasion.id), {f"{occasion.thing}{AFTER}"})
        return is_steward(unit, person) or any(each.owner_id == person.id for each in after)
    return is_steward(unit, person) or person.id in standing_in(unit, runners(unit, gathering, unit.today))


def may_see(unit: Unit, person: Staff, occasion: Occasion) -> bool:
    """Whether its page is theirs: who runs it, who is invited, and who owes something for it or was told of it."""
    gathering = unit.framework.gatherings.get(occasion.thing)
    invited = held_by(unit, gathering.to, unit.today) if gathering else []
    if may_run(unit, person, occasion) or is_steward(unit, person) or person.id in standing_in(unit, invited):
        return True
    subject = (OCCASION, occasion.id)
    owes = select(Deadline.id).where(
        Deadline.subject_type == subject[0], Deadline.subject_id == subject[1], Deadline.owner_id == person.id
    )
    return unit.session.exec(owes).first() is not None or person.id in told(unit, occasion)


def told(unit: Unit, occasion: Occasion) -> set[int]:
    """Whom a message about it has reached."""
    query = select(Notice.recipient_id).where(
        Notice.subject_type == OCCASION, Notice.subject_id == occasion.id, col(Notice.state).in_(REACHED)
    )
    return set(unit.session.exec(query))


def standing_in(unit: Unit, people: list[int]) -> set[int]:
    """These people, and whoever stands in today for those of them who are away."""
    away = (each for each in people if (staff := unit.directory.person(each)) and staff.absence(unit.today))
    return {*people, *filter(None, (unit.directory.deputy(each, unit.today) for each in away))}
