"""What comes of new work that a duty made: its submission is the duty's `done`; withdrawn, the duty asks again."""

from qabot.models import Audit, Deadline, DeadlineState
from qabot.workflows.core import conditions, finalising, moments, topic
from qabot.workflows.core.questions import asked
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs.answers import filled


def came_in(unit: Unit, made: Audit, *, by: int | None) -> None:
    """New work was submitted: the duty that made it is done, if it still waits."""
    deadline = _waiting(unit, made)
    if deadline is None:
        return
    duty, questions = asked(unit, deadline)
    of = topic.about_deadline(unit, deadline)
    values = {each.question: each.value for each in conditions.answers_about(unit, of)}
    why = filled(unit, duty.done, questions, values) if duty and duty.done else f"Submitted as {made.reference}"
    if moments.complete(unit, deadline, why, by=by, about=of) and of.audit is not None:
        finalising.make_final(unit, of.audit, by=by)


def _waiting(unit: Unit, made: Audit) -> Deadline | None:
    """The open deadline of the duty that made this work; None of other work, and where it has ended meanwhile."""
    deadline = unit.session.get(Deadline, made.made_for_id) if made.made_for_id is not None else None
    return deadline if deadline is not None and deadline.state == DeadlineState.open else None
