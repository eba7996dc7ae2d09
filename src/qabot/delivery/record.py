"""Recording: what is about to begin, and what came of each send; both in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from qabot.adapter import Ambiguous, Outcome, RefusedForAll, RefusedForPerson, RetryAfter, Sent
from qabot.delivery import queries
from qabot.delivery.fates import lost, undrawable, write_events
from qabot.delivery.outbox import Job
from qabot.delivery.outlets import Outlets
from qabot.models import Notice, NoticeState
from qabot.models.columns import run
from qabot.models.reasons import Reason
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import accounts
from qabot.workflows.people.accounts import WEB

log = structlog.get_logger()
PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Paced:
    """A send that was not tried: it waits so many seconds, to keep to the platform's pace."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unsent:
    """A send that had begun, waited for a connection, and was no longer fresh when it had one: claimed again."""


Result = tuple[Job, Outcome | Paced | Unsent | None]
"""A job and what came of it; None if its card could not be drawn."""


def begin(unit: Unit, jobs: Sequence[Job], owner: str) -> set[int]:
    """Mark that the requests of these jobs may leave now; the notices of which that is so.

    The others were taken over meanwhile, and are not to be sent. Saying it again changes nothing: what this process has
    marked and not sent yet is still its own.
    """
    if not jobs:
        return set()
    ids = [job.notice_id for job in jobs]
    return set(unit.session.connection().execute(queries.BEGIN, {"ids": ids, "b_owner": owner}).scalars())


def record(unit: Unit, results: Sequence[Result], outlets: Outlets) -> None:
    """Write what became of each send. Saying it again changes nothing."""
    if not results:
        return
    results = _ours(unit, results, outlets.holder.id)
    _record_sent(unit, [(job, outcome) for job, outcome in results if isinstance(outcome, Sent)])
    _pace(
        unit,
        [(job, outcome.seconds) for job, outcome in results if isinstance(outcome, Paced)],
    )
    for job, outcome in results:
        match outcome:
            case Paced():
                continue
            case Unsent():
                give_back(unit, [job])
            case RetryAfter(seconds, reason):
                _later(unit, job, unit.now + timedelta(seconds=seconds), reason)
            case Ambiguous(reason):
                row = unit.session.get(Notice, job.notice_id)
                if row is not None and row.state in {NoticeState.claimed, NoticeState.begun}:
                    row.adapter = job.adapter
                    lost(unit, row, reason)
            case None:
                undrawable(unit, unit.session.get_one(Notice, job.notice_id))
            case RefusedForPerson(reason, of_card):
                if of_card:
                    about = {"notice": job.notice_id, "adapter": job.adapter, "reason": reason}
                    log.error("a platform refused a card", action="card-refused", **about)
                another = not of_card and accounts.leave(unit, job.adapter, job.address.external_id, reason)
                _elsewhere(unit, job, reason, another=another)
            case RefusedForAll(reason):
                if job.lane == "alert" and job.adapter != WEB and WEB in outlets.adapters:
                    _elsewhere(unit, job, reason)
                else:
                    _later(unit, job, unit.now + PAUSE, f"{job.adapter} cannot send: {reason}")
                    if outlets.supervisor:
                        outlets.supervisor.hold(job.adapter, job.notice_id)


def _pace(unit: Unit, waiting: Sequence[tuple[Job, float]]) -> None:
    """What must wait for its turn gets the moment of it; one line of the log says so for all of them."""
    if waiting:
        ids, longest = [job.notice_id for job, _ in waiting], max(seconds for _, seconds in waiting)
        until = unit.now + timedelta(seconds=longest)
        unit.event(
            "held", why="kept to the platform's pace", notices=ids, until=until.isoformat(), reason=Reason.pace.value
        )
        unit.session.connection().execute(
            queries.WAIT,
            [{"b_id": job.notice_id, "b_at": unit.now + timedelta(seconds=seconds)} for job, seconds in waiting],
        )


