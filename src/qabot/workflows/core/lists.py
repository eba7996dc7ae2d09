"""Lists: what is said to one person in one week, or on one day, is one notice with a line for each thing.

Of a week are the lists of steps with `gather: week`; of a day that of what is past its date. A line is put on a list
when its step is due, and leaves it if it is done before the list goes. What was sent of a list is kept by its lines:
what a line says is drawn as things stand, like any card.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func
from sqlalchemy import select as select_rows
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from qabot.framework.calendar import at_local, local_day
from qabot.models import Deadline, ListLine, Notice, NoticeState
from qabot.models.columns import among, insert_new, new_token, new_tokens, run, table
from qabot.models.notice import DIGEST, WAITING, step_key
from qabot.models.rows import NoticeRow
from qabot.planning.directory import digest_since, today_or_next
from qabot.planning.occurrences import Mark
from qabot.workflows.core.notes import Note
from qabot.workflows.core.unit import Unit

DAY, WEEK = timedelta(days=1), timedelta(days=7)
_line, _deadline, _notice = table(ListLine).c, table(Deadline).c, table(Notice).c
LINES = (
    select_rows(
        _line.id,
        _line.list_id,
        _line.deadline_id,
        _line.step,
        _line.slot,
        _line.rule,
        _line.role,
        _line.reason,
        func.coalesce(_line.token, _deadline.token),
        _deadline.subject_type,
        _deadline.subject_id,
    )
    .join_from(table(ListLine), table(Deadline), _deadline.id == _line.deadline_id)
    .where(among(_line.list_id, "lists"))
    .order_by(_line.id)
)
MADE = select_rows(_notice.key).where(among(_notice.key, "keys"))
ON_LISTS = (
    select_rows(_line.deadline_id, _notice.recipient_id, _line.step, _line.slot)
    .join_from(table(ListLine), table(Notice), _notice.id == _line.list_id)
    .where(
        among(_line.deadline_id, "deadlines"),
        among(_notice.recipient_id, "people"),
    )
)
OPEN = (
    select_rows(_notice.id, _notice.key, _notice.carrier_id)
    .where(among(_notice.key, "keys"), _notice.state.in_(WAITING))
    .with_for_update()
)
WAITING_DIGESTS = (
    select_rows(_notice.id)
    .where(among(_notice.id, "ids"), _notice.state == NoticeState.planned)
    .with_for_update(skip_locked=True)
)
"""Digests that nobody is sending; one that another process holds at this moment may be on its way."""


LINE_NAMED = (
    select(Notice, ListLine, Deadline)
    .join(ListLine, col(ListLine.list_id) == col(Notice.id))
    .join(Deadline, col(Deadline.id) == col(ListLine.deadline_id))
    .where(ListLine.token == bindparam("token"))
)


def is_list(notice: NoticeRow) -> bool:
    """Whether a notice says what stands on its lines: it is of no deadline, and of a day, and carries no others."""
    return notice.deadline_id is None and notice.slot != "" and notice.message != DIGEST


def lines_of(unit: Unit, notices: Iterable[NoticeRow]) -> dict[int, list[Note]]:
    """What stands on the lists among these, by the list's id, each as a notice of its own. Its id is negative."""
    lists = {each.id: each for each in notices if is_list(each)}
    by_list: dict[int, list[Note]] = {number: [] for number in lists}
    for number, of, *rest in run(unit.session, LINES, {"lists": list(lists)}) if lists else ():
        by_list[of].append(_note(number, lists[of], *rest))
    return by_list


def _note(
    number: int,
    of: NoticeRow,
    deadline: int,
    step: str,
    slot: str,
    rule: str,
    role: str,
    reason: str,
    token: str,
    kind: str,
    subject: int,
) -> Note:
    return Note(
        key=step_key(deadline, step, of.recipient_id, slot),
        deadline_id=deadline,
        step=step,
        slot=slot,
        rule=rule,
        message=of.message,
        lane=of.lane,
        recipient_id=of.recipient_id,
        role=role,
        subject_type=kind,
        subject_id=subject,
        params={},
        reason=reason,
        not_before=of.not_before,
        alone=of.alone,
        id=-number,
        token=token,
        possible_repeat=of.possible_repeat,
        carrier_id=of.carrier_id,
        taken_back_at=of.taken_back_at,
        taken_back_by_id=of.taken_back_by_id,
        sent_at=of.sent_at,
    )


