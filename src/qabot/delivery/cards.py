"""Drawing many cards so that one that cannot be drawn does not stop the others."""

from collections.abc import Sequence

import structlog

from qabot.messaging.card import Card
from qabot.models.rows import NoticeRow
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.cards.loading import load_all
from qabot.workflows.core.unit import Unit

log = structlog.get_logger()


def cards_of(unit: Unit, rows: Sequence[NoticeRow]) -> list[Card | None]:
    """The cards of these notices, in order; None for one that cannot be drawn, which the operator is told of."""
    drawing = Drawing(unit, load_all(unit, rows, with_charts=True))
    return [card_of(drawing, row) for row in rows]


def card_of(drawing: Drawing, row: NoticeRow) -> Card | None:
    """One of them. Its message file may be gone, or its subject make no sense."""
    try:
        return drawing.card(row)
    except Exception:
        log.exception("a card could not be drawn", action="draw-failed", notice=row.id, message=row.message)
        return None
