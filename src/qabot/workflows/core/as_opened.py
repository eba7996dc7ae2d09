"""Which deadlines are of a kind, each by the duty with which it opened: the file may say something else by now."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from qabot.framework.kept import which
from qabot.framework.opened import Which
from qabot.framework.schema import Framework
from qabot.models import Deadline
from qabot.models.rows import DeadlineRow


def those(deadlines: Which) -> ColumnElement[bool]:
    """The condition that a deadline is one of these."""
    kinds = col(Deadline.kind).in_(deadlines.kinds)
    ladder = col(Deadline.ladder_id)
    today = and_(kinds, ladder.not_in(deadlines.others)) if deadlines.others else kinds
    return or_(today, ladder.in_(deadlines.also)) if deadlines.also else today


def alerting(framework: Framework) -> Which:
    """Those that somebody must acknowledge."""
    return which(framework, lambda duty: duty.is_alert)


def alerts(framework: Framework) -> ColumnElement[bool]:
    """The condition that somebody must acknowledge a deadline."""
    return those(alerting(framework))


def is_alert(framework: Framework, deadline: DeadlineRow) -> bool:
    """Whether somebody must acknowledge it."""
    duty = framework.duty_of(deadline.kind, deadline.ladder_id)
    return duty is not None and duty.is_alert
