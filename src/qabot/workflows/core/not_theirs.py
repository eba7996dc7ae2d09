"""Somebody has something no more: whether they must hear it, and what becomes of that once it has gone on again."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from qabot.models import Notice
from qabot.models.notice import GONE_OUT, WAITING
from qabot.workflows.core.unit import Unit


def take_it_for_theirs(unit: Unit, person: int, about: ColumnElement[bool], gone: ColumnElement[bool]) -> bool:
    """What they have heard last `about` it is not that it is `gone`; whom no message was for may have heard otherwise.

    Both are conditions of a notice.
    """
    query = select(gone, Notice.state).where(about, Notice.recipient_id == person).order_by(col(Notice.id))
    rows = unit.session.exec(query).all()
    heard = [is_gone for is_gone, state in rows if state in GONE_OUT]
    return not heard[-1] if heard else not rows


def go_on(unit: Unit, gone: ColumnElement[bool], to: int, params: Mapping[str, str]) -> bool:
    """Somebody has it now: whoever is still to hear that it is `gone` from them reads of that, by `params`.

    True if that was they themselves: it has come back before they heard that it had gone.
    """
    waiting = unit.session.exec(select(Notice).where(gone, col(Notice.state).in_(WAITING))).all()
    for each in waiting:
        each.params = {**each.params, **params}
        unit.session.add(each)
    back = [each.id for each in waiting if each.recipient_id == to]
    if back:
        unit.supersede("it is theirs again", col(Notice.id).in_(back))
    return bool(back)
