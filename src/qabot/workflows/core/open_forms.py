"""Forms that stand in the place of a card: the copy is not drawn again while somebody may be writing on one.

On a platform that shows a form where the pressed card was, a new drawing takes away the form with what is written on
it: a survey that closes at that moment, an alert that a colleague takes on. So the copy waits until the form is sent.
"""

from datetime import timedelta

from qabot.adapter import OpenForm, Press, Reply
from qabot.models import Notice
from qabot.workflows.core.unit import Unit

TIME_TO_WRITE = timedelta(minutes=20)
"""After this a form that nobody sent gives way: they may have left it."""


def note(unit: Unit, press: Press, notice: Notice | None, reply: Reply) -> None:
    """A button was pressed: its copy waits if a form stands in its place now, and waits no more if none does."""
    if notice is not None and press.in_place:
        _hold(unit, notice, waits=isinstance(reply, OpenForm))


def sent(unit: Unit, notice: Notice | None, reply: Reply) -> None:
    """A form was sent: its copy waits for nothing any more, unless the form came back."""
    if notice is not None and not isinstance(reply, OpenForm):
        _hold(unit, notice, waits=False)


def _hold(unit: Unit, notice: Notice, *, waits: bool) -> None:
    copy = unit.session.get(Notice, notice.carrier_id) if notice.carrier_id else notice
    # With attempts behind it, a copy waits because its chat would not take it: that is not ours to change.
    if copy is not None and copy.redraw_attempt == 0 and (waits or copy.redraw_at is not None):
        copy.redraw_at = unit.now + TIME_TO_WRITE if waits else None
        unit.session.add(copy)
