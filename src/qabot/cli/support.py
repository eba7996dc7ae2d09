"""What several commands share."""

import sys
from pathlib import Path

import structlog
from rich.console import Console

from qabot.errors import SetupError
from qabot.models import Store
from qabot.settings import Settings

out = Console(soft_wrap=True, highlight=False)


def existing(path: Path, what: str) -> Path:
    """The path, if there is something to read: a file, or a pipe such as /dev/stdin. Raises `SetupError`."""
    if path.is_dir():
        raise SetupError(f"{path}: this is a folder. Give the path of the {what} in it.")
    if not path.exists():
        raise SetupError(f"{path}: there is no such file. Give the path of the {what}.")
    return path


def configure_logs(log_format: str = "text") -> None:
    """Structured logs to standard error, which leaves standard output to what a command prints.

    JSON for machines, text for people.
    """
    # Colours are for a terminal: in a file they are noise.
    text = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    renderer = structlog.processors.JSONRenderer() if log_format == "json" else text
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


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
