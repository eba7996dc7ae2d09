"""Loading scenario files: who works here and what happens when, for `qabot simulate --scenario`.

scenario = load_scenario(path, framework)       # raises BadFile with every problem
check_days(scenario, first)                     # once it is known what is to be played
check_people(scenario, emails)                  # once it is known who works here
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from qabot.errors import BadFile, Problem
from qabot.framework import Framework
from qabot.framework.calendar import add_months, at_local
from qabot.framework.plain import sentence
from qabot.framework.source import KeyPath, Tree, read
from qabot.imports import (
    CASES,
    DAYS,
    PEOPLE,
    AuditLine,
    CaseRow,
    DayRow,
    PersonRow,
    Rows,
    audit_headings,
    audit_rows,
    case_rows,
    day_rows,
    people_rows,
    read_cases,
    read_people,
)
from qabot.imports.cells import did_you_mean
from qabot.imports.sheet import Cell, Headings, Record, Sheet, formulas, heading_problem
from qabot.simulation.scenario_check import NAMES_A_PERSON, wrong_in
from qabot.simulation.scenario_file import (
    HAPPENINGS,
    PARTS,
    RENAMED,
    DataSent,
    Pick,
    ScenarioFile,
    scenario_json_schema,
)
from qabot.simulation.scenario_parts import (
    Acknowledge,
    AnswerDuty,
    AskFor,
    AuditChoice,
    Away,
    Back,
    Bring,
    CancelGathering,
    Correct,
    Done,
    Finalise,
    Help,
    HoldGathering,
    LetOff,
    Moderate,
    MoveGathering,
    Nominate,
    NotMe,
    NotYet,
    Outage,
    Press,
    Reassign,
    Snooze,
    Submit,
    Withdraw,
)

__all__ = [
    "HAPPENINGS",
    "Acknowledge",
    "AnswerDuty",
    "AskFor",
    "AuditChoice",
    "Away",
    "Back",
    "Bring",
    "CancelGathering",
    "Correct",
    "DataSent",
    "Done",
    "Finalise",
    "Happening",
    "Help",
    "HoldGathering",
    "ImportAudit",
    "ImportDay",
    "ImportPerson",
    "LetOff",
    "Moderate",
    "MoveGathering",
    "Nominate",
    "NotMe",
    "NotYet",
    "Outage",
    "Pick",
    "Press",
    "Reassign",
    "Scenario",
    "Snooze",
    "Submit",
    "Withdraw",
    "check_days",
    "check_people",
    "load_scenario",
    "scenario_json_schema",
]

Row = TypeVar("Row")
MOST_MONTHS = 24
"""So long at most before the period that is asked for something may happen."""


@dataclass(frozen=True, slots=True)
class ImportAudit:
    """One row of an audits import, for `plan_audits`."""

    rows: Rows[AuditLine]


@dataclass(frozen=True, slots=True)
class ImportDay:
    """One row of an import of days, for `plan_days`."""

    rows: Rows[DayRow]


@dataclass(frozen=True, slots=True)
class ImportPerson:
    """One row of a people import, for `plan_people`: somebody joins, changes or leaves."""

    rows: Rows[PersonRow]


Does = (
    Submit
    | Correct
    | Moderate
    | Finalise
    | Done
    | NotYet
    | LetOff
    | Acknowledge
    | NotMe
    | AnswerDuty
    | AskFor
    | Away
    | Back
    | ImportPerson
    | ImportAudit
    | ImportDay
    | HoldGathering
    | MoveGathering
    | CancelGathering
    | Bring
    | Nominate
    | Press
    | Snooze
    | Help
    | Reassign
    | Withdraw
    | Outage
    | DataSent
    | Pick
)


@dataclass(frozen=True, slots=True)
class Happening:
    """What happens at a moment (UTC). `line` is where the file says so."""

    at: datetime
    name: str
    does: Does
    line: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario, its happenings in order of time. `people` and `cases` are None if the file brings none."""

    file: str
    people: Rows[PersonRow] | None
    cases: Rows[CaseRow] | None
    happenings: tuple[Happening, ...]
    mentioned: tuple[tuple[str, Problem], ...]
    """Each e-mail that a happening names, with the problem to tell if nobody has it."""


def load_scenario(path: Path, framework: Framework) -> Scenario:
    """Read a scenario file. Raises `BadFile` with every problem: file, line, column, key and what was expected."""
    tree = read(path)
    places = dict(tree.places())
    try:
        file = ScenarioFile.model_validate(tree.plain())
    except ValidationError as error:
        raise BadFile(_sorted(_invalid(error, tree))) from None
    problems: list[Problem] = []
    people = _rows(tree, "people", PEOPLE, people_rows, read_people, problems)
    cases = _rows(tree, "cases", CASES, case_rows, read_cases, problems)
    happenings = []
    for number, entry in enumerate(file.happenings):
        name, does = next((name, does) for name in HAPPENINGS if (does := getattr(entry, name)) is not None)
        where: KeyPath = ("happenings", number, name)
        if name in ("import_audit", "import_person", "import_day"):
            row = tree.value["happenings"].value[number].value[name]
            try:
                does = _imported(name, str(path), row, framework)
            except BadFile as wrong:
                problems += wrong.problems
                continue
            problems += does.rows.problems
        problems += [places[spot].problem(spot, what) for spot, what in wrong_in(does, where, entry.at, framework)]
        happenings.append(Happening(entry.at, name, does, places["happenings", number].line))
    if problems:
        raise BadFile(_sorted(problems))
    happenings.sort(key=lambda happening: happening.at)
    return Scenario(str(path), people, cases, tuple(happenings), tuple(_mentioned(tree)))


