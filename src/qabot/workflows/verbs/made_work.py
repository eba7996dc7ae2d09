"""What comes of new work that a duty made: its submission is the duty's `done`; withdrawn, the duty asks again."""

from qabot.framework.duties import Duty
from qabot.models import Audit, Deadline, DeadlineState
from qabot.planning.recipients import recipients
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


def ask_again(unit: Unit, made: Audit) -> None:
    """New work was withdrawn: the duty that made it waits for somebody to be named once more, if it still waits."""
    deadline = _waiting(unit, made)
    duty = asked(unit, deadline)[0] if deadline is not None else None
    if deadline is None or duty is None:
        return
    unit.redraw_deadlines([deadline.id])
    parties = topic.parties_to(unit, deadline)
    for each in recipients(_owing(duty), parties, unit.directory, unit.framework, unit.today):
        unit.notify(
            "duty",
            each.person_id,
            rule=duty.rule,
            subject=(deadline.subject_type, deadline.subject_id),
            deadline=deadline.id,
            role=each.role,
            key=f"asked-again:{made.id}:{each.person_id}",
            reason=f"{made.reference} was withdrawn",
            params={"withdrawn": made.reference},
        )


def _owing(duty: Duty) -> tuple[str, ...]:
    return ("owner",) if duty.owes_each else ("owes",)


def _waiting(unit: Unit, made: Audit) -> Deadline | None:
    """The open deadline of the duty that made this work; None of other work, and where it has ended meanwhile."""
    deadline = unit.session.get(Deadline, made.made_for_id) if made.made_for_id is not None else None
    return deadline if deadline is not None and deadline.state == DeadlineState.open else None
