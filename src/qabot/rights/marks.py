"""The chain over the event log: each line is sealed with a mark, and each mark carries the mark before it.

Who writes a line does not seal it, so that no writer waits for another. The running service seals what is new every few
seconds, in one transaction that no other process is in, in the order of the lines' ids. On PostgreSQL a line can appear
with a lower id than those that are sealed: its transaction took its number early and ended late. So each number that is
missing below the last sealed one is looked for again for an hour, longer than any transaction of ours takes.

What changes the log on purpose adds to the chain in its own transaction: an erasure a mark for each line in which a
name was replaced, retention one mark for all lines that went. A mark is never taken out.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, delete, func, insert, or_, select, update
from sqlmodel import Session

from qabot.models import Event, LogMark, MarkKind, Meta
from qabot.models.alone import Work, be_alone
from qabot.models.columns import table

BEGINNING = bytes(32)
"""What the first mark carries in place of one before it."""
SALT = 16
"""Bytes of chance in the digest of each line: nobody can find out by trying what an erased line said."""
BATCH = 1000
"""Lines that are sealed in one transaction: about 20 ms."""
GAPS, LOOKED_FOR, MOST_GAPS = "log-gaps", timedelta(hours=1), 100

_lines, _marks = table(Event), table(LogMark)
_LAST_SEALED = select(func.coalesce(func.max(_marks.c.event_id), 0))
_NEWER = _lines.select().where(_lines.c.id > bindparam("last")).order_by(_lines.c.id).limit(bindparam("most"))
_HEAD = select(_marks.c.number, _marks.c.mark).order_by(_marks.c.number.desc()).limit(1)
_ADD = insert(_marks)

Gap = tuple[int, int, datetime]
"""Numbers from and to, both included, that no line had when it was first seen (UTC)."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest mark. Kept elsewhere, it shows later that nothing up to it was changed."""

    number: int
    mark: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.mark.hex()}"


def digest(line: RowMapping, salt: bytes) -> bytes:
    """What a line says, all columns of it, as 32 bytes."""
    return hashlib.sha256(salt + orjson.dumps(list(line.values()), option=orjson.OPT_SORT_KEYS)).digest()


def digest_of_gone(ids: Iterable[int]) -> bytes:
    """Which lines went, by their ids in order, as 32 bytes."""
    return hashlib.sha256(b",".join(b"%d" % each for each in ids)).digest()


def link(before: bytes, number: int, kind: int, event_id: int | None, at: datetime, digested: bytes) -> bytes:
    """A mark: of all that it says and of the mark before it."""
    return hashlib.sha256(before + orjson.dumps([number, kind, event_id, at, digested.hex()])).digest()


def head(connection: Connection) -> Head:
    """The newest mark; number 0 where nothing is sealed yet."""
    row = connection.execute(_HEAD).first()
    return Head(row.number, row.mark) if row is not None else Head(0, BEGINNING)


def seal(session: Session, now: datetime, most: int = BATCH) -> int:
    """Seal lines that have no mark yet; how many those were. `most` at once: then call it again."""
    be_alone(session, Work.sealing)
    connection = session.connection()
    last = int(connection.execute(_LAST_SEALED).scalar_one())
    gaps = [each for each in _gaps(session) if now - each[2] < LOOKED_FOR]
    late = _late(connection, gaps)
    new = connection.execute(_NEWER, {"last": last, "most": most}).mappings().all()
    _append(connection, MarkKind.line, [*late, *new], now)
    _keep_gaps(session, _still_missing(gaps, {each["id"] for each in late}) + _missing(last, new, now))
    return len(late) + len(new)


def note_changed(session: Session, ids: Collection[int], now: datetime) -> None:
    """An erasure has changed these lines: those that were sealed get a mark of what they are now."""
    session.flush()
    be_alone(session, Work.sealing)
    connection, ordered = session.connection(), sorted(ids)
    for at in range(0, len(ordered), BATCH):
        theirs = _marks.c.event_id.in_(ordered[at : at + BATCH])
        sealed = _lines.c.id.in_(select(_marks.c.event_id).where(theirs))
        changed = connection.execute(_lines.select().where(sealed).order_by(_lines.c.id)).mappings().all()
        connection.execute(update(_marks).where(theirs).values(salt=None))
        _append(connection, MarkKind.changed, changed, now)


