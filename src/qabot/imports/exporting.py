"""People as a file of our own columns: those who are here, and those whom a chat's directory knows."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time

from sqlmodel import Session, col, select

from qabot.adapter import StaffMember
from qabot.imports.formulas import safe_cell
from qabot.imports.known import Known
from qabot.models import Case, Person, Team
from qabot.models.look_up import by_id

COLUMNS = (
    "name",
    "email",
    "employee_id",
    "team",
    "service",
    "roles",
    "line_manager",
    "work_days",
    "hours",
    "deputy",
    "administrator",
    "active",
)
"""What an export has. Absences are not in it: a file without their columns leaves them as they are."""
AS_THEY_ARE = ("name", "employee_id", "team", "line_manager", "deputy", "work_days")


def exported(session: Session, today: date) -> str:
    """Everybody who is known, as CSV: imported again, it changes nothing. `today` says which roles are held."""
    known = Known.load(session)
    held = roles_held(known, today)
    order = sorted(
        known.people, key=lambda email: (not known.people[email]["active"], str(known.people[email]["name"]))
    )
    return written(COLUMNS, (cells_of(known, email, held) for email in order))


def roles_held(known: Known, today: date) -> dict[str, list[str]]:
    """The roles that are held, as a file writes them, by address."""
    held: dict[str, list[str]] = defaultdict(list)
    for (email, role, team, service), holding in sorted(known.roles.items()):
        if holding.to_on is None or holding.to_on >= today:
            held[email].append(f"{role}@{team or service}" if team or service else role)
    return held


def cells_of(known: Known, email: str, held: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """One person's cells, by heading."""
    person = known.people[email]
    return {
        **{name: str(person[name]) for name in AS_THEY_ARE},
        "email": email,
        "service": known.teams.get(str(person["team"]), ""),
        "roles": "; ".join(held.get(email, ())),
        "hours": f"{_clock(person['hours_from'])}-{_clock(person['hours_to'])}",
        "administrator": "yes" if person["administrator"] else "",
        "active": "yes" if person["active"] else "no",
    }


def cases_exported(session: Session) -> str:
    """Every open case as CSV: reference, team, practitioner."""
    teams = {each.id: each.name for each in session.exec(select(Team))}
    emails = {each.id: each.email for each in session.exec(select(Person))}
    rows = [
        {
            "reference": each.reference,
            "team": teams[each.team_id],
            "practitioner": by_id(emails, each.practitioner_id, ""),
        }
        for each in session.exec(select(Case).where(col(Case.open)).order_by(Case.reference))
    ]
    return written(("reference", "team", "practitioner"), rows)


def fetched(staff: Sequence[StaffMember]) -> str:
    """Those whom a directory knows, as CSV to edit and import: what it does not know has no column."""
    named = [each for each in staff if each.email and each.name]
    rows = [
        {
            "name": each.name,
            "email": each.email,
            "employee_id": each.employee_id,
            "line_manager": each.manager,
            "active": "yes" if each.active else "no",
        }
        for each in sorted(named, key=lambda each: (not each.active, each.name.casefold()))
    ]
    always = {"name", "email", "active"}
    columns = [each for each in COLUMNS if each in always or any(row.get(each) for row in rows)]
    return written(columns, rows)


def written(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Rows as CSV that Excel takes for UTF-8."""
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([safe_cell(row.get(column, "")) for column in columns] for row in rows)
    return text.getvalue()


def _clock(value: object) -> str:
    return f"{value:%H:%M}" if isinstance(value, time) else ""
