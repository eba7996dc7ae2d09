"""What keeps the event loop from standing still while thousands of cards are drawn in the database's thread.

A full collection of garbage walks every object and stops everything for 100 to 300 ms. What the service loaded at its
start never becomes garbage, so it is left out, and full collections wait until a round is over. The small collections
come after 10,000 new objects, not 700: a batch of cards is alive while it is drawn, and looking through it dozens of
times finds nothing. Each second one looks through the survivors too, so that they stay few. And the loop waits 1 ms,
not Python's 5, for a thread that computes to make room.
"""

import gc
import sys

NEVER = 1_000_000
COLLECTIONS = (10_000, 1, NEVER)
TURN_SECONDS = 0.001
_usual_collections, _usual_turn = gc.get_threshold(), sys.getswitchinterval()


def begin() -> None:
    """From here on. What stands in memory now is taken to stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
    sys.setswitchinterval(TURN_SECONDS)


def tidy() -> None:
    """The full collection, now that nothing is going on: a few milliseconds."""
    gc.collect()


def end() -> None:
    """As Python does it by itself."""
    gc.unfreeze()
    gc.set_threshold(*_usual_collections)
    sys.setswitchinterval(_usual_turn)
