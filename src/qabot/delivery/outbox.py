"""Claiming notices: what is due is gathered, re-checked and marked as claimed by this process, in one transaction.

Its card is drawn from what the claim has read when its turn comes to be sent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from qabot.adapter import Adapter, Address
from qabot.delivery import queries
from qabot.delivery.cards import card_of
from qabot.delivery.digests import gather
from qabot.delivery.fates import carried_by, fail, finish
from qabot.delivery.lists import recheck_lists
from qabot.delivery.pilot import hold, release
from qabot.delivery.processes import Holder, adopt, join, resume
from qabot.delivery.recheck import Verdict, recheck
from qabot.delivery.shards import Shard
from qabot.messaging.card import Card
from qabot.models import NoticeState
from qabot.models.columns import run
from qabot.models.notice import DIGEST
from qabot.models.reasons import Reason
from qabot.models.rows import ACCOUNTS, NOTICES, NoticeRow
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.cards.loading import Loaded, flattened, loaded, subjects_of
from qabot.workflows.core import lists
from qabot.workflows.core.unit import Unit
from qabot.workflows.people.accounts import WEB, as_address, tried

log = structlog.get_logger()
EMPTY = "nothing that it was to carry still holds"


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
    notice: NoticeRow
    drawing: Drawing

    def card(self) -> Card | None:
        """What to send; None if it cannot be drawn."""
        return card_of(self.drawing, self.notice)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether anything waits for whoever claims."""

    held: bool
    """By a process, which may be gone."""
    kept: bool
    """By a pilot."""
    to_gather: bool
    """For a digest."""
    due: bool

    @classmethod
    def now(cls, unit: Unit) -> "Waiting":
        """One look."""
        unit.session.flush()
        values = {"now": unit.now, "day": unit.today.isoformat()}
        row = unit.session.connection().execute(queries.WHAT_WAITS, values).one()
        return cls(*map(bool, row))


NOTHING = Waiting(held=False, kept=False, to_gather=False, due=False)


def claim(
    unit: Unit,
    adapters: Mapping[str, Adapter],
    order: Sequence[str],
    limit: int,
    me: Holder,
    *,
    prepare: bool = True,
    pilot: Collection[str] = (),
    shard: Shard | None = None,
) -> list[Job] | None:
    """The next notices to send, alerts first, marked as claimed by this process (`me`).

    1. What is due for anybody outside a `pilot` (addresses) is held. To `prepare`, what was left behind is taken up,
       what was held for somebody who is in the pilot now is planned, and what waits for a digest is gathered.
    2. What is due is read, with what digests carry and what all of it is about.
    3. Each notice is checked again. What must not go is put off, passed on or superseded, and says why.
    4. What stands is marked as ours, and gets the address at which it is tried first.

    Of one `shard` alone for a worker; what is for all shards, whoever has the clock does (`prepare_all`).

    None if nothing is due. An empty list if nothing of this batch may go: there can be more behind it.
    """
    waiting = Waiting.now(unit)
    if prepare:
        join(unit, me)
        if waiting.held:
            adopt(unit)
            resume(unit, me)
    if prepare and shard is None:
        prepare_all(unit, pilot, waiting)
    else:
        hold(unit, pilot)
    rows = _due(unit, limit, shard) if waiting != NOTHING else []
    if not rows:
        return None
    children = carried_by(unit, [row.id for row in rows if row.message == DIGEST])
    flat = flattened(rows, children)
    lines = lists.lines_of(unit, flat)
    subjects = subjects_of(unit, rows, children, lines)
    verdicts = recheck(unit, [each for each in flat if each.id not in lines], subjects)
    going = [each for each in flat if each.id not in verdicts]
    verdicts |= recheck_lists(unit, going, lines, subjects)
    keep = [row for row in rows if _stands(row, children, verdicts)]
    _settle(unit, rows, keep, verdicts, me)
    carried = {row: [each for each in notices if each.id not in verdicts] for row, notices in children.items()}
    standing = {number: each for number, each in lines.items() if number not in verdicts}
    return _jobs(unit, keep, loaded(unit, keep, carried, standing, subjects, with_charts=True), adapters, order)


def prepare_all(unit: Unit, pilot: Collection[str], waiting: Waiting) -> None:
    """What comes before claiming: who is in the pilot now is sent to, who is not waits, and digests are gathered."""
    if waiting.kept:
        release(unit, pilot)
    hold(unit, pilot)
    # What a process held, and what a pilot lets go of, may wait for a digest from now on.
    if pilot or waiting.held or waiting.kept or waiting.to_gather:
        _gather(unit)


