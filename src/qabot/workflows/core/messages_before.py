"""Messages that a running ladder sends and that no file holds any more: another one says that there is something to do.

A deadline keeps its ladder, and a ladder names its messages. A council that gives a message another name, with the
ladders of its file, would leave what is open without words: nothing of it could be drawn, sent or answered, not even an
alert.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import Session, select

from qabot.messaging.files import Catalogue
from qabot.models import LadderSnapshot
from qabot.workflows.core.tools import Tools

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
    missing = {name: catalogue.files[instead] for name, instead in names.items() if instead in catalogue.files}
    return replace(catalogue, files={**catalogue.files, **missing}) if missing else catalogue


def _names(body: Mapping[str, Any], kept: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The messages that a ladder and its duty name, each with what stands in for it."""
    duty = kept.get("duty") or {}
    if "send" in duty:
        yield duty["send"], NEWS
    if duty.get("put-off"):
        yield duty["put-off"]["send"], NEW_DATE
    for step in body.get("steps", ()):
        yield step["send"], ALERT if step.get("lane") == "alert" else OWED
