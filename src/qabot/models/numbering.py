"""The numbers of rows: none is given a second time, also once its row is gone.

What names a row by its number elsewhere (a key, a line of the log, a page that is open) names no other one later. A
sequence of PostgreSQL is like that; SQLite gives the next number above the highest that is there, unless a table says
AUTOINCREMENT.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, MetaData, Table, cast, column, func, select, table
from sqlalchemy.dialects.postgresql import REGCLASS

SEQUENCE = table("sqlite_sequence", column("name"), column("seq"))
"""SQLite's own: the highest number that each table has given."""


def numbered(tables: Iterable[Table]) -> list[Table]:
    """Those whose rows the database numbers."""
    return [each for each in tables if "id" in each.c and isinstance(each.c.id.type, Integer)]


def number_once(metadata: MetaData) -> None:
    """Let SQLite give no number of these tables again."""
    for each in numbered(metadata.tables.values()):
        each.dialect_options["sqlite"]["autoincrement"] = True


def last_numbers(connection: Connection, tables: Iterable[Table]) -> Mapping[str, int]:
    """The highest number that each of these tables has given, by its name; 0 if it has given none."""
    every = numbered(tables)
    if connection.dialect.name == "sqlite":
        given = {row.name: row.seq for row in connection.execute(select(SEQUENCE))}
        return {each.name: given.get(each.name, 0) for each in every}
    row = connection.execute(select(*(func.pg_sequence_last_value(_sequence(each.name)) for each in every))).one()
    return {each.name: last or 0 for each, last in zip(every, row, strict=True)}


def go_on_after(connection: Connection, last: Mapping[str, int]) -> None:
    """Let the next row of each of these tables get the number after this one."""
    for name, number in last.items():
        if connection.dialect.name == "sqlite":
            connection.execute(SEQUENCE.delete().where(SEQUENCE.c.name == name))
            connection.execute(SEQUENCE.insert().values(name=name, seq=number))
        else:
            connection.execute(select(func.setval(_sequence(name), number + 1, False)))


def _sequence(name: str) -> ColumnElement[Any]:
    return cast(func.pg_get_serial_sequence(name, "id"), REGCLASS)
