"""All that a council's database holds, in open formats: for whoever leaves, or hands over to another system.

One ZIP file. Each table is there twice: as JSON Lines, exactly as it is, and as CSV for a spreadsheet, in which what a
spreadsheet would run gets an apostrophe before it. `datapackage.json` (Frictionless Data Package) and `dictionary.csv`
say what each table and column is. Left out is what lets somebody in, what belongs to the running service alone, and
what a survey promised to keep: of surveys there are the counts that may be shown, and comments that were released.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import JSON, Boolean, Column, ColumnElement, Connection, Date, DateTime, Integer, Time, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, col

from qabot import __version__, models
from qabot.imports.formulas import safe_cell
from qabot.models.columns import UtcDateTime, table
from qabot.models.survey import CommentState
from qabot.rights import log
from qabot.rights.kinds import KINDS, TABLES

ROWS = 2000
LETS_IN = "It lets somebody in, or did."
RUNNING = "It belongs to the running service alone."
TABLES_LEFT_OUT: Mapping[type[SQLModel], str] = {
    models.UsedLink: LETS_IN,
    models.EndedSession: LETS_IN,
    models.PendingLink: LETS_IN,
    models.Identity: LETS_IN,
    models.IdentityClash: LETS_IN,
    models.ApiToken: LETS_IN,
    models.ApiReply: "It is what a program was answered, for two days.",
    models.Receipt: "It is what could be taken back of a press, for some minutes.",
    models.Process: RUNNING,
    models.Meta: RUNNING,
    models.SurveySheet: "It is sealed, and a survey promised that nobody reads it.",
}
COLUMNS_LEFT_OUT: Mapping[str, str] = {
    "token": LETS_IN,
    "nonce": LETS_IN,
    "once": RUNNING,
    "owner": RUNNING,
}
RANDOM = "It is a random key that says nothing."
RANDOM_KEYS = (models.SurveyFigure, models.SurveyComment)
"""Their keys are random, and say nothing."""
NOT_HERE = (
    "What people answered in surveys: of each that has closed there are the counts that may be shown to its readers, "
    "and comments that were released to them.",
    "What was owed in a survey, which would say who has answered.",
    "The words of messages: they are drawn from the files in messages/ and kept nowhere.",
    "The service's secret key, and the passwords and tokens of its settings.",
    "What chats (Slack, Teams), the case system, copies of the database and the service's technical log hold.",
)
TYPES: Sequence[tuple[type, str]] = (
    (JSON, "any"),
    (Boolean, "boolean"),
    (Integer, "integer"),
    (UtcDateTime, "datetime"),
    (DateTime, "datetime"),
    (Date, "date"),
    (Time, "time"),
)
"""Of a column -> of a field in a Data Package. What is none of these is a "string"."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One table as it was written: its name, how many rows there are, and the SHA-256 of both of its files."""

    model: type[SQLModel]
    rows: int
    sums: Mapping[str, str]

    @property
    def name(self) -> str:
        """The table's name."""
        return str(table(self.model).name)


def export(
    reading: Connection, path: Path, now: datetime, texts: Iterable[tuple[str, str]], council: str
) -> list[Resource]:
    """Write the file, of a database that stands still for us. `texts` go with it: name in the ZIP, and what it holds.

    Raises `OSError` where it cannot be written.
    """
    surveys = frozenset(reading.execute(select_rows(col(models.SurveyRound.duty)).distinct()).scalars())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        made = [_write(reading, archive, each, surveys) for each in TABLES if each not in TABLES_LEFT_OUT]
        for name, text in texts:
            archive.writestr(name, text)
        archive.writestr("datapackage.json", orjson.dumps(_package(made, now, council), option=orjson.OPT_INDENT_2))
        archive.writestr("dictionary.csv", _csv(_dictionary()))
        archive.writestr("README.md", _readme(made, now, council))
    return made


def note(session: Session, made: Sequence[Resource], now: datetime) -> None:
    """Write to the log that all data was taken as a file."""
    log.record("council-exported", session, now, why="all data, as a file", rows=sum(each.rows for each in made))


def columns_of(model: type[SQLModel]) -> list[Column[Any]]:
    """The columns of a table that are exported."""
    left = {*COLUMNS_LEFT_OUT, *(("key",) if model in RANDOM_KEYS else ())}
    return [each for each in table(model).columns if each.name not in left]


def _write(reading: Connection, archive: zipfile.ZipFile, model: type[SQLModel], surveys: frozenset[str]) -> Resource:
    """One table, a part of it at a time: it may be larger than the memory."""
    count, sums = 0, {}
    for ending, write in (("jsonl", _json_lines), ("csv", _csv_lines)):
        name, count, digest = f"tables/{table(model).name}.{ending}", 0, sha256()
        with archive.open(name, "w", force_zip64=True) as file:
            for number, rows in enumerate(_rows(reading, model, surveys)):
                part = write(model, rows, number == 0)
                digest.update(part)
                file.write(part)
                count += len(rows)
        sums[name] = digest.hexdigest()
    return Resource(model, count, sums)


def _rows(reading: Connection, model: type[SQLModel], surveys: frozenset[str]) -> Iterator[list[Mapping[str, Any]]]:
    columns = columns_of(model)
    query = select_rows(*columns).order_by(*_order(model)).where(*_may_be_read(model, surveys))
    yielded = False
    for part in reading.execute(query, execution_options={"yield_per": ROWS}).mappings().partitions():
        yielded = True
        yield [{str(name): value for name, value in each.items()} for each in part]
    if not yielded:
        yield []


