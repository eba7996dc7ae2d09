"""The log of a command: structured lines on standard error, those of libraries and of what nobody caught among them."""

import asyncio
import logging
import sys
import threading
from types import TracebackType
from typing import Any

import structlog

from qabot.cli.log_lines import say

log = structlog.get_logger()
LIBRARY = "library-warned"
"""The action of what a library, or Python itself, has to say: `logger` names it."""


def configure_logs(log_format: str = "text") -> None:
    """Structured logs to standard error, which leaves standard output to what a command prints.

    JSON for machines, text for people.
    """
    # Colours are for a terminal: in a file they are noise. What variables held is in no traceback: it can be anything.
    plain = structlog.dev.plain_traceback
    text = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    renderer = structlog.processors.JSONRenderer(default=str) if log_format == "json" else text
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_needless_traceback,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(processors=[*shared, renderer], logger_factory=lambda *_: _Lines())
    _take_over([structlog.stdlib.add_logger_name, _with_action, *shared], renderer)


def _with_action(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Whoever raises alarms by a line's action hears of a library's line too, which knows of no actions."""
    event.setdefault("action", LIBRARY)
    return event


def _without_needless_traceback(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What failed because the database is away says so in its words: where in the code that was helps nobody."""
    from qabot.models.availability import is_away, why_away

    given = event.get("exc_info")
    wrong = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(wrong, BaseException) and is_away(wrong):
        del event["exc_info"]
        event["error"] = why_away(wrong)
    return event


class _Lines:
    """Writes a line where it can. On a full disk, or with nobody who reads them, it is lost.

    Whoever has something to say is in the middle of something else: a send that came back is recorded all the same.
    """

    def msg(self, message: str) -> None:
        """One line."""
        say(message)

    debug = info = warning = error = exception = critical = fatal = msg


class _Stderr(logging.Handler):
    """Standard error as it is at each line, like the lines of our own."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            # What a library cannot put together ends nothing of what is under way: it is said as the library wrote it.
            record.msg, record.args = str(record.msg), None
            line = self.format(record)
        say(line)


def _take_over(shared: list[structlog.typing.Processor], renderer: structlog.typing.Processor) -> None:
    """Libraries' lines, warnings and what nobody caught are lines of the same log."""
    handler = _Stderr()
    end: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=end))
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, _Stderr)] + [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "slack_bolt", "apscheduler", "alembic", "asyncio"):
        each = logging.getLogger(name)
        each.handlers, each.propagate = [], True
    logging.captureWarnings(True)


def log_uncaught(loop: asyncio.AbstractEventLoop) -> None:
    """Whatever nobody catches is a line of the log, in whichever thread or task it is."""

    def uncaught(kind: type[BaseException], wrong: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("an error was caught by nobody", action="error-escaped", exc_info=(kind, wrong, trace))

    def of_thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            uncaught(given.exc_type, given.exc_value, given.exc_traceback)

    def unraisable(given: Any) -> None:
        log.error("an error could not be raised", action="error-escaped", exc_info=given.exc_value)

    def of_task(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        log.error(str(context.get("message", "")), action="error-escaped", exc_info=context.get("exception"))

    sys.excepthook = uncaught
    sys.unraisablehook = unraisable
    threading.excepthook = of_thread
    loop.set_exception_handler(of_task)
