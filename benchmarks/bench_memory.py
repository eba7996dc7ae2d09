"""What one council costs a host in memory: `qabot serve`, a worker on PostgreSQL, and their connections.

    python benchmarks/bench_memory.py [--quick]

On PostgreSQL where its programs are installed, else on SQLite and without a worker: an invented council of 400
people, the service as it is started by a host, with no chat. Read once it is well and its pages were opened. Memory
is what a process holds and its share of what it shares with others (PSS); two services run, so that what they share
is known. Linux only.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from support import TEN, Recorder, council, folder, options, report

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.support import postgres

PATIENCE = 120
"""Seconds until a service must be well."""
QABOT = [sys.executable, "-c", "from qabot.cli import main; main()"]


@dataclass(frozen=True)
class Memory:
    """In MiB: the most that the process held, and its share now."""

    most: float
    share: float


def memory(pid: int) -> Memory:
    """Of one process."""
    status = _numbers(Path(f"/proc/{pid}/status").read_text("utf-8"))
    rollup = _numbers(Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8"))
    return Memory(status["VmHWM"] / 1024, rollup["Pss"] / 1024)


def _numbers(text: str) -> dict[str, int]:
    lines = (line.partition(":") for line in text.splitlines())
    return {name: int(value.split()[0]) for name, _, value in lines if value.strip().endswith("kB")}


@contextmanager
def running(words: list[str], environ: Mapping[str, str], where: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A command of qabot, until we are done with it."""
    with (where / "log").open("ab") as log:
        child = subprocess.Popen([*QABOT, *words], env=environ, cwd=where, stdout=log, stderr=log)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(40)


def well(port: int) -> None:
    """Wait until a service says that it is, and open two pages."""
    for _ in range(PATIENCE * 2):
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                break
        except (URLError, OSError):
            time.sleep(0.5)
    else:
        raise RuntimeError("the service was not well in time")
    for page in ("/", "/signin"):
        try:
            urlopen(f"http://127.0.0.1:{port}{page}", timeout=20).close()
        except URLError:
            continue


def connections(pid: int) -> tuple[int, float]:
    """Of a PostgreSQL server: how many of its processes serve a connection, and their memory (PSS) together, in MiB."""
    counted, whole = 0, 0.0
    for each in Path("/proc").glob("[0-9]*"):
        try:
            parent = (each / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
            command = (each / "cmdline").read_bytes().decode(errors="replace")
            if int(parent) == pid and "qabot" in command:
                counted, whole = counted + 1, whole + memory(int(each.name)).share
        except (OSError, IndexError, ValueError, KeyError):
            continue
    return counted, whole


def main() -> None:
    """Two services; on PostgreSQL one of them with a worker beside it."""
    size = 40 if options(__doc__ or "").quick else 400
    with ExitStack() as stack:
        where = stack.enter_context(folder())
        urls = [f"sqlite:///{where}/{number}.db" for number in range(2)]
        server = None
        if postgres.can_run():
            place = stack.enter_context(postgres.own_folder())
            server = stack.enter_context(postgres.running(place))
            urls = _databases(server.url)
        environs = [_filled(url, size) for url in urls]
        if server is not None:
            environs[1]["QABOT_ENGINE"] = "scaled"
        services = [stack.enter_context(running(["serve"], each, where)) for each in environs]
        for each in environs:
            well(int(each["QABOT_PORT"]))
        alone, beside = (memory(each.pid) for each in services)
        rows = [
            ("qabot serve, the most it held", f"{alone.most:.0f} MiB", ""),
            ("its own part and its share of the rest, two services", f"{alone.share:.0f} MiB", ""),
        ]
        figures: dict[str, float] = {"serve_most_mib": round(alone.most), "serve_share_mib": round(alone.share)}
        if server is not None:
            worker = stack.enter_context(running(["worker"], environs[1], where))
            time.sleep(10)
            if worker.poll() is not None:
                raise RuntimeError(f"the worker ended by itself: {(where / 'log').read_text('utf-8')[-300:]}")
            of_worker = memory(worker.pid)
            rows += [
                ("qabot serve where workers send, the most it held", f"{beside.most:.0f} MiB", ""),
                ("its own part and its share of the rest", f"{beside.share:.0f} MiB", ""),
                ("qabot worker, the most it held", f"{of_worker.most:.0f} MiB", ""),
                ("its own part and its share of the rest", f"{of_worker.share:.0f} MiB", ""),
            ]
            figures |= {"scaled_serve_most_mib": round(beside.most), "scaled_serve_share_mib": round(beside.share)}
            figures |= {"worker_most_mib": round(of_worker.most), "worker_share_mib": round(of_worker.share)}
        if server is not None:
            pid = int((place / "data" / "postmaster.pid").read_text("utf-8").splitlines()[0])
            count, whole = connections(pid)
            rows.append(("connections of all three to PostgreSQL, and their memory", f"{count}, {whole:.0f} MiB", ""))
            figures |= {"connections": count, "connections_mib": round(whole)}
    report("memory", f"One council of {size} people on a host", rows, figures)


def _databases(url: str) -> list[str]:
    import psycopg

    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        for name in ("one", "two"):
            connection.execute(f"CREATE DATABASE {name}")
    return [f"{url}/{name}" for name in ("one", "two")]


def _filled(url: str, size: int) -> dict[str, str]:
    """A database with a council in it, and the environment of its service."""
    qabot, _ = council(None, Recorder(), size=size, start=TEN, url=url)
    qabot.store.close()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("QABOT_")}
    own = {"DATABASE_URL": url, "SECRET_KEY": "a" * 40, "PORT": str(postgres.free_port())}
    return clean | {f"QABOT_{name}": value for name, value in own.items()}


if __name__ == "__main__":
    main()
