"""Who of a file is whom here: one person stays one person when their surname and address change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qabot.errors import Problem
from qabot.imports.changes import Change, Rows
from qabot.imports.colleagues import Colleagues, normal_name
from qabot.imports.known import Known
from qabot.imports.people_rows import PersonRow

_COLLEAGUES = {
    "line_manager": "nobody is their own line manager",
    "deputy": "nobody is their own deputy",
    "away_deputy": "nobody is their own deputy",
}


@dataclass(slots=True)
class Identified:
    """The rows with every colleague as an e-mail, and what is known under the addresses that hold from now on."""

    rows: Rows[PersonRow]
    known: Known
    moves: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)

    def changes(self) -> list[Change]:
        """Whose address changes."""
        names = {row.email: row.name for row in self.rows.rows}
        return [Change("address", (old,), names[new], False, {"email": (old, new)}) for old, new in self.moves.items()]


def identify(rows: Rows[PersonRow], known: Known, renamed: Mapping[str, str], *, all_new: bool = False) -> Identified:
    """Find everybody by address, then by employee number, then by former address; `renamed` maps old to new ones."""
    result = Identified(rows, known)
    numbers = {str(person["employee_id"]): email for email, person in known.people.items() if person["employee_id"]}
    formers = {new: old for old, new in renamed.items()}
    rows = replace(rows, rows=tuple(_with_noughts(row, numbers) for row in rows.rows))
    for row in rows.rows:
        _find(row, numbers.get(row.employee_id), row.former_email or formers.get(row.email, ""), result)
    named = {row.email for row in rows.rows}
    for old, new in renamed.items():
        if new not in named or (old not in known.people and new not in known.people):
            what = f"--renamed {old}={new}: expected the address of somebody here, and one of this file"
            result.problems.append(Problem(rows.file, 0, 0, "", what))
    _check_moves(rows, result)
    result.known = known.moved(result.moves)
    if not all_new:
        _ask_who_is_new(rows, result)
    everybody = Colleagues.of(result.known, rows.rows)
    placed = tuple(_with_colleagues(row, result, everybody) for row in rows.rows)
    result.rows = replace(rows, rows=placed, doubts=(*rows.doubts, *result.doubts))
    return result


def _with_noughts(row: PersonRow, numbers: Mapping[str, str]) -> PersonRow:
    """A number of which a spreadsheet took the noughts away is the one that is here: "123" is "00123"."""
    bare = row.employee_id.lstrip("0")
    same = [each for each in numbers if each.lstrip("0") == bare] if bare.isdecimal() else []
    longer = len(same) == 1 and len(same[0]) > len(row.employee_id)
    return replace(row, employee_id=same[0]) if longer else row


def _find(row: PersonRow, by_number: str | None, former: str, result: Identified) -> None:
    known = result.known
    if row.email in known.people:
        if by_number not in {None, row.email}:
            what = f"is the number of {known.called(str(by_number))} here, and the e-mail is another person's"
            result.problems.append(row.record.problem("employee_id", what))
        return
    if by_number is None and row.former_email and former not in known.people:
        what = f"nobody with the e-mail {former} is known: expected the address under which this person is here"
        result.problems.append(row.record.problem("former_email", what))
    old = by_number or (former if former in known.people else None)
    if old and row.email:
        result.moves[old] = row.email
        if by_number and not _words(row.name) & _words(str(known.people[by_number]["name"])):
            what = (
                f"is the number of {known.called(by_number)} here, whose name and e-mail are others: is it one person?"
            )
            result.doubts.append(row.record.problem("employee_id", what))


def _words(name: str) -> set[str]:
    return set(normal_name(name).split())


def _check_moves(rows: Rows[PersonRow], result: Identified) -> None:
    here = {row.email: row for row in rows.rows}
    numbers: dict[str, PersonRow] = {}
    for old in [each for each in result.moves if each in here]:
        what = (
            f"is also the former address of {here[result.moves[old]].name} by this file: only one of the two is right"
        )
        result.problems.append(here[old].record.problem("email", what))
    for row in rows.rows:
        first = numbers.setdefault(row.employee_id, row) if row.employee_id else row
        if first is not row and first.email != row.email:
            what = f"the same number as in line {first.record.line}: a number is one person's"
            result.problems.append(row.record.problem("employee_id", what))


def _ask_who_is_new(rows: Rows[PersonRow], result: Identified) -> None:
    """Somebody new who has the forename and the place of somebody missing is likely the same person."""
    named = {row.email for row in rows.rows}
    gone: dict[tuple[str, str], list[str]] = {}
    for email, person in result.known.people.items():
        if person["active"] and email not in named:
            gone.setdefault((_forename(str(person["name"])), str(person["team"])), []).append(email)
    for row in rows.rows:
        if row.email in result.known.people or not row.active or not row.email:
            continue
        same = gone.get((_forename(row.name), row.team), [])
        if len(same) == 1:
            what = (
                f"{row.name} is new here, and {result.known.called(same[0])} of the same place is not in the file. If "
                f"it is one person: --renamed {same[0]}={row.email}, or the column former_email. If not: --all-new"
            )
            result.problems.append(row.record.problem("email", what))


def _forename(name: str) -> str:
    return normal_name(name).partition(" ")[0]


def _with_colleagues(row: PersonRow, result: Identified, everybody: Colleagues) -> PersonRow:
    emails: dict[str, str] = {}
    for heading, alone in _COLLEAGUES.items():
        email, wrong = everybody.find(result.moves.get(getattr(row, heading), getattr(row, heading)))
        if wrong:
            result.problems.append(row.record.problem(heading, wrong))
        elif email and email == row.email:
            result.problems.append(
                row.record.problem(heading, f"{alone}: expected the e-mail of a colleague, or nothing")
            )
        emails[heading] = email
    return replace(
        row,
        line_manager=emails["line_manager"],
        deputy=emails["deputy"],
        away_deputy=emails["away_deputy"],
    )