def put(
    unit: Unit,
    notes: Sequence[Note],
    *,
    span: timedelta = WEEK,
    closed: Collection[int] = (),
    again: bool = False,
) -> None:
    """Put each on its person's list of the week or the day (`span`) in which it may go, made if there is none.

    1. What was made a notice of its own before, because somebody held it back or had it sent early, is left to that.
    2. A list takes lines until it is being sent; `closed` are the ids of lists that are. Then it is the next week's or
       day's, or with `again` a second list, for whoever stands in for somebody: it goes with their next daily message.
    3. A later step takes the line of an earlier one.
    """
    made = {key for (key,) in run(unit.session, MADE, {"keys": [each.key for each in notes]})} if notes else set()
    waiting = [each for each in notes if each.key not in made]
    if again:
        waiting = _new(unit, waiting)
    turn = 1
    while waiting:
        by_key: dict[str, list[Note]] = defaultdict(list)
        for each in waiting:
            by_key[_key(each, span, turn if again else 1)].append(each)
        insert_new(unit.session, Notice, [_row(unit, key, each[0], span) for key, each in by_key.items()])
        there = {key: number for key, number in _open(unit, by_key).items() if number not in closed}
        _write(unit, {there[key]: each for key, each in by_key.items() if key in there})
        late = [note for key, each in by_key.items() if key not in there for note in each]
        waiting, turn = [_later(unit, each, span, again=again) for each in late], turn + 1


def _new(unit: Unit, notes: Sequence[Note]) -> list[Note]:
    """Without those that stand on a list of the same person already."""
    values = {"deadlines": [each.deadline_id for each in notes], "people": [each.recipient_id for each in notes]}
    there = {tuple(each) for each in run(unit.session, ON_LISTS, values)} if notes else set()
    return [each for each in notes if (each.deadline_id, each.recipient_id, each.step, each.slot) not in there]


def _begin(at: datetime, span: timedelta) -> date:
    """Its day, or the Monday of its week."""
    day = local_day(at)
    return day - timedelta(days=day.weekday()) if span == WEEK else day


def _key(note: Note, span: timedelta, turn: int) -> str:
    """One for each person, message and day, or Monday of a week."""
    key = f"list:{note.message}:{note.recipient_id}:{_begin(note.not_before, span).isoformat()}"
    return key if turn == 1 else f"{key}:{turn}"


def for_today(unit: Unit, note: Note) -> Note:
    """It goes with its person's next daily message. Its key says whose it is."""
    at = today_or_next(unit.directory.people[note.recipient_id], unit.now, unit.situation.calendar)
    if note.deadline_id is None:
        return replace(note, not_before=at)
    key = step_key(note.deadline_id, note.step, note.recipient_id, note.slot)
    return replace(note, key=key, not_before=at)


def _later(unit: Unit, note: Note, span: timedelta, *, again: bool) -> Note:
    if again:
        return for_today(unit, note)
    staff, calendar = unit.directory.people[note.recipient_id], unit.situation.calendar
    day = _begin(note.not_before, span) + span
    at = digest_since(staff, day, at_local(day, time(0, 0)), unit.now, calendar)
    return replace(note, not_before=at)


def _row(unit: Unit, key: str, note: Note, span: timedelta) -> dict[str, Any]:
    return {
        "key": key,
        "token": new_token(),
        "deadline_id": None,
        "step": "",
        "slot": _begin(note.not_before, span).isoformat(),
        "rule": "",
        "message": note.message,
        "lane": note.lane,
        "recipient_id": note.recipient_id,
        "role": "",
        "subject_type": "person",
        "subject_id": note.recipient_id,
        "params": {},
        "reason": "one list a week" if span == WEEK else "one list a day",
        "state": NoticeState.planned.value,
        "created_at": unit.now,
        "not_before": note.not_before,
        "attempt": 0,
        "alone": False,
        "possible_repeat": False,
        "refused_by": "",
        "wanted": 0,
        "drawn": 0,
    }


