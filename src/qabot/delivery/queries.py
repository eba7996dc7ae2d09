"""Every statement of the delivery, named, with what it guarantees.

A notice is `planned`, then held (`claimed`, then `begun`) by the process that is its `owner`, then final. Statements
run inside a transaction of whoever uses them. Those that take from a holder say in their own condition whose the row
must be still: an answer that comes late changes nothing. A value's name begins with `b_` where its own is a column's.

Times are UTC. On SQLite there is one writer, so that what a transaction has read stays true until it commits; on
PostgreSQL the rows that must stay true are locked, as each statement says.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Float,
    Insert,
    Integer,
    String,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlmodel import col
from sqlmodel import select as select_objects

from qabot.models import Account, Deadline, DeadlineState, Event, Notice, NoticeState, Pace, Person, Process, is_held
from qabot.models.columns import UtcDateTime, among, table
from qabot.models.notice import DIGEST
from qabot.models.rows import NOTICES
from qabot.workflows.people.accounts import WEB

LANES = ("alert", "due", "news")
"""In the order in which they go."""

_notices, _notice = table(Notice), table(Notice).c
_deadline = table(Deadline).c
_process = table(Process).c
_pace = table(Pace).c
_now = bindparam("now", type_=UtcDateTime)
_this = _notice.id == bindparam("b_id")
_released: dict[str, Any] = {"state": NoticeState.planned.value, "owner": None}

# -- to claim ----------------------------------------------------------------------------------------------------------

DUE = (
    NOTICES.query()
    .where(
        _notice.lane == bindparam("lane"),
        _notice.not_before <= _now,
        _notice.state == NoticeState.planned,
        _notice.carrier_id.is_(None),
        or_(_notice.lane == "alert", _notice.alone, _notice.message == DIGEST),
    )
    .order_by(_notice.not_before, _notice.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
"""What may go now in one lane: the longest waiting first, nothing that waits for or in a digest.

The rows stay this transaction's; those that another process is claiming are passed over, so that none goes twice.
"""

_shards = bindparam("shards", type_=Integer)
_in_shard = _notice.recipient_id % _shards == bindparam("shard", type_=Integer)

DUE_IN_SHARD = DUE.where(_in_shard)
"""The same of one part of the people, while other workers have the other parts."""

_WAITS_NOW = (
    _notice.not_before <= _now,
    _notice.state == NoticeState.planned,
    _notice.carrier_id.is_(None),
)
_each_shard = func.generate_series(0, bindparam("last", type_=Integer)).column_valued("shard")

ALERTS_DUE = select(exists().where(_notice.lane == "alert", *_WAITS_NOW))
"""Whether an alert may be claimed now: one look into the index."""

SHARDS_DUE = (
    select(_each_shard)
    .where(
        exists().where(
            _notice.lane.in_(LANES),
            *_WAITS_NOW,
            or_(_notice.lane == "alert", _notice.alone, _notice.message == DIGEST),
            _notice.recipient_id % _shards == _each_shard,
        )
    )
    .order_by(_each_shard)
)
"""The parts of the people in which something may be claimed now. On PostgreSQL only, where workers are."""

_is_due = and_(
    or_(_notice.state == NoticeState.planned, is_held(_notice.state)),
    _notice.carrier_id.is_(None),
    _notice.not_before <= _now,
)

BACKLOG = select(
    _notice.state,
    func.count(),
    func.count().filter(_is_due),
    func.min(_notice.not_before).filter(_is_due),
).group_by(_notice.state)
"""How many notices there are in each state; of those that are to go how many are due, and since when: also what a
process holds, which can be one that is dead. It reads them all."""

OPEN = (NoticeState.planned, NoticeState.held, NoticeState.claimed, NoticeState.begun)
"""States in which something is still to become of a notice."""

BACKLOG_SINCE = (
    select(_notice.state, func.count())
    .where(
        or_(_notice.state == NoticeState.planned, _notice.state == NoticeState.held, is_held(_notice.state)),
        _notice.not_before <= bindparam("since", type_=UtcDateTime),
        _notice.carrier_id.is_(None),
    )
    .group_by(_notice.state)
)
"""How many wait, in each state, that wanted to go by a moment: what a digest carries goes with that."""

NEXT_DUE = select(
    *[
        select(func.min(_notice.not_before))
        .where(_notice.lane == lane, _notice.state == NoticeState.planned, _notice.carrier_id.is_(None))
        .scalar_subquery()
        for lane in LANES
    ]
)
"""When a notice of each lane next wants to go: one look into the index for each, however much there is."""

CARRIED = (
    NOTICES.query()
    .where(among(_notice.carrier_id, "ids"), _notice.state == NoticeState.planned)
    .order_by(_notice.lane, _notice.id)
)
"""What waits in these digests, in the order in which it is shown; not what was sent or has ended since."""

CLAIM = (
    update(_notices)
    .where(among(_notice.id, "ids"))
    .values(
        state=NoticeState.claimed.value,
        owner=bindparam("b_owner"),
        attempt=_notice.attempt + 1,
        drawn=_notice.wanted,
    )
)
"""These are a process's from now on. Only for what `DUE` gave in the same transaction: nobody else holds it.

