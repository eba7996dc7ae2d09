"""One person as a file of one row, so that what a page changes is checked and carried out as an import would be."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from qabot.imports.changes import Rows
from qabot.imports.exporting import cells_of, roles_held
from qabot.imports.known import Known
from qabot.imports.people_rows import PersonRow, people_rows
from qabot.imports.sheet import Cell, Record, Sheet, formulas

FORM = "form"
"""What stands where a file's name would: nobody reads it."""


def row(values: Mapping[str, str]) -> Rows[PersonRow]:
    """The rows of these values by heading. What has no value here is left as it is."""
    cells = {heading: Cell(said, 1, number) for number, (heading, said) in enumerate(values.items(), 1)}
    record = Record(FORM, 1, cells)
    return people_rows(Sheet(FORM, frozenset(cells), (record,), tuple(formulas(record))))


def values_of(session: Session, person_id: int, today: date) -> dict[str, str] | None:
    """What a file would say of this person, by heading; None if there is nobody like that."""
    known = Known.load(session)
    email = known.emails.get(person_id)
    if email is None:
        return None
    named = {name: _called(known, str(known.people[email][name])) for name in ("line_manager", "deputy")}
    return cells_of(known, email, roles_held(known, today)) | named


def colleagues(session: Session) -> list[str]:
    """Everybody who works here as a field for a colleague takes them: "Name <e-mail>", by name."""
    known = Known.load(session)
    return sorted(_called(known, email) for email, person in known.people.items() if person["active"])


def _called(known: Known, email: str) -> str:
    return f"{known.people[email]['name']} <{email}>" if email in known.people else ""