def _open(unit: Unit, keys: Collection[str]) -> dict[str, int]:
    """Those of these lists that nobody is sending, by key. They stay so until the end of the transaction."""
    rows = run(unit.session, OPEN, {"keys": list(keys)})
    carriers = [carrier for *_, carrier in rows if carrier is not None]
    free = {number for (number,) in run(unit.session, WAITING_DIGESTS, {"ids": carriers})} if carriers else set()
    return {key: number for number, key, carrier in rows if carrier is None or carrier in free}


def _write(unit: Unit, lists: Mapping[int, Sequence[Note]]) -> None:
    insert = postgresql.insert if unit.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table(ListLine))
    said = {name: statement.excluded[name] for name in ("step", "slot", "rule", "role", "reason")}
    tokens = iter(new_tokens(sum(map(len, lists.values()))))
    rows = [
        {
            "token": next(tokens),
            "list_id": number,
            "deadline_id": each.deadline_id,
            "step": each.step,
            "slot": each.slot,
            "rule": each.rule,
            "role": each.role,
            "reason": each.reason,
        }
        for number, notes in lists.items()
        for each in notes
    ]
    if rows:
        latest = statement.on_conflict_do_update(index_elements=["list_id", "deadline_id"], set_=said)
        unit.session.connection().execute(latest, rows)


def take_off(unit: Unit, lines: Collection[Note]) -> None:
    """These stand on their lists no more. Only of lists that wait: of what was sent nothing is taken away."""
    if lines:
        gone = delete(ListLine).where(col(ListLine.id).in_([-each.id for each in lines]))
        unit.session.execute(gone.execution_options(synchronize_session=False))


def waiting(unit: Unit, *where: ColumnElement[bool]) -> list[Note]:
    """The lines that wait to be sent and fit: `where` may ask of the list (`Notice`) and of the `Deadline`."""
    query = (
        select(Notice, ListLine.id)
        .join(ListLine, col(ListLine.list_id) == col(Notice.id))
        .join(Deadline, col(Deadline.id) == col(ListLine.deadline_id))
        .where(col(Notice.state).in_(WAITING), *where)
    )
    rows = unit.session.exec(query).all()
    fitting = {-number for _, number in rows}
    every = lines_of(unit, [of for of, _ in rows])
    return [line for lines in every.values() for line in lines if line.id in fitting]


def give_way(unit: Unit, deadline_id: int, ahead: Collection[Mark]) -> None:
    """Those of a deadline's steps are to come again, so what waits of them on lists leaves these."""
    of_it = waiting(unit, col(Deadline.id) == deadline_id)
    take_off(unit, [each for each in of_it if Mark(each.step, each.slot) in ahead])


def listed(deadlines: Collection[int] | SelectOfScalar[int]) -> ColumnElement[bool]:
    """The condition on notices that they are lists on which one of these deadlines stands."""
    return col(Notice.id).in_(select(ListLine.list_id).where(col(ListLine.deadline_id).in_(deadlines)))


def line_named(session: Session, token: str) -> Notice | None:
    """The line of a list that this token names, as the notice that it would be, with the list's id; no row of it."""
    row = session.exec(LINE_NAMED, params={"token": token}).first()
    return _as_notice(*row) if row is not None else None


def stood(session: Session, *where: ColumnElement[bool], most: int) -> list[Notice]:
    """What stood, or stands, on lists: each line as the notice that it would be, the newest first, and no row of it.

    `where` may ask of the list (`Notice`) and of what stands on it (`Deadline`).
    """
    query = (
        select(Notice, ListLine, Deadline)
        .join(ListLine, col(ListLine.list_id) == col(Notice.id))
        .join(Deadline, col(Deadline.id) == col(ListLine.deadline_id))
        .where(*where)
        .order_by(col(Notice.id).desc(), col(ListLine.id))
        .limit(most)
    )
    return [_as_notice(*each) for each in session.exec(query)]


def _as_notice(of: Notice, line: ListLine, deadline: Deadline) -> Notice:
    own = {name: getattr(line, name) for name in ("deadline_id", "step", "slot", "rule", "role", "reason")}
    own |= {"subject_type": deadline.subject_type, "subject_id": deadline.subject_id}
    return Notice(**of.model_dump() | own)