def give_back(unit: Unit, late: Sequence[Job]) -> None:
    """What was claimed and has not begun waits to be claimed, and re-checked, again."""
    if late:
        held = [{"b_id": job.notice_id, "b_attempt": job.attempt} for job in late]
        unit.session.connection().execute(queries.GIVE_BACK, held)


def _ours(unit: Unit, results: Sequence[Result], owner: str) -> list[Result]:
    """Without the answers that came after another process had taken over: those rows have been sent again since.

    Such an answer is kept in the log and changes nothing, or it would undo what another worker does meanwhile.
    """
    ids = [job.notice_id for job, _ in results]
    held = {(number, attempt) for number, attempt in run(unit.session, queries.HELD, {"ids": ids, "b_owner": owner})}
    late = [(job, outcome) for job, outcome in results if (job.notice_id, job.attempt) not in held]
    write_events(
        unit,
        [
            {"what": "late-answer", "notice_id": job.notice_id, "why": type(outcome).__name__, "detail": {}}
            for job, outcome in late
            if not isinstance(outcome, Unsent)
        ],
    )
    return [(job, outcome) for job, outcome in results if (job.notice_id, job.attempt) in held]


def _record_sent(unit: Unit, sent: list[tuple[Job, Sent]]) -> None:
    if not sent:
        return
    _write_sent(unit, sent)
    unit.redraw_notices([number for job, _ in sent for number in job.older])
    ids = [number for job, _ in sent for number in (job.notice_id, *job.children)]
    lines = queries.sent_lines(unit.session.get_bind().dialect.name)
    unit.session.connection().execute(lines, {"at": unit.now, "ids": ids})
    for job, done in sent:
        if done.conversation and done.conversation != job.address.conversation:
            accounts.reached(unit, job.adapter, job.address.external_id, done.conversation)


def _write_sent(unit: Unit, sent: Sequence[tuple[Job, Sent]]) -> None:
    ids, children = [job.notice_id for job, _ in sent], [number for job, _ in sent for number in job.children]
    if unit.session.get_bind().dialect.name == "postgresql":
        where = {
            "adapters": [job.adapter for job, _ in sent],
            "message_ids": [done.message_id for _, done in sent],
            "conversations": [done.conversation for _, done in sent],
        }
        unit.session.execute(queries.SENT_AND_TAKEN, {"ids": ids, "now": unit.now, **where})
        if children:
            unit.session.execute(queries.SENT, {"ids": children, "now": unit.now})
        return
    # What is the same for all is written once for all: values that are bound for each row cost more than the write.
    unit.session.execute(queries.SENT, {"ids": ids + children, "now": unit.now})
    unit.session.connection().execute(
        queries.TAKEN,
        [
            {
                "b_id": job.notice_id,
                "adapter": job.adapter,
                "message_id": done.message_id,
                "conversation": done.conversation,
            }
            for job, done in sent
        ],
    )


def _later(unit: Unit, job: Job, at: datetime, reason: str) -> None:
    unit.session.execute(queries.WAIT, {"b_id": job.notice_id, "b_at": at})
    detail = {"until": at.isoformat(), "reason": Reason.platform.value}
    write_events(unit, [{"what": "held", "notice_id": job.notice_id, "why": reason, "detail": detail}])


def _elsewhere(unit: Unit, job: Job, reason: str, *, another: bool = False) -> None:
    """The next adapter that this person has is tried at once. An alert does not wait for a revoked token.

    `another`: this adapter now has another account of theirs, which is tried first.
    """
    row = unit.session.get(Notice, job.notice_id)
    if row is not None and row.state in {NoticeState.claimed, NoticeState.begun}:
        row.state, row.not_before, row.owner = NoticeState.planned, unit.now, None
        row.refused_by = row.refused_by if another else f"{row.refused_by} {job.adapter}".strip()
        unit.session.add(row)
    write_events(
        unit, [{"what": "refused", "notice_id": job.notice_id, "why": reason, "detail": {"adapter": job.adapter}}]
    )
