"""Importing cases that somebody picked: for which cycle, and for whom if they say so (docs/imports.md).

rows = read_picks(path)
changes = plan_picks(unit, rows)        # raises BadFile with every problem; writes nothing
apply_picks(unit, rows)                 # in the same transaction: all of it or nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlmodel import select

from qabot.errors import Problem
from qabot.framework import Framework
from qabot.framework.activities import Activity
from qabot.imports.cells import Guesses, Reading, did_you_mean, reference_problem
from qabot.imports.changes import Change, Changes, Rows, refuse
from qabot.imports.known import ids_of_people
from qabot.imports.sheet import Headings, Record, Sheet, read_sheet
from qabot.imports.tables import Upload
from qabot.models import Cycle, PickedCase
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import picking

PICKS = Headings(("reference", "activity", "cycle"), ("auditor",))


@dataclass(frozen=True, slots=True)
class PickRow:
    """One case that was picked. `auditor` is an e-mail in small letters, "" where it is to be shared out."""

    record: Record
    reference: str
    activity: str
    cycle: date | None
    auditor: str


def read_picks(path: Path | Upload) -> Rows[PickRow]:
    """The rows of a file of picked cases. Raises `BadFile` if it cannot be read or its headings are wrong."""
    return pick_rows(read_sheet(path, PICKS))


def pick_rows(sheet: Sheet) -> Rows[PickRow]:
    """The same from a sheet, wherever it came from."""
    problems = list(sheet.problems)
    rows = tuple(_row(Reading(record, problems)) for record in sheet.records)
    if not rows:
        problems.append(Problem(sheet.file, 0, 0, "", "there are headings but no cases: expected a row for each case"))
    return Rows(sheet.file, sheet.columns, rows, tuple(problems))


def _row(reading: Reading) -> PickRow:
    return PickRow(
        record=reading.record,
        reference=reading.record.text("reference"),
        activity=reading.text("activity", required=True),
        cycle=reading.day("cycle", required=True),
        auditor=reading.email("auditor"),
    )


def plan_picks(unit: Unit, rows: Rows[PickRow]) -> Changes:
    """What importing these would do. Raises `BadFile` with every problem, those of the council's own rules too.

    They are picked and let go again: what one of them takes is not there for the next.
    """
    refuse([*rows.problems, *_problems(unit, rows)])
    trial = unit.session.begin_nested()
    try:
        fresh, problems = _pick(unit, rows)
    finally:
        trial.rollback()
        unit.session.expire_all()
    refuse(problems)
    changes = [Change("picked case", (each.reference,), f"{each.reference}, {each.activity}", True) for each in fresh]
    return Changes(rows.file, tuple(changes), len(rows.rows) - len(fresh))


def apply_picks(unit: Unit, rows: Rows[PickRow]) -> None:
    """Pick what `plan_picks` found, in this transaction. A second time there is nothing left to pick."""
    refuse(_pick(unit, rows)[1])


def _pick(unit: Unit, rows: Rows[PickRow]) -> tuple[list[PickRow], list[Problem]]:
    """Pick what is not picked yet: which rows those are, and what is wrong with them."""
    every: list[PickRow] = []
    problems: list[Problem] = []
    for (cycle, activity, auditor), group in _groups(unit, rows):
        known = _picked(unit, cycle)
        fresh = [each for each in group if each.reference not in known]
        wrong = picking.pick(unit, activity, cycle, [each.reference for each in fresh], auditor, None) if fresh else []
        every += fresh
        problems += [_at(fresh, what) for what in wrong]
    return every, problems


def _at(rows: list[PickRow], what: str) -> Problem:
    """Where something is wrong: in the row of the case that it names, else in the first one."""
    row = next((each for each in rows if each.reference in what), rows[0])
    return row.record.problem("reference" if row.reference in what else "auditor", what.rstrip("."))


Group = tuple[Cycle, Activity, int | None]


def _groups(unit: Unit, rows: Rows[PickRow]) -> Iterator[tuple[Group, list[PickRow]]]:
    """The rows of each cycle and person, in the file's order; those for nobody last, as they fill what is left."""
    people = ids_of_people(unit.session)
    groups: dict[tuple[str, date | None, str], list[PickRow]] = {}
    for row in rows.rows:
        groups.setdefault((row.activity, row.cycle, row.auditor), []).append(row)
    for (activity, day, auditor), group in sorted(groups.items(), key=lambda each: each[0][2] == ""):
        cycle = _cycle(unit, activity, day)
        if cycle is not None:
            yield (cycle, unit.framework.activities[activity], people.get(auditor)), group


def _cycle(unit: Unit, activity: str, day: date | None) -> Cycle | None:
    return unit.session.exec(select(Cycle).where(Cycle.activity == activity, Cycle.starts_on == day)).first()


def _picked(unit: Unit, cycle: Cycle) -> set[str]:
    return set(unit.session.exec(select(PickedCase.reference).where(PickedCase.cycle_id == cycle.id)))


def _problems(unit: Unit, rows: Rows[PickRow]) -> Iterator[Problem]:
    framework, emails = unit.framework, ids_of_people(unit.session)
    first: dict[tuple[str, date | None, str], Record] = {}
    meant = Guesses(emails)
    for row in rows.rows:
        problem = row.record.problem
        if wrong := reference_problem(row.reference, framework.council.case_reference):
            yield problem("reference", wrong)
        elif (other := first.setdefault((row.activity, row.cycle, row.reference), row.record)) is not row.record:
            yield problem("reference", f"the same case as in line {other.line}: take one out")
        if row.auditor and row.auditor not in emails:
            yield problem("auditor", meant.nobody(row.auditor))
        if row.activity and (wrong := _activity_problem(framework, row.activity)):
            yield problem("activity", wrong)
        elif row.activity and row.cycle and _cycle(unit, row.activity, row.cycle) is None:
            plural = framework.activities[row.activity].plural
            yield problem("cycle", f"no cycle of {plural} that is planned or open begins on this day")


def _activity_problem(framework: Framework, name: str) -> str:
    picked = [each for each, activity in framework.activities.items() if activity.picked_by]
    if name in picked:
        return ""
    if name in framework.activities:
        return f"cases of '{name}' are drawn at random: nobody picks them"
    guess = did_you_mean(name, picked) or (f": expected {' or '.join(picked)}" if picked else "")
    return f"no activity '{name}' in {framework.framework}{guess}"
