"""Drawing many cards so that one that cannot be drawn does not stop the others."""

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from qabot.messaging.card import Card
from qabot.models import Notice
from qabot.workflows.draw import Drawing, Loaded
from qabot.workflows.unit import Unit

log = structlog.get_logger()


def cards_of(unit: Unit, rows: Sequence[Notice], loaded: Loaded | None = None) -> list[Card | None]:
    """The cards of these notices, in order; None for one that cannot be drawn, which the operator is told of."""
    try:
        return list(Drawing(unit, loaded=loaded).cards(rows))
    except SQLAlchemyError:
        raise
    except Exception:
        # One of them is broken (its message file is gone, its subject makes no sense): each is drawn by itself.
        return [_card(unit, row) for row in rows]


def _card(unit: Unit, row: Notice) -> Card | None:
    try:
        return Drawing(unit).cards([row])[0]
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("a card could not be drawn", action="draw-failed", notice=row.id, message=row.message)
        return None
