"""Lists as files: CSV, and workbooks (.xlsx). Nothing in them is a formula, whatever people have written.

A file has what its page shows, with the same filters, and all of it: a page of a list is for the screen. In CSV what a
spreadsheet would run gets an apostrophe before it. A workbook knows texts from numbers and dates, so there every text
is a text as it stands; the row of headings stays in sight, and dates are dates.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from qabot.framework.calendar import LONDON
from qabot.imports.formulas import runs, safe_cell
from qabot.messaging.letters import clean, cut

Cell = str | int | float | date | datetime | None
"""What a cell holds. A `datetime` has a time zone and is written as the time in England."""

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""What makes Excel take a CSV file for UTF-8."""
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a file that are kept in memory; of a larger one, none are."""
PIECE = 64 * 1024
MOST_ROWS, LONGEST_TEXT, LONGEST_NAME = 1_048_576, 32_767, 31
"""What a sheet, a cell and the name of a sheet can hold in Excel."""
LONGEST_LIST = 10_000
"""Rows of a list at most that is read whole for its file."""
FIRST_YEAR = 1900
"""Excel knows no earlier date."""
NARROWEST, WIDEST = 8, 60
"""Columns, in letters."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a file has it: one sheet of a workbook."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


class TableFile(Protocol):
    """A file that is being written: `begin` a table, `add` its rows, `end` it all."""

    def begin(self, title: str, headings: Sequence[str]) -> None:
        """A table with these headings."""

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Rows of the table that was begun last."""

    def end(self) -> None:
        """Nothing more comes. The file under it stays open."""


class CsvTables:
    """As CSV. Of several tables each has its title on a line above it, and an empty line above that."""

    def __init__(self, file: IO[bytes], *, titles: bool) -> None:
        self.file, self.titles, self.any = file, titles, False

    def begin(self, title: str, headings: Sequence[str]) -> None:
        """See `TableFile`."""
        above: list[list[Cell]] = ([[]] if self.any else []) + ([[title]] if self.titles else [])
        if not self.any:
            self.file.write(BOM.encode())
        self.any = True
        self.add([*above, headings])

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """See `TableFile`."""
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows([_plain(cell) for cell in row] for row in rows)
        self.file.write(out.getvalue().encode())

    def end(self) -> None:
        """See `TableFile`."""


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(LONDON):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    return safe_cell(clean(cell)) if isinstance(cell, str) else "" if cell is None else str(cell)


class XlsxTables:
    """As a workbook, a sheet for each table. A table that is too long for one sheet goes on in another."""

    def __init__(self, file: IO[bytes], *, most_rows: int = MOST_ROWS) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = Workbook(file, options | {"strings_to_numbers": False})
        looks = {
            "heading": {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1},
            "text": {"text_wrap": True, "valign": "top"},
            # Excel makes a formula of such a text when somebody opens the cell and presses Enter, but not of this one.
            "formula": {"text_wrap": True, "valign": "top", "num_format": "@"},
            "number": {"valign": "top"},
            "day": {"valign": "top", "align": "left", "num_format": "d mmmm yyyy"},
            "moment": {"valign": "top", "align": "left", "num_format": "d mmmm yyyy hh:mm:ss"},
        }
        self.looks = {name: self.book.add_format(look) for name, look in looks.items()}
        self.most_rows = most_rows
        self.names: set[str] = set()
        self.sheet: Worksheet | None = None
        self.table: tuple[str, Sequence[str]] = ("", ())
        self.at, self.widths = 0, [NARROWEST]

    def begin(self, title: str, headings: Sequence[str]) -> None:
        """See `TableFile`."""
        self._finish()
        self.table = title, headings
        self.sheet = self.book.add_worksheet(self._name(title))
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        self.at, self.widths = 0, [NARROWEST] * max(1, len(headings))
        self._row([(heading, "heading") for heading in headings])

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """See `TableFile`."""
        for row in rows:
            if self.at == self.most_rows:
                self.begin(*self.table)
            self._row([(cell, "") for cell in row])

    def end(self) -> None:
        """See `TableFile`."""
        self._finish()
        self.book.close()

    def _row(self, cells: Sequence[tuple[Cell, str]]) -> None:
        for column, (cell, look) in enumerate(cells):
            shown = self._cell(column, cell, look)
            self.widths[column] = min(WIDEST, max(self.widths[column], shown + 2))
        self.at += 1

    def _cell(self, column: int, cell: Cell, look: str) -> int:
        """Writes one, and says how many letters wide it is."""
        sheet: Any = self.sheet
        if isinstance(cell, date) and cell.year < FIRST_YEAR:
            cell = cell.isoformat()
        if isinstance(cell, datetime):
            moment = cell.astimezone(LONDON).replace(tzinfo=None)
            sheet.write_datetime(self.at, column, moment, self.looks[look or "moment"])
            return 26
        if isinstance(cell, date):
            sheet.write_datetime(self.at, column, cell, self.looks[look or "day"])
            return 17
        if isinstance(cell, str):
            text = cut(clean(cell), LONGEST_TEXT)
            sheet.write_string(self.at, column, text, self.looks[look or ("formula" if runs(text) else "text")])
            return len(text)
        if cell is not None:
            sheet.write_number(self.at, column, cell, self.looks[look or "number"])
        return len(str(cell or ""))

    def _finish(self) -> None:
        if self.sheet is None:
            return
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)
        if self.at > 1 and self.table[1]:
            self.sheet.autofilter(0, 0, self.at - 1, len(self.table[1]) - 1)

    def _name(self, title: str) -> str:
        """A name that Excel takes, and no other sheet of the workbook has."""
        plain = _NOT_IN_NAMES.sub(" ", clean(title)).strip(" '") or "Sheet"
        number, name = 1, plain[:LONGEST_NAME].strip(" '")
        while name.casefold() in self.names | {"history"}:
            number += 1
            name = f"{plain[: LONGEST_NAME - len(str(number)) - 1].strip(' ')} {number}"
        self.names.add(name.casefold())
        return name


CSV, XLSX = "csv", "xlsx"
MEDIA = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What a list can be had as, by the ending of its address."""