Each claim is a new attempt, which tells its answer from that of an earlier one.
"""

# -- while a pilot runs -----------------------------------------------------------------------------------------------

OUTSIDE = (
    select(_notice.id, _notice.message)
    .where(
        _notice.lane.in_(("alert", "due", "news")),
        _notice.not_before <= _now,
        _notice.state == NoticeState.planned,
        _notice.carrier_id.is_(None),
        _notice.recipient_id.not_in(bindparam("people", expanding=True)),
    )
    .order_by(_notice.id)
    .with_for_update(skip_locked=True)
)
"""What would go now to anybody but these people. Held until the transaction ends, so that it is held back once."""

KEEP = (
    update(_notices)
    .where(among(_notice.id, "ids"), _notice.state == NoticeState.planned)
    .values(state=NoticeState.held)
)
"""These wait until their people are in the pilot. Only for what `OUTSIDE` gave in the same transaction."""

_by_pilot = (_notice.state == NoticeState.held, _notice.held_by_id.is_(None))
"""Not what somebody holds back by hand: that is theirs to release."""

KEPT = NOTICES.query().where(*_by_pilot).order_by(_notice.recipient_id, _notice.id).with_for_update(skip_locked=True)
"""What a pilot keeps back: a look into an index of its own."""

PLAN_KEPT = (
    update(_notices)
    .where(_this, _notice.state == NoticeState.held)
    .values(state=NoticeState.planned.value, not_before=bindparam("b_at"), alone=bindparam("b_alone"))
)
"""It waits to be claimed, and checked, from then on."""

FIRST_ALERTS = (
    select(_notice.deadline_id, _notice.recipient_id, _notice.adapter, _notice.conversation, _notice.message_id)
    .where(
        among(_notice.deadline_id, "deadlines"),
        _notice.lane == "alert",
        _notice.state == NoticeState.sent,
        _notice.message_id != "",
        _notice.conversation.is_not(None),
    )
    .order_by(_notice.id)
)
"""Where these alerts stand in people's chats, the first copies first: what follows belongs under the first."""

# -- to check again ----------------------------------------------------------------------------------------------------

_WAITING = (
    among(_notice.deadline_id, "deadlines"),
    _notice.state == NoticeState.planned,
    _notice.not_before <= _now,
    _notice.step != "",
)

SEVERAL_STEPS = (
    select(_notice.deadline_id)
    .where(*_WAITING)
    .group_by(_notice.deadline_id, _notice.recipient_id)
    .having(func.count() > 1)
)
"""Of these deadlines those of which one person would be told several steps at once: after an outage, and only then."""

WAITING_STEPS = select(_notice.deadline_id, _notice.recipient_id, _notice.step, _notice.slot).where(*_WAITING)
"""The steps of these deadlines that wait to be told now, in this batch or behind it."""

_carrier = _notices.alias("carrier")
_DOUBTED = exists().where(_carrier.c.id == _notice.carrier_id, _carrier.c.possible_repeat)

