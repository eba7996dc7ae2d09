"""Claiming notices: what is due is gathered, re-checked and marked as being sent, in one transaction.

Its card is drawn from what the claim has read when its turn comes to be sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, func, insert, or_, update
from sqlmodel import col, select

from qabot.adapter import Adapter, Address
from qabot.delivery.cards import card_of, cards_of
from qabot.delivery.digests import gather
from qabot.delivery.recheck import Verdict, recheck
from qabot.messaging.card import Card
from qabot.models import Account, Event, Notice, NoticeState
from qabot.models.columns import UtcDateTime, read, read_among, rows_of, table
from qabot.models.notice import OF_ITS_SENDING
from qabot.workflows.accounts import WEB, as_address, tried
from qabot.workflows.draw import Drawing
from qabot.workflows.loading import DIGEST, Loaded, loaded, subjects_of
from qabot.workflows.unit import Unit

LEASE = timedelta(minutes=5)
REPEAT_AFTER = timedelta(minutes=1)
EMPTY = "nothing that it was to carry still holds"
LANES = ("alert", "due", "news")
FINAL = (NoticeState.sent, NoticeState.ambiguous, NoticeState.failed, NoticeState.superseded)


@dataclass(slots=True)
class Job:
    """One send: whom, by which adapter, what.

    `children` are the notices that a digest carries; `older` what this person was sent about the same alert before.
    """

    notice_id: int
    attempt: int
    lane: str
    adapter: str
    address: Address
    children: tuple[int, ...]
    older: tuple[int, ...]
    notice: Notice
    drawing: Drawing

    def card(self) -> Card | None:
        """What to send; None if it cannot be drawn."""
        return card_of(self.drawing, self.notice)


def claim(
    unit: Unit, adapters: Mapping[str, Adapter], order: Sequence[str], limit: int, *, prepare: bool = True
) -> list[Job] | None:
    """The next notices to send, alerts first, marked `sending` until their lease runs out.

    None if nothing is due. An empty list if nothing of this batch may go: there can be more behind it. To `prepare` is
    to take up what was left behind, and to gather what waits for a digest.
    """
    if prepare:
        recover(unit)
        gather(unit)
    rows = _due(unit, limit)
    if not rows:
        return None
    children = _children(unit, [row.id or 0 for row in rows if row.message == DIGEST])
    subjects = subjects_of(unit, rows, children)
    flat = [row for row in rows if row.message != DIGEST] + [each for found in children.values() for each in found]
    verdicts = recheck(unit, flat, subjects)
    keep = [row for row in rows if _stands(row, children, verdicts)]
    _settle(unit, rows, keep, verdicts)
    carried = {row: [each for each in found if each.id not in verdicts] for row, found in children.items()}
    return _jobs(unit, keep, loaded(unit, keep, carried, subjects), adapters, order)


def recover(unit: Unit) -> int:
    """A `sending` row whose lease ran out: nobody knows whether it arrived. An alert is repeated once, and says so."""
    query = select(Notice).where(Notice.state == NoticeState.sending, col(Notice.lease_until) <= unit.now)
    found = list(unit.session.exec(query))
    for row in found:
        lost(unit, row, "the service stopped while this was being sent")
    return len(found)


def lost(unit: Unit, row: Notice, reason: str) -> None:
    """The platform's answer was lost."""
    again = row.lane == "alert" and not row.possible_repeat
    row.state = NoticeState.planned if again else NoticeState.ambiguous
    row.lease_until = None
    if again:
        row.possible_repeat, row.not_before = True, unit.now + REPEAT_AFTER
    else:
        row.reason, row.closed_at = reason, unit.now
        row.sent_at = row.sent_at or unit.now
    unit.session.add(row)
    unit.event(
        "answer-lost", notice=row.id, deadline=row.deadline_id, subject=(row.subject_type, row.subject_id),
        rule=row.rule, why=reason, repeated=again,
    )  # fmt: skip
    if not again and row.message == DIGEST:
        carried = [child.id or 0 for found in _children(unit, [row.id or 0]).values() for child in found]
        finish(unit, carried, NoticeState.ambiguous, reason=reason, sent_at=unit.now)


