"""Actions after an audit: confirming that they are done, or giving a new date once (NEW-ESC-1, D6, D6b)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import update
from sqlmodel import col

from qabot.adapter import Reply, Say, ShowCard
from qabot.models import Action, ActionState, Audit, Deadline
from qabot.planning.recipients import Parties, recipients
from qabot.workflows import draw
from qabot.workflows import registry as buttons
from qabot.workflows.registry import Pressed, Registry, about
from qabot.workflows.subjects import Subject
from qabot.workflows.unit import Unit
from qabot.workflows.words import say_day


def register(registry: Registry) -> None:
    """What teams do about actions."""
    registry.action(
        buttons.Action(
            "confirm-done", lambda subject: f"Actions of {about(subject)} are done", _confirm, _waiting, "primary"
        )
    )


def _waiting(subject: Subject) -> bool:
    return subject.open and subject.deadline is not None and subject.deadline.kind in {"actions", "promised"}


def _confirm(pressed: Pressed) -> Reply:
    deadline = pressed.subject.deadline
    if deadline is None:
        return Say("This is no longer waiting for anybody. Thank you.")
    first = confirm(pressed.unit, deadline, by=pressed.person.id)
    said = "Thank you. The actions are confirmed as completed." if first else "These actions were already confirmed."
    return ShowCard(draw.pressed_card(pressed), said) if pressed.notice else Say(said)


def confirm(unit: Unit, deadline: Deadline, *, by: int | None) -> bool:
    """All actions of the audit are completed; False if that was known."""
    deadline.replied_at = unit.now
    unit.session.execute(
        update(Action)
        .where(col(Action.audit_id) == deadline.subject_id, col(Action.state) == ActionState.open)
        .values(state=ActionState.done, done_at=unit.now, done_by_id=by)
        .execution_options(synchronize_session=False)
    )
    return unit.close(deadline, "Confirmed as completed", by=by)


def plan_actions(unit: Unit, audit: Audit, actions: Sequence[tuple[int, date]]) -> None:
    """Keep the owners and days of an audit's actions (owner's id, day). What they are stands in the case system."""
    for number, (owner, due) in enumerate(actions, start=1):
        unit.session.add(Action(audit_id=audit.id or 0, number=number, owner_id=owner, due_on=due))


def answer_not_yet(pressed: Pressed, deadline: Deadline, new_date: date) -> Reply:
    """A reply stops the silence clock: a new date, once; the Service Manager sees it (D6b)."""
    not_yet(pressed.unit, deadline, new_date, by=pressed.person.id)
    return Say(
        f"Thank you. We have noted {say_day(new_date)} and told the Service Manager. We will ask again on that day."
    )


def not_yet(unit: Unit, deadline: Deadline, new_date: date, *, by: int) -> bool:
    """Note a new date for the actions; False if the deadline was closed already."""
    deadline.replied_at = unit.now
    unit.session.add(deadline)
    if not unit.opens("promised"):
        deadline.expected_on = new_date
        return True
    if not unit.close(deadline, f"Answered: not yet, new date {say_day(new_date)}", by=by):
        return False
    subject = (deadline.subject_type, deadline.subject_id)
    unit.event(
        "answered-not-yet", actor=by, subject=subject, deadline=deadline.id, rule=deadline.rule,
        expected=new_date.isoformat(),
    )  # fmt: skip
    promised = unit.open_deadline(
        "promised", subject, {"due": new_date}, owner_id=by, team_id=deadline.team_id, due_on=new_date
    )
    if promised is not None:
        promised.replied_at = unit.now
        promised.auditor_id, promised.practitioner_id = deadline.auditor_id, deadline.practitioner_id
    parties, above = Parties(team_id=deadline.team_id), unit.framework.above("leads-team")
    for each in recipients(above, parties, unit.directory, unit.framework, unit.today):
        unit.notify(
            "new-date-given", each.person_id, rule=deadline.rule, subject=subject, role=each.role,
            key=f"new-date:{deadline.id}:{each.person_id}", deadline=promised.id if promised else deadline.id,
            reason="D6b: whoever is above the team's lead sees a new date", params={"by": unit.directory.name(by)},
        )  # fmt: skip
    return True
