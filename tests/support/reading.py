"""What a process of qabot reads as it starts, read once for all that are forked from it (tests/support/forked.py)."""

import gc
from importlib import import_module
from importlib.metadata import entry_points

from qabot import wiring
from qabot.cli.app import PLACES
from qabot.settings import Settings

for module in {place.partition(":")[0] for place in PLACES.values()}:
    import_module(f"qabot.cli.{module}")
for each in entry_points(group=wiring.GROUP):
    each.load()
wiring.check_messages(wiring.load_tools(Settings(secret_key="only to read the messages")), wiring.known_limits())
# What was read stays: no fork looks through it for what nobody holds any more.
gc.freeze()