_notice = table(Notice).c
_DUE = (
    rows_of(Notice, without=OF_ITS_SENDING)
    .where(
        _notice.lane == bindparam("lane"),
        _notice.not_before <= bindparam("now", type_=UtcDateTime),
        _notice.state == NoticeState.planned,
        _notice.carrier_id.is_(None),
        or_(_notice.lane == "alert", _notice.alone, _notice.message == DIGEST),
    )
    .order_by(_notice.not_before, _notice.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(table(Notice))
    .where(_notice.id.in_(bindparam("kept", expanding=True)))
    .values(
        state=NoticeState.sending.value,
        lease_until=bindparam("until", type_=UtcDateTime),
        attempt=_notice.attempt + 1,
        drawn=_notice.wanted,
    )
)
_CHILDREN = (
    rows_of(Notice, without=OF_ITS_SENDING)
    .where(_notice.carrier_id.in_(bindparam("carriers", expanding=True)), _notice.state == NoticeState.planned)
    .order_by(_notice.lane, _notice.id)
)


def _due(unit: Unit, limit: int) -> list[Notice]:
    """Alerts, notices that go alone, and digests. On PostgreSQL rows that another worker holds are passed over."""
    found: list[Notice] = []
    for lane in LANES:
        found += read(unit.session, Notice, _DUE, {"lane": lane, "now": unit.now, "most": limit - len(found)})
        if len(found) >= limit:
            break
    return found


def _children(unit: Unit, carriers: list[int]) -> dict[int, list[Notice]]:
    found: dict[int, list[Notice]] = {carrier: [] for carrier in carriers}
    if carriers:
        for each in read(unit.session, Notice, _CHILDREN, {"carriers": carriers}):
            found[each.carrier_id or 0].append(each)
    return found


def _stands(row: Notice, children: Mapping[int, list[Notice]], verdicts: Mapping[int, Verdict]) -> bool:
    if row.message == DIGEST:
        return any((each.id or 0) not in verdicts for each in children[row.id or 0])
    return (row.id or 0) not in verdicts


def _settle(unit: Unit, rows: list[Notice], keep: list[Notice], verdicts: Mapping[int, Verdict]) -> None:
    """Write what the re-check found, and claim what stands."""
    for verdict in verdicts.values():
        verdict.apply(unit)
    kept = {row.id for row in keep}
    empty = [row for row in rows if row.message == DIGEST and row.id not in kept]
    finish(unit, [row.id or 0 for row in empty], NoticeState.superseded, reason=EMPTY)
    for row in empty:
        unit.event("superseded", notice=row.id, subject=(row.subject_type, row.subject_id), why=EMPTY)
    if kept:
        unit.session.flush()
        unit.session.connection().execute(_CLAIM, {"kept": list(kept), "until": unit.now + LEASE})


def _jobs(
    unit: Unit,
    keep: list[Notice],
    read: Loaded,
    adapters: Mapping[str, Adapter],
    order: Sequence[str],
) -> list[Job]:
    addresses = _addresses(unit, {row.recipient_id for row in keep}, [each for each in order if each in adapters])
    drawing, jobs = Drawing(unit, read), []
    for row in keep:
        children = read.carried.get(row.id or 0) if read.carried else None
        refused = row.refused_by.split() if row.refused_by else ()
        where = next((each for each in addresses[row.recipient_id] if each[0] not in refused), None)
        ids = tuple([each.id or 0 for each in children]) if children else ()
        if where is None:
            _unreachable(unit, row, ids)
            continue
        jobs.append(Job(row.id or 0, row.attempt + 1, row.lane, *where, ids, read.older(row), row, drawing))
    return jobs


def _addresses(unit: Unit, people: set[int], usable: Sequence[str]) -> dict[int, list[tuple[str, Address]]]:
    """Where each person can be reached, by the adapter's name in the order of `usable`; everybody has the web inbox."""
    known = {(person, WEB): Address(person, str(person)) for person in people}
    for row in read_among(unit.session, Account, "person_id", people):
        if tried(row, unit.now):
            known[row.person_id, row.adapter] = as_address(row)
    return {person: [(name, known[person, name]) for name in usable if (person, name) in known] for person in people}


def _unreachable(unit: Unit, row: Notice, carried: tuple[int, ...]) -> None:
    """Every adapter of this person refused. The ladder's next step is the net; the log and the console say so."""
    reason = f"no platform could reach this person (tried: {row.refused_by.strip() or 'none is set up'})"
    finish(unit, list(carried), NoticeState.failed, reason=reason)
    _fail(unit, row, reason)


def undrawable(unit: Unit, row: Notice) -> None:
    """Its card cannot be drawn. Of a digest only what is broken fails and leaves it, and the rest goes without that."""
    carried = _children(unit, [row.id or 0])[row.id or 0]
    bad = [each for each, card in zip(carried, cards_of(unit, carried), strict=True) if card is None]
    for each in bad if bad else [row, *carried]:
        _fail(unit, each, "its card could not be drawn")
    if bad:
        notices = table(Notice)
        broken = update(notices).where(notices.c.id.in_([each.id for each in bad]))
        unit.session.execute(broken.values(carrier_id=None))
        again = update(notices).where(notices.c.id == row.id)
        unit.session.execute(again.values(state=NoticeState.planned, lease_until=None))


def _fail(unit: Unit, row: Notice, reason: str) -> None:
    finish(unit, [row.id or 0], NoticeState.failed, reason=reason)
    unit.event(
        "failed", notice=row.id, deadline=row.deadline_id, subject=(row.subject_type, row.subject_id), rule=row.rule,
        why=reason,
    )  # fmt: skip


def finish(unit: Unit, ids: list[int], state: NoticeState, **values: Any) -> None:
    """Bring notices to a final state."""
    notices = table(Notice)
    if ids:
        unit.session.execute(
            update(notices)
            .where(notices.c.id.in_(ids))
            .values(state=state, closed_at=unit.now, lease_until=None, **values)
        )


def write_events(unit: Unit, rows: list[dict[str, Any]]) -> None:
    """Many lines of the log at once; each needs `what`, the rest has defaults."""
    if rows:
        blank: dict[str, Any] = {
            "at": unit.now, "actor_id": None, "subject_type": "", "subject_id": None, "deadline_id": None,
            "notice_id": None, "rule": "", "why": "", "detail": {},
        }  # fmt: skip
        unit.session.execute(insert(table(Event)), [{**blank, **row} for row in rows])


def next_moment(unit: Unit) -> datetime | None:
    """When a notice next wants to go out, or a lease runs out (UTC)."""
    moments: list[datetime | None] = [
        unit.session.exec(
            select(func.min(Notice.not_before)).where(
                Notice.lane == lane, Notice.state == NoticeState.planned, col(Notice.carrier_id).is_(None)
            )
        ).one()
        for lane in LANES
    ]
    moments.append(
        unit.session.exec(select(func.min(Notice.lease_until)).where(Notice.state == NoticeState.sending)).one()
    )
    return min((each for each in moments if each is not None), default=None)
