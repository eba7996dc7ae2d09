"""Which process holds what, and who takes over from one that died.

1. A process writes its row before it claims anything, and raises the row's number of beats every two seconds.
2. Whoever starts looks for processes of the same machine that are gone, and takes over from them at once.
3. Whoever sees a row's number unchanged in so many looks of its own takes over from that process. No clock is compared,
   so a clock that jumps kills nobody; while the database is away nobody looks.
4. What was only claimed goes out as if nothing had been. What had begun may have arrived: `lost` decides.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from qabot.delivery import queries
from qabot.delivery.fates import lost
from qabot.models import Notice, NoticeState, Process
from qabot.models.columns import insert_new, new_token
from qabot.workflows.core.unit import Unit

log = structlog.get_logger()
BEAT_SECONDS = 2.0
SILENT_LOOKS = 4
"""Looks of ours, one each beat, in which another's number has not changed: from then on it counts as dead."""
ENDED = {"Z", "X"}
"""States of a process that has ended and that nobody has asked about yet."""
DIED = "the service stopped while this was being sent"


def machine() -> str:
    """Within what a pid means one process: this system since its last start, and its namespace of processes.

    A host's name will not do: containers may share one, and each has a process 1. Empty if nobody can say.
    """
    try:
        return (
            f"{Path('/proc/sys/kernel/random/boot_id').read_text('ascii').strip()} {os.readlink('/proc/self/ns/pid')}"
        )
    except OSError:
        return ""


def birth(pid: int) -> str:
    """What tells a running process from a later one of the same number; empty if it is gone, or nobody can say."""
    try:
        # Its 3rd field is its state, and its 22nd when it began, in ticks since the machine did.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return "" if fields[0] in ENDED else fields[19]
    except (OSError, IndexError):
        return ""


@dataclass
class Holder:
    """This process as one that claims: its id, where it runs, and what it has seen of the others' beats.

    `birth_of` says of a pid of this machine what `birth` does; tests give their own.
    """

    id: str = field(default_factory=new_token)
    host: str = field(default_factory=machine)
    pid: int = field(default_factory=os.getpid)
    birth_of: Callable[[int], str] = birth
    kind: str = "serve"
    """What this process runs: "serve" or "worker"."""
    stopping: bool = False
    """Nothing more is claimed or begun: the service is about to stop."""
    under_way: set[int] = field(default_factory=set)
    """The notices that wait for a slow chat, beside whatever else is sent: no round that broke off has left them."""
    _joined: bool = False
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def is_gone(self, other: Process) -> bool:
        """Whether another process of this machine is certainly gone."""
        if not self.host or other.host != self.host or not self.birth_of(self.pid):
            return False
        return other.pid == self.pid or self.birth_of(other.pid) != other.born

    def is_silent(self, other: Process) -> bool:
        """Whether another process's beats have stood still for long; to be asked once in each look."""
        beats, looks = self._seen.get(other.id, (-1, 0))
        looks = looks + 1 if beats == other.beats else 0
        self._seen[other.id] = other.beats, looks
        return looks >= SILENT_LOOKS


def join(unit: Unit, me: Holder) -> None:
    """Be known as a process that claims. The first time, take over from those of this machine that are gone."""
    if unit.session.connection().execute(queries.BEAT, {"b_id": me.id}).rowcount != 1:
        born = me.birth_of(me.pid)
        row = Process(id=me.id, host=me.host, pid=me.pid, born=born, started_at=unit.now, kind=me.kind)
        # Its first claim and its first beat may come at once.
        insert_new(unit.session, Process, [row.model_dump()])
    if not me._joined:
        take_over(unit, [each.id for each in _others(unit, me) if me.is_gone(each)])
        me._joined = True


def adopt(unit: Unit) -> int:
    """What is held by nobody who is known goes on; how many notices that were."""
    rows = unit.session.exec(queries.ORPHANS).all()
    _go_on(unit, rows)
    return len(rows)


def resume(unit: Unit, me: Holder) -> None:
    """To be called while no batch but slow ones is under way: what else is ours was left by a round that broke off.

    That can be a claim whose commit came about although its answer was lost, so that nobody here knows of it.
    """
    _go_on(unit, [row for row in _held_by(unit, [me.id]) if row.id not in me.under_way])


def beat(unit: Unit, me: Holder) -> int:
    """One beat, and one look at the others; how many notices were taken over."""
    join(unit, me)
    adopt(unit)
    return take_over(unit, [each.id for each in _others(unit, me) if me.is_gone(each) or me.is_silent(each)])


def leave(unit: Unit, me: Holder) -> None:
    """Stop in order: what is still claimed waits for others, and this process is known no longer."""
    take_over(unit, [me.id])


def take_over(unit: Unit, ids: Sequence[str]) -> int:
    """What these processes held goes on without them; how many notices that were."""
    if not ids:
        return 0
    unit.session.execute(queries.FORGET, {"ids": ids})
    rows = _held_by(unit, ids)
    _go_on(unit, rows)
    return len(rows)


def _others(unit: Unit, me: Holder) -> Sequence[Process]:
    return unit.session.exec(queries.OTHERS, params={"b_id": me.id}).all()


def _held_by(unit: Unit, ids: Sequence[str]) -> Sequence[Notice]:
    return unit.session.exec(queries.HELD_BY, params={"ids": ids}).all()


def _go_on(unit: Unit, rows: Sequence[Notice]) -> None:
    begun = [row for row in rows if row.state == NoticeState.begun]
    claimed = [row.id for row in rows if row.state == NoticeState.claimed]
    if claimed:
        unit.session.execute(queries.PLAN_AGAIN, {"ids": claimed})
    for row in begun:
        lost(unit, row, DIED, killed=True)
    if rows:
        log.warning(
            "What was left in mid-send goes on here.",
            action="notices-resumed",
            notices=len(rows),
            begun=len(begun),
        )