def add_files(router: APIRouter, path: str, answer: Callable[..., Any]) -> None:
    """The addresses of a list's files: the page's own with an ending. `answer` asks `ending_of` which it is."""
    for ending in MEDIA:
        router.add_api_route(f"{path}.{ending}", answer, methods=["GET"])


def ending_of(request: Request) -> str:
    """Which file an address asks for."""
    return XLSX if request.scope["path"].endswith(f".{XLSX}") else CSV


def written_to(file: IO[bytes], ending: str, *, titles: bool = False) -> TableFile:
    """A writer of tables. `titles`: whether CSV says whose rows they are."""
    return XlsxTables(file) if ending == XLSX else CsvTables(file, titles=titles)


def file_of(ending: str, tables: Sequence[Table]) -> bytes:
    """These tables as one file."""
    file = io.BytesIO()
    writer = written_to(file, ending, titles=len(tables) > 1)
    for table in tables:
        writer.begin(table.title, table.headings)
        writer.add(table.rows)
    writer.end()
    return file.getvalue()


def download(name: str, ending: str, tables: Sequence[Table]) -> Response:
    """These tables as a file to keep. `name` is without its ending."""
    return Response(file_of(ending, tables), media_type=MEDIA[ending], headers=_headers(name, ending))


def large_file() -> IO[bytes]:
    """A file without a name, on the disk once it is large."""
    return SpooledTemporaryFile(IN_MEMORY)


def download_large(name: str, ending: str, file: IO[bytes]) -> Response:
    """A file that was written, from its beginning; it is closed once it has gone out."""
    file.seek(0)
    return StreamingResponse(_pieces(file), media_type=MEDIA[ending], headers=_headers(name, ending))


def _headers(name: str, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.{ending}"', "Cache-Control": "no-store"}


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
