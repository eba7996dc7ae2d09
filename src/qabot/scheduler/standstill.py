"""After a copy of the database was brought back: nothing is planned or sent before somebody says what was sent since.

The copy knows nothing of what the service did after it was made, and would do all of it again. So the engine stands
still, says so, and shows what it would send. `settle` ends that:

1. What was due up to the moment at which the old database was lost is planned as of that moment.
2. Of that, what is no alert counts as sent. An alert that is still open goes again, marked as a possible repeat.
3. From then on everything is as it was. What was not due until then goes in its time.

Nor does it know which sessions were ended since, or by whom a link was used: all end, and people sign in again.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from qabot.delivery.brought_back import leave_behind, presume_sent, wait_again
from qabot.models import Event, Meta
from qabot.models.copies import COPIED
from qabot.models.moved import moved_to
from qabot.scheduler.tick import BATCH, Ticker
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_moment
from qabot.workflows.people.sign_outs import sign_everybody_out

KEY = "brought-back"
"""The key of `Meta` that says that a copy stands here and waits for an answer."""


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """A copy that was made at `copied` and brought back at `at` (UTC)."""

    copied: datetime
    at: datetime

    def sentence(self) -> str:
        """What whoever runs the service should know."""
        return (
            f"Nothing is sent: the database was brought back from a copy of {say_moment(self.copied)}. "
            "`qabot release` shows what would be sent, and lets it go."
        )


def brought_back(session: Session) -> BroughtBack | None:
    """The copy that waits for an answer; None if none does."""
    if row := session.get(Meta, KEY):
        known = json.loads(row.value)
        return BroughtBack(datetime.fromisoformat(known["copied"]), datetime.fromisoformat(known["at"]))
    # The file of a copy was put where the database stands, or a restore was killed before its end: nobody said so.
    if copy := session.get(Meta, COPIED):
        copied = datetime.fromisoformat(copy.value)
        return BroughtBack(copied, copied)
    return None


def stand_still(unit: Unit) -> BroughtBack:
    """Have the engine stand still on this database, which is a copy. Of an older copy its newest line says its age."""
    waiting = brought_back(unit.session)
    newest = unit.session.exec(select(Event.at).order_by(col(Event.id).desc()).limit(1)).first()
    standing = BroughtBack(waiting.copied if waiting else newest or unit.now, unit.now)
    leave_behind(unit)
    value = json.dumps({"copied": standing.copied.isoformat(), "at": standing.at.isoformat()})
    unit.session.merge(Meta(key=KEY, value=value))
    _say_from_when(unit, standing)
    return standing


def _say_from_when(unit: Unit, standing: BroughtBack) -> None:
    sign_everybody_out(unit.session, unit.now)
    if known := unit.session.get(Meta, COPIED):
        unit.session.delete(known)
    unit.event(
        "copy-brought-back", why=f"from a copy of {say_moment(standing.copied)}", copied=standing.copied.isoformat()
    )


def settle(unit: Unit, ticker: Ticker, lost_at: datetime | None) -> tuple[int, int]:
    """Let everything go again: how many notices count as sent, and how many alerts go again as possible repeats.

    `lost_at` (UTC) is until when the old database was at work; None if nothing was sent since the copy was made.
    """
    if unit.session.get(Meta, KEY) is None and (standing := brought_back(unit.session)):
        wait_again(unit)
        _say_from_when(unit, standing)
    counted, again = _presume(unit, ticker, lost_at) if lost_at is not None else (0, 0)
    if known := unit.session.get(Meta, KEY):
        unit.session.delete(known)
    until = f"what was due until {say_moment(lost_at)} counts as sent" if lost_at else "nothing counts as sent"
    unit.event("copy-let-go", why=until, presumed=counted, repeated=again)
    return counted, again


def _presume(unit: Unit, ticker: Ticker, lost_at: datetime) -> tuple[int, int]:
    then = replace(unit, now=lost_at)
    while ticker.plan_due(then) == BATCH:
        pass
    return presume_sent(
        unit, lost_at, f"counts as sent: it was due before {say_moment(lost_at)}, when the database was lost"
    )


class Standstill:
    """Whether the engine stands still; asked at each round, and no more once it does not."""

    def __init__(self) -> None:
        self.why = ""
        self._over = False

    def look(self, session: Session) -> bool:
        """Whether nothing may be planned or sent now.

        A service that started while the database was taken elsewhere has looked too early. Whatever it wrote before it
        asks here has broken the move off; else the database says by now that it was moved.
        """
        standing = brought_back(session)
        self.why = standing.sentence() if standing else moved_to(session)
        self._over = not self.why
        return not self._over

    @property
    def over(self) -> bool:
        """Known not to stand still: a copy is brought back before a service starts on it, never beneath one."""
        return self._over