FIRED = select(_deadline.id, _deadline.fired).where(among(_deadline.id, "deadlines"))
"""What the ladders of these deadlines have said, in order: it grows for as long as nobody answers, so few ask it."""

HOLD = (
    update(_notices)
    .where(_this)
    .values(carrier_id=None, not_before=bindparam("b_at"), possible_repeat=or_(_notice.possible_repeat, _DOUBTED))
)
"""It waits until then, outside any digest. If its digest may have arrived, it goes on saying so wherever it goes."""

SUPERSEDE = (
    update(_notices)
    .where(_this)
    .values(
        carrier_id=None,
        state=NoticeState.superseded,
        closed_at=bindparam("b_at"),
        reason=bindparam("b_reason"),
        passed_on=bindparam("b_passed_on"),
    )
)
"""It will not be sent, and says why; `passed_on`: somebody else is told instead."""

WITH_KEY = select_objects(Notice).where(_notice.key == bindparam("key"))
"""The one notice that has this key: keys are unique, so that the same is never planned twice."""

# -- to send -----------------------------------------------------------------------------------------------------------

_OURS = (among(_notice.id, "ids"), _notice.owner == bindparam("b_owner"), is_held(_notice.state))

BEGIN = update(_notices).where(*_OURS).values(state=NoticeState.begun.value).returning(_notice.id)
"""The requests of those that it returns may leave. What another process has taken over is not among them.

Committed before anything leaves: what is not begun was never sent.
"""

HELD = select(_notice.id, _notice.attempt).where(*_OURS).with_for_update()
"""Which of these are a process's still, in which attempt; they stay so until its answers are written."""

_sent: dict[str, Any] = {"state": NoticeState.sent, "sent_at": _now, "closed_at": _now, "owner": None}

SENT = update(_notices).where(among(_notice.id, "ids")).values(_sent)
"""These were taken by a platform, alone or in a digest. Only for what `HELD` gave, and what that carries."""

TAKEN = (
    update(_notices)
    .where(_this)
    .values(adapter=bindparam("adapter"), message_id=bindparam("message_id"), conversation=bindparam("conversation"))
)
"""Where a message is to be found again. Only for what `HELD` gave in the same transaction."""

_each_taken = func.unnest(
    bindparam("ids", type_=ARRAY(Integer)),
    *[bindparam(name, type_=ARRAY(String)) for name in ("adapters", "message_ids", "conversations")],
)
_taken = _each_taken.table_valued("id", "adapter", "message_id", "conversation").render_derived(name="taken")

SENT_AND_TAKEN = (
    update(_notices)
    .where(_notice.id == _taken.c.id)
    .values(
        {
            **_sent,
            "adapter": _taken.c.adapter,
            "message_id": _taken.c.message_id,
            "conversation": _taken.c.conversation,
        }
    )
)
"""Both at once, of as many as each list is long. On PostgreSQL only, where each change of a row is a new row."""

WAIT = update(_notices).where(_this, is_held(_notice.state)).values(**_released, not_before=bindparam("b_at"))
"""What was held, and surely has not arrived, is tried again from then on."""

GIVE_BACK = (
    update(_notices).where(_this, _notice.attempt == bindparam("b_attempt"), is_held(_notice.state)).values(**_released)
)
"""What was claimed and not begun waits to be claimed, and checked, again; not if it was claimed anew meanwhile."""

END = (
    update(_notices)
    .where(among(_notice.id, "ids"))
    .values(state=bindparam("b_state", type_=String), reason=bindparam("b_reason"), closed_at=_now, owner=None)
)
"""Nothing more becomes of these, and each says why."""

PLAN_AGAIN = update(_notices).where(among(_notice.id, "ids")).values(**_released)
"""These wait to be claimed again, as if they had not been. Only for what surely has not left."""

EVENTS = insert(table(Event))
"""Lines of the log. There is no statement that changes one."""


