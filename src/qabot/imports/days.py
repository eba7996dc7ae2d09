"""Importing days: of gatherings whose days come by a file, and of events that another system knows (docs/imports.md).

rows = read_days(path)
changes = plan_days(session, rows, framework, today)    # raises BadFile with every problem; writes nothing
apply_days(unit, changes)                               # in the same transaction: all of it or nothing
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlmodel import Session, select

from qabot.errors import Problem
from qabot.framework import Framework
from qabot.framework.gatherings import IMPORTED, Gathering, ImportedEvent
from qabot.imports.cases import LOST_ZEROS, lost_zeros
from qabot.imports.cells import Guesses, Reading, did_you_mean, reference_problem
from qabot.imports.changes import Changes, Rows, Value, compare, refuse
from qabot.imports.colleagues import Colleagues
from qabot.imports.known import Known
from qabot.imports.sheet import Headings, Reader, Record, Sheet, read_sheet
from qabot.imports.tables import Upload
from qabot.models import Case, Occasion, OccasionState

DAYS = Headings(("event", "day"), ("reference", "case", "person", "team", "cancelled"))
COLUMNS = {"case": "case", "person": "person", "place": "team", "nothing": "reference"}
"""Which column says what an event is about, by its `about`."""
OVER = frozenset({OccasionState.held, OccasionState.cancelled})


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day. The person is as written: e-mail, number or name; "" where a cell is empty or wrong."""

    record: Record
    event: str
    day: date | None
    reference: str
    case: str
    person: str
    team: str
    cancelled: bool

    @property
    def key(self) -> str:
        """What tells it from the others of the same event, also when its day has moved."""
        return self.reference or self.case or self.person or self.team


def read_days(path: Path | Upload, reader: Reader | None = None) -> Rows[DayRow]:
    """The rows of a file of days. Raises `BadFile` if it cannot be read or its headings are wrong."""
    return day_rows(read_sheet(path, DAYS, reader))


def day_rows(sheet: Sheet) -> Rows[DayRow]:
    """The same from a sheet, wherever it came from."""
    problems = list(sheet.problems)
    rows = tuple(_row(Reading(record, problems)) for record in sheet.records)
    if not rows:
        problems.append(Problem(sheet.file, 0, 0, "", "there are headings but no days: expected a row for each"))
    return Rows(sheet.file, sheet.columns, rows, tuple(problems), notes=sheet.notes)


def plan_days(session: Session, rows: Rows[DayRow], framework: Framework, today: date) -> Changes:
    """What importing these rows would do. Raises `BadFile` with every problem; writes nothing.

    A day that another import, or whoever runs the gathering, has cancelled stays cancelled. Days that are not in the
    file are kept: what is not to be is `cancelled`.
    """
    known, cases = Known.load(session), {each.reference: each for each in session.exec(select(Case))}
    rows, unknown = _with_people(rows, Colleagues.of(known))
    refuse([*rows.problems, *unknown, *_problems(rows, known, cases, framework)])
    before = {(each.thing, each.key): each for each in session.exec(select(Occasion))}
    changes, warnings, unchanged = [], [], 0
    for row in rows.rows:
        old = before.get((row.event, row.key))
        if what := _passed_over(row, old, framework, today):
            warnings.append(row.record.problem("day", what))
        late = old is not None and _is_late_cancellation(row, old, framework)
        if what or (old is None and row.cancelled) or (old is not None and old.state in OVER and not late):
            unchanged += 1
            continue
        occasion = framework.occasion(row.event)
        name = f"{occasion.title if occasion else row.event} ({row.key})"
        changes_of_row = compare("day", (row.event, row.key), name, _known(old), _after(row, known, cases, old))
        changes += changes_of_row
        unchanged += not changes_of_row
    named = {(row.event, row.key) for row in rows.rows}
    others = (each for key, each in before.items() if key not in named and _came_by_file(each, framework))
    kept = [f"{each.title} ({each.key})" for each in others]
    return Changes(rows.file, tuple(changes), unchanged, tuple(kept), tuple(warnings), notes=rows.notes)


def _with_people(rows: Rows[DayRow], everybody: Colleagues) -> tuple[Rows[DayRow], list[Problem]]:
    """The rows with everybody as an e-mail, however they are named."""
    addresses = [everybody.find(row.person) for row in rows.rows]
    problems = [
        row.record.problem("person", wrong) for row, (_, wrong) in zip(rows.rows, addresses, strict=True) if wrong
    ]
    made = (replace(row, person=email) for row, (email, _) in zip(rows.rows, addresses, strict=True))
    return replace(rows, rows=tuple(made)), problems


def _came_by_file(occasion: Occasion, framework: Framework) -> bool:
    """Whether the next file is to say it again, while it is to come."""
    of = framework.occasion(occasion.thing)
    imported = isinstance(of, ImportedEvent) or (isinstance(of, Gathering) and of.days == IMPORTED)
    return imported and occasion.state not in OVER