def _gather(unit: Unit) -> None:
    """What is wrong with one person's digest keeps no alert back."""
    try:
        with unit.session.begin_nested():
            gather(unit)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("digests could not be gathered", action="gather-failed")


def _due(unit: Unit, limit: int, shard: Shard | None) -> list[NoticeRow]:
    """Alerts, notices that go alone, and digests. On PostgreSQL rows that another worker holds are passed over."""
    rows: list[NoticeRow] = []
    query, of_shard = shard.due() if shard else (queries.DUE, {})
    for lane in shard.lanes if shard else queries.LANES:
        values = {"lane": lane, "now": unit.now, "most": limit - len(rows), **of_shard}
        rows += NOTICES.read(unit.session, query, values)
        if len(rows) >= limit:
            break
    return rows


def _stands(row: NoticeRow, children: Mapping[int, list[NoticeRow]], verdicts: Mapping[int, Verdict]) -> bool:
    if row.message == DIGEST:
        return any(each.id not in verdicts for each in children[row.id])
    return row.id not in verdicts


def _settle(
    unit: Unit, rows: list[NoticeRow], keep: list[NoticeRow], verdicts: Mapping[int, Verdict], me: Holder
) -> None:
    """Write what the re-check found, and claim what stands."""
    for verdict in verdicts.values():
        verdict.apply(unit)
    kept = {row.id for row in keep}
    empty = [row for row in rows if row.message == DIGEST and row.id not in kept]
    finish(unit, [row.id for row in empty], NoticeState.superseded, reason=EMPTY)
    for row in empty:
        unit.event(
            "superseded",
            notice=row.id,
            subject=(row.subject_type, row.subject_id),
            why=EMPTY,
            reason=Reason.empty.value,
        )
    if kept:
        unit.session.flush()
        unit.session.connection().execute(queries.CLAIM, {"ids": list(kept), "b_owner": me.id})


def _jobs(
    unit: Unit,
    keep: list[NoticeRow],
    loaded_cards: Loaded,
    adapters: Mapping[str, Adapter],
    order: Sequence[str],
) -> list[Job]:
    addresses = _addresses(unit, {row.recipient_id for row in keep}, [each for each in order if each in adapters])
    drawing, jobs = Drawing(unit, loaded_cards), []
    for row in keep:
        children = loaded_cards.carried.get(row.id) if loaded_cards.carried else None
        refused = row.refused_by.split() if row.refused_by else ()
        where = next((each for each in addresses[row.recipient_id] if each[0] not in refused), None)
        ids = tuple([each.id for each in children]) if children else ()
        if where is None:
            _unreachable(unit, row, ids)
            continue
        jobs.append(Job(row.id, row.attempt + 1, row.lane, *where, ids, loaded_cards.older(row), row, drawing))
    _under_first(unit, jobs)
    return jobs


def _under_first(unit: Unit, jobs: Sequence[Job]) -> None:
    """What follows an alert goes under the first copy that its person has in the same conversation."""
    following = [job for job in jobs if job.address.conversation and job.notice.deadline_id is not None]
    if not following:
        return
    first: dict[tuple[object, ...], str] = {}
    values = {"deadlines": list({job.notice.deadline_id for job in following})}
    for *where, message_id in run(unit.session, queries.FIRST_ALERTS, values):
        first.setdefault(tuple(where), message_id)
    for job in following:
        where = (job.notice.deadline_id, job.notice.recipient_id, job.adapter, job.address.conversation)
        if where in first:
            job.address = replace(job.address, thread=first[where])


def _addresses(unit: Unit, people: set[int], usable: Sequence[str]) -> dict[int, list[tuple[str, Address]]]:
    """Where each person can be reached, by the adapter's name in the order of `usable`; everybody has the web inbox."""
    known = {(person, WEB): Address(person, str(person)) for person in people}
    for row in ACCOUNTS.among(unit.session, "person_id", people):
        if tried(row, unit.now):
            known[row.person_id, row.adapter] = as_address(row)
    return {person: [(name, known[person, name]) for name in usable if (person, name) in known] for person in people}


def _unreachable(unit: Unit, row: NoticeRow, carried: tuple[int, ...]) -> None:
    """Every adapter of this person refused. The ladder's next step is the net; the log and the console say so."""
    reason = f"no platform could reach this person (tried: {row.refused_by.strip() or 'none is set up'})"
    finish(unit, list(carried), NoticeState.failed, reason=reason)
    fail(unit, row, reason)


def next_moment(unit: Unit) -> datetime | None:
    """When a notice next wants to go out (UTC)."""
    connection = unit.session.connection()
    moments = connection.execute(queries.NEXT_DUE).one()
    return min((each for each in moments if each is not None), default=None)