@lru_cache
def sent_lines(dialect: str) -> Insert:
    """A line of the log for each notice of `ids`, made inside the database from what the row says (at `at`, UTC)."""
    made = func.json_object if dialect == "sqlite" else func.json_build_object
    adapter = func.coalesce(_notice.adapter, "")
    detail = {"adapter": adapter, "message": _notice.message, "recipient": _notice.recipient_id}
    line: dict[str, Any] = {
        "at": bindparam("at", type_=UtcDateTime),
        "what": literal("sent"),
        "notice_id": _notice.id,
        "deadline_id": _notice.deadline_id,
        "subject_type": _notice.subject_type,
        "subject_id": _notice.subject_id,
        "rule": _notice.rule,
        "why": _notice.reason,
        "detail": made(*[part for name, value in detail.items() for part in (text(f"'{name}'"), value)]),
    }
    return insert(table(Event)).from_select(list(line), select(*line.values()).where(among(_notice.id, "ids")))


# -- who holds what ----------------------------------------------------------------------------------------------------

BEAT = update(table(Process)).where(_process.id == bindparam("b_id")).values(beats=_process.beats + 1)
"""A process says that it lives. No row is changed if others have taken it for dead: then it joins anew."""

OTHERS = select_objects(Process).where(_process.id != bindparam("b_id"))
"""Every other process that claims."""

_sayer = col(Event.detail)["process"].as_string()
CHATS_SAID = (
    select_objects(Event)
    .where(
        col(Event.id).in_(
            select(func.max(Event.id))
            .where(col(Event.what).in_(("chat-away", "chat-back")), or_(among(_sayer, "ids"), _sayer.is_(None)))
            .group_by(_sayer, col(Event.detail)["adapter"].as_string())
        )
    )
    .order_by(col(Event.id).desc())
)
"""What each of these processes said last of each chat, and one that did not say which it was; the newest first."""

WORKERS = select(func.count()).select_from(table(Process)).where(_process.kind == "worker")
"""How many workers are known; also one that died, until others have seen it silent."""

FORGET = delete(table(Process)).where(among(_process.id, "ids"))
"""These processes claim no more. In one transaction with what goes on without them."""

HELD_BY = select_objects(Notice).where(among(_notice.owner, "ids"), is_held(_notice.state))
"""What these processes hold."""

ORPHANS = select_objects(Notice).where(
    is_held(_notice.state), or_(_notice.owner.not_in(select(_process.id)), _notice.owner.is_(None))
)
"""What is held by nobody who is known: it was taken for dead while it claimed, or is of an older version."""

# -- what all workers count together -----------------------------------------------------------------------------------

DATABASE_NOW = select(func.extract("epoch", func.clock_timestamp()).cast(Float))
"""Seconds since 1970, by the one clock that all workers share. On PostgreSQL only, as all of these."""

SENDS_OF_ALL = (
    select(_pace.at)
    .where(_pace.adapter == bindparam("b_adapter"), _pace.at > bindparam("after", type_=Float), _pace.until.is_(None))
    .order_by(_pace.at)
)
"""When sends of an adapter were let go since a moment. True for as long as the lock `Work.pace` is held."""

SENDS_IN = (
    select(_pace.conversation, _pace.at, _pace.until)
    .where(
        _pace.adapter == bindparam("b_adapter"),
        among(_pace.conversation, "keys"),
        or_(_pace.at > bindparam("after", type_=Float), _pace.until > bindparam("now", type_=Float)),
    )
    .order_by(_pace.at)
)
"""The same of these conversations, and until when a platform asked to leave them alone."""

COUNT_SENDS = insert(table(Pace))
"""Sends that are let go. In the transaction that marks them as begun, so that both are true or neither."""

FORGET_SENDS = delete(table(Pace)).where(
    _pace.at < func.extract("epoch", func.clock_timestamp()).cast(Float) - bindparam("kept", type_=Float),
    or_(_pace.until.is_(None), _pace.until < func.extract("epoch", func.clock_timestamp()).cast(Float)),
)
"""What no window reaches back to any more."""

# -- digests -----------------------------------------------------------------------------------------------------------