def _imported(name: str, path: str, row: Tree, framework: Framework) -> "ImportAudit | ImportPerson | ImportDay":
    if name == "import_day":
        return ImportDay(day_rows(_sheet(path, [row], DAYS)))
    if name == "import_person":
        return ImportPerson(people_rows(_sheet(path, [row], PEOPLE)))
    return ImportAudit(audit_rows(_sheet(path, [row], audit_headings(framework)), framework))


def check_days(scenario: Scenario, first: date) -> None:
    """Raise `BadFile` for every happening so long before the first day that is asked for that it must be a slip.

    What happens before that day is played in silence, from the earliest on: of ten years nobody would see the end.
    """
    earliest = at_local(add_months(first, -MOST_MONTHS), time(0, 0))
    what = f"this is more than two years before {first.isoformat()}, from when on it is to be played"
    if slips := [each for each in scenario.happenings if each.at < earliest]:
        raise BadFile(_sorted(Problem(scenario.file, each.line, 1, each.name, what) for each in slips))


def check_people(scenario: Scenario, emails: Collection[str]) -> None:
    """Raise `BadFile` for every person that a happening names and nobody with these e-mails (in small letters) is.

    Whoever joins by a happening is somebody; one that names them earlier is told so when it is played.
    """
    joining = {
        row.email for each in scenario.happenings if isinstance(each.does, ImportPerson) for row in each.does.rows.rows
    }
    known = {*emails, *joining}
    if problems := [problem for email, problem in scenario.mentioned if email not in known]:
        raise BadFile(_sorted(problems))


def _rows(
    tree: Tree,
    key: str,
    headings: Headings,
    typed: Callable[[Sheet], Rows[Row]],
    from_file: Callable[[Path], Rows[Row]],
    problems: list[Problem],
) -> Rows[Row] | None:
    """Rows from the file that is named, or from the entries that stand here."""
    here = tree.value.get(key)
    if here is None or here.value is None:
        return None
    try:
        if isinstance(here.value, str):
            rows = from_file(Path(here.place.file).parent / here.value)
        else:
            rows = typed(_sheet(here.place.file, here.value, headings))
    except BadFile as wrong:
        problems += wrong.problems
        return None
    problems += rows.problems
    return rows


def _sheet(file: str, entries: list[Tree], headings: Headings) -> Sheet:
    """Entries in YAML as rows of a sheet, each cell with its place. Raises `BadFile` for what none could hold."""
    problems: list[Problem] = []
    no_cells: list[Problem] = []
    records = []
    for entry in entries:
        cells: dict[str, Cell] = {}
        for key, value in entry.value.items():
            if not _is_cell(value.plain()):
                no_cells.append(Problem(file, value.place.line, value.place.column, key, ONE_VALUE))
            elif what := heading_problem(key, cells, headings):
                problems.append(Problem(file, value.place.line, value.place.column, key, what))
            else:
                cells[key] = Cell(_cell(value.plain()), value.place.line, value.place.column)
        records.append(Record(file, entry.place.line, cells))
        problems += formulas(records[-1])
    if no_cells:
        raise BadFile(no_cells)
    columns = frozenset(key for record in records for key in record.cells)
    return Sheet(file, columns, tuple(records), tuple(problems))


ONE_VALUE = "expected one value, or a list of values, as in a cell of the file"


def _is_cell(value: Any) -> bool:
    """Whether a cell of a table could hold it."""
    values = value if isinstance(value, list) else [value]
    return not any(isinstance(each, list | dict) for each in values)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ";".join(_cell(each) for each in value)
    return str(value).strip()


def _invalid(error: ValidationError, tree: Tree) -> Iterator[Problem]:
    places = dict(tree.places())
    for each in error.errors(include_url=False):
        if each["type"] == "too_short" and each["input"]:
            # It is too short only because of what is wrong in it, which is said of each.
            continue
        path = nearest = each["loc"]
        while nearest not in places:
            nearest = nearest[:-1]
        what = _unknown(path) if each["type"] == "extra_forbidden" else sentence(each, path)
        yield places[nearest].problem(path, what)


def _unknown(path: KeyPath) -> str:
    """What was meant by a key that no part of a scenario has there."""
    model: type[BaseModel] = ScenarioFile
    for part in path[:-1]:
        model = PARTS.get(str(part), model)
    known = [field.alias or name for name, field in model.model_fields.items()]
    if (now := RENAMED.get(str(path[-1]))) in known:
        return f"this key is called {now!r} now"
    near = did_you_mean(str(path[-1]), known)
    expected = f": expected one of {', '.join(known)}" if known else ": nothing is said here"
    return f"there is no such key{near or expected}"


def _mentioned(tree: Tree) -> Iterator[tuple[str, Problem]]:
    """Every e-mail below the happenings, by the keys that name people."""
    happenings = tree.value.get("happenings")
    for path, each in _leaves(happenings, ("happenings",)) if happenings else ():
        names_one = path[-1] in NAMES_A_PERSON or {"answers", "form"} & {*path[:-1]}
        if names_one and isinstance(each.value, str) and re.fullmatch(r"\S+@\S+", each.value):
            email = each.value.casefold()
            yield email, each.place.problem(path, f"nobody with the e-mail {email} works here")


def _leaves(tree: Tree, path: KeyPath) -> Iterator[tuple[KeyPath, Tree]]:
    if isinstance(tree.value, dict | list):
        members = tree.value.items() if isinstance(tree.value, dict) else enumerate(tree.value)
        for key, each in members:
            yield from _leaves(each, (*path, key))
    else:
        yield path, tree


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
