"""A database that is made once and then copied: what a slow way leads to, for each test that begins there."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from qabot.models import Store

NUMBERS = count(1)


class Masters:
    """Databases by name and kind; `folder` holds those of SQLite, those of PostgreSQL stand on the copies' server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, bool], str] = {}

    def copy(self, name: str, make: Callable[[Store], None], into: Store) -> None:
        """Let the empty database `into`, to which nothing has connected, be what `make` made the first time."""
        key = (name, into.sqlite)
        if key not in self._made:
            url = self._beside(into.url)
            master = Store(url, inline=True)
            try:
                make(master)
            finally:
                master.close()
            self._made[key] = url
        (copy_file if into.sqlite else copy_on_server)(self._made[key], into.url)

    def _beside(self, url: str) -> str:
        """The address of a new empty database."""
        name = f"master_{next(NUMBERS)}"
        if url.startswith("sqlite"):
            return f"sqlite:///{self._folder}/{name}.db"
        with on_server(url) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return url.rpartition("/")[0] + f"/{name}"


def copy_file(master: str, into: str) -> None:
    files = [str(make_url(url).database) for url in (master, into)]
    with closing(sqlite3.connect(files[0])) as source, closing(sqlite3.connect(files[1])) as target:
        source.backup(target)


def copy_on_server(master: str, into: str) -> None:
    names = [str(make_url(url).database) for url in (master, into)]
    with on_server(into) as connection:
        connection.execute(f"DROP DATABASE {names[1]}")
        connection.execute(f"CREATE DATABASE {names[1]} TEMPLATE {names[0]}")


def on_server(url: str) -> psycopg.Connection:
    """A connection to no database that is copied: one that somebody uses cannot be."""
    return psycopg.connect(url.rpartition("/")[0] + "/postgres", autocommit=True)
