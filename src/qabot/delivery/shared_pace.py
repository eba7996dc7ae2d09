"""The platforms' pace, kept by all workers together: what each lets go is written down where the others see it.

A window of one worker's own memory would let every worker send the whole allowance of a workspace or tenant. Here the
sends of the last seconds stand in one table, by the database's clock, and whoever is about to begin some looks there
while no other does. Only adapters that have a limit are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlmodel import Session

from qabot.adapter import Rate
from qabot.delivery import queries
from qabot.delivery.pacing import Pacer
from qabot.models.alone import Work, be_alone

KEPT_SECONDS = 2 * 3600.0
"""Longer than any platform's window."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One send that wants to begin: by which adapter, to which account, in which line it stands if it must wait."""

    adapter: str
    conversation: str
    rate: Rate
    line: str


def admit(session: Session, wishes: Sequence[Wish]) -> list[float]:
    """For each how many seconds it must wait; 0 admits it, and counts it once this transaction is committed."""
    limited = [each for each in wishes if each.rate.everybody or each.rate.conversation]
    adapters = {each.adapter: each.rate for each in limited}
    if not adapters:
        return [0.0] * len(wishes)
    be_alone(session, Work.pace)
    now: float = session.execute(queries.DATABASE_NOW).scalar_one()
    pacer = Pacer(lambda: now)
    for adapter, rate in adapters.items():
        _recall(session, pacer, adapter, rate, sorted({_key(each) for each in limited if each.adapter == adapter}), now)
    waits = [pacer.wait(each.adapter, _key(each), each.rate, each.line) for each in wishes]
    rows = [
        {"adapter": each.adapter, "conversation": _key(each), "at": now, "until": None}
        for each, wait in zip(wishes, waits, strict=True)
        if not wait and each.adapter in adapters
    ]
    if rows:
        session.connection().execute(queries.COUNT_SENDS, rows)
    return waits


def wait_for(session: Session, adapter: str, conversation: str, seconds: float) -> None:
    """The platform asked to wait, for one conversation: so do all workers."""
    now: float = session.execute(queries.DATABASE_NOW).scalar_one()
    row = {"adapter": adapter, "conversation": _digest(conversation), "at": now, "until": now + seconds}
    session.connection().execute(queries.COUNT_SENDS, [row])


def forget(session: Session) -> None:
    """Let go of what no window reaches back to."""
    session.execute(queries.FORGET_SENDS, {"kept": KEPT_SECONDS})


def _recall(session: Session, pacer: Pacer, adapter: str, rate: Rate, keys: Sequence[str], now: float) -> None:
    """What was sent lately, and what was asked for, as far as it bears on these conversations."""
    values = {"b_adapter": adapter, "after": now - _longest(rate.everybody), "now": now}
    for (at,) in session.execute(queries.SENDS_OF_ALL, values) if rate.everybody else ():
        pacer.recall(adapter, "", at)
    values = {"b_adapter": adapter, "keys": keys, "after": now - _longest(rate.conversation), "now": now}
    for key, at, until in session.execute(queries.SENDS_IN, values):
        if until is not None:
            pacer.block(adapter, key, until - now)
        elif rate.conversation:
            pacer.recall(adapter, key, at)


def _longest(windows: Sequence[tuple[int, float]]) -> float:
    return max((seconds for _, seconds in windows), default=0.0)


def _key(wish: Wish) -> str:
    return _digest(wish.conversation)


def _digest(conversation: str) -> str:
    """What tells conversations apart without naming anybody's account."""
    return blake2b(conversation.encode(), digest_size=9).hexdigest()
