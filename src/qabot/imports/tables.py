"""Files of rows as spreadsheets write them: CSV of any separator and encoding, and workbooks (.xlsx, .xls, .ods).

    table = read_table(path, score)      # Table(file, rows, delimiter); raises BadFile if it cannot be read at all

`score` says how well a row does as the row of headings: titles, dates and blank lines may stand above it.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from qabot.errors import BadFile, Problem
from qabot.imports.cell_errors import Places, without_value
from qabot.messaging.letters import clean
from qabot.whole_files import content_of

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

DELIMITERS = (",", ";", "\t", "|")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NO_TABLE = (
    (b"%pdf", "this is a PDF: open what it was printed from and save that as 'CSV UTF-8 (comma delimited)'"),
    *(
        (
            begins,
            "this is a web page, whatever its name says: open it in the spreadsheet, and save it as a workbook (.xlsx)",
        )
        for begins in (b"<!doctype", b"<html", b"<table", b"<?xml")
    ),
    *((begins, "this is JSON: expected CSV or a workbook") for begins in (b"[{", b"{")),
)
"""How files begin that are no rows, and what to do then."""
HEADINGS_WITHIN = 30
"""Rows among which the row of headings is looked for."""
MOST_UNPACKED = 200_000_000
"""Bytes of a workbook once it is unpacked. A list of 50,000 people takes some 30 million."""

Score = Callable[[Sequence[str]], int]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came by a page: its name and what is in it. It is read as one on this machine's disk would be."""

    name: str
    content: bytes

    def __str__(self) -> str:
        return self.name

    def read_bytes(self) -> bytes:
        """All of it."""
        return self.content

    def read_text(self, encoding: str) -> str:
        """All of it as text. Raises `UnicodeDecodeError` if it is none."""
        return self.content.decode(encoding)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not blank: its line, from 1, and its cells as people see them."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The row of headings and those below it. `delimiter` is "" of a workbook; `unread` are its other such sheets."""

    file: str
    headings: Row
    rows: tuple[Row, ...]
    delimiter: str = ""
    unread: tuple[str, ...] = ()


def read_table(path: Path | Upload, score: Score) -> Table:
    """The rows of a file from its headings on. Raises `BadFile` if it cannot be read, or is empty."""
    file, content = str(path), _bytes(path)
    unread: tuple[str, ...] = ()
    if content.startswith(WORKBOOKS):
        (rows, unread), delimiter = _best_sheet(file, content, score), ""
    else:
        rows, delimiter = _of_text(file, _decoded(file, content), score)
    if not rows:
        raise BadFile([Problem(file, 0, 0, "", "the file is empty: expected a row of headings and a row for each")])
    headings = rows[at := _headings_at(rows, score)]
    # Headings stand again where a page of the list began.
    below = tuple(row for row in rows[at + 1 :] if row.cells != headings.cells)
    if delimiter and below and _is_cut_off(below, len(headings.cells), _decoded(file, content)):
        have = f"{len(below[-1].cells)} of {len(headings.cells)} cells, and the file ends in it"
        what = f"this row has {have}: was it cut off? Save it once more, or end the row with a new line if this is all"
        raise BadFile([Problem(file, below[-1].line, 1, "", what)])
    return Table(file, headings, below, delimiter, unread)


def _is_cut_off(rows: Sequence[Row], width: int, text: str) -> bool:
    """Whether the last row ends before its time, though all others are whole."""
    whole = all(len(row.cells) >= width for row in rows[:-1])
    return whole and len(rows[-1].cells) < width and not text.endswith(("\n", "\r"))


def _headings_at(rows: Sequence[Row], score: Score) -> int:
    """The first of those rows that do best; where none is known, the first that has most cells: titles have few."""
    scores = [score(row.cells) for row in rows[:HEADINGS_WITHIN]]
    if not any(scores):
        scores = [sum(map(bool, row.cells)) for row in rows[:HEADINGS_WITHIN]]
    return scores.index(max(scores))


def _bytes(path: Path | Upload) -> bytes:
    try:
        content = path.read_bytes() if isinstance(path, Upload) else content_of(path)
    except FileNotFoundError as missing:
        raise BadFile([Problem(str(path), 0, 0, "", "there is no such file")]) from missing
    except OSError as wrong:
        raise BadFile([Problem(str(path), 0, 0, "", f"it cannot be read: {wrong.strerror}")]) from wrong
    begins = content[:100].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if what := next((said for first, said in _NO_TABLE if begins.startswith(first)), ""):
        raise BadFile([Problem(str(path), 0, 0, "", what)])
    return content


# -- workbooks ---------------------------------------------------------------------------------------------------------


