"""Importing cases: the references from which work is drawn, and who must not audit them (docs/imports.md).

rows = read_cases(path)
changes = plan_cases(session, rows, framework)      # raises BadFile with every problem; writes nothing
apply_cases(session, changes)                       # in the same transaction: all of it or nothing
"""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, select

from qabot.errors import Problem
from qabot.framework import Framework
from qabot.imports.cells import Reading, did_you_mean, nobody, reference_problem
from qabot.imports.changes import Changes, Rows, Value, compare, refuse
from qabot.imports.known import Known, ids_of_people, ids_of_teams
from qabot.imports.sheet import Headings, Record, Sheet, read_sheet
from qabot.models import Case, CaseInvolvement

CASES = Headings(("reference", "team"), ("practitioner", "involved", "open"))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case. People are e-mails in small letters; "" or () where the cell is empty or wrong."""

    record: Record
    reference: str
    team: str
    practitioner: str
    involved: tuple[str, ...]
    open: bool


def read_cases(path: Path) -> Rows[CaseRow]:
    """The rows of a cases file. Raises `BadFile` if it cannot be read or its headings are wrong."""
    return case_rows(read_sheet(path, CASES))


def case_rows(sheet: Sheet) -> Rows[CaseRow]:
    """The same from a sheet, wherever it came from."""
    problems = list(sheet.problems)
    rows = tuple(_row(Reading(record, problems)) for record in sheet.records)
    if not rows:
        problems.append(Problem(sheet.file, 0, 0, "", "there are headings but no cases: expected a row for each case"))
    return Rows(sheet.file, sheet.columns, rows, tuple(problems))


def plan_cases(session: Session, rows: Rows[CaseRow], framework: Framework) -> Changes:
    """What importing these rows would do. Raises `BadFile` with every problem; writes nothing.

    Whoever has been involved in a case stays so, the practitioner before a change too: nobody audits work that was
    once theirs. Cases that are not in the file are kept.
    """
    known, before = Known.load(session), _cases(session)
    refuse([*rows.problems, *_problems(rows, known, framework)])
    changes = []
    for row in rows.rows:
        old = before.get(row.reference)
        changes += compare("case", (row.reference,), row.reference, old, _after(row, rows.columns, old))
    named = {row.reference for row in rows.rows}
    missing = tuple(reference for reference in before if reference not in named)
    return Changes(rows.file, tuple(changes), len(rows.rows) - len(changes), missing)


def apply_cases(session: Session, changes: Changes) -> None:
    """Write what `plan_cases` found in this transaction. A second time there is nothing left to change."""
    people, teams = ids_of_people(session), ids_of_teams(session)
    known = {case.reference: case for case in session.exec(select(Case))}
    for change in changes.of("case"):
        case = known.setdefault(change.name, Case(reference=change.name, team_id=0))
        after = {name: value for name, (_, value) in change.fields.items()}
        if "team" in after:
            case.team_id = teams[str(after["team"])]
        if "practitioner" in after:
            case.practitioner_id = people.get(str(after["practitioner"]))
        if "open" in after:
            case.open = bool(after["open"])
        session.add(case)
    session.flush()
    for change in changes.of("case"):
        old, new = change.fields.get("involved", ((), ()))
        added = set(new if isinstance(new, tuple) else ()) - set(old if isinstance(old, tuple) else ())
        for email in sorted(added):
            session.add(CaseInvolvement(case_id=known[change.name].id, person_id=people[email]))
    session.flush()


def _row(reading: Reading) -> CaseRow:
    return CaseRow(
        record=reading.record,
        reference=reading.record.text("reference"),
        team=reading.text("team", required=True),
        practitioner=reading.email("practitioner"),
        involved=reading.emails("involved"),
        open=reading.yes("open", usual=True),
    )


def _cases(session: Session) -> dict[str, dict[str, Value]]:
    known = Known.load(session)
    involved: dict[int, list[str]] = {}
    for each in session.exec(select(CaseInvolvement)):
        involved.setdefault(each.case_id, []).append(known.emails[each.person_id])
    return {
        case.reference: {
            "team": known.team_names[case.team_id],
            "practitioner": known.emails[case.practitioner_id],
            "involved": tuple(sorted(involved.get(case.id, []))),
            "open": case.open,
        }
        for case in session.exec(select(Case).order_by(Case.reference))
    }


def _after(row: CaseRow, columns: frozenset[str], old: dict[str, Value] | None) -> dict[str, Value]:
    before = old or {"practitioner": "", "involved": (), "open": True}
    practitioner = row.practitioner if "practitioner" in columns else before["practitioner"]
    was = before["involved"] if isinstance(before["involved"], tuple) else ()
    former = {str(before["practitioner"])} - {"", str(practitioner)}
    involved = tuple(sorted({*was, *row.involved, *former}))
    is_open = row.open if "open" in columns else before["open"]
    return {"team": row.team, "practitioner": practitioner, "involved": involved, "open": is_open}


def _problems(rows: Rows[CaseRow], known: Known, framework: Framework) -> list[Problem]:
    problems = []
    first: dict[str, Record] = {}
    emails, teams = list(known.people), list(known.teams)
    for row in rows.rows:
        problem = row.record.problem
        if wrong := reference_problem(row.reference, framework.council.case_reference):
            problems.append(problem("reference", wrong))
        elif (other := first.setdefault(row.reference, row.record)) is not row.record:
            problems.append(problem("reference", f"the same case as in line {other.line}: take one out"))
        if row.team and row.team not in known.teams:
            what = f"no team '{row.team}' is known{did_you_mean(row.team, teams)}"
            problems.append(
                problem("team", what if did_you_mean(row.team, teams) else f"{what}: import the people first")
            )
        if row.practitioner and row.practitioner not in known.people:
            problems.append(problem("practitioner", nobody(row.practitioner, emails)))
        problems += [problem("involved", nobody(email, emails)) for email in row.involved if email not in known.people]
    return problems
