"""`qabot simulate`: a year of Newham with 400 people, and with 2,000, as the command line runs it.

    python benchmarks/bench_simulate.py [--quick]

Nobody answers in this year, so every ladder is climbed to its end: the longest year that there is. What the larger
council takes is told in multiples of the smaller one's: processor time, so that another program is not measured.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from support import options, report


@dataclass(frozen=True)
class Year:
    """What one run took: seconds by the clock and of the processor, the most memory in MiB, and notices printed."""

    seconds: float
    cpu: float
    memory: float
    notices: int


def simulate(start: str, end: str, people: int) -> Year:
    """One run of the whole command, in a process of its own."""
    words = ["simulate", "newham", "--from", start, "--to", end, "--invented", str(people), "--jsonl"]
    with tempfile.TemporaryDirectory(prefix="qabot-bench-") as folder:
        printed = Path(folder) / "printed"
        started = time.perf_counter()
        with printed.open("wb") as out:
            command = [sys.executable, "-c", "from qabot.cli import main; main()", *words]
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        with printed.open("rb") as lines:
            notices = sum(1 for _ in lines)
    # Linux counts the largest resident size in KiB, others in bytes.
    unit = 1024 if sys.platform.startswith("linux") else 1024 * 1024
    return Year(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, notices)


def main() -> None:
    """Measure both."""
    quick = options(__doc__ or "").quick
    few, many = (30, 60) if quick else (400, 2000)
    end = "2026-10-02" if quick else "2027-09-30"
    small, large = simulate("2026-10-01", end, few), simulate("2026-10-01", end, many)
    more_time, more_memory = large.cpu / small.cpu, large.memory / small.memory
    period = "two days" if quick else "a year"
    rows = [
        (f"{period} of Newham with {few} people", f"{small.seconds:.1f} s", "60 s at most"),
        ("processor time", f"{small.cpu:.1f} s", ""),
        ("memory", f"{small.memory:.0f} MiB", "400 MiB at most"),
        ("notices printed", f"{small.notices:,}", ""),
        (f"{period} with {many:,} people", f"{large.seconds:.1f} s", ""),
        ("processor time", f"{large.cpu:.1f} s: {more_time:.1f} times", "6 times at most"),
        ("memory", f"{large.memory:.0f} MiB: {more_memory:.1f} times", "6 times at most"),
        ("notices printed", f"{large.notices:,}: {large.notices / small.notices:.1f} times", ""),
    ]
    figures = {
        "seconds": round(small.seconds, 1),
        "cpu_seconds": round(small.cpu, 1),
        "memory_mib": round(small.memory),
        "notices": small.notices,
        "large_seconds": round(large.seconds, 1),
        "large_cpu_seconds": round(large.cpu, 1),
        "large_memory_mib": round(large.memory),
        "large_notices": large.notices,
        "time_ratio": round(more_time, 2),
        "memory_ratio": round(more_memory, 2),
    }
    report("simulate", "A simulated year", rows, figures)


if __name__ == "__main__":
    main()