def _best_sheet(file: str, content: bytes, score: Score) -> tuple[list[Row], tuple[str, ...]]:
    """The rows of the sheet whose headings are known best, the first of several; and which others have the same."""
    # Only who has a workbook waits for the library.
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    _require_small(file, content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        without = without_value(content)
        sheets = {
            name: list(_sheet_rows(book.get_sheet_by_name(name), without.get(name, {}))) for name in book.sheet_names
        }
    except (CalamineError, ValueError, OSError) as wrong:
        what = "this workbook cannot be read: is it protected by a password? Save it without, or as 'CSV UTF-8'"
        raise BadFile([Problem(file, 0, 0, "", what)]) from wrong
    known = {name: score(rows[_headings_at(rows, score)].cells) for name, rows in sheets.items() if rows}
    seen = {each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible}
    best = max(known, key=lambda name: (known[name], name in seen), default="")
    others = [name for name, hits in known.items() if name != best and hits == known[best] > 0]
    return sheets.get(best, []), tuple(others)


def _require_small(file: str, content: bytes) -> None:
    """Refuse a workbook that would take the machine's memory once it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            size = sum(each.file_size for each in book.infolist())
    except zipfile.BadZipFile:
        return
    if size > MOST_UNPACKED:
        what = f"this workbook is {size // 1_000_000} MB once it is unpacked: save the sheet alone, or as 'CSV UTF-8'"
        raise BadFile([Problem(file, 0, 0, "", what)])


def _sheet_rows(sheet: "CalamineSheet", without: Places) -> Iterator[Row]:
    """The rows of a sheet. What stands in a cell that goes over several rows counts for each of them.

    `without` are the cells that hold no value, which are read as nothing: what stands there instead.
    """
    rows = sheet.to_python(False)
    for (line, column), word in without.items():
        if line < len(rows) and column < len(rows[line]) and rows[line][column] in ("", None):
            rows[line][column] = word
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        for row in rows[first + 1 : last + 1]:
            row[column] = rows[first][column]
    for line, cells in enumerate(rows, 1):
        said = tuple(clean(_written(cell)).strip() for cell in cells)
        if any(said):
            yield Row(line, said)


def _written(value: object) -> str:
    """A value of a workbook as it would be typed."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date() | time():
            return value.isoformat()
    return str(value)


# -- text --------------------------------------------------------------------------------------------------------------


def _of_text(file: str, text: str, score: Score) -> tuple[list[Row], str]:
    # Only what ends a row of a spreadsheet: a line sign of another kind inside a cell ends none.
    lines = list(io.StringIO(text, newline=""))
    skipped = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    named = re.fullmatch(r"sep=(.)\s*", lines[skipped]) if skipped < len(lines) else None
    if named:
        skipped += 1
    delimiter = named[1] if named else max(DELIMITERS, key=lambda each: _fits(lines[skipped:], each, score))
    return list(_rows(file, lines[skipped:], delimiter, skipped)), delimiter


def _fits(lines: Sequence[str], delimiter: str, score: Score) -> tuple[int, int]:
    """How well the headings are known when the cells are parted so, and how many they are."""
    rows = []
    reader = csv.reader(lines[: 2 * HEADINGS_WITHIN], delimiter=delimiter)
    try:
        for cells in reader:
            rows.append(cells)
    except csv.Error:
        pass  # another separator may do; if none does, reading it says why
    return max(((score(cells), len(cells)) for cells in rows), default=(0, 0))


def _decoded(file: str, content: bytes) -> str:
    """The text. UTF-8 or UTF-16 by its mark or its noughts, then UTF-8, then Windows-1252 unless it mixes the two."""
    marked = next((encoding for mark, encoding in _MARKS.items() if content.startswith(mark)), _unmarked(content))
    try:
        text = content.decode(marked or "utf-8")
    except UnicodeDecodeError as wrong:
        text = "" if marked else _windows(content)
        if not text:
            line = content.count(b"\n", 0, wrong.start) + 1
            what = "these letters are in no known encoding: save the file as 'CSV UTF-8 (comma delimited)'"
            raise BadFile([Problem(file, line, 1, "", what)]) from wrong
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise BadFile([Problem(file, line, 1, "", "this is not a text file: expected CSV")])
    return text


def _unmarked(content: bytes) -> str | None:
    """UTF-16 that has no mark: of most letters one byte of the two is nought, always the same one."""
    begins = content[:200]
    if len(begins) < 4 or b"\x00" not in begins:
        return None
    noughts = [begins[each::2].count(0) / len(begins[each::2]) for each in (0, 1)]
    return "utf-16-le" if noughts[1] > 0.7 > noughts[0] else "utf-16-be" if noughts[0] > 0.7 > noughts[1] else None


def _windows(content: bytes) -> str:
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    # Letters that do decode as UTF-8 beside bytes that do not: two files were put together, and reading either way
    # would spoil somebody's name.
    as_utf8 = content.decode("utf-8", errors="replace").replace("\ufffd", "")
    return text if as_utf8.isascii() else ""


def _rows(file: str, lines: Sequence[str], delimiter: str, skipped: int) -> Iterator[Row]:
    """Each row that is not blank, with the line on which it starts."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        for cells in reader:
            said = tuple(clean(cell).strip() for cell in cells)
            if any(said):
                yield Row(line, said)
            line = skipped + reader.line_num + 1
    except csv.Error as wrong:
        what = f"the quotation marks do not match: a cell that holds one is written with it doubled ({wrong})"
        if "field limit" in str(wrong):
            limit = csv.field_size_limit()
            what = f"a cell has more than {limit:,} characters, as where a quotation mark is opened and never closed"
        raise BadFile([Problem(file, line, 1, "", what)]) from wrong
