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


def as_owner(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.getuid() == 0 else command


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server that can be stopped and started. `url` is its address as "postgresql://qabot@127.0.0.1:PORT"."""

    def __init__(self, folder: Path, options: str = "") -> None:
        """`folder` is the server's own; it belongs to whoever PostgreSQL is run as. `options` go before ours."""
        where = programs()
        if where is None or not can_run():
            raise RuntimeError("PostgreSQL's programs are not installed")
        self._where, self._data, port = where, folder / "data", free_port()
        self._options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off {options}"
        self._log = folder / "log"
        self.url = f"postgresql://{USER}@127.0.0.1:{port}"

    def make(self) -> None:
        """A fresh cluster."""
        options = ["-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        _run([str(self._where / "initdb"), "-D", str(self._data), *options])

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._control("-o", self._options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """`fast` ends every connection and transaction in good order; `immediate` is a crash."""
        self._control("-m", mode, "stop")

    def running(self) -> bool:
        """Whether it is up: a full disk can have ended it."""
        command = as_owner([str(self._where / "pg_ctl"), "-D", str(self._data), "status"])
        ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False)
        return ran.returncode == 0

    def _control(self, *words: str) -> None:
        _run([str(self._where / "pg_ctl"), "-D", str(self._data), "-w", "-t", "60", "-l", str(self._log), *words])


@contextmanager
def server() -> Iterator[str]:
    """A server; its address as "postgresql://qabot@127.0.0.1:PORT". Raises `RuntimeError` if `can_run` is False."""
    with own_folder() as folder, running(folder) as made:
        yield made.url


@contextmanager
def running(folder: Path, options: str = "") -> Iterator[Server]:
    """A fresh server in a folder of its own. Raises `RuntimeError` if `can_run` is False."""
    made = Server(folder, options)
    made.make()
    made.start()
    try:
        yield made
    finally:
        if made.running():
            made.stop()


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder for a server, of whoever it is run as; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="qabot-postgres-"))
    own(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own(folder: Path) -> None:
    """Give a folder to whoever the server is run as."""
    if os.getuid() == 0 and can_run():
        shutil.chown(folder, "postgres", "postgres")


def _run(command: list[str]) -> None:
    # The server inherits what it is given: a pipe would stay open for as long as it runs.
    subprocess.run(as_owner(command), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
