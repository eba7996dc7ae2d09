"""The watcher: looks every few minutes, repairs what it can, and tells each finding once, a day later, and its end."""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlmodel import Session

from qabot.models import Meta
from qabot.models.availability import is_away
from qabot.scheduler.tick import Ticker
from qabot.scheduler.watching import surroundings
from qabot.scheduler.watching.deadlines import Deadlines
from qabot.scheduler.watching.findings import HARMLESS, Finding, from_json, to_json
from qabot.scheduler.watching.outbox import Outbox
from qabot.scheduler.watching.telling import LOST, Operator
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_moment
from qabot.workflows.desk import Desk

log = structlog.get_logger()


class Standpoint(StrEnum):
    """From where a watcher looks, by the command that runs it."""

    serve = "serve"
    watch = "watch"


def kept_as(standpoint: Standpoint) -> str:
    """The key under which the database keeps what a watcher last saw from there."""
    return f"watch-{standpoint}"


@dataclass(frozen=True)
class Place:
    """From where the watcher looks: beside the engine of `qabot serve`, or from outside (`qabot watch`).

    `around` gives what only this place can see, without the database; `closed` the chats that are known to be away;
    `woken` has the engine work at once. `own` is this process as one that sends, "" if it does not.
    """

    name: Standpoint
    around: Callable[[], Iterable[Finding]] = tuple
    closed: Callable[[], Collection[str]] = tuple
    woken: Callable[[], None] = lambda: None
    own: str = ""
    inside: bool = False


@dataclass
class Watcher:
    """One watcher. `findings` are those of the last look, which ended at `looked_at` (UTC)."""

    desk: Desk
    ticker: Ticker
    operator: Operator
    place: Place
    again_after: timedelta = timedelta(hours=24)
    disk_megabytes: int = 500
    scaled: bool = False
    """Whether workers are meant to send."""
    findings: Sequence[Finding] = ()
    looked_at: datetime | None = None
    _known: dict[str, Finding] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    """Of those, what the last look did not find any more."""
    _read: bool = False

    def __post_init__(self) -> None:
        self._outbox, self._processes, self._workers = Outbox(), surroundings.Processes(), surroundings.Workers()
        self._deadlines = Deadlines(self.ticker)

    async def keep_looking(self, every: timedelta) -> None:
        """Look until cancelled. What goes wrong with one look ends nothing."""
        while True:
            await asyncio.sleep(every.total_seconds())
            try:
                await self.look()
            except Exception:
                log.exception("the watcher could not look", action="watch-failed")

    async def look(self) -> Sequence[Finding]:
        """One look: find, repair, keep, tell. What is found, the oldest first."""
        findings = list(self.place.around())
        findings += surroundings.disk(self.desk.store.url, self.disk_megabytes, self.desk.now())
        try:
            findings += await self.desk.store.run(lambda session: list(self._look(self.desk.unit(session))))
        except Exception as wrong:
            findings.append(self._not_looked(wrong))
        if any(each.repaired or each.kind.endswith("-overdue") for each in findings):
            self.place.woken()
        await self._settle({each.key: each for each in findings})
        return self.findings

    def _not_looked(self, wrong: Exception) -> Finding:
        """Why nothing could be looked at. What nobody foresaw is told as well: that is what a watcher is for."""
        if is_away(wrong):
            return Finding("database-away", "The database cannot be used.", self.desk.now())
        log.error("the watcher could not look", action="watch-failed", exc_info=wrong)
        return Finding("look-failed", "The watcher cannot look at the database.", self.desk.now())

    def _look(self, unit: Unit) -> Iterator[Finding]:
        self._remember(unit.session)
        # All can be read on a disk that is full or may only be read, and nothing that the service does is kept there.
        unit.session.merge(self._row())
        unit.session.flush()
        still = list(surroundings.copy(unit.session))
        yield from still
        if not still:
            # While a copy waits for an answer everything is held, for that reason.
            yield from self._outbox.look(unit, self.place.closed())
            yield from self._deadlines.look(unit)
        yield from self._processes.look(unit, self.place.own)
        if self.scaled:
            yield from self._workers.look(unit)
        yield from surroundings.calendar(unit, unit.today)
        if self.place.inside:
            yield from surroundings.sealed(unit)
            yield from surroundings.clocks(unit.session, unit.now)
        else:
            yield from surroundings.service(unit.session, unit.now)
            yield from surroundings.chats_as_logged(unit.session, unit.now)

    async def _settle(self, findings: dict[str, Finding]) -> None:
        """Compare with what was known, tell what is new, what is due again and what is over, and keep it."""
        now = self.desk.now()
        current = {key: _carried(each, self._known.get(key)) for key, each in findings.items()}
        if BLIND & findings.keys():
            current = self._known | current  # nobody can say that the rest is over
        gone = {key: each for key, each in self._known.items() if key not in current and _has_an_end(each)}
        # What comes and goes from look to look is one trouble, and no e-mail each time.
        over = [each for key, each in gone.items() if key in self._gone]
        quiet = {key: each for key, each in gone.items() if key not in self._gone}
        due = [each for each in current.values() if each.told_at is None or now - each.told_at >= self.again_after]
        for each in due:
            log.error(each.sentence, action="trouble-noticed", kind=each.kind, since=each.since.isoformat())
        for each in over:
            log.info("A trouble is over.", action="trouble-ended", kind=each.kind)
        doubted = any(each.sentence == IN_DOUBT for each in self._known.values())
        letter = _letter(due, over, self.place.name, repeated=doubted)
        why = await self.operator.tell(*letter) if due or over else ""
        if why:
            failed = Finding("mail-failed", IN_DOUBT if why == LOST else UNSENT, now)
            current[failed.key] = _carried(failed, self._known.get(failed.key))
        if why and not (why == LOST and doubted):
            current |= {each.key: each for each in over}  # told with the next e-mail that can be sent
        else:
            # One marked repeat is what a lost answer is worth: a relay that loses each would bring one at every look.
            why = ""
            current |= {each.key: replace(each, told_at=now) for each in due}
        await self._heartbeat(current, now)
        self._known = quiet | current
        self._gone = {*quiet, *(each.key for each in over if why)}
        self.findings = sorted(
            (each for key, each in current.items() if key in findings or each.kind in _OWN), key=_since
        )
        self.looked_at = now
        await self._keep()

    async def _heartbeat(self, current: dict[str, Finding], now: datetime) -> None:
        """The heartbeat goes only while all is well: its silence tells what no other way can."""
        failed = Finding("heartbeat-failed", "The heartbeat's address could not be reached.", now)
        known = self._known.get(failed.key)
        if any(each.kind not in HARMLESS and not each.repaired for each in current.values()):
            if known is not None:
                current[known.key] = known  # it was not asked, so nobody can say that this is over
            return
        if await self.operator.beat():
            failed = _carried(failed, known)
            # One answer that was lost on the way is none: it is told from the second look on.
            if known is not None and (known.told_at is None or now - known.told_at >= self.again_after):
                log.error(failed.sentence, action="trouble-noticed", kind=failed.kind, since=failed.since.isoformat())
                if not await self.operator.tell(*_letter([failed], [], self.place.name)):
                    failed = replace(failed, told_at=now)
            current[failed.key] = failed
        elif known is not None and known.told_at is not None:
            log.info("A trouble is over.", action="trouble-ended", kind=known.kind)
            await self.operator.tell(*_letter([], [known], self.place.name))

    # -- what was told before this process -----------------------------------------------------------------------------

    def _remember(self, session: Session) -> None:
        if not self._read:
            row = session.get(Meta, self._meta)
            kept = json.loads(row.value) if row else {"findings": []}
            self._known = {each.key: each for each in from_json(kept["findings"])} | self._known
            self._gone |= set(kept.get("gone", ()))
            self._read = True

    async def _keep(self) -> None:
        try:
            await self.desk.store.run(lambda session: session.merge(self._row()))
        except Exception as wrong:
            if not is_away(wrong):
                log.exception("what the watcher told could not be kept", action="watch-failed")

    def _row(self) -> Meta:
        known, gone = to_json(self._known.values()), sorted(self._gone)
        value = json.dumps({"at": self.desk.now().isoformat(), "findings": known, "gone": gone})
        return Meta(key=self._meta, value=value)

    @property
    def _meta(self) -> str:
        return kept_as(self.place.name)


