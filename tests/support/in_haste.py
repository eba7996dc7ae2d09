"""The tests' process, in haste: no test loses power, and none keeps so much that it must be tidied all the time."""

import gc
from typing import Any

from qabot.models import store

wait_for_the_disk = store._prepare_sqlite
"""What the product does on a connection: each commit is on the disk before it returns."""


def leave_it_to_the_system(connection: Any, _record: Any) -> None:
    """As the product does, but a commit is in the system's hands alone: a killed process loses nothing by it.

    On a busy disk that waits 5 ms for each commit, and a test of a year makes thousands.
    """
    wait_for_the_disk(connection, _record)
    connection.execute("PRAGMA synchronous=OFF")


def hurry() -> None:
    """Make this process do both; a collection for each 50,000 new objects, not 700, takes an eighth off a run."""
    store._prepare_sqlite = leave_it_to_the_system
    gc.set_threshold(50_000, 20, 20)
