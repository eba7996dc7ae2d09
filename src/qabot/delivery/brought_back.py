"""What a copy of the database knows of its notices, once it is brought back: nothing of what left after that."""

from datetime import datetime

from qabot.delivery import queries
from qabot.delivery.fates import finish, line_of, write_events
from qabot.models import NoticeState
from qabot.models.rows import NOTICES
from qabot.workflows.core.unit import Unit


def leave_behind(unit: Unit) -> None:
    """Whoever was sending when the copy was made is gone: what they held waits; what they had begun may have left."""
    unit.session.execute(queries.FORGET_ALL)
    wait_again(unit)


def wait_again(unit: Unit) -> None:
    """What was on its way waits; what had begun may have left. The copy itself knows of no process that runs."""
    unit.session.execute(queries.LEFT_BEHIND)


def presume_sent(unit: Unit, until: datetime, why: str) -> tuple[int, int]:
    """What was due until then (UTC) counts as sent, and says `why`; alerts go again, marked. How many of each."""
    rows = NOTICES.read(unit.session, queries.WAITING_UNTIL, {"until": until})
    alerts = [each for each in rows if each.lane == "alert"]
    others = [each for each in rows if each.lane != "alert"]
    if alerts:
        unit.session.execute(queries.GO_AS_REPEATS, {"ids": [each.id for each in alerts]})
    finish(unit, [each.id for each in others], NoticeState.superseded, reason=why)
    write_events(unit, [line_of(each, "superseded", why) for each in others])
    return len(others), len(alerts)
