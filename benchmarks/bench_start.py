"""How long a person waits for a command that has nothing to do: `qabot --version` as a process of its own.

    python benchmarks/bench_start.py [--quick]

Prints a table and, on the last line, one JSON object: the median and the slowest of the runs in seconds, and how many.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

RUNS = 20
COMMANDS = {"version": ["--version"], "help": ["--help"], "schema": ["framework", "schema"]}


def seconds(words: list[str]) -> float:
    """One run, from the start of its process to its end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "qabot", *words], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three runs")
    runs = 3 if parser.parse_args().quick else RUNS
    figures: dict[str, float] = {"runs": runs}
    table = Table("command", "median s", "slowest s", title=f"Starting, {runs} runs")
    for name, words in COMMANDS.items():
        times = [seconds(words) for _ in range(runs)]
        figures[f"{name}_s"] = round(statistics.median(times), 3)
        figures[f"{name}_slowest_s"] = round(max(times), 3)
        table.add_row(" ".join(["qabot", *words]), f"{figures[f'{name}_s']:.3f}", f"{max(times):.3f}")
    Console().print(table)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