def _is_late_cancellation(row: DayRow, old: Occasion, framework: Framework) -> bool:
    """Whether an event counts as held because its day passed, and was not to be. A gathering's chair has said it."""
    return row.cancelled and old.state == OccasionState.held and row.event in framework.events


def _passed_over(row: DayRow, old: Occasion | None, framework: Framework, today: date) -> str:
    """Why nothing is done with a row, where that needs saying; "" if nothing does."""
    if old is None and not row.cancelled and row.day is not None and row.day < today:
        return "this day has passed, so nothing is planned for it"
    if old is not None and old.state == OccasionState.cancelled and not row.cancelled:
        return "this was cancelled, and stays so: give it another reference if it is to be after all"
    if old is not None and _is_late_cancellation(row, old, framework):
        return ""
    if old is not None and old.state == OccasionState.held and row.cancelled:
        return "it was said to have been held, and stays so: what it has opened is withdrawn by hand"
    if old is not None and old.state == OccasionState.held and row.day is not None and row.day > max(old.day, today):
        return f"{old.day.isoformat()} has passed and counts as held: give it another reference for the new day"
    return ""


def _row(reading: Reading) -> DayRow:
    return DayRow(
        record=reading.record,
        event=reading.text("event", required=True),
        day=reading.day("day", required=True),
        reference=reading.text("reference"),
        case=reading.record.text("case"),
        person=reading.colleague("person"),
        team=reading.text("team"),
        cancelled=reading.yes("cancelled"),
    )


def _known(old: Occasion | None) -> dict[str, Value] | None:
    return None if old is None else {"day": old.day, "cancelled": False}


def _after(row: DayRow, known: Known, cases: dict[str, Case], old: Occasion | None) -> dict[str, Value]:
    changing: dict[str, Value] = {"day": row.day, "cancelled": row.cancelled}
    if old is not None:
        return changing
    case = cases.get(row.case)
    worker = known.emails[case.practitioner_id] if case is not None else ""
    person = row.person or worker
    team = row.team or (known.team_names[case.team_id] if case is not None else "")
    team = team or str(known.people[row.person]["team"] if row.person else "")
    named = str(known.people[row.person]["name"]) if row.person else row.team
    reference = row.reference or row.case or named
    return {**changing, "reference": reference, "case": row.case, "person": person, "team": team}


def _problems(rows: Rows[DayRow], known: Known, cases: dict[str, Case], framework: Framework) -> list[Problem]:
    problems: list[Problem] = []
    first: dict[tuple[str, str], Record] = {}
    meant = Guesses(known.people), Guesses(known.teams)
    for row in rows.rows:
        problem, of = row.record.problem, framework.occasion(row.event)
        if of is None or (isinstance(of, Gathering) and of.days != IMPORTED):
            problems.append(problem("event", _no_event(row.event, framework)))
            continue
        if not row.key:
            column = COLUMNS[of.about] if isinstance(of, ImportedEvent) else "reference"
            what = "this cell is empty: expected what tells it from the others, also when its day moves"
            problems.append(problem(column, what))
        elif (other := first.setdefault((row.event, row.key), row.record)) is not row.record:
            problems.append(problem("event", f"the same as in line {other.line}: take one out"))
        problems += [problem(*each) for each in _wrong(row, of, known, cases, framework, *meant)]
    return problems


def _no_event(name: str, framework: Framework) -> str:
    imported = [each for each, of in framework.gatherings.items() if of.days == IMPORTED]
    names = [*framework.events, *imported]
    if name in framework.gatherings:
        return f"the days of '{name}' stand in the framework: a file gives those of a gathering with 'days: imported'"
    guess = did_you_mean(name, names)
    return f"the framework has no event '{name}'{guess or (': it has ' + ', '.join(names) if names else '')}"


def _wrong(
    row: DayRow,
    of: Gathering | ImportedEvent,
    known: Known,
    cases: dict[str, Case],
    framework: Framework,
    meant: Guesses,
    team_meant: Guesses,
) -> list[tuple[str, str]]:
    """What is wrong with what a row is about: its column and a sentence."""
    about, wrong = of.about if isinstance(of, ImportedEvent) else "nothing", []
    column = COLUMNS[about]
    if about != "nothing" and row.key and not getattr(row, column):
        wrong.append((column, f"this cell is empty: '{row.event}' is about a {about}"))
    if row.case and (what := reference_problem(row.case, framework.council.case_reference)):
        wrong.append(("case", what))
    elif row.case and lost_zeros(row.case, cases):
        wrong.append(("case", LOST_ZEROS))
    elif row.case and row.case not in cases and not row.team:
        wrong.append(("case", "no such case is known, so neither is its team: import the cases first, or give a team"))
    if row.person and row.person not in known.people:
        wrong.append(("person", meant.nobody(row.person)))
    if row.team and row.team not in known.teams:
        wrong.append(("team", f"no team '{row.team}' is known{team_meant(row.team)}"))
    return wrong