_TO_CARRY = (
    _notice.lane != "alert",
    _notice.not_before <= _now,
    _notice.state == NoticeState.planned,
    _notice.carrier_id.is_(None),
    _notice.alone.is_(False),
    _notice.message != DIGEST,
)
_DAILY = _notice.lane.in_(("due", "news"))

WHO_WAITS = select(_notice.recipient_id).where(_DAILY, *_TO_CARRY).distinct()
"""Whom a digest is to carry something: all that is due, however much, so that nothing of it comes too late."""

TO_CARRY = select(_notice.id, _notice.recipient_id).where(*_TO_CARRY, among(_notice.recipient_id, "people"))
"""The same by notice, for these people."""

DIGESTS = (
    select(_notice.id, _notice.recipient_id, _notice.state)
    .where(among(_notice.key, "keys"))
    .order_by(_notice.id)
    .with_for_update()
)
"""The digests with these keys, held until the end, so that no other process sends one that is being filled."""

LATE_DIGESTS = select(_notice.id, _notice.recipient_id, _notice.possible_repeat).where(
    _DAILY,
    _notice.not_before <= _now,
    _notice.state == NoticeState.planned,
    _notice.carrier_id.is_(None),
    _notice.message == DIGEST,
    _notice.slot != bindparam("day", type_=String),
)
"""Digests of another day than `day` (ISO) that are due and were not sent."""

WHAT_WAITS = select(
    *[
        exists().where(is_held(_notice.state)),
        exists().where(*_by_pilot),
        or_(exists().where(_DAILY, *_TO_CARRY), LATE_DIGESTS.exists()),
        or_(*[exists().where(_notice.lane == lane, *_WAITS_NOW) for lane in LANES]),
    ]
)
"""Whether anything is held by a process, kept back by a pilot, to be gathered for a digest, or due.

A look into an index for each. Most rounds find nothing, and would ask seven statements for it.
"""

DOUBT = update(_notices).where(among(_notice.carrier_id, "ids")).values(possible_repeat=True)
"""What these digests carry may have arrived with them, and says so wherever it goes."""

LET_GO = update(_notices).where(among(_notice.carrier_id, "ids")).values(carrier_id=None)
"""What these digests carry waits for another one."""

TAKE_OUT = update(_notices).where(among(_notice.id, "ids")).values(carrier_id=None)
"""These are in no digest any more."""

REVIVE = (
    update(_notices).where(among(_notice.id, "ids")).values(state=NoticeState.planned, closed_at=None, not_before=_now)
)
"""A digest that in the end carried nothing was never sent: it is still to come, and stays the day's only one."""

ATTACH = (
    update(_notices)
    .where(_notice.recipient_id == bindparam("b_person"), *_TO_CARRY)
    .values(carrier_id=bindparam("b_carrier"))
)
"""A person's digest carries all that waits for them. What another digest carries already is left to that."""

POSTPONE = update(_notices).where(_this).values(not_before=bindparam("b_at"))
"""It wants to go then, and no sooner."""

# -- when a copy of the database was brought back ----------------------------------------------------------------------

FORGET_ALL = delete(table(Process))
"""No process claims here. Only while no service runs on this database."""

LEFT_BEHIND = (
    update(_notices)
    .where(is_held(_notice.state))
    .values(**_released, possible_repeat=or_(_notice.possible_repeat, _notice.state == NoticeState.begun.value))
)
"""What was on its way when the copy was made waits again; what may have left by then says so. As `FORGET_ALL`."""

WAITING_UNTIL = (
    NOTICES.query()
    .where(
        _notice.state.in_((NoticeState.planned, NoticeState.held)),
        _notice.not_before <= bindparam("until", type_=UtcDateTime),
    )
    .order_by(_notice.id)
)
"""What wanted to go by then and, as far as this copy knows, had not."""

GO_AS_REPEATS = (
    update(_notices).where(among(_notice.id, "ids")).values(**_released, carrier_id=None, possible_repeat=True)
)
"""These may have been sent, and go all the same, marked. Only while nothing claims: what held them is gone."""

# -- to redraw ---------------------------------------------------------------------------------------------------------

