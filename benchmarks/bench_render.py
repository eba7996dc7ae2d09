"""How long it takes to render each message once its plan is known, and the first time.

    python benchmarks/bench_render.py

Prints a table, slowest first, and one JSON object on the last line. Microseconds for one card; best of five rounds.
"""

import json
import statistics
import timeit
from pathlib import Path

from rich.console import Console
from rich.table import Table

from qabot.messaging import skeleton
from qabot.messaging.card import Button
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import sample_context

MESSAGES = Path(__file__).resolve().parent.parent / "messages"
ROUNDS, REPEATS = 5, 400


def button(action: str, token: str) -> Button:
    """A button as a workflow makes one."""
    return Button(action, action, token)


def warm(catalogue: Catalogue, name: str) -> float:
    """Microseconds for one render with the plan in the cache."""
    context = sample_context(catalogue.get(name).sample)
    times = timeit.repeat(lambda: catalogue.render(name, context, button), number=REPEATS, repeat=ROUNDS)
    return min(times) / REPEATS * 1e6


def cold(catalogue: Catalogue, name: str) -> float:
    """Microseconds for the first render, in which the Markdown is parsed."""
    context = sample_context(catalogue.get(name).sample)
    skeleton.parse.cache_clear()
    skeleton.parse_line.cache_clear()
    return timeit.timeit(lambda: catalogue.render(name, context, button), number=1) * 1e6


def main() -> None:
    """Measure every message."""
    catalogue = Catalogue.load([MESSAGES])
    figures = {name: (warm(catalogue, name), cold(catalogue, name)) for name in catalogue.names()}
    table = Table("message", "warm µs", "first time µs", title="Rendering one message")
    for name, (again, first) in sorted(figures.items(), key=lambda figure: -figure[1][0]):
        table.add_row(name, f"{again:.0f}", f"{first:.0f}")
    Console().print(table)
    warmed = [figure[0] for figure in figures.values()]
    slowest = max(figures, key=lambda name: figures[name][0])
    result = {
        "bench": "render",
        "messages": len(figures),
        "warm_us_median": round(statistics.median(warmed), 1),
        "warm_us_slowest": round(max(warmed), 1),
        "slowest": slowest,
        "first_us_median": round(statistics.median(figure[1] for figure in figures.values()), 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
