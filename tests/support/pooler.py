"""pgbouncer in front of the tests' own PostgreSQL server, in transaction mode."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.support.postgres import as_owner, free_port, own_folder
from tests.support.waiting import wait_until

WHY = "pgbouncer is not installed here, so nothing was tested through a pooler"
PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")


@contextmanager
def pooled(server: str) -> Iterator[str]:
    """The server's address by way of a pooler that gives each transaction one of three connections."""
    assert PROGRAM is not None, WHY
    port, behind = free_port(), server.rpartition(":")[2]
    with own_folder() as folder:
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={behind} user=qabot\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 3\n"
        )
        settings.chmod(0o644)  # read by its own user, whatever our umask
        process = subprocess.Popen(
            as_owner([PROGRAM, "-q", str(settings)]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        address = f"postgresql://qabot@127.0.0.1:{port}"
        try:
            wait_until(lambda: _answers(f"{address}/postgres"), "pgbouncer answers")
            yield address
        finally:
            process.terminate()
            process.wait()


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
