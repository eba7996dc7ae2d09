"""What happened to one audit: its stages in short, and everything in order of time, with what was not sent and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlmodel import Session, select

from qabot.framework.schema import Framework
from qabot.models import Alert, Audit, NoticeState
from qabot.models.audit import final_at
from qabot.models.look_up import by_id
from qabot.web import labels
from qabot.web.log import EventRow
from qabot.web.notices import NoticeRow
from qabot.workflows.core.views import alerting_grades

Kind = Literal["done", "message", "not-sent"]
AS_MESSAGES = frozenset(("sent", "superseded", "failed"))
"""Lines of the log that say of a notice what its own line says here."""


class Look(Protocol):
    """A second look."""

    @property
    def sample(self) -> str: ...
    @property
    def moderator(self) -> str: ...
    @property
    def done(self) -> datetime | None: ...
    @property
    def grade(self) -> str: ...


PUT_RIGHT = frozenset(("grades-corrected", "date-changed", "taken-back"))
"""Lines of the log that say what was put right or taken back."""
NOT_SENT = frozenset((NoticeState.superseded, NoticeState.failed))


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage that is behind: its name, who did it ("" where nobody is named), when (UTC), and what came of it."""

    what: str
    who: str
    at: datetime
    result: str = ""
    all_day: bool = False
    """Whether its hour says nothing: work is given out with a day."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, was sent, or was not. `at` is UTC; `detail` says more of it or why."""

    at: datetime
    kind: Kind
    what: str
    who: str
    who_id: int | None
    about: str
    detail: str


def lines(events: Sequence[EventRow], notices: Sequence[NoticeRow]) -> list[Line]:
    """Everything, the oldest first. What is still to be sent is no part of it."""
    log_lines = [
        Line(
            each.at,
            "done",
            each.what,
            each.who,
            each.who_id,
            each.subject,
            "; ".join(filter(None, (each.why, each.detail))),
        )
        for each in events
        if each.name not in AS_MESSAGES
    ]
    log_lines += [
        Line(
            each.at,
            "not-sent" if each.state in NOT_SENT else "message",
            each.message,
            each.recipient,
            each.recipient_id,
            each.subject,
            each.reason,
        )
        for each in notices
        if each.state in (*NOT_SENT, NoticeState.sent, NoticeState.ambiguous)
    ]
    return sorted(log_lines, key=lambda each: each.at)


def stages(
    audit: Audit,
    people: Mapping[int, str],
    looks: Sequence[Look],
    alert: Mapping[str, Any] | None,
    done: Sequence[Stage],
    events: Sequence[EventRow] = (),
    *,
    graded: bool,
) -> list[Stage]:
    """The stages that are behind an audit, in order of time; without what would give a grade away, unless `graded`.

    `done` is what was asked for because of it and is done, of all that this visitor may know; `events` its log: what
    was put right is a stage of its own, or nobody sees why a grade is not that of the alert.
    """
    auditor = people.get(audit.auditor_id, "")
    stages_there = [Stage("Given out", auditor, audit.allocated_at, all_day=True)]
    if graded and audit.submitted_at is not None:
        stages_there.append(Stage("Sent in", auditor, audit.submitted_at))
    stages_there += done
    stages_there += [
        Stage(each.sample, each.moderator, each.done, each.grade) for each in looks if each.done is not None
    ]
    # Of one moment what stands comes last: who took an alert back, and has acknowledged it again, has acknowledged it.
    stages_there += [*_raised(alert), *_put_right(events, graded=graded), *_ended(alert)]
    if (final := final_at(audit) if graded else audit.finalised_at) is not None:
        stages_there.append(Stage("Final", "", final))
    return sorted(stages_there, key=lambda each: each.at)


def _raised(alert: Mapping[str, Any] | None) -> Iterator[Stage]:
    if alert is not None:
        why = alert["why"]
        yield Stage("Alert raised", "", alert["raised"], why[:1].lower() + why[1:])


def _ended(alert: Mapping[str, Any] | None) -> Iterator[Stage]:
    if alert is not None and alert["acknowledged"]:
        yield Stage("Alert acknowledged", alert["by"], alert["acknowledged"])
    if alert is not None and alert["withdrawn"]:
        yield Stage("Alert withdrawn", alert["withdrawn_by"], alert["withdrawn"], alert["withdrawn_why"])


def _put_right(events: Sequence[EventRow], *, graded: bool) -> Iterator[Stage]:
    for each in events:
        if each.name in PUT_RIGHT and (graded or each.name != "grades-corrected"):
            said = "; ".join(filter(None, (each.why, each.detail)))
            yield Stage(each.what, each.who, each.at, said[:1].lower() + said[1:])


def alert_of(session: Session, audit: Audit, framework: Framework) -> dict[str, Any] | None:
    """The alert about an audit, in words; None if none was raised."""
    row = session.exec(select(Alert).where(Alert.audit_id == audit.id)).first()
    if row is None:
        return None
    names = labels.names(session, [row.acknowledged_by_id, row.withdrawn_by_id])
    return {
        "why": _why(row, framework),
        "raised": row.raised_at,
        "acknowledged": row.acknowledged_at,
        "by": by_id(names, row.acknowledged_by_id, ""),
        "withdrawn": row.withdrawn_at,
        "withdrawn_by": by_id(names, row.withdrawn_by_id, ""),
        "withdrawn_why": row.withdrawn_why,
    }


def _why(alert: Alert, framework: Framework) -> str:
    if not alert.graded:
        return "An immediate concern"
    grades = [framework.grade_label(each) for each in alerting_grades(framework)]
    return f"A grade was {' or '.join(grades)}" + (", and there was an immediate concern" if alert.concern else "")
