"""Loading scenario files: who works here and what happens when, for `qabot simulate --scenario`.

scenario = load_scenario(path, framework)       # raises BadFile with every problem
check_people(scenario, emails)                  # once it is known who works here
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from qabot.errors import BadFile, IdentifierFound, Problem
from qabot.framework import Framework
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
from qabot.imports.cells import did_you_mean, reference_problem
from qabot.imports.sheet import Cell, Headings, Record, Sheet, formulas, heading_problem
from qabot.messaging.identifiers import check_text
from qabot.simulation.scenario_file import (
    HAPPENINGS,
    PARTS,
    RENAMED,
    Acknowledge,
    AnswerDuty,
    AskFor,
    AuditChoice,
    Away,
    Back,
    Bring,
    CancelGathering,
    Correct,
    DataSent,
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
    Pick,
    Press,
    Reassign,
    ScenarioFile,
    Snooze,
    Submit,
    Withdraw,
    scenario_json_schema,
)
from qabot.workflows.desk import new_registry

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
    "check_people",
    "load_scenario",
    "scenario_json_schema",
]

NAMES_A_PERSON = frozenset({"auditor", "practitioner", "by", "owner", "person", "deputy", "nominee", "to", "for"})
Row = TypeVar("Row")


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
            does = _imported(name, str(path), tree.value["happenings"].value[number].value[name], framework)
            problems += does.rows.problems
        problems += [places[spot].problem(spot, what) for spot, what in _wrong(does, where, entry.at, framework)]
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
    """Entries written in YAML as the rows of a sheet, each cell with its place."""
    problems: list[Problem] = []
    records = []
    for entry in entries:
        cells: dict[str, Cell] = {}
        for key, value in entry.value.items():
            if what := heading_problem(key, cells, headings):
                problems.append(Problem(file, value.place.line, value.place.column, key, what))
            else:
                cells[key] = Cell(_cell(value.plain()), value.place.line, value.place.column)
        records.append(Record(file, entry.place.line, cells))
        problems += formulas(records[-1])
    columns = frozenset(key for record in records for key in record.cells)
    return Sheet(file, columns, tuple(records), tuple(problems))


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
    return f"there is no such key{near or ': expected one of ' + ', '.join(known)}"


def _wrong(does: Any, where: KeyPath, at: datetime, framework: Framework) -> Iterator[tuple[KeyPath, str]]:
    """What only the framework or the moment can show to be wrong."""
    pattern = framework.council.case_reference
    match does:
        case Submit(answers=answers) | Correct(answers=answers):
            for name, value in answers.items():
                yield from (((*where, "answers", name), what) for what in _no_answer(name, value, framework))
        case Moderate(grade=grade) if grade not in _grades(framework):
            yield (*where, "grade"), _no_grade(grade, framework)
        case AnswerDuty(duty=duty) | LetOff(duty=duty) | Bring(duty=duty) if duty not in framework.duties:
            near = did_you_mean(duty, list(framework.duties))
            yield (*where, "duty"), f"{framework.framework} has no duty {duty!r}{near}"
        case Press():
            yield from _wrong_press(does, where, framework)
        case AskFor():
            yield from _wrong_request(does, where, framework)
        case (
            HoldGathering(gathering=gathering)
            | MoveGathering(gathering=gathering)
            | CancelGathering(gathering=gathering)
        ) if gathering not in framework.gatherings:
            near = did_you_mean(gathering, list(framework.gatherings))
            yield (*where, "gathering"), f"{framework.framework} has no gathering {gathering!r}{near}"
        case Snooze(until=until) | Outage(until=until) if until <= at:
            yield (*where, "until"), "is not after the happening itself: expected a later moment"
        case Nominate():
            for name, given in (("what", does.what), ("difference", does.difference)):
                try:
                    check_text(given, case_reference=pattern)
                except IdentifierFound as found:
                    yield (*where, name), str(found)
            if does.case_reference and (what := reference_problem(does.case_reference, pattern)):
                yield (*where, "case_reference"), what
    choice = getattr(does, "audit", None)
    if choice is not None and choice.case is not None and (what := reference_problem(choice.case, pattern)):
        yield (*where, "audit", "case"), what


def _wrong_press(does: Press, where: KeyPath, framework: Framework) -> Iterator[tuple[KeyPath, str]]:
    """A button, duty or gathering that there is not."""
    known = {
        "button": sorted(new_registry().verbs),
        "duty": list(framework.duties),
        "gathering": [*framework.gatherings],
    }
    for name, names in known.items():
        given = getattr(does, name)
        if given is not None and given not in names:
            near = did_you_mean(given, names) or (f": expected one of {', '.join(names)}" if names else "")
            yield (*where, name), f"there is no {name} {given!r}{near}"


def _wrong_request(does: AskFor, where: KeyPath, framework: Framework) -> Iterator[tuple[KeyPath, str]]:
    """What cannot be asked for, and text that looks as if it pointed to a child."""
    known = [name for name, each in framework.activities.items() if each.asked_by]
    if does.activity not in known:
        near = did_you_mean(does.activity, known) or (f": expected one of {', '.join(known)}" if known else "")
        yield (*where, "activity"), f"nobody asks for {does.activity!r} in {framework.framework}{near}"
        return
    about = framework.activities[does.activity].about
    given = [each for each in ("case", "person", "place", "theme") if getattr(does, each) is not None]
    if given != ([about] if about != "nothing" else []):
        expected = f"expected {about!r}" if about != "nothing" else "expected none of case, person, place and theme"
        yield where, f"{does.activity} is about {about}: {expected} and nothing else to say what it is about"
    for name in {"place", "theme"} & set(given):
        try:
            check_text(getattr(does, name), case_reference=framework.council.case_reference)
        except IdentifierFound as found:
            yield (*where, name), str(found)
    if does.case is not None and (what := reference_problem(does.case, framework.council.case_reference)):
        yield (*where, "case"), what


def _no_answer(name: str, value: Any, framework: Framework) -> Iterator[str]:
    """What is wrong with an answer on a form of work."""
    asked = sorted({each for activity in framework.activities.values() for each in activity.ask})
    if name not in asked:
        near = did_you_mean(name, asked) or f": expected one of {', '.join(asked)}"
        yield f"no activity of {framework.framework} asks this{near}"
    elif framework.questions[name].scale is not None and value not in _grades(framework):
        yield _no_grade(value, framework)


def _grades(framework: Framework) -> list[str]:
    return [grade for scale in framework.scales.values() for grade in scale.labels]


def _no_grade(grade: str, framework: Framework) -> str:
    return f"{grade!r} is not a grade: expected one of {', '.join(_grades(framework))}"


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