_STALE = (_notice.wanted > _notice.drawn, _notice.message_id.is_not(None), _notice.state == NoticeState.sent)

STALE = (
    select_objects(Notice)
    .where(
        *_STALE,
        or_(_notice.redraw_at.is_(None), _notice.redraw_at <= _now),
        func.coalesce(_notice.adapter, WEB).not_in(bindparam("closed", expanding=True)),
    )
    .limit(bindparam("most", type_=Integer))
)
"""Copies that do not show what is wanted and may be tried now; none in a chat that is closed."""

STALE_IN_SHARD = STALE.where(_in_shard)
"""The same of one part of the people, while other workers have the other parts."""

SHARDS_STALE = (
    select(_each_shard)
    .where(
        exists().where(
            *_STALE,
            or_(_notice.redraw_at.is_(None), _notice.redraw_at <= _now),
            _notice.recipient_id % _shards == _each_shard,
        )
    )
    .order_by(_each_shard)
)
"""The parts of the people in which a copy may be redrawn now, in a chat that is closed as well. On PostgreSQL only."""

NEXT_REDRAW = select(func.min(_notice.redraw_at)).where(*_STALE)
"""When a copy that had to wait may next be tried."""

ACCOUNTS_OF = select_objects(Account).where(among(table(Account).c.person_id, "people"))
"""Every account of these people, in reach or not: their copies are redrawn where they are."""

DRAWN = update(_notices).where(_this).values(drawn=bindparam("b_drawn"), redraw_at=None)
"""The copy shows the state that was drawn. If a press has asked for a newer one meanwhile, it is stale again."""

REDRAW_LATER = (
    update(_notices)
    .where(_this, _notice.wanted == bindparam("b_wanted"))
    .values(redraw_at=bindparam("b_at"), redraw_attempt=bindparam("b_attempt"))
)
"""It is tried again then; not if a press has asked for a newer state meanwhile, which is tried at once."""

# -- when a chat is back -----------------------------------------------------------------------------------------------

REDRAW_NOW = (
    update(_notices)
    .where(_notice.adapter == bindparam("b_adapter"), _notice.redraw_at.is_not(None))
    .values(redraw_at=None, redraw_attempt=0)
)
"""Copies in this chat that had to wait are tried at once, with all their attempts before them."""

GO_NOW = (
    update(_notices)
    .where(among(_notice.id, "ids"), _notice.state == NoticeState.planned, _notice.not_before > _now)
    .values(not_before=_now)
)
"""What of these still waits for the chat goes at once; what has gone or ended meanwhile is left alone."""

OLDER_THAN = select(_notice.id).where(among(_notice.id, "ids"), _notice.created_at < bindparam("b_before"))
"""Which of these were planned before a moment."""

KEPT_BY_PERSON = (
    select(_notice.lane, _notice.recipient_id, func.count())
    .where(*_by_pilot)
    .group_by(_notice.lane, _notice.recipient_id)
)
"""How much a pilot keeps back now, by lane and person."""

WHO_WORKS_HERE = select(table(Person).c.email, table(Person).c.name).where(table(Person).c.active)
"""The address and name of everybody who works here."""

_account = table(Account).c
_NEWEST_ALERTS = (
    select(func.max(_notice.id))
    .join(table(Deadline), _deadline.id == _notice.deadline_id)
    .where(_deadline.state == DeadlineState.open, _notice.lane == "alert", _notice.state != NoticeState.superseded)
    .where(_notice.taken_back_at.is_(None))
    .group_by(_notice.deadline_id, _notice.recipient_id)
)

IN_THE_INBOX_ALONE = (
    select_objects(Notice)
    .where(
        _notice.id.in_(_NEWEST_ALERTS),
        _notice.state == NoticeState.sent,
        _notice.adapter == WEB,
        _notice.refused_by != "",
        exists().where(
            _account.person_id == _notice.recipient_id,
            _account.adapter == bindparam("b_adapter"),
            _account.reachable,
        ),
    )
    .order_by(_notice.id)
)
"""The newest card of each open alert, for each person in reach of this chat who got it in the web inbox only."""