UNSENT, IN_DOUBT = "The operator's e-mail could not be sent.", "The operator's e-mail may not have arrived."
REPEATED = "This may be a repeat: the relay's answer to the last letter was lost."
_OWN = ("mail-failed", "heartbeat-failed")
BLIND = frozenset({"database-away", "look-failed"})
"""Findings after which nobody can say whether what was known before is over."""


def _has_an_end(each: Finding) -> bool:
    """Whether it is told that it is over. Of the two ways to the operator each says so itself."""
    return each.told_at is not None and not each.repaired and each.kind not in _OWN


def _since(each: Finding) -> datetime:
    return each.since


def _carried(each: Finding, known: Finding | None) -> Finding:
    """The same finding as in an earlier look has been there since then, and was told then."""
    return replace(each, since=min(each.since, known.since), told_at=known.told_at) if known else each


def _letter(due: Sequence[Finding], over: Sequence[Finding], place: str, *, repeated: bool = False) -> tuple[str, str]:
    """The subject and text of the operator's e-mail. Nothing of it is about a person."""
    lines = [f"qabot ({place}) has looked at itself."]
    lines += [REPEATED] if repeated else []
    for each in due:
        lines += ["", f"{each.sentence} Since {say_moment(each.since.isoformat())}. [{each.kind}]", f"  {each.advice}"]
        lines += ["  It was repaired."] if each.repaired else []
    if over:
        lines += ["", "Over:", *(f"- {each.sentence} [{each.kind}]" for each in over)]
    subject = f"qabot: {due[0].sentence}" if due else "qabot: what was told is over"
    return subject if len(due) < 2 else f"{subject} And {len(due) - 1} more", "\n".join(lines)
