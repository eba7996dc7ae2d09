"""The rows of a file in qabot's columns: headings in any order, below titles, as they are or by a map.

A `Sheet` keeps the place of every cell, so that each later problem can name file, line, column and heading.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from qabot.errors import BadFile, Problem
from qabot.imports.cell_errors import error_problem
from qabot.imports.formulas import formula_problem
from qabot.imports.mapping import Map, Mapped, Mapper, headings_of_profiles, plain
from qabot.imports.tables import Row, Table, Upload, read_table
from qabot.messaging.letters import clean

_ABOUT_A_CHILD = re.compile(
    r"child|young_person|parent|carer|dob|birth|nhs|upn|initials|postcode|address|gender|ethnic"
)
NEAR = 0.75
"""How alike two headings must be for the one to be likely meant by the other."""
SEEN_IN = {"email": "mail"}
"""What headings for a column of ours have in them, where it is not its own name: "E-Mail Address"."""
MOST_NAMED, LONGEST_NAMED = 20, 60
"""Of columns that are not ours: how many are named, and with how many characters each."""
LEAVE_OUT = "take them out, or leave them out with --leave-out-others"


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


def _whole(heading: str) -> str:
    return plain(heading).replace("_", "")


@lru_cache
def _spelt(known: tuple[str, ...]) -> Mapping[str, str]:
    """These headings by what is compared of them: worked out once, and not for each of a workbook's 16,384 columns."""
    return {_whole(name): name for name in reversed(known)}


@dataclass(frozen=True, slots=True)
class Headings:
    """The columns that a kind of file may have. `of_staff`: its rows are staff, whose addresses are no child's."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    of_staff: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return self.required + self.optional

    def canonical(self, written: str) -> str:
        """A heading as this class spells it, however its spaces, hyphens and capitals are written."""
        return _spelt(self.known).get(_whole(written)) or plain(written)

    def score(self, cells: Sequence[str]) -> int:
        """How many of a row's cells are headings of these; a single one may be a word of any row."""
        hits = len({self.canonical(cell) for cell in cells} & set(self.known))
        return hits if hits > 1 else 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows. `columns` are the headings that it has; `problems` what is wrong with single cells so far.

    `notes` are what was left out, for people.
    """

    file: str
    columns: frozenset[str]
    records: tuple[Record, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """How a file is read: by which map, if any, and whether columns that are not ours are left out.

    `joined` makes one row of the rows of one thing, for files that have more.
    """

    map: Map | None = None
    leave_out_others: bool = False
    joined: Callable[[Sequence[Record]], list[Record]] = list


def read_sheet(path: Path | Upload, headings: Headings, reader: Reader | None = None) -> Sheet:
    """Read a file of rows. Raises `BadFile` if it cannot be read at all or its headings are not as expected."""
    reader = reader or Reader()
    if reader.map is None:
        table = read_table(path, headings.score)
        return _own(table, headings, reader.leave_out_others)
    theirs = {plain(heading) for heading in reader.map.columns}
    table = read_table(path, lambda cells: len({plain(cell) for cell in cells} & theirs))
    return _by_map(table, headings, reader.map, reader.joined)


def _own(table: Table, headings: Headings, leave_out: bool) -> Sheet:
    """A file in qabot's own columns."""
    names, others = _headings(table, headings, leave_out)
    at = [(number, name) for number, name in enumerate(names) if name in headings.known]
    records = [
        _record(
            table.file,
            row,
            {name: (row.cells[number] if number < len(row.cells) else "", number + 1) for number, name in at},
        )
        for row in table.rows
    ]
    notes = [f"columns left out: {_listed(others)}"] if others else []
    columns = frozenset(name for _, name in at)
    return _sheet(table, len(table.headings.cells) if leave_out else len(names), columns, records, notes)


def _by_map(table: Table, headings: Headings, chosen: Map, joined: Callable[[Sequence[Record]], list[Record]]) -> Sheet:
    """A file of somebody else's."""
    mapper, line = Mapper(chosen, table.headings.cells, headings.canonical), table.headings.line
    problems = [Problem(table.file, line, 1, "", what) for what in mapper.problems(headings.known)]
    missing = [each for each in headings.required if each not in mapper.columns]
    if missing:
        what = f"the map gives nothing for {', '.join(missing)}: expected a heading, or `always`"
        problems.append(Problem(table.file, line, 1, "", what))
    if problems:
        raise BadFile(problems)
    rows = [(row, mapped) for row in table.rows if (mapped := mapper.row(row.cells))]
    records = [_record(table.file, row, _placed(mapped)) for row, mapped in rows]
    notes = [f"columns left out: {_listed(mapper.left)}"] if mapper.left else []
    notes += [f"rows left out: {count} ({why})" for why, count in mapper.out.items()]
    return _sheet(table, len(table.headings.cells), mapper.columns, joined(records), notes)


def _placed(mapped: Mapped) -> dict[str, tuple[str, int]]:
    return {name: (said, mapped.places.get(name, 1)) for name, said in mapped.cells.items()}


