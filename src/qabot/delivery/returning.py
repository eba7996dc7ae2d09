"""What follows when a chat goes or comes back: the log says so, and what is still open is brought to it."""

from qabot.delivery import queries
from qabot.delivery.supervisor import AdapterState, Standing
from qabot.models import Notice, NoticeState
from qabot.models.columns import insert_new, new_token
from qabot.workflows.core.unit import Unit


def chat_changed(unit: Unit, state: AdapterState, held: frozenset[int], process: str) -> None:
    """Write down how this `process` finds a chat now. Once it runs, what was `held` goes, and alerts are brought."""
    if state.standing is not Standing.running:
        unit.event("chat-away", why=state.why, adapter=state.adapter, state=state.standing.value, process=process)
        return
    unit.event("chat-back", adapter=state.adapter, process=process)
    unit.session.execute(queries.REDRAW_NOW, {"b_adapter": state.adapter})
    if held:
        unit.session.execute(queries.GO_NOW, {"ids": list(held), "now": unit.now})
    for alert in _in_the_web_inbox_alone(unit, state.adapter):
        _bring(unit, alert, state.adapter)


def _in_the_web_inbox_alone(unit: Unit, adapter: str) -> list[Notice]:
    """The newest cards of open alerts that this chat refused, and that their people have only in the inbox."""
    alerts = unit.session.exec(queries.IN_THE_INBOX_ALONE, params={"b_adapter": adapter}).all()
    return [each for each in alerts if adapter in each.refused_by.split()]


def _bring(unit: Unit, alert: Notice, adapter: str) -> None:
    """Send it once more, by the chat. What the inbox shows stays; a copy that came back to the inbox is sent again."""
    others = " ".join(each for each in alert.refused_by.split() if each != adapter)
    if alert.brought_to == adapter:
        alert.state, alert.not_before, alert.closed_at, alert.refused_by = NoticeState.planned, unit.now, None, others
        unit.session.add(alert)
    else:
        values = alert.model_dump(exclude={"id"})
        fresh = {
            "key": f"{alert.key}@{adapter}",
            "token": new_token(),
            "state": NoticeState.planned.value,
            "created_at": unit.now,
            "not_before": unit.now,
            "attempt": 0,
            "adapter": None,
            "brought_to": adapter,
            "refused_by": others,
            "message_id": None,
            "conversation": None,
            "sent_at": None,
            "closed_at": None,
            "wanted": 0,
            "drawn": 0,
            "redraw_at": None,
            "redraw_attempt": 0,
        }
        insert_new(unit.session, Notice, [{**values, **fresh}])
    unit.event(
        "brought-back",
        notice=alert.id,
        deadline=alert.deadline_id,
        rule=alert.rule,
        subject=(alert.subject_type, alert.subject_id),
        why=f"{adapter} is back",
        adapter=adapter,
    )
