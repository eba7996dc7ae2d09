"""A PostgreSQL server of the tests' own: a fresh cluster on loopback, stopped and removed at the end."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "qabot"
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def programs() -> Path | None:
    """Where PostgreSQL's server programs are; None if they are not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    every = [path for place in PLACES for path in Path("/").glob(place[1:]) if (path / "initdb").exists()]
    return max(every, default=None)


def can_run() -> bool:
    """Whether a server can be started here: its programs are there, and as root somebody to run it as."""
    return programs() is not None and (os.getuid() != 0 or shutil.which("runuser") is not None)


def _as_owner(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.getuid() == 0 else command


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server() -> Iterator[str]:
    """A server; its address as "postgresql://qabot@127.0.0.1:PORT". Raises `RuntimeError` if `can_run` is False."""
    where = programs()
    if where is None or not can_run():
        raise RuntimeError("PostgreSQL's programs are not installed")
    folder = Path(tempfile.mkdtemp(prefix="qabot-postgres-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = [str(where / "pg_ctl"), "-D", str(folder / "data"), "-w", "-t", "60", "-l", str(folder / "log")]
    try:
        _run([str(where / "initdb"), "-D", str(folder / "data"), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"])
        _run([*control, "-o", options, "start"])
        try:
            yield f"postgresql://{USER}@127.0.0.1:{port}"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str]) -> None:
    # The server inherits what it is given: a pipe would stay open for as long as it runs.
    subprocess.run(_as_owner(command), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
