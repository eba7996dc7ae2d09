"""What `qabot host add` makes: a role, a database and a settings file, so that being killed in between leaves no trap.

The file is written first, under another name, whole and on the disk: where it cannot be, no role is made whose password
nobody knows. It gets its name once the database is there. Whoever gives the command again after it was killed goes on
with the password and the secret key that stand in it.
"""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from qabot.cli.councils import ENDING, WAIT, alone, councils, values_of
from qabot.database_address import database_problem
from qabot.errors import SetupError
from qabot.settings import PREFIX

FIRST_PORT = 8701
UNFINISHED = ".unfinished"
"""What the name of a settings file ends with until the database is there: no other command takes it for one."""


def make(folder: Path, name: str, server: str, given: Mapping[str, str]) -> Mapping[str, str]:
    """Make all of it; what its settings file says. `given`: its framework and address. Raises `SetupError`."""
    file = folder / f"{name}{ENDING}"
    begun = folder / f"{name}{ENDING}{UNFINISHED}"
    with alone(folder, f"Another `qabot host add` is at work in {folder}. {WAIT} Nothing was made."):
        if file.exists():
            raise SetupError(f"{file} is there already, and is not written over.")
        own, again = _address(server, f"qabot_{name.replace('-', '_')}"), begun.exists()
        before = _read(begun) if again else {}
        if known := before.get("DATABASE_URL"):
            own = own.set(password=_password(known))
        values = {
            "DATABASE_URL": own.render_as_string(hide_password=False),
            **given,
            "PORT": str(_free_port(folder)),
            "SECRET_KEY": before.get("SECRET_KEY") or secrets.token_urlsafe(32),
        }
        _write(begun, values)
        try:
            _make_database(server, own.username, own.password, again=again)
        except _NothingMadeError as wrong:
            if not again:
                begun.unlink()
            raise SetupError(str(wrong)) from None
        begun.replace(file)
    return values


class _NothingMadeError(Exception):
    """Neither the role nor the database is there."""


def _address(server: str, called: str) -> Any:
    from sqlalchemy.engine import make_url

    if not server.startswith("postgresql://") or database_problem(server):
        raise SetupError("--server: expected postgresql://user@server/database.")
    return make_url(server).set(username=called, password=secrets.token_urlsafe(24), database=called)


def _password(address: str) -> str:
    from sqlalchemy.engine import make_url

    return str(make_url(address).password)


def _read(begun: Path) -> dict[str, str]:
    """What was written before it was killed; nothing of a file that was not written whole: then no role is there."""
    with suppress(SetupError, OSError, UnicodeDecodeError):
        values = values_of(begun.read_text("utf-8"), str(begun))
        if f"{PREFIX}SECRET_KEY" in values:
            return {key.removeprefix(PREFIX): value for key, value in values.items()}
    return {}


def _free_port(folder: Path) -> int:
    others = councils(folder) if any(folder.glob(f"*{ENDING}")) else ()
    given = [each.values.get(f"{PREFIX}PORT", "") for each in others]
    return max([FIRST_PORT - 1, *(int(each) for each in given if each.isdecimal())]) + 1


def _write(begun: Path, values: Mapping[str, str]) -> None:
    text = "".join(f"{PREFIX}{key}={value}\n" for key, value in values.items())
    part = begun.with_name(f"{begun.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as made:
            made.write(text)
            made.flush()
            os.fsync(made.fileno())
        part.replace(begun)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise SetupError(f"{begun}: this cannot be written: {error.strerror}. Nothing was made.") from None


def _make_database(server: str, called: str, password: str, *, again: bool) -> None:
    """A role and a database of this name. `again`: what a command that was killed has made of it is taken up.

    Raises `_NothingMadeError` where nothing of it is there, and `SetupError` where something may be.
    """
    import psycopg
    from psycopg import sql

    role, ours = sql.Identifier(called), sql.Literal(password)
    made = False
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=10) as connection:
            there = again and connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [called]).fetchone()
            verb = sql.SQL("ALTER" if there else "CREATE")
            connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, ours))
            made = True
            owned = "SELECT 1 FROM pg_database WHERE datname = %s AND datdba = %s::regrole"
            if not (there and connection.execute(owned, [called, called]).fetchone()):
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))
    except psycopg.Error as error:
        why = f"--server: the database cannot be made: {str(error).strip().splitlines()[0]}."
        if made and not _dropped(server, called):
            raise SetupError(f"{why} Its role is there. Give the command again once that is mended.") from None
        raise _NothingMadeError(why) from None


def _dropped(server: str, called: str) -> bool:
    """Whether the role is gone again; it stays while it has its database."""
    import psycopg
    from psycopg import sql

    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(called)))
    except psycopg.Error:
        return False
    return True
