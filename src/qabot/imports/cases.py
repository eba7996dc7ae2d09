"""Importing cases: the references from which work is drawn, and who must not audit them (docs/imports.md).

rows = read_cases(path)
changes = plan_cases(session, rows, framework)      # raises BadFile with every problem; writes nothing
apply_cases(session, changes)                       # in the same transaction: all of it or nothing
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from sqlmodel import Session, select

from qabot.errors import Problem
from qabot.framework import Framework
from qabot.imports.cells import Guesses, Reading, reference_problem
from qabot.imports.changes import Changes, Rows, Value, compare, refuse
from qabot.imports.colleagues import Colleagues
from qabot.imports.known import Known, ids_of_people, ids_of_teams
from qabot.imports.sheet import Headings, Reader, Record, Sheet, read_sheet
from qabot.imports.tables import Upload
from qabot.models import Case, CaseInvolvement

FEW_REFERENCES, NEARLY_ALL = 4, 0.75
LOST_ZEROS = (
    "has lost its leading zeros: a case of the same digits after zeros is here. Format the column as text where the "
    "file is made"
)
CASES = Headings(("reference", "team"), ("practitioner", "involved", "open"))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case. People are as written: e-mail, number or name; "" or () where the cell is empty or wrong."""

    record: Record
    reference: str
    team: str
    practitioner: str
    involved: tuple[str, ...]
    open: bool


def read_cases(path: Path | Upload, reader: Reader | None = None) -> Rows[CaseRow]:
    """The rows of a cases file. Raises `BadFile` if it cannot be read or its headings are wrong."""
    return case_rows(read_sheet(path, CASES, reader))


def case_rows(sheet: Sheet) -> Rows[CaseRow]:
    """The same from a sheet, wherever it came from."""
    problems = list(sheet.problems)
    rows = tuple(_row(Reading(record, problems)) for record in sheet.records)
    if not rows:
        problems.append(Problem(sheet.file, 0, 0, "", "there are headings but no cases: expected a row for each case"))
    return Rows(sheet.file, sheet.columns, rows, tuple(problems), notes=sheet.notes)


def plan_cases(session: Session, rows: Rows[CaseRow], framework: Framework) -> Changes:
    """What importing these rows would do. Raises `BadFile` with every problem; writes nothing.

    Whoever has been involved in a case stays so, the practitioner before a change too: nobody audits work that was
    once theirs. Cases that are not in the file are kept.
    """
    known, before = Known.load(session), _cases(session)
    rows, unknown = _with_people(rows, Colleagues.of(known))
    refuse([*rows.problems, *unknown, *_problems(rows, known, framework, before)])
    changes, gone = [], []
    for row in rows.rows:
        if not row.team and row.reference not in before:
            gone.append(row.record.problem("team", "is closed and was never here, so it is left out"))
            continue
        old = before.get(row.reference)
        changes += compare("case", (row.reference,), row.reference, old, _after(row, rows.columns, old))
    named = {row.reference for row in rows.rows}
    missing = tuple(reference for reference in before if reference not in named)
    unchanged = len(rows.rows) - len(changes) - len(gone)
    warnings = (*rows.doubts, *gone, *_short(rows))
    return Changes(rows.file, tuple(changes), unchanged, missing, warnings, notes=rows.notes)


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
    is_open = reading.yes("open", usual=True)
    return CaseRow(
        record=reading.record,
        reference=reading.record.text("reference"),
        # A closed case is drawn no more, so it may have no team any longer.
        team=reading.text("team", required=is_open),
        practitioner=reading.colleague("practitioner"),
        involved=reading.colleagues("involved"),
        open=is_open,
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
    before = old or {"team": "", "practitioner": "", "involved": (), "open": True}
    practitioner = row.practitioner if "practitioner" in columns else before["practitioner"]
    was = before["involved"] if isinstance(before["involved"], tuple) else ()
    former = {str(before["practitioner"])} - {"", str(practitioner)}
    involved = tuple(sorted({*was, *row.involved, *former}))
    is_open = row.open if "open" in columns else before["open"]
    return {"team": row.team or before["team"], "practitioner": practitioner, "involved": involved, "open": is_open}


def _with_people(rows: Rows[CaseRow], everybody: Colleagues) -> tuple[Rows[CaseRow], list[Problem]]:
    """The rows with everybody as an e-mail."""
    made, problems = [], []
    for row in rows.rows:
        addresses: dict[str, list[str]] = {"practitioner": [], "involved": []}
        for heading, named in (("practitioner", (row.practitioner,)), ("involved", row.involved)):
            for each in named:
                email, wrong = everybody.find(each)
                addresses[heading].append(email)
                problems += [row.record.problem(heading, wrong)] if wrong else []
        involved = tuple(dict.fromkeys(filter(None, addresses["involved"])))
        made.append(replace(row, practitioner=addresses["practitioner"][0], involved=involved))
    return replace(rows, rows=tuple(made)), problems


def _short(rows: Rows[CaseRow]) -> list[Problem]:
    """A warning where a few references have fewer digits than nearly all others: a spreadsheet takes zeros away."""
    lengths = Counter(len(row.reference) for row in rows.rows if row.reference.isdigit())
    usual, count = max(lengths.items(), key=lambda each: each[1], default=(0, 0))
    if count < FEW_REFERENCES or count < NEARLY_ALL * lengths.total():
        return []
    what = f"is shorter than nearly all others, which have {usual} digits: has it lost a leading zero?"
    return [
        row.record.problem("reference", what)
        for row in rows.rows
        if row.reference.isdigit() and len(row.reference) < usual
    ]


def lost_zeros(reference: str, here: Collection[str], beside: Collection[str] = ()) -> bool:
    """Whether this is another reference after its zeros: of a case that is `here`, or `beside` it in the file."""
    if reference in here or not reference.isdigit():
        return False
    longer = [f"{'0' * more}{reference}" for more in range(1, 6)]
    return any(each in here or each in beside for each in longer)


def _problems(rows: Rows[CaseRow], known: Known, framework: Framework, before: Collection[str]) -> list[Problem]:
    problems = []
    first: dict[str, Record] = {}
    beside = {row.reference for row in rows.rows}
    meant, team_meant = Guesses(known.people), Guesses(known.teams)
    for row in rows.rows:
        problem = row.record.problem
        if wrong := reference_problem(row.reference, framework.council.case_reference):
            problems.append(problem("reference", wrong))
        elif lost_zeros(row.reference, before, beside):
            problems.append(problem("reference", LOST_ZEROS))
        elif (other := first.setdefault(row.reference, row.record)) is not row.record:
            problems.append(problem("reference", f"the same case as in line {other.line}: take one out"))
        if row.team and row.team not in known.teams:
            what = f"no team '{row.team}' is known{team_meant(row.team)}"
            problems.append(problem("team", what if what.endswith("?") else f"{what}: import the people first"))
        if row.practitioner and row.practitioner not in known.people:
            problems.append(problem("practitioner", meant.nobody(row.practitioner)))
        strangers = [email for email in row.involved if email not in known.people]
        problems += [problem("involved", meant.nobody(email)) for email in strangers]
    return problems
