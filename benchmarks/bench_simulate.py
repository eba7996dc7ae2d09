"""`qabot simulate`: a year of Newham with 400 people, as the command line runs it.

    python benchmarks/bench_simulate.py [--quick]

Nobody answers in this year, so every ladder is climbed to its end: the longest year that there is.
"""

import resource
import subprocess
import sys
import time

from support import options, report


def simulate(start: str, end: str, people: int) -> tuple[float, int]:
    """Seconds for the whole command, and the notices that it printed."""
    command = [sys.executable, "-c", "from qabot.cli import main; main()", "simulate", "newham"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--from", start, "--to", end, "--invented", str(people), "--jsonl"], capture_output=True, check=True
    )
    return time.perf_counter() - started, len(done.stdout.splitlines())


def main() -> None:
    """Measure one run."""
    quick = options(__doc__ or "").quick
    people = 40 if quick else 400
    seconds, notices = simulate("2026-10-01", "2026-10-20" if quick else "2027-09-30", people)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = [
        (f"{'three weeks' if quick else 'a year'} of Newham with {people} people", f"{seconds:.1f} s", "60 s at most"),
        ("processor time", f"{used.ru_utime + used.ru_stime:.1f} s", ""),
        ("notices printed", f"{notices:,}", ""),
    ]
    figures = {"seconds": round(seconds, 1), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1), "notices": notices}
    report("simulate", "A simulated year", rows, figures)


if __name__ == "__main__":
    main()
