"""What a simulation prints: a line for each notice that was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_rows

from qabot.framework import Framework
from qabot.framework.calendar import LONDON
from qabot.models import ListLine, Notice, NoticeState
from qabot.models.columns import UtcDateTime, table
from qabot.models.notice import DIGEST
from qabot.models.rows import NOTICES, NoticeRow
from qabot.workflows.core import occasions
from qabot.workflows.core.subjects import Subject, look
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of

AT_ONCE = 1000
"""How many notices are read at once when all of them are."""
_on_list = table(ListLine).c
_notice, _digest = table(Notice).c, table(Notice).alias("digest")
SENT = (
    select_rows(_notice.id)
    .where(
        _notice.state == NoticeState.sent,
        _notice.message != DIGEST,
        _notice.sent_at >= bindparam("since", type_=UtcDateTime),
        _notice.sent_at < bindparam("until", type_=UtcDateTime),
    )
    .order_by(_notice.sent_at, _notice.id)
)
"""What was sent in a period, digests by what they carried."""
WHY = (
    select_rows(_notice.id, _notice.reason, _digest.c.key)
    .outerjoin_from(table(Notice), _digest, _notice.carrier_id == _digest.c.id)
    .where(_notice.id.in_(bindparam("ids", expanding=True)))
)
"""Why these were made, and the key of the digest in which each went."""
LISTED = (
    select_rows(_on_list.list_id, func.count(), func.min(_on_list.rule), func.min(_on_list.role))
    .where(_on_list.list_id.in_(bindparam("ids", expanding=True)))
    .group_by(_on_list.list_id)
)
"""How many lines each list among these has, and a rule and a role for which one stands there."""


@dataclass(frozen=True, slots=True)
class Line:
    """One notice that was sent. `at` has its offset in England; `due` is a day or None; `sent_in` names its digest.

    `kind` is the title of the duty or the work that it is about, or "".
    """

    at: datetime
    rule: str
    message: str
    lane: str
    recipient: str
    email: str
    role: str
    subject: str
    due: date | None
    reason: str
    sent_in: str
    kind: str = ""

    def as_json(self) -> dict[str, str | None]:
        """For one JSON object a line."""
        return {
            "at": self.at.isoformat(),
            "rule": self.rule,
            "message": self.message,
            "lane": self.lane,
            "recipient": self.recipient,
            "email": self.email,
            "role": self.role,
            "subject": self.subject,
            "due": self.due.isoformat() if self.due else None,
            "reason": self.reason,
            "sent_in": self.sent_in,
            "kind": self.kind,
        }


def lines(unit: Unit, since: datetime, until: datetime) -> list[Line]:
    """Every notice that was sent from a moment until before another (UTC), in order of time."""
    ids = [number for (number,) in unit.session.execute(SENT, {"since": since, "until": until})]
    # Rows, and a part of them at a time: in a year of a large council there are hundreds of thousands.
    parts = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
    return [line for part in parts for line in _of_part(unit, part)]


def _of_part(unit: Unit, ids: Sequence[int]) -> list[Line]:
    """Those of these notices, in their order."""
    rows = {each.id: each for each in NOTICES.among(unit.session, "id", ids)}
    notices = [rows[number] for number in ids]
    reasons = {number: (reason, key) for number, reason, key in unit.session.execute(WHY, {"ids": ids})}
    subjects = look(unit.session, notices, unit.framework)
    listed = {number: about for number, *about in unit.session.execute(LISTED, {"ids": ids})}
    return [
        _line(unit, each, subject, *reasons[each.id], *listed.get(each.id, (0, each.rule, each.role)))
        for each, subject in zip(notices, subjects, strict=True)
    ]


def _line(
    unit: Unit,
    notice: NoticeRow,
    subject: Subject,
    reason: str,
    digest: str | None,
    listed: int,
    rule: str,
    named: str,
) -> Line:
    """`listed`: how many lines it has if it is a list; then `rule` and role (`named`) are those of one of them."""
    staff = unit.directory.people[notice.recipient_id]
    role = unit.framework.roles.get(named)
    due = subject.deadline.due_on if subject.deadline else None
    return Line(
        at=(notice.sent_at or notice.not_before).astimezone(LONDON),
        rule=rule,
        message=notice.message,
        lane=notice.lane,
        recipient=staff.name,
        email=staff.email,
        role=role.title if role else named,
        subject=f"{listed} {'line' if listed == 1 else 'lines'}" if listed else _subject(subject, unit.framework),
        due=due or (subject.audit.due_on if subject.audit else None),
        reason=reason,
        sent_in=digest or "",
        kind=_kind(notice, subject, unit.framework),
    )


def _kind(notice: NoticeRow, subject: Subject, framework: Framework) -> str:
    if subject.deadline is None:
        return str(notice.params.get("title", ""))
    return title_of(subject.deadline.kind, framework, subject.audit.activity if subject.audit else "")


def _subject(subject: Subject, framework: Framework) -> str:
    if subject.nomination is not None:
        return f"nomination {subject.nomination.id}"
    if subject.audit is not None:
        case = f" (case {subject.audit.case_reference})" if subject.audit.case_reference else ""
        return f"{subject.audit.reference}{case}"
    if subject.cycle is not None:
        return subject.cycle.name
    if subject.occasion is not None:
        return occasions.name(subject.occasion)
    return title_of(subject.deadline.kind, framework) if subject.deadline else ""
