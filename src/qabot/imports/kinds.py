"""The kinds of file, each as one plan: for the commands, and for the page that takes a file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from qabot.errors import BadFile, SetupError
from qabot.framework import Framework
from qabot.imports.applying import apply_audits, apply_days, apply_staff
from qabot.imports.audit_rows import AuditLine, read_audits
from qabot.imports.audits import plan_audits
from qabot.imports.cases import CaseRow, apply_cases, plan_cases, read_cases
from qabot.imports.cells import bare_address
from qabot.imports.changes import Changes, Rows
from qabot.imports.days import plan_days, read_days
from qabot.imports.joining import join_cases, join_people
from qabot.imports.mapping import profile as profile_named
from qabot.imports.mapping import read_map
from qabot.imports.people import Wishes, plan_people
from qabot.imports.people_rows import PersonRow, read_people
from qabot.imports.picks import apply_picks, plan_picks, read_picks
from qabot.imports.sheet import Reader, Record
from qabot.imports.tables import Upload
from qabot.workflows.core.unit import Unit

File = Path | Upload
Plan = Callable[[Unit], tuple[Changes, Callable[[Unit], object]]]
"""Reads what is there, and says what would change and how it is done. Raises `BadFile`."""
NO_WISHES = Wishes()
VACANT = ": expected somebody with it, in this file or known already. With --allow-vacant the import goes on without."


def reader(
    map_file: File | None, others: bool, joined: Callable[[Sequence[Record]], list[Record]] = list, name: str = ""
) -> Reader:
    """How a file is to be read: by a map, or by the profile of this name. Raises `SetupError` or `BadFile`."""
    if map_file and name:
        raise SetupError("--profile and --map are two maps of one file. Give one of them.")
    if not map_file and not name:
        return Reader(leave_out_others=others)
    chosen = profile_named(name) if name else read_map(map_file or Path())
    return Reader(chosen, others, joined)


def renamed(pairs: Sequence[str]) -> dict[str, str]:
    """Former addresses -> new ones, from pairs such as old@council.example=new@council.example. Raises `SetupError`."""
    made = {}
    for pair in pairs:
        old, equals, new = (part.strip() for part in pair.partition("="))
        if not equals or "@" not in old or "@" not in new:
            raise SetupError(
                f"--renamed: {pair!r} is not two addresses. Give it as old@council.example=new@council.example."
            )
        made[bare_address(old)] = bare_address(new)
    return made


def people(
    file: File,
    *,
    map_file: File | None = None,
    profile: str = "",
    others: bool = False,
    wishes: Wishes = NO_WISHES,
    allow_vacant: bool = False,
) -> Plan:
    """A file of people. A role that nobody holds at all is refused unless `allow_vacant`."""
    rows = read_people(file, reader(map_file, others, join_people, profile))
    return staff(rows, wishes, allow_vacant=allow_vacant)


def staff(rows: Rows[PersonRow], wishes: Wishes = NO_WISHES, *, allow_vacant: bool = False) -> Plan:
    """Rows of people, wherever they come from."""

    def plan(unit: Unit) -> tuple[Changes, Callable[[Unit], object]]:
        changes = plan_people(unit.session, rows, unit.framework, unit.now, wishes)
        if changes.vacant and not allow_vacant:
            raise BadFile([replace(each, what=f"{each.what}{VACANT}") for each in changes.vacant])
        return changes, lambda unit: apply_staff(unit, changes)

    return plan


def cases(file: File, *, map_file: File | None = None, others: bool = False) -> Plan:
    """A file of cases."""
    return cases_of(read_cases(file, reader(map_file, others, join_cases)))


def cases_of(rows: Rows[CaseRow]) -> Plan:
    """Rows of cases, wherever they come from."""

    def plan(unit: Unit) -> tuple[Changes, Callable[[Unit], object]]:
        changes = plan_cases(unit.session, rows, unit.framework)
        return changes, lambda unit: apply_cases(unit.session, changes)

    return plan


def audits(
    file: File, framework: Framework, *, map_file: File | None = None, others: bool = False, history: bool = False
) -> Plan:
    """A file of audits. With `history` what has grades is over, and nothing follows from it."""
    return audits_of(read_audits(file, framework, reader(map_file, others)), history=history)


def audits_of(rows: Rows[AuditLine], *, history: bool = False) -> Plan:
    """Rows of audits, wherever they come from."""

    def plan(unit: Unit) -> tuple[Changes, Callable[[Unit], object]]:
        planned = plan_audits(unit.session, rows, unit.framework)
        return planned.changes, lambda unit: apply_audits(unit, planned.rows, history=history)

    return plan


def days(file: File, *, map_file: File | None = None, others: bool = False) -> Plan:
    """A file of days of meetings and of events."""
    rows = read_days(file, reader(map_file, others))

    def plan(unit: Unit) -> tuple[Changes, Callable[[Unit], object]]:
        changes = plan_days(unit.session, rows, unit.framework, unit.today)
        return changes, lambda unit: apply_days(unit, changes)

    return plan


def picks(file: File) -> Plan:
    """A file of cases that were picked for a cycle."""
    rows = read_picks(file)

    def plan(unit: Unit) -> tuple[Changes, Callable[[Unit], object]]:
        return plan_picks(unit, rows), lambda unit: apply_picks(unit, rows)

    return plan
