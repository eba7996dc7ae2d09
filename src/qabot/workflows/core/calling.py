"""What the council's other programs are called of: a call is written in the transaction of what happened."""

from datetime import datetime

from sqlmodel import Session

from qabot.framework import Framework
from qabot.framework.vocabulary import ROW
from qabot.models import Deadline, WebhookCall
from qabot.models.columns import run
from qabot.workflows.core.as_opened import is_alert
from qabot.workflows.core.statements import LISTENING

RAISED, ACKNOWLEDGED, WAITS_AGAIN = "alert.raised", "alert.acknowledged", "alert.waits-again"
FINAL, DONE = "audit.final", "action.done"
EVENTS = {
    RAISED: "An alert was raised",
    ACKNOWLEDGED: "Somebody acknowledged an alert",
    WAITS_AGAIN: "Somebody took their acknowledgement back: the alert waits again",
    FINAL: "An audit became final",
    DONE: "What was to be done after an audit is done",
}
PUT_OFF = ".put-off"


def followed(framework: Framework) -> dict[str, str]:
    """The duties that follow up what a submission said there is to do; each that follows a new date, with which one."""
    of_work = {name: name for name, duty in framework.duties.items() if any(each.has_actions for each in duty.if_)}
    later = {
        name: moment.removesuffix(PUT_OFF)
        for name, duty in framework.duties.items()
        for moment in duty.when
        if moment.endswith(PUT_OFF) and moment.removesuffix(PUT_OFF) in of_work
    }
    return of_work | later


def plan(session: Session, event: str, subject: tuple[str, int], now: datetime, deadline: int | None = None) -> None:
    """Call whoever wants to hear of this. `now` is UTC."""
    for webhook, events in run(session, LISTENING):
        if event in events:
            call = WebhookCall(webhook_id=webhook, event=event, at=now, not_before=now, deadline_id=deadline)
            call.subject_type, call.subject_id = subject
            session.add(call)


def plan_met(session: Session, framework: Framework, deadline: Deadline, now: datetime) -> None:
    """The same of a deadline that was met, if it was an alert or an action."""
    if is_alert(framework, deadline):
        event = ACKNOWLEDGED
    else:
        event = DONE if deadline.subject_type == ROW or deadline.kind in followed(framework) else ""
    if event:
        plan(session, event, (deadline.subject_type, deadline.subject_id), now, deadline.id)
