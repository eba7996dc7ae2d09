"""Whether a service or a worker is at work on a database, for commands that may not be given beside one."""

import time

from qabot.errors import SetupError
from qabot.models import Store
from qabot.rights.ending import living


def see_that_nothing_runs(store: Store, then: str) -> None:
    """Raise `SetupError` if somebody is at work here. `then` is what to do once it is stopped.

    Where anybody ever was at work it takes a few seconds.
    """
    if living(store, time.sleep):
        raise SetupError(f"qabot runs on this database. Stop it first (serve, and whatever watches it), {then}.")
