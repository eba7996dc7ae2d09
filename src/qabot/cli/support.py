"""What several commands share."""

import asyncio
import logging
import os
import sys
import threading
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog
from rich.console import Console

from qabot.errors import SetupError
from qabot.framework.calendar import out_of_reach
from qabot.models import Store
from qabot.models.availability import is_away, why_away
from qabot.settings import Settings

log = structlog.get_logger()
out = Console(soft_wrap=True, highlight=False)


def existing(path: Path, what: str) -> Path:
    """The path, if there is something to read: a file, or a pipe such as /dev/stdin. Raises `SetupError`."""
    if path.is_dir():
        raise SetupError(f"{path}: this is a folder. Give the path of the {what} in it.")
    if not path.exists():
        raise SetupError(f"{path}: there is no such file. Give the path of the {what}.")
    return path


def writable(path: Path, what: str) -> None:
    """Say before any work is done that a file cannot be written here. Raises `SetupError`."""
    if path.is_dir():
        raise SetupError(f"{path}: this is a folder. Give the path of the {what}.")
    if not path.parent.is_dir():
        raise SetupError(f"{path}: there is no folder {path.parent}. Give the path of the {what}.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise SetupError(f"{path}: this may not be written by you. Give another path of the {what}.")


def write(path: Path, text: str) -> None:
    """Write a whole file, in the place of what was there. Raises `SetupError`."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise SetupError(f"{path}: this cannot be written: {error.strerror}.") from None


def day_of(text: str, option: str) -> date:
    """The day that an option gives. Raises `SetupError`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise SetupError(f"{option}: {text!r} is not a day. Give it as 2026-10-01.") from None
    if why := out_of_reach(day):
        raise SetupError(f"{option}: {text!r} {why}.")
    return day


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
    structlog.configure(processors=[*shared, renderer], logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    _take_over([structlog.stdlib.add_logger_name, *shared], renderer)


def _without_needless_traceback(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What failed because the database is away says so in its words: where in the code that was helps nobody."""
    given = event.get("exc_info")
    wrong = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(wrong, BaseException) and is_away(wrong):
        del event["exc_info"]
        event["error"] = why_away(wrong)
    return event


class _Stderr(logging.StreamHandler[TextIO]):
    """Standard error as it is at each line, like the lines of our own."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


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


def is_new(settings: Settings) -> bool:
    """Whether nothing was ever written to the database. Looking makes none. Raises `SetupError` as `open_store`."""
    from sqlalchemy.engine import make_url

    from qabot.models.migrate import version

    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        # SQLite makes the file of whoever connects; where it could not, connecting is what says so.
        path = Path(url.database or "")
        return path.parent.is_dir() and not (path.exists() and path.stat().st_size)
    store = open_store(settings)
    try:
        return version(store) is None
    finally:
        store.close()


def open_store(settings: Settings) -> Store:
    """The database of the settings, for a command. Raises `SetupError` if it cannot be reached."""
    from sqlalchemy.exc import SQLAlchemyError

    store = Store(settings.database_url, inline=True)
    try:
        with store.engine.connect():
            return store
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise SetupError(
            f"The database {store.engine.url.render_as_string()} cannot be opened: {cause}. Check QABOT_DATABASE_URL."
        ) from None
