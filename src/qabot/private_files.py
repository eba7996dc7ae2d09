"""Files that are nobody else's business: the database with what stands beside it, and files that hold a secret.

What a command makes is its owner's alone, whatever the umask. What was there before keeps its mode, because it may be
meant; that other users of the machine can reach it is said. Windows keeps no such modes, and nothing is said there.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path


def make_private() -> None:
    """From here on this process makes files and folders for its owner alone."""
    os.umask(os.umask(0o077) | 0o077)


def give_to_the_folders_owner(file: int, path: str) -> None:
    """Let a file that root has just made belong to whom its folder belongs: nobody else could open it.

    `file` is its descriptor. A database that root brings back is the service's, who may neither read nor write root's.
    """
    if os.name == "posix" and os.geteuid() == 0:
        folder = os.stat(os.path.dirname(path) or ".")
        os.fchown(file, folder.st_uid, folder.st_gid)


def open_to_others(database_url: str, environ: Mapping[str, str]) -> list[str]:
    """A sentence for each file of this service that every user of the machine can read or change."""
    if os.name != "posix":
        return []
    return [_said(path, what) for path, what in _files(database_url, environ) if _is_open(path)]


def _files(database_url: str, environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    from sqlalchemy.engine import make_url

    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        database = Path(url.database)
        # The write-ahead log and copies for safety stand beside it, and begin with its name.
        yield from ((path, "the database") for path in sorted(database.parent.glob(f"{database.name}*")))
    for name, value in sorted(environ.items()):
        if name.startswith("QABOT_") and name.endswith("_FILE") and value.strip():
            yield Path(value.strip()), name


def _is_open(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o007)


def _said(path: Path, what: str) -> str:
    return f"{path} ({what}) is open to every user of this machine. Close it with: chmod 600 {path}"
