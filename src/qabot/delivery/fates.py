"""What becomes of a notice: it ends, it is lost, it cannot be drawn; and the digest's part in that."""

from datetime import timedelta
from typing import Any

import structlog

from qabot.delivery import queries
from qabot.delivery.cards import card_of, cards_of
from qabot.models import Notice, NoticeState
from qabot.models.notice import DIGEST
from qabot.models.reasons import Reason, by_reason
from qabot.models.rows import NOTICES, NoticeRow
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.cards.loading import load_all
from qabot.workflows.core import lists
from qabot.workflows.core.unit import Unit

log = structlog.get_logger()
REPEAT_AFTER = timedelta(minutes=1)
UNDRAWN = "its card could not be drawn"
MOST_LOST = 1
"""How many answers of a platform may be lost before a notice is sent no more; the ladder's next step comes."""


def lost(unit: Unit, row: Notice, reason: str, *, killed: bool = False) -> None:
    """Nobody knows whether this arrived: it is sent once more, marked as a possible repeat, or it ends ambiguous.

    Where the sending process was `killed`, an alert is repeated at once, however often that happens: it must reach
    somebody. Else a platform was asked and gave no certain answer: one repeat after a minute, of digests too (Teams
    documents 412, 429, 502, 503 and 504 as to be tried again, and a marked repeat is better than nothing).
    """
    at_once = killed and (row.lane == "alert" or row.lost_answers < MOST_LOST)
    row.lost_answers += 0 if killed and row.lane == "alert" else 1
    again = at_once or row.lost_answers <= MOST_LOST
    row.owner = None
    if again:
        row.state, row.possible_repeat = NoticeState.planned, True
        row.not_before = unit.now if killed else unit.now + REPEAT_AFTER
    else:
        row.state, row.reason, row.closed_at = NoticeState.ambiguous, reason, unit.now
        log.error("a notice may not have arrived", action="notice-ambiguous", notice=row.id, why=reason)
    unit.session.add(row)
    unit.event(
        "answer-lost",
        notice=row.id,
        deadline=row.deadline_id,
        subject=(row.subject_type, row.subject_id),
        rule=row.rule,
        why=reason,
        repeated=again,
    )
    if not again and row.message == DIGEST:
        carried = [child.id for children in carried_by(unit, [row.id]).values() for child in children]
        finish(unit, carried, NoticeState.ambiguous, reason=reason)


def carried_by(unit: Unit, carriers: list[int]) -> dict[int, list[NoticeRow]]:
    """The notices that wait in each of these digests, by the digest's id."""
    carried: dict[int, list[NoticeRow]] = {carrier: [] for carrier in carriers}
    if carriers:
        for each in NOTICES.read(unit.session, queries.CARRIED, {"ids": carriers}):
            if each.carrier_id is not None:
                carried[each.carrier_id].append(each)
    return carried


def undrawable(unit: Unit, row: Notice) -> None:
    """Its card cannot be drawn. Of a digest only what is broken fails and leaves it, and the rest goes without that."""
    carried = carried_by(unit, [row.id])[row.id]
    broken = [each for each, card in zip(carried, cards_of(unit, carried), strict=True) if card is None]
    bad = [each for each in broken if not _mended(unit, each)] if broken else [row, *carried]
    for each in bad:
        fail(unit, each, UNDRAWN)
    if broken:
        unit.session.execute(queries.TAKE_OUT, {"ids": [each.id for each in bad]})
        unit.session.execute(queries.PLAN_AGAIN, {"ids": [row.id]})


def _mended(unit: Unit, row: NoticeRow) -> bool:
    """Whether this is a list that can be drawn without some of its lines, which leave it."""
    lines = lists.lines_of(unit, [row]).get(row.id, [])
    drawing = Drawing(unit, load_all(unit, [row])) if lines else None
    bad = [line for line in lines if drawing is not None and card_of(drawing, line) is None]
    if not 0 < len(bad) < len(lines):
        return False
    lists.take_off(unit, bad)
    for line in bad:
        log.error("a line reached nobody", action="notice-failed", notice=row.id, why=UNDRAWN)
        about = (line.subject_type, line.subject_id)
        unit.event("failed", notice=row.id, deadline=line.deadline_id, subject=about, rule=line.rule, why=UNDRAWN)
    return True


def fail(unit: Unit, row: NoticeRow, reason: str) -> None:
    """It reaches nobody. The log and the console say so."""
    finish(unit, [row.id], NoticeState.failed, reason=reason)
    log.error("a notice reached nobody", action="notice-failed", notice=row.id, why=reason)
    unit.event(
        "failed",
        notice=row.id,
        deadline=row.deadline_id,
        subject=(row.subject_type, row.subject_id),
        rule=row.rule,
        why=reason,
    )


def finish(unit: Unit, ids: list[int], state: NoticeState, *, reason: str) -> None:
    """Bring notices to a final state in which they were not sent."""
    if ids:
        unit.session.execute(queries.END, {"ids": ids, "b_state": state.value, "b_reason": reason, "now": unit.now})


def write_events(unit: Unit, rows: list[dict[str, Any]]) -> None:
    """Many lines of the log at once; each needs `what`, the rest has defaults."""
    if rows:
        blank: dict[str, Any] = {
            "at": unit.now,
            "actor_id": None,
            "subject_type": "",
            "subject_id": None,
            "deadline_id": None,
            "notice_id": None,
            "rule": "",
            "why": "",
            "detail": {},
        }
        unit.session.execute(queries.EVENTS, [{**blank, **row} for row in rows])


def line_of(row: NoticeRow, what: str, why: str, reason: Reason | None = None) -> dict[str, Any]:
    """A line of the log about one notice, for `write_events`; `reason` is what metrics count it by."""
    return {
        "what": what,
        "notice_id": row.id,
        "deadline_id": row.deadline_id,
        "subject_type": row.subject_type,
        "subject_id": row.subject_id,
        "rule": row.rule,
        "why": why,
        "detail": by_reason(reason),
    }
