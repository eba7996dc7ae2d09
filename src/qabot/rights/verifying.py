"""Whether the event log is as it was written: every mark is reckoned again, and every line is held to its own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select

from qabot.errors import BadRequest
from qabot.models import Event, LogMark, MarkKind
from qabot.models.columns import table
from qabot.rights.marks import BEGINNING, Head, digest, digest_of_gone, head, link, open_gaps

ROWS = 2000
_lines, _marks = table(Event), table(LogMark)
UNREADABLE = (ValueError, TypeError, AttributeError)
"""What reading, or reckoning with, a value comes to that is no moment, no JSON or no bytes."""


@dataclass
class Checked:
    """What came of it. `wrong`: sentences in the order of the chain, of which the first says where it breaks.

    `lines`: sealed lines that are as they were; `changed`: of them, those with a name that an erasure replaced; `gone`:
    lines that went because they were older than they are kept; `waiting`: the newest lines, which are not sealed yet.
    `youngest`: for how long at least each of those that are gone had been sealed as it went. None is gone: None.
    """

    head: Head
    lines: int = 0
    changed: int = 0
    gone: int = 0
    waiting: int = 0
    youngest: timedelta | None = None
    wrong: list[str] = field(default_factory=list)


def head_of(text: str) -> Head:
    """A head as `qabot log verify` prints it. Raises `BadRequest`."""
    number, _, mark = text.strip().partition(":")
    if not (number.isdecimal() and re.fullmatch(r"[0-9a-f]{64}", mark)):
        raise BadRequest(f"{text!r} is no head of the log: give it as it was printed, such as 1042:9f86d081…")
    return Head(int(number), bytes.fromhex(mark))


def verify(connection: Connection, kept: Sequence[Head] = ()) -> Checked:
    """Check the log on a connection that sees it as it is at one moment. `kept`: heads that were kept elsewhere."""
    try:
        return _verify(connection, kept)
    except UNREADABLE:
        if not (wrong := list(_unreadable(connection))):
            raise
        return Checked(Head(0, BEGINNING), wrong=wrong)


def _unreadable(connection: Connection) -> Iterator[str]:
    """Marks and lines with a value that qabot never writes there: SQLite takes any into any column."""
    for table_, what in ((_marks, "Mark"), (_lines, "Line")):
        (key,) = table_.primary_key.columns
        for number in connection.execute(select(key).order_by(key)).scalars().all():
            try:
                row = connection.execute(table_.select().where(key == number)).mappings().one()
                whole = all(isinstance(row[each], bytes) for each in ("mark", "digest") if each in row)
            except UNREADABLE:
                whole = False
            if not whole:
                yield f"{what} {number} cannot be read any more: something else than qabot wrote to it."


def _verify(connection: Connection, kept: Sequence[Head]) -> Checked:
    result = Checked(head(connection))
    known = _Known.of(connection)
    before, expected = BEGINNING, 1
    marks_by_number = {each.number: each.mark for each in kept}
    for marks, lines in _batches(connection):
        for each in marks:
            result.wrong += _of_mark(each, expected, before)
            if each["number"] in marks_by_number and marks_by_number[each["number"]] != each["mark"]:
                result.wrong.append(
                    f"Mark {each['number']} is not the one of the head that was kept: the log before it was written "
                    "anew, or went on from an older copy that was brought back (copy-brought-back in the log)."
                )
            before, expected = each["mark"], each["number"] + 1
            _of_content(result, each, lines, known)
    result.wrong += _too_short(result.head, kept)
    _unsealed(connection, result)
    return result


@dataclass(frozen=True)
class _Known:
    """What a mark has to be seen with: the last mark of each changed line, and which lines each mark says have gone."""

    changed: Mapping[int, int]
    gone: Mapping[int, bytes]
    went_at: Mapping[int, datetime]

    @classmethod
    def of(cls, connection: Connection) -> "_Known":
        changed = select(_marks.c.event_id, func.max(_marks.c.number)).where(_marks.c.kind == MarkKind.changed)
        last = {row[0]: row[1] for row in connection.execute(changed.group_by(_marks.c.event_id))}
        went = select(_marks.c.number, _marks.c.at).where(_marks.c.kind == MarkKind.gone)
        went_at = {row[0]: row[1] for row in connection.execute(went)}
        return cls(last, {each: _gone_by(connection, each) for each in went_at}, went_at)


def _gone_by(connection: Connection, number: int) -> bytes:
    query = select(_marks.c.event_id).where(_marks.c.gone_by == number, _marks.c.kind == MarkKind.line)
    ids = connection.execute(query.order_by(_marks.c.event_id)).scalars()
    return digest_of_gone(ids)


def _batches(connection: Connection) -> Iterator[tuple[Sequence[RowMapping], Mapping[int, RowMapping]]]:
    """Marks in their order, with the lines that they are of."""
    after, query = 0, _marks.select().order_by(_marks.c.number).limit(ROWS)
    while marks := connection.execute(query.where(_marks.c.number > after)).mappings().all():
        ids = [each["event_id"] for each in marks if each["event_id"] is not None]
        rows = connection.execute(_lines.select().where(_lines.c.id.in_(ids))).mappings()
        yield marks, {each["id"]: each for each in rows}
        after = marks[-1]["number"]


def _of_mark(each: RowMapping, expected: int, before: bytes) -> Iterator[str]:
    number = each["number"]
    if number != expected:
        yield f"Mark {expected} is missing: it was taken out of the chain."
    elif link(before, number, each["kind"], each["event_id"], each["at"], each["digest"]) != each["mark"]:
        yield f"Mark {number}{_of_line(each)} does not follow from the one before it: it was changed, or put in."


def _of_line(each: RowMapping) -> str:
    return f" (of line {each['event_id']})" if each["event_id"] is not None else ""


def _of_content(result: Checked, each: RowMapping, lines: Mapping[int, RowMapping], known: _Known) -> None:
    """Count what a mark is of, or say what is wrong with it."""
    number, event_id = each["number"], each["event_id"]
    if each["kind"] == MarkKind.gone:
        if known.gone.get(number) != each["digest"]:
            result.wrong.append(f"Mark {number} says which lines went with time, and others are missing.")
        return
    line, latest = lines.get(event_id), number == known.changed.get(event_id, number)
    if each["gone_by"] is not None:
        result.gone += each["kind"] == MarkKind.line
        if each["kind"] == MarkKind.line and each["gone_by"] in known.went_at:
            lay = known.went_at[each["gone_by"]] - each["at"]
            result.youngest = lay if result.youngest is None else min(result.youngest, lay)
        if each["gone_by"] not in known.gone:
            result.wrong.append(f"Line {event_id} is said to have gone with time, and no mark says so.")
        elif line is not None:
            result.wrong.append(f"Line {event_id} had gone with time, and is there again.")
    elif line is None:
        result.wrong += [f"Line {event_id} was taken out of the log."] if latest else []
    elif latest and (each["salt"] is None or digest(line, each["salt"]) != each["digest"]):
        result.wrong.append(
            f"Line {event_id} ({line['what']}, {line['at']:%Y-%m-%d %H:%M} UTC) is not as it was sealed."
        )
    elif latest:
        result.lines += 1
        result.changed += each["kind"] == MarkKind.changed


def _too_short(newest: Head, kept: Sequence[Head]) -> Iterator[str]:
    for each in kept:
        if each.number > newest.number:
            yield (
                f"The log ends at mark {newest.number}, and the head that was kept is mark {each.number}: its end was "
                "cut off, or an older copy of the database was brought back (copy-brought-back in the log)."
            )


def _unsealed(connection: Connection, result: Checked) -> None:
    """Lines without a mark: the newest wait for it; one among those that were sealed was put in."""
    last = connection.execute(select(func.coalesce(func.max(_marks.c.event_id), 0))).scalar_one()
    sealed = select(_marks.c.number).where(_marks.c.event_id == _lines.c.id).correlate(_lines).exists()
    gaps = open_gaps(connection)
    for number in connection.execute(select(_lines.c.id).where(~sealed).order_by(_lines.c.id)).scalars():
        if number > last or any(first <= number <= end for first, end in gaps):
            result.waiting += 1
        else:
            result.wrong.append(f"Line {number} stands among older ones and was never sealed: it was put in later.")
