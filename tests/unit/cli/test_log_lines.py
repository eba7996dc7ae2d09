"""Every line of the log is JSON where that is set: ours, the libraries', and what nobody caught."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import LONG

PROVOKED = """
import asyncio, gc, logging, threading, warnings
import structlog
from sqlalchemy.exc import OperationalError
from qabot.cli.logs import configure_logs, log_uncaught

configure_logs("json")

async def failing():
    raise RuntimeError("of a task")

async def main():
    loop = asyncio.get_running_loop()
    log_uncaught(loop)
    structlog.get_logger().warning("ours", action="ours", odd={1, 2})
    try:
        raise ValueError("two\\nlines")
    except ValueError:
        structlog.get_logger().exception("ours with a trace", action="ours")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\\n")
    try:
        raise OperationalError("SELECT 1", {}, Exception("connection refused\\n\\tIs it running?"))
    except OperationalError:
        structlog.get_logger().exception("ours of a database", action="ours")
        logging.getLogger("uvicorn.error").exception("theirs of a database")
    for name in ("uvicorn.error", "slack_bolt.AsyncApp", "apscheduler.executors.default", "anything", "py.other"):
        logging.getLogger(name).warning("a %s\\nof two lines", "line")
    logging.getLogger("anything").warning("a number: %d", "none")
    warnings.warn("an old way", DeprecationWarning)
    warnings.warn("a warning")
    task = loop.create_task(failing())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
    thread = threading.Thread(target=lambda: [].pop())
    thread.start()
    thread.join()

    class Odd:
        def __del__(self):
            raise RuntimeError("of no use")

    Odd()
    gc.collect()

asyncio.run(main())
raise SystemExit(1 / 0)
"""


def lines_of(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_json_whoever_writes_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "default", "-c", PROVOKED], capture_output=True, text=True, check=False, env=os.environ
    )
    lines = lines_of(ran.stderr)
    said = " ".join(str(each["event"]) for each in lines)
    traces = " ".join(str(each.get("exception", "")) for each in lines)
    assert ran.stdout == ""
    assert all({"action", "event", "level", "timestamp"} <= each.keys() for each in lines)
    assert all(("logger" in each) == (each["action"] == "library-warned") for each in lines)
    assert said.count("of two lines") == 5
    away = [each for each in lines if "of a database" in str(each["event"])]
    assert [each["error"] for each in away] == ["connection refused"] * 2
    assert not any("exception" in each for each in away)
    assert "a warning" in said
    assert "an old way" in said
    assert "a number: %d" in said
    for what in ("two\nlines", "of a task", "ZeroDivisionError", "IndexError", "of no use"):
        assert what in traces
    assert {"uvicorn.error", "slack_bolt.AsyncApp", "py.warnings"} <= {str(each.get("logger")) for each in lines}


def test_a_trace_in_text_shows_no_variables(tmp_path: Path) -> None:
    code = (
        "import structlog\nfrom qabot.cli.logs import configure_logs\nconfigure_logs('text')\n"
        "def fail(name):\n    raise ValueError('wrong')\n"
        "try:\n    fail('Priya ' + 'Shah')\nexcept ValueError:\n    structlog.get_logger().exception('x')\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert "ValueError: wrong" in ran.stderr
    assert "Priya Shah" not in ran.stderr


@pytest.mark.parametrize("times", [1, 3])
def test_configuring_again_writes_no_line_twice(times: int) -> None:
    code = (
        "import logging\nfrom qabot.cli.logs import configure_logs\n"
        f"for _ in range({times}): configure_logs('json')\nlogging.getLogger('x').warning('once')\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert [each["event"] for each in lines_of(ran.stderr)] == ["once"]


UNWRITTEN = """
import asyncio
import structlog
from sqlalchemy.exc import OperationalError
from qabot.cli.logs import configure_logs
from qabot.models import Store
from qabot.models.availability import is_away

def full(session):
    raise OperationalError("INSERT", {}, Exception("database or disk is full"))

configure_logs("text")
structlog.get_logger().warning("before", action="ours")
try:
    asyncio.run(Store("sqlite://", inline=True).run(full))
except Exception as wrong:
    structlog.get_logger().exception("after", action="ours")
    print(is_away(wrong))
"""


@pytest.mark.parametrize("where", ["on a full disk", "to nobody"])
def test_a_line_that_cannot_be_written_breaks_nothing_off(where: str) -> None:
    """As where the log is on the disk of the database: what failed is what failed, and is tried again."""
    if where == "on a full disk":
        end = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, end = os.pipe()
        os.close(reader)
    try:
        ran = subprocess.run(
            [sys.executable, "-c", UNWRITTEN], stdout=subprocess.PIPE, stderr=end, text=True, check=False
        )
    finally:
        os.close(end)
    assert ran.stdout == "True\n"


UNREAD = """
import logging
import sys
import structlog
from qabot.cli.logs import configure_logs

configure_logs("json")
for number in range(3000):
    structlog.get_logger().warning("a line of ours", action="ours", number=number)
    logging.getLogger("uvicorn.error").warning("a line of theirs: %s", "x" * 5000)
print("went on", flush=True)
sys.stdin.readline()
structlog.get_logger().warning("the last", action="ours")
"""


def test_a_reader_that_stands_still_holds_up_nothing_and_hears_what_it_missed() -> None:
    """As a pager that shows its first screen: the pipe is full, and whoever is about to alert somebody goes on."""
    with subprocess.Popen(
        [sys.executable, "-c", UNREAD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as ran:
        assert ran.stdin
        assert ran.stdout
        assert ran.stderr
        try:
            ready, _, _ = select.select([ran.stdout], [], [], LONG)
            assert ready, "it waits for whoever reads its log"
            assert ran.stdout.readline() == "went on\n"
            before = b""
            while select.select([ran.stderr], [], [], 0)[0]:
                before += os.read(ran.stderr.fileno(), 65536)
            ran.stdin.write("go on\n")
            ran.stdin.close()
            after = ran.stderr.read()
        finally:
            ran.kill()
    whole = [line for line in before.decode().splitlines() if line.endswith("}")]
    told, last = lines_of(after.lstrip("\n"))
    assert (told["action"], last["event"]) == ("lines-missed", "the last")
    assert len(whole) + int(str(told["lines"])) == 6000
