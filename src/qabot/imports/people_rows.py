"""The rows of the people file as typed values."""

from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from qabot.errors import Problem
from qabot.imports.cells import Reading
from qabot.imports.changes import Rows
from qabot.imports.sheet import Headings, Record, Sheet, read_sheet

PEOPLE = Headings(
    ("name", "email"),
    (
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
)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person. Colleagues are e-mails in small letters; "" or None where the cell is empty or wrong.

    `roles` are as written: "role", "role@Team name", "role@Service name".
    `work_days` are ISO weekdays, `hours` local time, `away_from` and `away_to` days in England, both included.
    """

    record: Record
    name: str
    email: str
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


def read_people(path: Path) -> Rows[PersonRow]:
    """The rows of a people file. Raises `BadFile` if it cannot be read or its headings are wrong."""
    return people_rows(read_sheet(path, PEOPLE))


def people_rows(sheet: Sheet) -> Rows[PersonRow]:
    """The same from a sheet, wherever it came from (a scenario has people inline)."""
    problems = list(sheet.problems)
    rows = tuple(_row(Reading(record, problems)) for record in sheet.records)
    if not rows:
        problems.append(
            Problem(sheet.file, 0, 0, "", "there are headings but no people: expected a row for each person")
        )
    return Rows(sheet.file, sheet.columns, rows, tuple(problems))


def _row(reading: Reading) -> PersonRow:
    row = PersonRow(
        record=reading.record,
        name=reading.text("name", required=True),
        email=reading.email("email", required=True),
        team=reading.text("team"),
        service=reading.text("service"),
        roles=reading.list("roles"),
        line_manager=reading.email("line_manager"),
        work_days=reading.work_days("work_days"),
        hours=reading.hours("hours"),
        deputy=reading.email("deputy"),
        away_from=reading.day("away_from"),
        away_to=reading.day("away_to"),
        away_deputy=reading.email("away_deputy"),
        administrator=reading.yes("administrator"),
        active=reading.yes("active", usual=True),
    )
    _check_alone(row, reading)
    return row


def _check_alone(row: PersonRow, reading: Reading) -> None:
    """What can be seen from the row itself."""
    for heading, what in (
        ("line_manager", "nobody is their own line manager"),
        ("deputy", "nobody is their own deputy"),
        ("away_deputy", "nobody is their own deputy"),
    ):
        if row.email and getattr(row, heading) == row.email:
            reading.wrong(heading, f"{what}: expected the e-mail of a colleague, or nothing")
    written = reading.record.text
    if written("away_to") and not written("away_from"):
        reading.wrong("away_from", "away_to is given: expected the first day away as well")
    if written("away_from") and not written("away_to"):
        reading.wrong("away_to", "away_from is given: expected the last day away as well")
    if row.away_deputy and not written("away_from"):
        reading.wrong("away_deputy", "there is no absence in this row: expected away_from and away_to as well")
    if row.away_from and row.away_to and row.away_to < row.away_from:
        reading.wrong("away_to", f"is before away_from: expected {written('away_from')} or later")
