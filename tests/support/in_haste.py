"""The tests' process, in haste: no test loses power, and none keeps so much that it must be tidied all the time."""

import gc
import signal
import sys
from functools import cache
from math import inf
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from qabot.delivery import sending
from qabot.models import store

wait_for_the_disk = store._prepare_sqlite
"""What the product does on a connection: each commit is on the disk before it returns."""


def leave_it_to_the_system(connection: Any, _record: Any) -> None:
    """As the product does, but a commit is in the system's hands alone: a killed process loses nothing by it.

    On a busy disk that waits 5 ms for each commit, and a test of a year makes thousands. A new file waits too, as it
    takes to its log.
    """
    connection.execute("PRAGMA synchronous=OFF")
    wait_for_the_disk(connection, _record)
    connection.execute("PRAGMA synchronous=OFF")


make_engine = store._engine
"""What the product does: an engine of its own for each database."""


@cache
def one_engine() -> Engine:
    """An engine whose dialect and compiled statements all the others share. It has connected, so both are ready."""
    engine = make_engine("sqlite://")
    engine.connect().close()
    return engine


def engine_that_knows_the_statements(url: str, longest_idle: str = store.LONGEST_IDLE) -> Engine:
    """As the product does, but what one test's database compiled to SQL, the next one's need not compile anew.

    Statements are kept by their dialect, so it is shared too. Each of thousands of tests has a database of its own.
    """
    engine = make_engine(url, longest_idle)
    if url.startswith("sqlite"):
        shared = one_engine()
        engine.dialect = engine.pool._dialect = shared.dialect
        engine._compiled_cache = shared._compiled_cache
    return engine


make_enum = signal._int_to_enum  # type: ignore[attr-defined]
"""What the library does with a signal's handler: a function is no number, and is shown in the error that says so."""


def enum_of_numbers(value: Any, kind: type) -> Any:
    """As the library does from Python 3.12 on: what is no number is passed on as it is.

    The handler that stands while a loop runs holds the loop's task, and its result is shown too: a whole council, each
    time that a test or fixture ends.
    """
    return make_enum(value, kind) if isinstance(value, int) else value


find_migrations = ScriptDirectory.from_config
"""What each command of Alembic does first: it reads and runs the file of every migration."""


def migrations_that_are_known(_: type[ScriptDirectory], config: Config) -> ScriptDirectory:
    """As Alembic does, but the files are read once: a process has them as they were when it began."""
    return _migrations(str(config.get_main_option("script_location")))


@cache
def _migrations(location: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", location)
    return find_migrations(config)


UNUSED = "rfc3987_syntax"
"""`jsonschema` loads it for addresses with letters beyond ASCII, and it makes 38 parsers. No schema of ours has any."""


def keep() -> None:
    """What was read so far stays: it is passed over whenever rubbish is looked for, at a test's end or the run's."""
    gc.enable()
    gc.collect()
    gc.freeze()


def hurry() -> None:
    """Make this process do all this; a collection for each 50,000 new objects, not 700, takes an eighth off a run."""
    sys.modules.setdefault(UNUSED, None)  # type: ignore[arg-type]
    store._prepare_sqlite = leave_it_to_the_system
    store._engine = engine_that_knows_the_statements
    ScriptDirectory.from_config = classmethod(migrations_that_are_known)  # type: ignore[method-assign,assignment]
    # However long this process stands still on a busy machine, no chat of its own has been slow.
    sending.SLOW = inf
    signal._int_to_enum = enum_of_numbers  # type: ignore[attr-defined]
    gc.set_threshold(50_000, 20, 20)
    # What is collected is kept: nothing is looked for until then.
    gc.disable()