def let_go(session: Session, condition: ColumnElement[bool], now: datetime) -> int:
    """Delete the lines that this holds for, with one mark for all of them; how many those were."""
    session.flush()
    be_alone(session, Work.sealing)
    connection = session.connection()
    before = head(connection)
    number, old = before.number + 1, select(_lines.c.id).where(condition)
    connection.execute(update(_marks).where(_marks.c.event_id.in_(old)).values(gone_by=number, salt=None))
    theirs = (_marks.c.gone_by == number, _marks.c.kind == MarkKind.line)
    ids = connection.execute(select(_marks.c.event_id).where(*theirs).order_by(_marks.c.event_id)).scalars().all()
    if ids:
        connection.execute(_ADD, [_row(before, MarkKind.gone, None, now, None, digest_of_gone(ids))])
    sealed = select(_marks.c.event_id).where(*theirs)
    unsealed = select(_marks.c.number).where(_marks.c.event_id == _lines.c.id).correlate(_lines).exists()
    gone = connection.execute(delete(_lines).where(or_(_lines.c.id.in_(sealed), condition & ~unsealed)))
    return int(gone.rowcount)


def _append(connection: Connection, kind: MarkKind, lines: Sequence[RowMapping], now: datetime) -> None:
    if not lines:
        return
    before, chance, rows = head(connection), secrets.token_bytes(SALT * len(lines)), []
    for at, line in enumerate(lines):
        salt = chance[at * SALT : (at + 1) * SALT]
        rows.append(_row(before, kind, line["id"], now, salt, digest(line, salt)))
        before = Head(rows[-1]["number"], rows[-1]["mark"])
    connection.execute(_ADD, rows)


def _row(
    before: Head, kind: MarkKind, event_id: int | None, now: datetime, salt: bytes | None, digested: bytes
) -> dict[str, Any]:
    number = before.number + 1
    return {
        "number": number,
        "kind": kind.value,
        "event_id": event_id,
        "at": now,
        "salt": salt,
        "digest": digested,
        "mark": link(before.mark, number, kind.value, event_id, now, digested),
        "gone_by": None,
    }


def _late(connection: Connection, gaps: Sequence[Gap]) -> Sequence[RowMapping]:
    """Lines that have appeared with numbers that were missing."""
    if not gaps:
        return []
    in_gaps = or_(*(_lines.c.id.between(first, last) for first, last, _ in gaps))
    return connection.execute(_lines.select().where(in_gaps).order_by(_lines.c.id)).mappings().all()


def _missing(last: int, lines: Sequence[RowMapping], now: datetime) -> list[Gap]:
    """The numbers between the last sealed line and these that none of them has."""
    ids = [last, *(each["id"] for each in lines)]
    return [(one + 1, other - 1, now) for one, other in pairwise(ids) if other > one + 1]


def _still_missing(gaps: Sequence[Gap], numbers: Collection[int]) -> list[Gap]:
    """The gaps without the numbers that were found."""
    left: list[Gap] = []
    for first, last, seen in gaps:
        for each in sorted(number for number in numbers if first <= number <= last):
            if each > first:
                left.append((first, each - 1, seen))
            first = each + 1
        if first <= last:
            left.append((first, last, seen))
    return left


def open_gaps(connection: Connection) -> list[tuple[int, int]]:
    """Numbers for which a line may still come, from and to."""
    row = connection.execute(select(table(Meta).c.value).where(table(Meta).c.key == GAPS)).scalar()
    return [(first, last) for first, last, _ in orjson.loads(row)] if row else []


def _gaps(session: Session) -> list[Gap]:
    row = session.get(Meta, GAPS)
    return [(first, last, datetime.fromisoformat(seen)) for first, last, seen in orjson.loads(row.value)] if row else []


def _keep_gaps(session: Session, gaps: list[Gap]) -> None:
    row, kept = session.get(Meta, GAPS), gaps[-MOST_GAPS:]
    if kept or row is not None:
        value = orjson.dumps([[first, last, seen.isoformat()] for first, last, seen in kept]).decode()
        if row is None:
            session.add(Meta(key=GAPS, value=value))
        elif row.value != value:
            row.value = value
            session.add(row)