def _order(model: type[SQLModel]) -> list[Column[Any]]:
    """By number; of what has only a random key, by what it says, so that the order tells nothing."""
    rows = table(model).columns
    return (
        [rows["round_id"], rows["place_in_form"], rows["label"]]
        if model in RANDOM_KEYS
        else [*table(model).primary_key.columns]
    )


def _may_be_read(model: type[SQLModel], surveys: frozenset[str]) -> list[ColumnElement[bool]]:
    """What a survey's promise leaves of a table."""
    if model is models.SurveyComment:
        return [col(models.SurveyComment.state) == CommentState.released]
    if model is models.Deadline:
        return [col(models.Deadline.kind).not_in(surveys)]
    if model in (models.Notice, models.Event, models.HelpRequest):
        theirs = select_rows(col(models.Deadline.id)).where(col(models.Deadline.kind).in_(surveys))
        about = table(model).columns["deadline_id"]
        return [or_(about.is_(None), about.not_in(theirs))]
    if model is models.Moment:
        # A moment is named "thing.moment": whatever a survey left, also one of an earlier version, stays here.
        return [~col(models.Moment.name).startswith(f"{each}.", autoescape=True) for each in sorted(surveys)]
    return []


def _json_lines(_: type[SQLModel], rows: Sequence[Mapping[str, Any]], _first: bool) -> bytes:
    return b"".join(orjson.dumps(dict(each), default=_plain) + b"\n" for each in rows)


def _csv_lines(model: type[SQLModel], rows: Sequence[Mapping[str, Any]], first: bool) -> bytes:
    head = [[each.name for each in columns_of(model)]] if first else []
    return _csv([*head, *([_cell(each) for each in row.values()] for row in rows)]).encode()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return safe_cell(value)
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return safe_cell(orjson.dumps(value, default=_plain).decode())
    return _plain(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _type(column: Column[Any]) -> str:
    return next((name for kind, name in TYPES if isinstance(column.type, kind)), "string")


def _package(made: Sequence[Resource], now: datetime, council: str) -> dict[str, Any]:
    """The Data Package that describes the CSV files, with the keys from one table to another."""
    here = {each.name for each in made}
    return {
        "name": "qabot-export",
        "title": f"{council}: all data of qabot",
        "created": now.isoformat(),
        "version": __version__,
        "resources": [_resource(each, here) for each in made],
    }


def _resource(made: Resource, here: set[str]) -> dict[str, Any]:
    columns, kept = columns_of(made.model), TABLES[made.model]
    keys = [
        {"fields": each.name, "reference": {"resource": other.column.table.name, "fields": other.column.name}}
        for each in columns
        for other in each.foreign_keys
        if other.column.table.name in here
    ]
    fields = [
        {"name": each.name, "type": _type(each), "constraints": {"required": not each.nullable}} for each in columns
    ]
    csv_file = f"tables/{made.name}.csv"
    return {
        "name": made.name,
        "title": kept.title,
        "description": f"{KINDS[kept.kind].title}. Kept: {KINDS[kept.kind].why}.",
        "path": csv_file,
        "format": "csv",
        "encoding": "utf-8",
        "hash": f"sha256:{made.sums[csv_file]}",
        "rows": made.rows,
        "schema": {
            "fields": fields,
            "primaryKey": [each.name for each in columns if each.primary_key],
            "foreignKeys": keys,
        },
    }


def _dictionary() -> Iterator[Sequence[str]]:
    """Every column of every table, also those that are left out, with why."""
    yield "table", "what its rows are", "kind of data", "column", "type", "refers to", "left out because"
    for model, kept in TABLES.items():
        there = {each.name for each in columns_of(model)}
        for each in table(model).columns:
            refers = ", ".join(sorted(f"{other.column.table.name}.{other.column.name}" for other in each.foreign_keys))
            left = TABLES_LEFT_OUT.get(model) or ("" if each.name in there else COLUMNS_LEFT_OUT.get(each.name, RANDOM))
            yield str(table(model).name), kept.title, KINDS[kept.kind].title, each.name, _type(each), refers, left


def _readme(made: Sequence[Resource], now: datetime, council: str) -> str:
    lines = [
        f"# {council}: all data of qabot",
        "",
        f"Made by qabot {__version__} at {now.isoformat()}. Times are UTC, days are days in England.",
        "",
        "tables/NAME.jsonl is a table exactly as it is, one JSON object a row. tables/NAME.csv is the same for a",
        "spreadsheet: what it would run as a formula has an apostrophe before it. datapackage.json describes them",
        "for programs, dictionary.csv every column for people. framework/ and messages/ are the rules and the words.",
        "The log of what happened is the table event. It names people by their numbers in the table person.",
        "reports/ has each report as it was issued: a page for any browser. The same as data is in the table report.",
        "",
        "| table | rows | what |",
        "|---|---|---|",
        *(f"| {each.name} | {each.rows} | {TABLES[each.model].title} |" for each in made),
        "",
        "Not in it:",
        "",
        *(f"- {each}" for each in NOT_HERE),
        *(f"- The table {table(model).name} ({TABLES[model].title}). {why}" for model, why in TABLES_LEFT_OUT.items()),
        "",
    ]
    return "\n".join(lines)