def _record(file: str, row: Row, cells: Mapping[str, tuple[str, int]]) -> Record:
    return Record(file, row.line, {name: Cell(said, row.line, column) for name, (said, column) in cells.items()})


def _sheet(table: Table, width: int, columns: frozenset[str], records: Sequence[Record], notes: Sequence[str]) -> Sheet:
    problems = [problem for record in records for problem in formulas(record)]
    for row in table.rows:
        if any(row.cells[width:]):
            what = (
                f"this row has more cells than there are headings: put a value that holds '{table.delimiter}' in quotes"
            )
            problems.append(Problem(table.file, row.line, width + 1, "", what))
    unread = [f"sheets with the same headings that were not read: {', '.join(table.unread)}"] if table.unread else []
    return Sheet(table.file, columns, tuple(records), tuple(problems), (*notes, *unread))


def _headings(table: Table, headings: Headings, leave_out: bool) -> tuple[list[str], list[str]]:
    """The headings in our form, and those that are not ours and are left out. Raises `BadFile`."""
    cells, line, file = table.headings.cells, table.headings.line, table.file
    names = [headings.canonical(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    problems, guessed, others = [], set[str](), list[int]()
    written = set(names)
    missing = {*headings.required} - written
    for number, name in enumerate(names):
        near = {*_near(name, headings)} - written
        if name and name not in headings.known and (not near or (leave_out and not near & missing)):
            others.append(number)
        elif name in headings.known and name not in names[:number]:
            continue
        elif not (leave_out and not name):
            problems.append(
                Problem(file, line, number + 1, cells[number], heading_problem(name, names[:number], headings))
            )
            guessed |= near
    if others and not leave_out:
        problems += _not_ours(table, [cells[number] for number in others], others[0] + 1, headings)
    for name in headings.required:
        if name in missing and name not in guessed:
            problems.append(Problem(file, line, 1, name, _missing(name, [cells[number] for number in others])))
    if problems:
        raise BadFile(sorted(problems, key=lambda problem: problem.column))
    return names, [cells[number] for number in others]


def _listed(names: Sequence[str]) -> str:
    """Names of columns, as many of them as anybody reads: a spreadsheet may have 16,384."""
    some, more = ", ".join(each[:LONGEST_NAMED] for each in names[:MOST_NAMED]), len(names) - MOST_NAMED
    return f"{some} and {more:,} more" if more > 0 else some


def _not_ours(table: Table, others: Sequence[str], column: int, headings: Headings) -> list[Problem]:
    """One line for those that are about a child, and one for the rest."""
    about = [each for each in others if not headings.of_staff and _ABOUT_A_CHILD.search(plain(each))]
    those = set(about)
    rest = [each for each in others if each not in those]
    said = []
    if about:
        said.append((about, f"qabot must hold nothing about a child or family: {LEAVE_OUT}"))
    if rest:
        known = f"Known are {', '.join(headings.known)}"
        said.append((rest, f"not known here: {_from(table, headings) or LEAVE_OUT}. {known}"))
    return [Problem(table.file, table.headings.line, column, _listed(each), what) for each, what in said]


def _from(table: Table, headings: Headings) -> str:
    """What to do with an export that a profile knows; "" if none does."""
    here = {plain(cell) for cell in table.headings.cells}
    fits = {name: columns for name, columns in headings_of_profiles().items() if columns <= here}
    return (
        f"this looks as if it was exported there, so give --profile {max(fits, key=lambda name: len(fits[name]))}"
        if (fits and headings.of_staff)
        else ""
    )


def _missing(name: str, others: Sequence[str]) -> str:
    """That a column is not there; and how to say so if one of the `others` is what it is called here."""
    word = SEEN_IN.get(name, name)
    like = [each for each in others if word in plain(each)]
    if not like:
        return "this column is missing"
    named = " or ".join(f"'{each}'" for each in like)
    return f"this column is missing: if it is {named}, give --map with a file that says columns: {{{like[0]}: {name}}}"


def heading_problem(name: str, before: Collection[str], headings: Headings) -> str:
    """What is wrong with a heading (in its canonical form) after those before it; "" if nothing is."""
    if name in before:
        return "this heading comes twice"
    if name in headings.known:
        return ""
    if not name:
        return "this column has no heading"
    if not headings.of_staff and _ABOUT_A_CHILD.search(name):
        return "qabot must hold nothing about a child or family: take this out"
    if guess := _near(name, headings):
        return f"not known here: did you mean '{guess[0]}'?"
    return f"not known here: expected {', '.join(headings.known)}"


def _near(name: str, headings: Headings) -> list[str]:
    return get_close_matches(name, headings.known, 1, NEAR)


def formulas(record: Record) -> list[Problem]:
    """The cells that a spreadsheet would run once they are exported again, and those that it could not work out."""
    problems = (
        (heading, error_problem(cell.text) or formula_problem(cell.text)) for heading, cell in record.cells.items()
    )
    return [record.problem(heading, what) for heading, what in problems if what]
