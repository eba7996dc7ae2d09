"""Every measurement, one after the other: `make bench`.

    python benchmarks/run.py [--quick] [NAME ...]

Runs each bench_*.py in a process of its own and shows its table, then prints one table of the figures that have a
limit, and one JSON object on the last line: measurement -> its figures. Exits with 1 if a measurement itself fails;
a missed limit is shown and does not fail, because figures depend on the machine.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
LIMITS: dict[tuple[str, str], tuple[str, float, bool]] = {
    ("sweep", "ratio"): ("100 due: among 1,000,000 / among 10,000", 1.5, True),
    ("delivery", "share"): ("delivery on SQLite / plain aiohttp posts", 0.30, False),
    ("instant", "missed"): ("missed of 20,000 deadlines due at once", 0, True),
    ("instant", "stall_ms"): ("longest stall of the event loop then, ms", 50, True),
    ("press", "p99_ms"): ("a press while 5,000 notices go out, p99, ms", 100, True),
    ("held", "worst_s"): ("the latest alert, 1,100 connections held half open, s", 2, True),
    ("pages", "slowest_ms"): ("the slowest page, 400 people, 3,000 audits, three years, ms", 300, True),
    ("pages", "ratio"): ("the steepest page / the same in an empty council", 3, True),
    ("start", "version_s"): ("qabot --version, s", 0.3, True),
    ("sealing", "share"): ("sealing the event log / planning and delivering what it is about", 0.05, True),
    ("email", "share_of_plain"): ("e-mails through the adapter / plain SMTP sends", 0.3, False),
    ("workers", "share"): ("delivery on PostgreSQL by one worker / plain aiohttp posts", 0.20, False),
    ("workers", "two_to_one"): ("digests by two workers / by one (on four cores)", 1.6, False),
    ("workers", "taken_over_s"): ("a worker killed: another has sent after, s", 15, True),
    ("workers", "sweep_ratio"): ("100 due among 1,000,000 / among 10,000, PostgreSQL", 1.5, True),
    ("simulate", "seconds"): ("a simulated year with 400 people, s", 60, True),
    ("simulate", "memory_mib"): ("its memory, MiB", 400, True),
    ("simulate", "time_ratio"): ("a year with 2,000 people, processor time / that of 400", 6, True),
    ("simulate", "memory_ratio"): ("its memory / that of 400", 6, True),
}
"""What is wanted: (title, limit, whether the limit is the most or the least)."""


def measure(script: Path, *, quick: bool) -> dict[str, Any]:
    """One measurement's figures. Raises `CalledProcessError` if it fails."""
    takes_quick = "--quick" in script.read_text(encoding="utf-8")
    words = ["--quick"] if quick and takes_quick else []
    done = subprocess.run([sys.executable, str(script), *words], stdout=subprocess.PIPE, text=True, check=True)
    *shown, last = done.stdout.rstrip().splitlines()
    print("\n".join(shown), flush=True)
    figures: dict[str, Any] = json.loads(last)
    return figures


def show(results: dict[str, dict[str, Any]]) -> None:
    """The figures that have a limit."""
    table = Table("what", "measured", "wanted", "", title="Figures and their limits")
    for (bench, name), (title, limit, most) in LIMITS.items():
        if bench in results and name in results[bench]:
            value = results[bench][name]
            kept = value <= limit if most else value >= limit
            table.add_row(title, f"{value:g}", f"{limit:g} at {'most' if most else 'least'}", "" if kept else "missed")
    Console().print(table)


def main() -> int:
    """Run them all, or those named."""
    parser = argparse.ArgumentParser(description="Every measurement, or those named.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as sweep or delivery")
    parser.add_argument("--quick", action="store_true", help="small runs that show that the measurements work")
    given = parser.parse_args()
    results: dict[str, dict[str, Any]] = {}
    failed = []
    for script in sorted(HERE.glob("bench_*.py")):
        name = script.stem.removeprefix("bench_")
        if given.names and name not in given.names:
            continue
        try:
            results[name] = measure(script, quick=given.quick)
        except (subprocess.CalledProcessError, ValueError) as wrong:
            print(f"{name} failed: {wrong}", file=sys.stderr)
            failed.append(name)
    show(results)
    print(json.dumps(results | ({"failed": failed} if failed else {})))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
