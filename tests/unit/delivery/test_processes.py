"""What tells one process from another: never a host's name, which containers may share."""

import asyncio
import os
import sys
from datetime import UTC, datetime

from qabot.delivery.processes import Holder, birth, machine
from qabot.models import Process
from tests.support.waiting import until

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_two_namespaces_of_processes_are_two_machines() -> None:
    assert machine().endswith(os.readlink("/proc/self/ns/pid"))
    mine = Holder()
    other = Process(id="other", host="of another namespace", pid=mine.pid, born="another", started_at=LONG_AGO)
    assert not mine.is_gone(other)
    other.host = mine.host
    assert mine.is_gone(other)


def test_where_nobody_can_say_nobody_is_taken_for_gone() -> None:
    mine = Holder(host="")
    assert not mine.is_gone(Process(id="other", host="", pid=1, born="another", started_at=LONG_AGO))


async def test_a_process_that_was_killed_is_gone_before_its_parent_asks_about_it() -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    assert birth(child.pid)
    child.kill()
    await until(lambda: not birth(child.pid), "the child has ended")
    await child.wait()
