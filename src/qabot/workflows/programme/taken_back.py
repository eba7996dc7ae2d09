"""An imported event that counts as held, since its day has passed, and was not to be after all (sentences 1 and 23)."""

from collections.abc import Sequence

from sqlmodel import col, select

from qabot.framework.gatherings import CANCELLED
from qabot.framework.vocabulary import OCCASION
from qabot.models import Deadline, Notice, Occasion, OccasionState
from qabot.workflows.access.records import REACHED
from qabot.workflows.core import dates, moments, occasions, topic
from qabot.workflows.core.unit import Unit


def take_back(unit: Unit, occasion: Occasion, why: str) -> bool:
    """An event was cancelled, as is known only after its day; False if it does not count as held. `why` is for people.

    Nobody had said that it was held: its day had passed. That it is cancelled is one more moment. What nobody has
    answered about it is withdrawn, which whoever was told of that hears; answers stay.
    """
    unit.session.refresh(occasion, with_for_update=True)
    event = unit.framework.events.get(occasion.thing)
    if occasion.state != OccasionState.held or event is None:
        return False
    occasion.state, occasion.why, occasion.changed_at = OccasionState.cancelled, why, unit.now
    occasion.sequence += 1
    unit.session.add(occasion)
    subject = (OCCASION, occasion.id)
    unit.event("day-cancelled", subject=subject, rule=event.rule, why=why)
    unanswered = dates.running(unit, subject)
    people = _told(unit, unanswered)
    for deadline in unanswered:
        unit.close(deadline, f"Withdrawn: {occasion.title} is cancelled", withdrawn=True)
    moments.happen(unit, occasion.thing, CANCELLED, topic.About.day(occasion))
    for person in people:
        unit.notify(
            "gathering-cancelled",
            person,
            rule=event.rule,
            subject=subject,
            key=f"occasion:{occasion.id}:gathering-cancelled:{occasion.sequence}:0:{person}",
            reason=f"{event.rule}: {occasion.title}",
            params={occasions.AFTERWARDS: "yes"},
        )
    return True


def _told(unit: Unit, deadlines: Sequence[Deadline]) -> list[int]:
    """Whom a message about one of these has reached, and who works here still."""
    ids = [each.id for each in deadlines]
    query = select(Notice.recipient_id).where(col(Notice.deadline_id).in_(ids), col(Notice.state).in_(REACHED))
    return sorted(each for each in set(unit.session.exec(query)) if unit.directory.person(each) is not None)
