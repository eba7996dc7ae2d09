"""How it is with each chat by the word of every process that sends.

A service whose workers send learns of a chat that refuses them from no send of its own. Each process writes into the
event log how it finds its chats; what one that is still at work wrote last counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlmodel import Session

from qabot.delivery import queries
from qabot.delivery.outlets import Outlets
from qabot.delivery.supervisor import AdapterState, Standing


def away_for_others(session: Session, but: str = "") -> dict[str, AdapterState]:
    """The chats that a process which is at work, `but` one, cannot send to by its own last word: adapter -> how."""
    ids = [each.id for each in session.exec(queries.OTHERS, params={"b_id": but})]
    away: dict[str, AdapterState] = {}
    heard: set[str] = set()
    for line in session.exec(queries.CHATS_SAID, params={"ids": ids}) if ids else ():
        name = str(line.detail.get("adapter", ""))
        # An older version did not say which process it was: its line counts until somebody else has said something.
        if "process" not in line.detail and name in heard:
            continue
        heard.add(name)
        if line.what == "chat-away":
            standing = Standing(line.detail.get("state", Standing.away))
            away.setdefault(name, AdapterState(name, standing, line.at, line.why))
    return away


class Chats:
    """The chats of one process, with what the others say of them. `look` is done with each of its beats."""

    def __init__(self, outlets: Callable[[], Outlets]) -> None:
        self._outlets = outlets
        self._others: dict[str, AdapterState] = {}

    def look(self, session: Session) -> None:
        """Hear what the others say."""
        self._others = away_for_others(session, self._outlets().holder.id)

    def states(self) -> Sequence[AdapterState]:
        """How it is with each chat, in the order in which people are tried: not well if any process says so."""
        keeper = self._outlets().supervisor
        return [self._of_all(each) for each in keeper.states()] if keeper else []

    def away(self) -> list[str]:
        """The chats to which nothing can be sent, here or elsewhere."""
        return [each.adapter for each in self.states() if each.standing is not Standing.running]

    def _of_all(self, own: AdapterState) -> AdapterState:
        other = self._others.get(own.adapter)
        if own.standing is not Standing.running or other is None:
            return own
        return replace(own, standing=other.standing, since=other.since, why=other.why)
