"""The card on which somebody pressed, as it is now, and what is said of the press."""

import structlog

from qabot.adapter import Reply, Say, ShowCard
from qabot.messaging.card import Button, Card
from qabot.models import Notice
from qabot.models.availability import is_away
from qabot.workflows.cards import draw
from qabot.workflows.core.registry import Pressed

log = structlog.get_logger()


def answered(pressed: Pressed, said: str, buttons: tuple[Button, ...] = (), *, aside: str = "") -> Reply:
    """What is said of a press, with the card on which it was made as that now is, if somebody is to see it."""
    drawn = None if pressed.notice is None or pressed.bare else _drawn(pressed)
    return Say(said or aside, buttons=buttons) if drawn is None else ShowCard(drawn, said, buttons, aside)


def _drawn(pressed: Pressed) -> Card | None:
    """The card; None where it cannot be drawn: what was done stands all the same."""
    if not pressed.unit.careful:
        return card(pressed)
    try:
        with pressed.unit.session.begin_nested():
            return card(pressed)
    except Exception as error:
        if is_away(error):
            raise
        log.exception("an answer has no card", action="answer-card-failed", notice=pressed.notice and pressed.notice.id)
        return None


def settled(pressed: Pressed) -> Reply:
    """Pressing again is success that redraws the card."""
    if pressed.notice is None:
        return Say("This is no longer waiting for anybody. Thank you.")
    return answered(pressed, "", aside=f"{pressed.over()} Nothing was changed.")


def with_card(pressed: Pressed, reply: Reply) -> Reply:
    """A sentence about a card that was pressed comes with the card as it now is."""
    if not isinstance(reply, Say) or reply.card is not None or pressed.notice is None or pressed.bare:
        return reply
    pressed.unit.session.flush()
    return answered(pressed, reply.text, reply.buttons)


def card(pressed: Pressed) -> Card:
    """The card on which somebody pressed, as it is now: that of the digest, if a digest carries the notice."""
    notice = pressed.notice
    if notice is None:
        raise ValueError("this press did not come from a card")
    carrier = pressed.unit.session.get(Notice, notice.carrier_id) if notice.carrier_id is not None else None
    return draw.cards(pressed.unit, [carrier or notice])[0]
