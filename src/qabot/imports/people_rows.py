"""The rows of the people file as typed values."""

from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from qabot.errors import Problem
from qabot.imports.cells import Reading
from qabot.imports.changes import Rows
from qabot.imports.sheet import Headings, Reader, Record, Sheet, read_sheet
from qabot.imports.tables import Upload

PEOPLE = Headings(
    ("name", "email"),
    (
        "employee_id",
        "former_email",
        "team",
        "service",
        "roles",
        "line_manager",
        "work_days",
        "hours",
        "deputy",
        "away_from",
        "away_to",
        "away_deputy",
        "administrator",
        "active",
    ),
    of_staff=True,
)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person; "" or None where a cell is empty or wrong. Colleagues are as written: e-mail, number or name.

    `employee_id` and `former_email` say who it is where the e-mail is a new one.
    `roles` are as written: "role", "role@Team name", "role@Service name".
    `work_days` are ISO weekdays, `hours` local time, `away_from` and `away_to` days in England, both included.
    """

    record: Record
    name: str
    email: str
    employee_id: str
    former_email: str
    team: str
    service: str
    roles: tuple[str, ...]
    line_manager: str
    work_days: str
    hours: tuple[time, time] | None
    deputy: str
    away_from: date | None
    away_to: date | None
    away_deputy: str
    administrator: bool
    active: bool


def read_people(path: Path | Upload, reader: Reader | None = None) -> Rows[PersonRow]:
    """The rows of a people file. Raises `BadFile` if it cannot be read or its headings are wrong."""
    return people_rows(read_sheet(path, PEOPLE, reader))


def people_rows(sheet: Sheet) -> Rows[PersonRow]:
    """The same from a sheet, wherever it came from (a scenario has people inline)."""
    problems, doubts = list(sheet.problems), list[Problem]()
    rows = tuple(_row(Reading(record, problems, doubts)) for record in sheet.records)
    if not rows:
        problems.append(
            Problem(sheet.file, 0, 0, "", "there are headings but no people: expected a row for each person")
        )
    return Rows(sheet.file, sheet.columns, rows, tuple(problems), tuple(doubts), sheet.notes)


def _row(reading: Reading) -> PersonRow:
    row = PersonRow(
        record=reading.record,
        name=reading.name("name"),
        email=reading.email("email", required=True),
        employee_id=reading.text("employee_id"),
        former_email=reading.email("former_email"),
        team=reading.text("team"),
        service=reading.text("service"),
        roles=reading.list("roles"),
        line_manager=reading.colleague("line_manager"),
        work_days=reading.work_days("work_days"),
        hours=reading.hours("hours"),
        deputy=reading.colleague("deputy"),
        away_from=reading.day("away_from"),
        away_to=reading.day("away_to"),
        away_deputy=reading.colleague("away_deputy"),
        administrator=reading.yes("administrator"),
        active=reading.yes("active", usual=True),
    )
    _check_alone(row, reading)
    return row


def _check_alone(row: PersonRow, reading: Reading) -> None:
    """What can be seen from the row itself."""
    written = reading.record.text
    if written("away_to") and not written("away_from"):
        reading.wrong("away_from", "away_to is given: expected the first day away as well")
    if written("away_from") and not written("away_to"):
        reading.wrong("away_to", "away_from is given: expected the last day away as well")
    if row.away_deputy and not written("away_from"):
        reading.wrong("away_deputy", "there is no absence in this row: expected away_from and away_to as well")
    if row.away_from and row.away_to and row.away_to < row.away_from:
        reading.wrong("away_to", f"is before away_from: expected {written('away_from')} or later")
