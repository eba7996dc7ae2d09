"""Playing one happening of a story: where it no longer fits what has happened, it is left out and said in the log."""

from collections.abc import Collection

import structlog
from sqlmodel import select

from qabot.errors import QabotError
from qabot.models import Person
from qabot.simulation.happenings import play, waiting_for_cycles
from qabot.simulation.scenario import DataSent, Does, Happening, ImportPerson, Submit
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk

log = structlog.get_logger()


async def tell(desk: Desk, happening: Happening, playing: Collection[int] = ()) -> None:
    """Let it happen, in a transaction of its own; nothing happens in the name of whoever is `playing`."""

    def work(unit: Unit) -> None:
        if not _whose(unit, happening.does) & set(playing):
            play(unit, "the demo's story", happening)

    try:
        await desk.run(work)
    except QabotError as skipped:
        # Whoever tries the demo may have done it first, or given the case back: the story goes on.
        log.info(f"Left out of {skipped}", action="story-skipped")


def _whose(unit: Unit, does: Does) -> set[int | None]:
    """The people who do this."""
    match does:
        case Submit(audit=choice):
            emails = {choice.auditor}
        case DataSent():
            return {each.owner_id for each in waiting_for_cycles(unit)}
        case ImportPerson(rows=rows):
            emails = {row.email for row in rows.rows if not row.active}
        case _:
            emails = {getattr(does, "by", None), getattr(does, "person", None)} - {None}
    return {number for each in emails for number in unit.session.exec(select(Person.id).where(Person.email == each))}
