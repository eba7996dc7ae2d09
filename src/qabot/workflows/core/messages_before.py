"""Messages that a running ladder sends and that no file holds any more: another one says that there is something to do.

A deadline keeps its ladder, and a ladder names its messages. A council that gives a message another name, with the
ladders of its file, would leave what is open without words: nothing of it could be drawn, sent or answered, not even an
alert.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, func, select

from qabot.messaging.files import Catalogue
from qabot.messaging.values import plural
from qabot.models import Deadline, DeadlineState, LadderSnapshot
from qabot.workflows.core.tools import Tools
from qabot.workflows.core.unit import Unit

ALERT, OWED, NEW_DATE, NEWS = "duty-alert", "duty", "duty-new-date", "duty-news"
"""What stands in: for a step's message by its lane, and for what a duty tells."""


class MessagesBefore:
    """Looks for them once: what opens later names messages that the files have."""

    def __init__(self) -> None:
        self._known: tuple[Tools, Tools] | None = None

    def complete(self, tools: Tools, session: Session) -> Tools:
        """The same tools with all messages that are still to be said."""
        known = self._known
        if known is None or known[0] is not tools:
            known = tools, replace(tools, catalogue=complete(tools.catalogue, session))
            self._known = known
        return known[1]


def complete(catalogue: Catalogue, session: Session) -> Catalogue:
    """The messages, with one in the place of each that what is kept names and no file holds."""
    rows = session.exec(select(LadderSnapshot.body, LadderSnapshot.duty)).all()
    names = {name: instead for row in rows for name, instead in _names(*row) if name not in catalogue.files}
    gone = {name: instead for name, instead in names.items() if instead in catalogue.files}
    missing = {name: catalogue.files[instead] for name, instead in gone.items()}
    return replace(catalogue, files={**catalogue.files, **missing}, gone=gone) if gone else catalogue


def still_sent(unit: Unit) -> dict[str, tuple[str, int]]:
    """Each message that no file holds and that open deadlines send: what is said in its place, and how many do."""
    gone = unit.tools.catalogue.gone
    if not gone:
        return {}
    query = (
        select(LadderSnapshot.body, LadderSnapshot.duty, func.count())
        .join(Deadline, col(Deadline.ladder_id) == LadderSnapshot.id)
        .where(Deadline.state == DeadlineState.open)
        .group_by(col(LadderSnapshot.id))
    )
    counts = Counter[str]()
    for body, kept, count in unit.session.exec(query):
        counts.update(dict.fromkeys({name for name, _ in _names(body, kept)} & gone.keys(), count))
    return {name: (gone[name], count) for name, count in sorted(counts.items())}


def said(name: str, instead: str, count: int) -> str:
    """What whoever runs the service should know of such a message."""
    send = plural(count, "open deadline sends", "open deadlines send")
    return f"The message {name} has no file any more, and {send} it: {instead} is said in its place."


def _names(body: Mapping[str, Any], kept: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The messages that a ladder and its duty name, each with what stands in for it."""
    duty = kept.get("duty") or {}
    if "send" in duty:
        yield duty["send"], NEWS
    if duty.get("put-off"):
        yield duty["put-off"]["send"], NEW_DATE
    for step in body.get("steps", ()):
        yield step["send"], ALERT if step.get("lane") == "alert" else OWED
