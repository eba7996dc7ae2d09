"""CSV files as spreadsheets write them: comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; headings in any order.

A `Sheet` keeps the place of every cell, so that each later problem can name file, line, column and heading.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from qabot.errors import BadFile, Problem
from qabot.imports.formulas import formula_problem
from qabot.messaging.letters import clean

DELIMITERS = (",", ";", "\t")
_ABOUT_A_CHILD = re.compile(
    r"child|young_person|parent|carer|dob|birth|nhs|upn|initials|postcode|address|gender|ethnic"
)
_WORKBOOKS = {b"PK\x03\x04": "an Excel workbook", b"\xd0\xcf\x11\xe0": "an old Excel workbook", b"%PDF": "a PDF"}
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says, as people see it and without spaces around it, and where it stands; both count from 1."""

    text: str
    line: int
    column: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text).strip())


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its cells by heading. A heading that the file does not have is not in `cells`."""

    file: str
    line: int
    cells: Mapping[str, Cell]

    def text(self, heading: str) -> str:
        """What the cell says; "" if it is empty or the file has no such column."""
        cell = self.cells.get(heading)
        return cell.text if cell else ""

    def problem(self, heading: str, what: str) -> Problem:
        """A problem at this cell, or at the row's start if the file has no such column."""
        cell = self.cells.get(heading) or Cell("", self.line, 1)
        return Problem(self.file, cell.line, cell.column, heading, what)


@dataclass(frozen=True, slots=True)
class Headings:
    """The columns that a kind of file may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return self.required + self.optional

    def canonical(self, written: str) -> str:
        """A heading as this class spells it, however its spaces, hyphens and capitals are written."""
        return next((name for name in self.known if _plain(name) == _plain(written)), _plain(written))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows. `columns` are the headings that it has; `problems` what is wrong with single cells so far."""

    file: str
    columns: frozenset[str]
    records: tuple[Record, ...]
    problems: tuple[Problem, ...] = ()


def read_sheet(path: Path, headings: Headings) -> Sheet:
    """Read a CSV file. Raises `BadFile` if it cannot be read at all or its headings are not as expected."""
    file = str(path)
    text = _decoded(file, _bytes(path))
    # Only what ends a row of a spreadsheet: a line sign of another kind inside a cell ends none.
    lines = list(io.StringIO(text, newline=""))
    skipped = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    named = re.fullmatch(r"sep=(.)\s*", lines[skipped]) if skipped < len(lines) else None
    if named:
        skipped += 1
    if skipped >= len(lines):
        raise BadFile([Problem(file, 0, 0, "", "the file is empty: expected a row of headings and a row for each")])
    delimiter = named[1] if named else _delimiter(lines[skipped], headings)
    rows = _rows(file, lines[skipped:], delimiter, skipped)
    line, cells = next(rows)
    return _sheet(file, rows, delimiter, _headings(file, line, cells, headings))


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError as missing:
        raise BadFile([Problem(str(path), 0, 0, "", "there is no such file")]) from missing
    except OSError as wrong:
        raise BadFile([Problem(str(path), 0, 0, "", f"it cannot be read: {wrong.strerror}")]) from wrong
    for start, kind in _WORKBOOKS.items():
        if content.startswith(start):
            what = f"this is {kind}: open it and save it as 'CSV UTF-8 (comma delimited)'"
            raise BadFile([Problem(str(path), 0, 0, "", what)])
    return content


def _decoded(file: str, content: bytes) -> str:
    """The text. UTF-8 or UTF-16 by its mark, then UTF-8, then Windows-1252 unless the file mixes the two."""
    marked = next((encoding for mark, encoding in _MARKS.items() if content.startswith(mark)), None)
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


def _windows(content: bytes) -> str:
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    # Letters that do decode as UTF-8 beside bytes that do not: two files were put together, and reading either way
    # would spoil somebody's name.
    as_utf8 = content.decode("utf-8", errors="replace").replace("\ufffd", "")
    return text if as_utf8.isascii() else ""


def _delimiter(header: str, headings: Headings) -> str:
    """The one by which most headings are known."""

    def found(delimiter: str) -> tuple[int, int]:
        cells = {headings.canonical(cell) for cell in header.split(delimiter)}
        return len(cells & set(headings.known)), len(cells)

    return max(DELIMITERS, key=found)


def _rows(file: str, lines: Sequence[str], delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it starts."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        for cells in reader:
            said = [clean(cell).strip() for cell in cells]
            if any(said):
                yield line, said
            line = skipped + reader.line_num + 1
    except csv.Error as wrong:
        what = f"the quotation marks do not match: a cell that holds one is written with it doubled ({wrong})"
        raise BadFile([Problem(file, line, 1, "", what)]) from wrong


def _plain(heading: str) -> str:
    return re.sub(r"[\s-]+", "_", heading.strip().strip('"').strip().casefold())


def _headings(file: str, line: int, cells: list[str], headings: Headings) -> list[str]:
    names = [headings.canonical(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    problems, guessed = [], set()
    for number, name in enumerate(names):
        if what := heading_problem(name, names[:number], headings):
            problems.append(Problem(file, line, number + 1, cells[number], what))
            guessed |= set(_near(name, headings))
    for name in headings.required:
        if name not in names and name not in guessed:
            problems.append(Problem(file, line, 1, name, "this column is missing"))
    if problems:
        raise BadFile(problems)
    return names


def heading_problem(name: str, before: Collection[str], headings: Headings) -> str:
    """What is wrong with a heading (in its canonical form) after those before it; "" if nothing is."""
    if name in before:
        return "this heading comes twice"
    if name in headings.known:
        return ""
    if not name:
        return "this column has no heading"
    if _ABOUT_A_CHILD.search(name):
        return "qabot must hold nothing about a child or family: take this out"
    if guess := _near(name, headings):
        return f"not known here: did you mean '{guess[0]}'?"
    return f"not known here: expected {', '.join(headings.known)}"


def _near(name: str, headings: Headings) -> list[str]:
    return get_close_matches(name, headings.known, 1, 0.6)


def _sheet(file: str, rows: Iterator[tuple[int, list[str]]], delimiter: str, headings: list[str]) -> Sheet:
    records, problems = [], []
    for line, cells in rows:
        placed = {
            heading: Cell(cells[number] if number < len(cells) else "", line, number + 1)
            for number, heading in enumerate(headings)
        }
        record = Record(file, line, placed)
        records.append(record)
        problems += formulas(record)
        if any(cells[len(headings) :]):
            what = f"this row has more cells than there are headings: put a value that holds '{delimiter}' in quotes"
            problems.append(Problem(file, line, len(headings) + 1, "", what))
    return Sheet(file, frozenset(headings), tuple(records), tuple(problems))


def formulas(record: Record) -> list[Problem]:
    """The cells that a spreadsheet would run as a formula once they are exported again."""
    problems = ((heading, formula_problem(cell.text)) for heading, cell in record.cells.items())
    return [record.problem(heading, what) for heading, what in problems if what]
